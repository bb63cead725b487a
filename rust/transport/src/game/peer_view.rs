//! What there is to know about one connection, on a server or a client.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::config::Limits;
use crate::connection::{Meter, Outgoing, ReadyState};
use crate::error::CloseCause;
use crate::event::Ticket;
use crate::statistics::PeerStatistics;
use crate::statistics::quality::Link;
use crate::wire::request_head::RequestHead;
use crate::wire::response::Target;

/// A look at one connection.
#[derive(Debug, Clone, Copy)]
pub struct PeerView<'a> {
    pub(super) address: Option<SocketAddr>,
    pub(super) ready_state: ReadyState,
    pub(super) cause: Option<&'a CloseCause>,
    pub(super) protocol: Option<&'a str>,
    pub(super) target: Option<&'a Target>,
    pub(super) request: Option<&'a Arc<RequestHead>>,
    pub(super) ticket: Option<Ticket>,
    pub(super) uses_tls: bool,
    pub(super) limits: &'a Limits,
    pub(super) meter: Option<&'a Meter>,
    pub(super) outgoing: &'a Outgoing,
    /// Messages that arrived and were not the game's, and their payload bytes.
    pub(super) own: (u64, u64),
    pub(super) opened: Option<Instant>,
    /// The time of the last poll.
    pub(super) now: Instant,
}

impl<'a> PeerView<'a> {
    /// Where it is, if that is known.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// How far its connection is.
    #[must_use]
    pub fn ready_state(&self) -> ReadyState {
        self.ready_state
    }

    /// Why it is over; `None` before that.
    #[must_use]
    pub fn cause(&self) -> Option<&'a CloseCause> {
        self.cause
    }

    /// The subprotocol that was agreed on.
    #[must_use]
    pub fn protocol(&self) -> Option<&'a str> {
        self.protocol
    }

    /// Server: the host and path it asked for.
    #[must_use]
    pub fn target(&self) -> Option<&'a Target> {
        self.target
    }

    /// Multiplayer server: what it said when it asked to be let in.
    #[must_use]
    pub fn request(&self) -> Option<&'a Arc<RequestHead>> {
        self.request
    }

    /// Multiplayer server: under which the game was asked about it, or would have been.
    #[must_use]
    pub fn ticket(&self) -> Option<Ticket> {
        self.ticket
    }

    /// Whether its connection is `wss://`.
    #[must_use]
    pub fn uses_tls(&self) -> bool {
        self.uses_tls
    }

    /// Payload bytes that wait to be sent.
    #[must_use]
    pub fn buffered_amount(&self) -> usize {
        self.meter.map_or(0, |meter| self.outgoing.queued_bytes(meter))
    }

    /// The limits that hold.
    #[must_use]
    pub fn limits(&self) -> &'a Limits {
        self.limits
    }

    /// The time from a ping to its pong, smoothed. See [`Limits::heartbeat_interval`].
    #[must_use]
    pub fn round_trip_time(&self) -> Option<Duration> {
        self.meter?.round_trip().map(|trip| trip.smoothed)
    }

    /// The connection in numbers; nothing but zeros before there is one.
    #[must_use]
    pub fn statistics(&self) -> PeerStatistics {
        let Some(meter) = self.meter else { return PeerStatistics::default() };
        let mut traffic = self.outgoing.traffic(meter);
        traffic.packets_received -= self.own.0;
        traffic.bytes_received -= self.own.1;
        PeerStatistics {
            traffic,
            wire: meter.wire(),
            queues: self.outgoing.queues(meter),
            round_trip: meter.round_trip(),
            throttled: meter.throttled(),
            opened: self.opened,
            queue_delay: self.queue_delay(meter),
            delivery_rate: self.outgoing.delivery_rate(meter, self.now),
        }
    }

    fn queue_delay(&self, meter: &Meter) -> Duration {
        self.waits_since(self.outgoing.oldest(meter))
    }

    fn waits_since(&self, since: Option<Instant>) -> Duration {
        since.map_or(Duration::ZERO, |since| self.now.saturating_duration_since(since))
    }

    /// What the link is like for a game; `None` until a ping was answered. See [`crate::config::Limits::heartbeat_interval`].
    #[must_use]
    pub fn link(&self) -> Option<Link> {
        let meter = self.meter?;
        let trip = meter.round_trip()?;
        Some(Link {
            // A link that stands still is no better than what it has shown so far.
            round_trip: trip.smoothed.max(self.waits_since(meter.pinged.get())),
            jitter: trip.jitter,
            queue_delay: self.queue_delay(meter),
        })
    }
}
