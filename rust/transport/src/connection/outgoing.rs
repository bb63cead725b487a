//! Room for packets on their way out of one connection. Whoever sends them takes it here, at once; the connection gives it
//! back by what it counts.

use std::cell::Cell;
use std::time::Instant;

use super::ages::Ages;
use super::{Delivery, Meter, Tally};
use crate::config::{JoinRoom, Limits};
use crate::error::{QueueLimit, SendError};
use crate::fault::{Fault, is_planted};
use crate::statistics::{Queues, Rate, Traffic};

/// How room for a message may be made in a queue that has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MakeRoom {
    /// By writing, if that can be done here and now.
    Write,
    /// By dropping the oldest unreliable messages, until so many are gone in all. It will be done before the next message is
    /// queued.
    Displace(Tally),
}

/// What was accepted for one connection.
#[derive(Debug, Default)]
pub struct Outgoing {
    reliable: Lane,
    unreliable: Lane,
    /// So many unreliable ones are gone, or will be before anything else is queued.
    displaced: Tally,
    /// Packets that found no room.
    refused: u64,
    /// Packets that were taken when the connection was over already.
    too_late: u64,
    /// How fast it goes, for whoever asks.
    rate: Cell<Option<Rate>>,
    known: KnownRoom,
}

/// Room that was there when it was looked at last. Others only ever give some back, so that much is there still.
#[derive(Debug, Default, Clone, Copy)]
struct KnownRoom {
    left: Tally,
    /// When that was. Later there may be no room for joining any more, and the time of what is put has to be noted.
    at: Option<Instant>,
    is_joining: bool,
}

/// Packets of one kind, which leave in the order in which they were put.
#[derive(Debug, Default)]
struct Lane {
    accepted: Tally,
    /// The first of these, which were put while there was room for joining.
    early: Tally,
    /// When those that wait were put.
    ages: Ages,
}

impl Lane {
    /// How many are not gone, and count: where there is no room for joining any more, those that were put in it do not.
    fn counted(&self, gone: Tally, is_joining: bool) -> Tally {
        self.accepted - if is_joining { gone } else { gone.max(self.early) }
    }

    fn accept(&mut self, packet: Tally, is_joining: bool) {
        self.accepted = self.accepted + packet;
        if is_joining {
            self.early = self.accepted;
        }
    }

    fn note_time(&mut self, gone: Tally, now: Instant) {
        self.ages.put(self.accepted.packets, gone.packets, now);
    }

    fn oldest(&self, gone: Tally) -> Option<Instant> {
        if self.accepted.packets > gone.packets { self.ages.oldest(gone.packets) } else { None }
    }
}

impl Outgoing {
    /// Whether a packet of this size can be put. `joining` is the room for joining, while it is there.
    ///
    /// # Errors
    /// [`SendError::TooLarge`] if it never can, [`SendError::Full`] if it cannot now.
    pub(crate) fn check(
        &self,
        size: usize,
        limits: &Limits,
        joining: Option<JoinRoom>,
        meter: &Meter,
    ) -> Result<(), SendError> {
        let limit = limits.outbound_buffer_size;
        if limit > 0 && size > limit {
            return Err(SendError::TooLarge { size, limit });
        }
        let excess = self.excess(size, limits, joining, meter);
        let full = |limit| Err(SendError::Full { queued: self.queued_bytes(meter), limit });
        if excess.packets > 0 {
            full(QueueLimit::Packets)
        } else if excess.bytes > 0 {
            full(QueueLimit::Bytes)
        } else {
            Ok(())
        }
    }

    /// Takes room for a packet, as [`Outgoing::check`] has it. If there is none now, `make_room` may make some.
    ///
    /// # Errors
    /// As there; the packet is then counted as refused.
    pub(crate) fn reserve(
        &mut self,
        size: usize,
        delivery: Delivery,
        limits: &Limits,
        joining: Option<JoinRoom>,
        meter: &Meter,
        mut make_room: impl FnMut(MakeRoom),
    ) -> Result<(), SendError> {
        let mut checked = self.check(size, limits, joining, meter);
        if matches!(checked, Err(SendError::Full { .. })) {
            make_room(MakeRoom::Write);
            checked = self.check(size, limits, joining, meter);
        }
        if matches!(checked, Err(SendError::Full { .. }))
            && delivery == Delivery::Reliable
            && let Some(until) = self.displaced_for(size, limits, joining, meter)
        {
            self.displaced = until;
            make_room(MakeRoom::Displace(until));
            checked = Ok(());
        }
        match checked {
            Ok(()) => self.accept(size, delivery, joining.is_some()),
            Err(_) => self.refused += 1,
        }
        checked
    }

