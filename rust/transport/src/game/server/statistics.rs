//! A server in numbers. Connections count for themselves; the server keeps what they leave behind, and adds up when it is
//! asked.

use std::time::Duration;

use slotmap::SecondaryMap;

use super::Server;
use super::peers::Peer;
use crate::connection::{Meter, Outgoing};
use crate::network::PeerKey;
use crate::statistics::{Queues, Statistics, Traffic, WireBytes, quality};

/// What no peer that is here can tell.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// Payload bytes in the inbox.
    pub(super) inbox_bytes: usize,
    /// Of connections that are gone, and of packets that no connection was asked about.
    traffic: Traffic,
    /// Of connections that are gone.
    wire: WireBytes,
    throttled: Duration,
    /// Peers that are gone for the game, while their last bytes leave.
    leaving: SecondaryMap<PeerKey, (std::sync::Arc<Meter>, Outgoing)>,
    /// Nothing more is told of any connection.
    is_last: bool,
}

impl Counts {
    /// Goes on counting a peer that the game knows no more, until [`Counts::drop_peer`].
    pub(super) fn keep(&mut self, key: PeerKey, peer: Peer) {
        self.leaving.insert(key, (peer.meter, peer.outgoing));
        if self.is_last {
            self.drop_peer(key);
        }
    }

    /// There is no network any more, and no last word of any connection is to come.
    pub(super) fn drop_all(&mut self) {
        self.is_last = true;
        for key in self.leaving.keys().collect::<Vec<_>>() {
            self.drop_peer(key);
        }
    }

    /// How many of those there are.
    pub(super) fn leaving(&self) -> usize {
        self.leaving.len()
    }

    /// A connection is gone for good.
    pub(super) fn drop_peer(&mut self, key: PeerKey) {
        if let Some((meter, mut outgoing)) = self.leaving.remove(key) {
            outgoing.drop_rest(&meter);
            self.traffic += outgoing.traffic(&meter);
            self.wire += meter.wire();
            self.throttled += meter.throttled();
        }
    }
}

impl Server {
    /// This server in numbers.
    pub(super) fn count(&self) -> Statistics {
        let mut statistics = Statistics {
            peers: self.peers.announced(),
            handshakes: self.totals.handshakes(),
            traffic: self.counts.traffic,
            wire: self.counts.wire,
            throttled: self.counts.throttled,
            compressed: self.totals.compressed(),
            queues: Queues {
                inbound_packets: self.inbox.len(),
                inbound_bytes: self.counts.inbox_bytes,
                ..Queues::default()
            },
            longest_round_trip: self
                .peers
                .iter()
                .filter_map(|peer| peer.meter.round_trip())
                .map(|trip| trip.smoothed)
                .max(),
            worst_link: quality::worst(self.peers.iter().filter_map(|peer| peer.view(self.now).link())),
        };
        statistics.wire += self.totals.wire();
        let here = self.peers.iter().map(|peer| (&peer.meter, &peer.outgoing));
        let leaving = self.counts.leaving.values().map(|(meter, outgoing)| (meter, outgoing));
        for (meter, outgoing) in here.chain(leaving) {
            statistics.traffic += outgoing.traffic(meter);
            statistics.wire += meter.wire();
            statistics.throttled += meter.throttled();
            statistics.queues.outbound_packets += outgoing.queued_packets(meter);
            statistics.queues.outbound_bytes += outgoing.queued_bytes(meter);
        }
        statistics
    }
}
