//! A server in numbers. Its connections count for themselves; the server keeps what they leave behind, and adds up when
//! it is asked.

use super::peers::Peer;
use super::{Recipients, Server};
use crate::statistics::{Handshakes, Queues, Statistics, Traffic, WireBytes};

/// What no connection that is here can tell.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) handshakes: Handshakes,
    /// Payload bytes in the inbox.
    pub(super) inbox_bytes: usize,
    /// Of connections that are gone, and of packets that no connection was asked about.
    traffic: Traffic,
    /// Of connections that are gone.
    wire: WireBytes,
}

impl Counts {
    /// Keeps the counts of a connection that goes.
    pub(super) fn keep(&mut self, peer: &Peer) {
        let gone = peer.statistics();
        self.traffic += gone.traffic;
        self.wire += gone.wire;
    }
}

impl Server {
    /// This server in numbers, from [`Server::listen`] on. Asks every connection.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        let mut statistics = Statistics {
            peers: self.peers.announced().len(),
            handshakes: self.counts.handshakes,
            traffic: self.counts.traffic,
            wire: self.counts.wire,
            queues: Queues {
                inbound_packets: self.inbox.len(),
                inbound_bytes: self.counts.inbox_bytes,
                ..Queues::default()
            },
        };
        for peer in self.peers.iter() {
            let here = peer.statistics();
            statistics.traffic += here.traffic;
            statistics.wire += here.wire;
            statistics.queues.outbound_packets += here.queues.outbound_packets;
            statistics.queues.outbound_bytes += here.queues.outbound_bytes;
        }
        statistics
    }

    /// Counts a packet that fits into no queue, however empty.
    pub(super) fn count_refusal(&mut self, recipients: Recipients) {
        let key = match recipients {
            Recipients::One(id) => self.peers.find(id),
            Recipients::All | Recipients::AllExcept(_) => None,
        };
        match key.and_then(|key| self.peers.get_mut(key)) {
            Some(peer) => peer.connection.note_refusal(),
            None => self.counts.traffic.packets_refused += 1,
        }
    }
}