    /// As [`Outgoing::reserve`], if that is clear from what is at hand here: what the other half counts is memory that its
    /// processor has. Whether it was; if not, that is to be asked.
    pub(crate) fn reserve_known(&mut self, size: usize, delivery: Delivery, now: Instant) -> bool {
        let packet = Tally::one(size);
        let is_known = self.known.at == Some(now) && packet.is_within(self.known.left);
        if is_known {
            self.known.left = self.known.left - packet;
            self.accept(size, delivery, self.known.is_joining);
        }
        is_known
    }

    /// Looks at how much room there is, for [`Outgoing::reserve_known`].
    pub(crate) fn know_room(&mut self, limits: &Limits, joining: Option<JoinRoom>, meter: &Meter, now: Instant) {
        self.known =
            KnownRoom { left: self.room(limits, joining, meter), at: Some(now), is_joining: joining.is_some() };
    }

    /// Forgets that, for the limits are others now.
    pub(crate) fn forget_room(&mut self) {
        self.known = KnownRoom::default();
    }

    /// Takes a packet that has nobody to go to any more: it is accepted, and dropped.
    pub(crate) fn drop_one(&mut self) {
        self.too_late += 1;
    }

    /// The last word about the connection has come, or there is nobody any more to say it: what still waits is dropped.
    pub(crate) fn drop_rest(&mut self, meter: &Meter) {
        self.too_late += self.queued(meter).packets;
        self.reliable.accepted = meter.gone_reliable();
        self.unreliable.accepted = meter.gone_unreliable();
    }

    /// How much more there would be with one more packet than there may be.
    fn excess(&self, size: usize, limits: &Limits, joining: Option<JoinRoom>, meter: &Meter) -> Tally {
        self.counted(joining, meter) + Tally::one(size) - most(limits)
    }

    /// How much more there may be, at the least.
    fn room(&self, limits: &Limits, joining: Option<JoinRoom>, meter: &Meter) -> Tally {
        most(limits) - self.counted(joining, meter)
    }

    /// What waits, and takes ordinary room.
    fn counted(&self, joining: Option<JoinRoom>, meter: &Meter) -> Tally {
        // While there is room for joining, all that waits was put in it.
        let room =
            joining.map_or(Tally::default(), |room| Tally { packets: room.packets as u64, bytes: room.bytes as u64 });
        let gone_unreliable = meter.gone_unreliable().max(self.displaced);
        let waiting = self.reliable.counted(meter.gone_reliable(), joining.is_some())
            + self.unreliable.counted(gone_unreliable, joining.is_some());
        waiting - room
    }

    /// How many unreliable packets have to be gone so that a reliable one of this size has room; `None` if that does not help.
    /// Those that were put early go first, for they are the oldest.
    fn displaced_for(&self, size: usize, limits: &Limits, joining: Option<JoinRoom>, meter: &Meter) -> Option<Tally> {
        limits.unreliable_max_age?;
        let excess = self.excess(size, limits, joining, meter);
        let gone = meter.gone_unreliable().max(self.displaced);
        let waiting = self.unreliable.counted(gone, joining.is_some());
        excess.is_within(waiting).then(|| self.unreliable.accepted - waiting + excess)
    }

    /// Counts a packet: in the room for joining if that is there, and then whatever comes behind it is not.
    fn accept(&mut self, size: usize, delivery: Delivery, is_joining: bool) {
        let lane = match delivery {
            Delivery::Reliable => &mut self.reliable,
            Delivery::Unreliable { .. } => &mut self.unreliable,
        };
        lane.accept(Tally::one(size), is_joining);
        if is_planted(Fault::RoomCountedTwice) && size > 500 {
            lane.accept(Tally { packets: 1, bytes: 0 }, is_joining);
        }
    }

