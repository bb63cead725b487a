//! What a peer is at the moment: where its messages go and come from.

use std::collections::VecDeque;
use std::time::Instant;

use godot::builtin::GString;
use rust_websocket_transport::close_code;
use rust_websocket_transport::config::Limits;
use rust_websocket_transport::connection::ReadyState;
use rust_websocket_transport::error::SendError;
use rust_websocket_transport::game::WebSocket;
use rust_websocket_transport::wire::message::{Message, MessageKind};

use super::link::Link;
use crate::bond::{Close, Ending};
use crate::convert;
use crate::endpoint::Farewell;

/// Where a connection is.
#[derive(Debug, Default)]
pub(super) enum Backend {
    /// None was made yet.
    #[default]
    Idle,
    /// It is ours.
    Own { socket: Box<WebSocket>, origin: Origin },
    /// One of a multiplayer peer's.
    Peer(Link),
    /// Over. What arrived and was not read is in the inbox.
    Ended { ending: Ending, inbox: VecDeque<Message> },
}

/// How a connection of our own came about.
#[derive(Debug)]
pub(super) enum Origin {
    /// Dialed by us.
    Dialed { url: GString },
    /// By a stream of the engine's, on which the other side asks.
    Accepted { uses_tls: bool, remote: Remote },
}

/// Where the other side is.
#[derive(Debug, Clone)]
pub(super) struct Remote {
    pub(super) host: GString,
    pub(super) port: i32,
}

impl Backend {
    pub(super) fn ready_state(&self) -> ReadyState {
        match self {
            Self::Idle | Self::Ended { .. } => ReadyState::Closed,
            Self::Own { socket, .. } => socket.ready_state(),
            Self::Peer(link) => link.ready_state(),
        }
    }

    pub(super) fn close_frame(&self) -> Close {
        match self {
            Self::Idle => Close::default(),
            Self::Own { socket, .. } => Close::of(socket.cause()),
            Self::Peer(link) => link.close_frame(),
            Self::Ended { ending, .. } => ending.close.clone(),
        }
    }

    pub(super) fn requested_url(&self) -> GString {
        match self {
            Self::Idle => GString::new(),
            Self::Own { origin: Origin::Dialed { url }, .. } => url.clone(),
            Self::Own { socket, origin: Origin::Accepted { uses_tls, .. } } => {
                let url = socket.request().map(|target| convert::requested_url(*uses_tls, target));
                GString::from(url.unwrap_or_default().as_str())
            }
            Self::Peer(link) => link.requested_url(),
            Self::Ended { ending, .. } => GString::from(ending.url.as_str()),
        }
    }

    pub(super) fn protocol(&self) -> GString {
        match self {
            Self::Idle => GString::new(),
            Self::Own { socket, .. } => GString::from(socket.protocol().unwrap_or_default()),
            Self::Peer(link) => link.protocol(),
            Self::Ended { ending, .. } => GString::from(ending.protocol.as_str()),
        }
    }

    /// The other side's address. `None` without a connection; empty while it is not known.
    pub(super) fn remote(&self) -> Option<Remote> {
        if self.ready_state() == ReadyState::Closed {
            return None;
        }
        match self {
            Self::Idle | Self::Ended { .. } => None,
            Self::Own { origin: Origin::Accepted { remote, .. }, .. } => Some(remote.clone()),
            Self::Own { socket, .. } => {
                Some(convert::remote(socket.remote_address())).map(|(host, port)| Remote { host, port })
            }
            Self::Peer(link) => link.remote().map(|(host, port)| Remote { host, port }),
        }
    }

    pub(super) fn buffered_amount(&self) -> usize {
        match self {
            Self::Idle | Self::Ended { .. } => 0,
            Self::Own { socket, .. } => socket.buffered_amount(),
            Self::Peer(link) => link.buffered_amount(),
        }
    }

    /// The limits of the connection there is.
    pub(super) fn limits(&self) -> Option<Limits> {
        match self {
            Self::Idle | Self::Ended { .. } => None,
            Self::Own { socket, .. } => Some(*socket.limits()),
            Self::Peer(link) => link.limits(),
        }
    }

    pub(super) fn set_limits(&mut self, limits: Limits, now: Instant) {
        match self {
            Self::Idle | Self::Ended { .. } => {}
            Self::Own { socket, .. } => socket.set_limits(limits, now),
            Self::Peer(link) => link.set_limits(limits, now),
        }
    }

    /// `false` if there is no connection.
    pub(super) fn set_no_delay(&mut self, enabled: bool, now: Instant) -> bool {
        if self.ready_state() == ReadyState::Closed {
            return false;
        }
        match self {
            Self::Idle | Self::Ended { .. } => return false,
            Self::Own { socket, .. } => socket.set_no_delay(enabled, now),
            Self::Peer(link) => link.set_no_delay(enabled, now),
        }
        true
    }

    pub(super) fn available(&self) -> usize {
        match self {
            Self::Idle | Self::Peer(_) => 0,
            Self::Own { socket, .. } => socket.available(),
            Self::Ended { inbox, .. } => inbox.len(),
        }
    }

    pub(super) fn pop(&mut self) -> Option<Message> {
        match self {
            Self::Idle | Self::Peer(_) => None,
            Self::Own { socket, .. } => socket.pop(),
            Self::Ended { inbox, .. } => inbox.pop_front(),
        }
    }

    pub(super) fn send(&mut self, kind: MessageKind, payload: &[u8]) -> Result<(), SendError> {
        match self {
            Self::Idle | Self::Ended { .. } => Err(SendError::NotOpen),
            Self::Own { socket, .. } => socket.send(kind, payload),
            Self::Peer(link) => link.send(kind, payload),
        }
    }

    pub(super) fn needs_flush(&self) -> bool {
        match self {
            // A multiplayer peer sees to its own connections.
            Self::Idle | Self::Peer(_) | Self::Ended { .. } => false,
            Self::Own { socket, .. } => socket.needs_flush(),
        }
    }

    pub(super) fn flush(&mut self, now: Instant) {
        if let Self::Own { socket, .. } = self {
            socket.flush(now);
        }
    }

    pub(super) fn poll(&mut self, now: Instant) {
        if let Self::Own { socket, .. } = self {
            socket.poll(now);
        }
        self.let_go();
    }

    /// Starts the closing handshake, or cuts the connection.
    pub(super) fn close(&mut self, farewell: Farewell, reason: &str, now: Instant) {
        match (&mut *self, farewell) {
            (Self::Idle | Self::Ended { .. }, _) => {}
            (Self::Own { socket, .. }, Farewell::CloseFrame(code)) => socket.close(code, reason, now),
            (Self::Own { socket, .. }, Farewell::Cut) => socket.cut(now),
            (Self::Peer(link), farewell) => link.close(farewell, reason),
        }
        self.let_go();
    }

    /// Gives the sockets back to the system once nothing more is to come; what was not read stays.
    fn let_go(&mut self) {
        let is_finished = matches!(self, Self::Own { socket, .. } if socket.is_finished());
        if is_finished {
            let inbox = std::iter::from_fn(|| self.pop()).collect();
            let ending = Ending {
                close: self.close_frame(),
                url: self.requested_url().to_string(),
                protocol: self.protocol().to_string(),
            };
            *self = Self::Ended { ending, inbox };
        }
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        if let Self::Own { socket, .. } = self {
            socket.abandon(close_code::GOING_AWAY, "");
        }
    }
}
