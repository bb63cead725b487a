//! One peer of a server: what there is to know about it, and what can be done with it alone.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::Server;
use super::peers::{Peer, Stage};
use crate::config::Limits;
use crate::connection::Frame;
use crate::connection::session::ReadyState;
use crate::error::{CloseCause, SendError};
use crate::statistics::PeerStatistics;
use crate::tls::Stream;
use crate::wire::Role;
use crate::wire::message::MessageKind;
use crate::wire::response::Target;

/// A look at one peer.
#[derive(Debug, Clone, Copy)]
pub struct PeerView<'a> {
    peer: &'a Peer,
}

impl<'a> PeerView<'a> {
    /// Where it comes from.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.peer.address
    }

    /// How far its connection is.
    #[must_use]
    pub fn ready_state(&self) -> ReadyState {
        if self.peer.connection.is_open() {
            ReadyState::Open
        } else if self.peer.connection.is_closing() {
            ReadyState::Closing
        } else {
            ReadyState::Closed
        }
    }

    /// Why it is over; `None` before that, and once the game was told.
    #[must_use]
    pub fn cause(&self) -> Option<&'a CloseCause> {
        match &self.peer.stage {
            Stage::Leaving(cause) | Stage::Left(cause) => Some(cause),
            Stage::Pending | Stage::Joined | Stage::Gone => None,
        }
    }

    /// The subprotocol that was agreed on.
    #[must_use]
    pub fn protocol(&self) -> Option<&'a str> {
        self.peer.protocol.as_deref()
    }

    /// The host and path it asked for.
    #[must_use]
    pub fn target(&self) -> Option<&'a Target> {
        self.peer.target.as_deref()
    }

    /// Whether it came by `wss://`.
    #[must_use]
    pub fn uses_tls(&self) -> bool {
        matches!(self.peer.connection.socket(), Stream::Tls(_))
    }

    /// Payload bytes that wait to be sent.
    #[must_use]
    pub fn buffered_amount(&self) -> usize {
        self.peer.connection.buffered_amount()
    }

    /// The limits that hold.
    #[must_use]
    pub fn limits(&self) -> &'a Limits {
        self.peer.connection.limits()
    }

    /// The time from a ping to its pong, smoothed. See [`Limits::heartbeat_interval`].
    #[must_use]
    pub fn round_trip_time(&self) -> Option<Duration> {
        self.peer.connection.round_trip_time()
    }

    /// The peer in numbers.
    #[must_use]
    pub fn statistics(&self) -> PeerStatistics {
        self.peer.statistics()
    }

    /// Whether small messages leave at once (`TCP_NODELAY`). On by default.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn set_no_delay(&self, enabled: bool) -> io::Result<()> {
        self.peer.connection.socket().socket().set_nodelay(enabled)
    }
}

impl Server {
    /// A peer that packets can be sent to, or that has just left.
    #[must_use]
    pub fn peer(&self, id: i32) -> Option<PeerView<'_>> {
        let peer = self.peers.get(self.peers.find(id)?)?;
        Some(PeerView { peer })
    }

    /// Sends a message of either kind to one peer.
    ///
    /// # Errors
    /// [`SendError`]; the message is then not queued.
    pub fn send_message(&mut self, id: i32, kind: MessageKind, payload: &[u8]) -> Result<(), SendError> {
        let key = self.peers.find(id).ok_or(SendError::UnknownPeer(id))?;
        self.send_to(key, payload.len(), || Frame::message(kind, payload, Role::Server))
    }

    /// Ends a peer's connection at once, without a close frame. [`crate::event::ServerEvent::Disconnected`] follows in
    /// the next poll.
    pub fn reset(&mut self, id: i32, now: Instant) {
        let Some(key) = self.peers.find(id) else { return };
        if let Some(peer) = self.peers.get_mut(key) {
            peer.connection.cut(&mut self.events);
        }
        self.settle(key, now);
    }

    /// Changes a peer's limits, see [`crate::connection::Connection::set_limits`].
    pub fn set_peer_limits(&mut self, id: i32, limits: Limits, now: Instant) {
        let Some(key) = self.peers.find(id) else { return };
        if let Some(peer) = self.peers.get_mut(key) {
            peer.connection.set_limits(limits, now);
        }
        self.settle(key, now);
    }
}