    /// What passed.
    pub(crate) fn traffic(&self, meter: &Meter) -> Traffic {
        let sent = meter.sent();
        Traffic {
            packets_received: meter.received.packets(),
            bytes_received: meter.received.bytes(),
            packets_sent: sent.packets,
            bytes_sent: sent.bytes,
            packets_refused: self.refused,
            packets_expired: meter.expired.packets(),
            packets_dropped: meter.dropped().packets + self.too_late,
        }
    }

    /// What was accepted and is neither sent nor dropped.
    fn queued(&self, meter: &Meter) -> Tally {
        self.reliable.accepted + self.unreliable.accepted - meter.gone_reliable() - meter.gone_unreliable()
    }

    /// Notes when the packet was put that was accepted last.
    pub(crate) fn note_time(&mut self, delivery: Delivery, meter: &Meter, now: Instant) {
        match delivery {
            Delivery::Reliable => self.reliable.note_time(meter.gone_reliable(), now),
            Delivery::Unreliable { .. } => self.unreliable.note_time(meter.gone_unreliable(), now),
        }
    }

    /// When the oldest packet was put that waits to be sent.
    pub(crate) fn oldest(&self, meter: &Meter) -> Option<Instant> {
        let reliable = self.reliable.oldest(meter.gone_reliable());
        let unreliable = self.unreliable.oldest(meter.gone_unreliable());
        [reliable, unreliable].into_iter().flatten().min()
    }

    /// How many bytes of the wire the system has taken per second, since an earlier call a second ago or more; 0 before
    /// there was one.
    pub(crate) fn delivery_rate(&self, meter: &Meter, now: Instant) -> f64 {
        let sent = meter.wire().sent;
        let mut rate = self.rate.take().unwrap_or_else(|| Rate::new(sent, now));
        let per_second = rate.read(sent, now);
        self.rate.set(Some(rate));
        per_second
    }

    /// Packets that wait to be sent.
    pub(crate) fn queued_packets(&self, meter: &Meter) -> usize {
        number(self.queued(meter).packets)
    }

    /// Their payload in bytes.
    pub(crate) fn queued_bytes(&self, meter: &Meter) -> usize {
        number(self.queued(meter).bytes)
    }

    /// What waits, each way.
    pub(crate) fn queues(&self, meter: &Meter) -> Queues {
        Queues {
            inbound_packets: number(meter.unread_packets()),
            inbound_bytes: number(meter.unread_bytes()),
            outbound_packets: self.queued_packets(meter),
            outbound_bytes: self.queued_bytes(meter),
        }
    }
}

/// The most that may wait.
fn most(limits: &Limits) -> Tally {
    let bytes = if limits.outbound_buffer_size > 0 { limits.outbound_buffer_size as u64 } else { u64::MAX };
    Tally { packets: limits.max_queued_packets as u64, bytes }
}

