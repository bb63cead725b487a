//! The server's half of the game, counted.

use rustc_hash::FxHashMap;

use super::Server;
use crate::census::Census;
use crate::network::PeerKey;

impl Server {
    /// What it holds, and whether its parts agree.
    pub(super) fn take_census(&self) -> Census {
        let queues = self.count().queues;
        let mut census = self.link.census();
        census.peers += self.peers.len();
        census.announced += self.peers.announced();
        census.packets += self.inbox.len();
        census.bytes += self.counts.inbox_bytes;
        census.reports += self.reports.len();
        census.announcements += self.announcements.len() + self.overflows.len();
        census.newcomers += self.questions.len() + self.metrics_asked.len();
        census.leaving += self.counts.leaving();
        census.room.0 += queues.outbound_packets;
        census.room.1 += queues.outbound_bytes;
        census.strays += self.peers.strays() + self.stray_packets();
        census
    }

    /// Sums that are not those of the packets that wait.
    fn stray_packets(&self) -> usize {
        let bytes: usize = self.inbox.iter().map(|arrival| arrival.packet.payload.len()).sum();
        let mut waiting: FxHashMap<PeerKey, usize> = FxHashMap::default();
        for arrival in self.inbox.iter() {
            *waiting.entry(arrival.key).or_default() += 1;
        }
        let is_wrong = |key: &PeerKey| {
            self.peers.get(*key).is_some_and(|peer| {
                let unread = waiting.get(key).copied().unwrap_or_default();
                peer.unread != unread || peer.meter.unread_packets() < unread as u64
            })
        };
        usize::from(bytes != self.counts.inbox_bytes) + self.peers.keys().iter().filter(|key| is_wrong(key)).count()
    }
}
