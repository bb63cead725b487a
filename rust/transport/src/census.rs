//! An endpoint's inside in numbers, for the simulated worlds, which see to it that nothing stays behind and that nothing is
//! forgotten. Games have no use for it.

use std::ops::AddAssign;

/// What an endpoint holds. When everybody has gone, all of it is nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Census {
    /// Network half: connections, those included that say their last words.
    pub connections: usize,
    /// Handshakes that have a place in the queue of those under way.
    pub tickets: usize,
    /// Addresses that have any.
    pub addresses: usize,
    /// Ids that are taken.
    pub ids: usize,
    /// Turns that are waited for: to be read from, and to be flushed.
    pub turns: usize,
    /// Deadlines in the heap, past ones included.
    pub deadlines: usize,
    /// Connections whose bytes are delayed by the conditions they are under.
    pub delayed: usize,
    /// Whether a client is being dialed, whether somebody waits behind the door, and who waits for the game's answer.
    pub newcomers: usize,
    /// What is about to be told, in either half or between them.
    pub reports: usize,
    /// What is about to be done.
    pub orders: usize,
    /// Game half: peers, those included that the game has not heard of.
    pub peers: usize,
    /// Peers that the game knows.
    pub announced: usize,
    /// Packets that wait to be read.
    pub packets: usize,
    /// Their payload.
    pub bytes: usize,
    /// What the game is about to be told.
    pub announcements: usize,
    /// Peers that the game knows no more, and whose connections are still there.
    pub leaving: usize,
    /// Room that was taken for packets and not given back: packets and bytes.
    pub room: (usize, usize),
    /// Contradictions, which there never may be: entries that name nobody, somebody whom no entry will remind of, sums that are
    /// not those of their parts.
    pub strays: usize,
}

impl Census {
    /// Whether all of it is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl AddAssign for Census {
    fn add_assign(&mut self, other: Self) {
        self.connections += other.connections;
        self.tickets += other.tickets;
        self.addresses += other.addresses;
        self.ids += other.ids;
        self.turns += other.turns;
        self.deadlines += other.deadlines;
        self.delayed += other.delayed;
        self.newcomers += other.newcomers;
        self.reports += other.reports;
        self.orders += other.orders;
        self.peers += other.peers;
        self.announced += other.announced;
        self.packets += other.packets;
        self.bytes += other.bytes;
        self.announcements += other.announcements;
        self.leaving += other.leaving;
        self.room = (self.room.0 + other.room.0, self.room.1 + other.room.1);
        self.strays += other.strays;
    }
}