fn number(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        inbound_buffer_size: 0,
        outbound_buffer_size: 10,
        max_queued_packets: 2,
        join_room: None,
        handshake_timeout: std::time::Duration::ZERO,
        close_timeout: std::time::Duration::ZERO,
        heartbeat_interval: None,
        unreliable_max_age: None,
        max_bytes_per_second: 0,
        max_packets_per_second: 0,
    };

    #[test]
    fn room_that_was_taken_comes_back_by_what_was_sent_or_dropped() {
        let (mut outgoing, meter) = (Outgoing::default(), Meter::default());
        let mut put = |size| outgoing.reserve(size, Delivery::Reliable, &LIMITS, None, &meter, |_| ());
        assert_eq!(put(11), Err(SendError::TooLarge { size: 11, limit: 10 }));
        assert_eq!(put(6), Ok(()));
        assert_eq!(put(5), Err(SendError::Full { queued: 6, limit: QueueLimit::Bytes }));
        assert_eq!(put(1), Ok(()));
        assert_eq!(put(1), Err(SendError::Full { queued: 7, limit: QueueLimit::Packets }), "two are the most");
        meter.sent_reliable.add(6);
        assert_eq!(put(9), Ok(()));
        assert_eq!(put(1), Err(SendError::Full { queued: 10, limit: QueueLimit::Packets }));
        meter.dropped_reliable.add(1);
        meter.dropped_reliable.add(9);
        assert_eq!(put(10), Ok(()));
        assert_eq!((outgoing.queued_packets(&meter), outgoing.queued_bytes(&meter)), (1, 10));
    }

    #[test]
    fn what_ended_with_its_connection_makes_no_more_room_than_it_took() {
        let limits = Limits {
            outbound_buffer_size: 100,
            max_queued_packets: 4,
            unreliable_max_age: Some(std::time::Duration::from_secs(1)),
            ..LIMITS
        };
        let (mut outgoing, meter) = (Outgoing::default(), Meter::default());
        let unreliable = Delivery::Unreliable { put_at: Instant::now() };
        let mut fill = |delivery| {
            let mut taken = 0;
            while outgoing.reserve(1, delivery, &limits, None, &meter, |_| ()).is_ok() {
                taken += 1;
            }
            taken
        };
        assert_eq!(fill(unreliable), 4);
        // Writing has failed, of which the game has not heard: what it puts meanwhile waits for the network half's next turn.
        for _ in 0..4 {
            meter.drop_one(unreliable, 1);
        }
        assert_eq!(fill(Delivery::Reliable), 4);
    }

    #[test]
    fn room_that_is_known_is_no_more_than_there_is() {
        let (mut outgoing, meter) = (Outgoing::default(), Meter::default());
        let now = Instant::now();
        let later = now + std::time::Duration::from_secs(1);
        assert!(!outgoing.reserve_known(1, Delivery::Reliable, now), "nobody has looked");
        outgoing.know_room(&LIMITS, None, &meter, now);
        assert!(!outgoing.reserve_known(11, Delivery::Reliable, now));
        assert!(outgoing.reserve_known(6, Delivery::Reliable, now));
        assert!(!outgoing.reserve_known(5, Delivery::Reliable, now), "too many bytes");
        assert!(!outgoing.reserve_known(1, Delivery::Reliable, later), "nobody has looked since");
        assert!(outgoing.reserve_known(1, Delivery::Reliable, now));
        assert!(!outgoing.reserve_known(1, Delivery::Reliable, now), "too many packets");
        assert_eq!((outgoing.queued_packets(&meter), outgoing.queued_bytes(&meter)), (2, 7));
        let joining = Some(JoinRoom { bytes: 50, packets: 3, period: std::time::Duration::MAX });
        outgoing.know_room(&LIMITS, joining, &meter, now);
        assert!(outgoing.reserve_known(1, Delivery::Reliable, now));
        outgoing.forget_room();
        assert!(!outgoing.reserve_known(1, Delivery::Reliable, now));
    }

    #[test]
    fn without_a_limit_of_bytes_the_number_counts() {
        let limits = Limits { outbound_buffer_size: 0, ..LIMITS };
        let (mut outgoing, meter) = (Outgoing::default(), Meter::default());
        for _ in 0..2 {
            outgoing.reserve(1 << 30, Delivery::Reliable, &limits, None, &meter, |_| ()).unwrap();
        }
        let full = SendError::Full { queued: 2 << 30, limit: QueueLimit::Packets };
        assert_eq!(outgoing.check(1, &limits, None, &meter), Err(full));
    }

    #[test]
    fn what_is_put_early_has_room_of_its_own() {
        let joining = Some(JoinRoom { bytes: 50, packets: 3, period: std::time::Duration::MAX });
        let (mut outgoing, meter) = (Outgoing::default(), Meter::default());
        let fill = |outgoing: &mut Outgoing, size: usize, joining| {
            let mut taken = 0;
            loop {
                if let Err(error) = outgoing.reserve(size, Delivery::Reliable, &LIMITS, joining, &meter, |_| ()) {
                    return (taken, error);
                }
                taken += 1;
            }
        };
        let full = |queued, limit| SendError::Full { queued, limit };
        let too_large = SendError::TooLarge { size: 11, limit: 10 };
        assert_eq!(fill(&mut outgoing, 11, joining), (0, too_large), "one message is as ever");
        assert_eq!(
            fill(&mut outgoing, 10, joining),
            (5, full(50, QueueLimit::Packets)),
            "that room and the ordinary one"
        );
        // What was put early takes no room from what comes later.
        assert_eq!(fill(&mut outgoing, 6, None), (1, full(56, QueueLimit::Bytes)));
        // Nor does it give back more than it took.
        for _ in 0..5 {
            meter.sent_reliable.add(10);
            assert_eq!(fill(&mut outgoing, 6, None).0, 0);
        }
        meter.sent_reliable.add(6);
        assert_eq!(fill(&mut outgoing, 4, None), (2, full(8, QueueLimit::Packets)));
    }
}
