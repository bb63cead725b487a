//! A server in numbers. Its connections count for themselves; the server keeps what they leave behind, and adds up when
//! it is asked.

use super::Server;
use super::peers::Peer;
use crate::statistics::{Handshakes, Queues, Statistics, Traffic, WireBytes};

/// What no connection that is here can tell.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) handshakes: Handshakes,
    /// Payload bytes in the inbox.
    pub(super) inbox_bytes: usize,
    /// Of connections that are gone.
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
}
