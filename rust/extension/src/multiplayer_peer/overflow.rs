//! Packets that found no room while nobody listens to `peer_overflowed`: the log says so, for a game that loses packets
//! in silence is looked for in the wrong place.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use rust_websocket_transport::error::QueueLimit;

use super::RustWebSocketMultiplayerPeer;

/// How long nothing more is said of a peer's packets.
const PAUSE: Duration = Duration::from_secs(10);

/// What is to be said, by peer.
#[derive(Debug, Default)]
pub(super) struct Missed(HashMap<i32, Miss>);

#[derive(Debug)]
struct Miss {
    packets: u64,
    bytes: u64,
    limit: QueueLimit,
    /// When it was said last.
    said: Option<Instant>,
}

impl Missed {
    /// A peer missed a packet of this size.
    pub(super) fn note(&mut self, id: i32, size: usize, limit: QueueLimit) {
        let miss = self.0.entry(id).or_insert(Miss { packets: 0, bytes: 0, limit, said: None });
        miss.packets += 1;
        miss.bytes += size as u64;
        miss.limit = limit;
    }

    /// The peer has gone.
    pub(super) fn forget(&mut self, id: i32) {
        self.0.remove(&id);
    }
}

impl RustWebSocketMultiplayerPeer {
    /// What is to be said when there is something new: a line for each peer that missed something, but none sooner than [`PAUSE`] after its last.
    pub(super) fn lines_of_missed(&mut self, now: Instant) -> Vec<String> {
        let (bytes, packets) = (self.outbound_buffer_size, self.max_queued_packets);
        let due =
            |miss: &Miss| miss.packets > 0 && miss.said.is_none_or(|said| now.saturating_duration_since(said) >= PAUSE);
        self.missed
            .0
            .iter_mut()
            .filter(|(_, miss)| due(miss))
            .map(|(id, miss)| {
                let raise = match miss.limit {
                    QueueLimit::Bytes => format!("outbound_buffer_size ({bytes} bytes)"),
                    QueueLimit::Packets => format!("max_queued_packets ({packets})"),
                };
                let line = format!(
                    "peer {id} missed {} packets ({} bytes), for its outbound queue was full: raise {raise}, send less at a \
                     time, or connect to peer_overflowed and act on it.",
                    miss.packets, miss.bytes
                );
                *miss = Miss { packets: 0, bytes: 0, limit: miss.limit, said: Some(now) };
                line
            })
            .collect()
    }
}
