//! What a peer is at the moment: where its messages go and come from.

use std::collections::VecDeque;
use std::time::Instant;

use godot::builtin::GString;
use rust_websocket_transport::close_code;
use rust_websocket_transport::config::Limits;
use rust_websocket_transport::connection::ReadBuffer;
use rust_websocket_transport::connection::session::{ReadyState, Session};
use rust_websocket_transport::endpoint::web_socket::WebSocket;
use rust_websocket_transport::error::SendError;
use rust_websocket_transport::wire::message::{Message, MessageKind};

use super::link::Link;
use super::stream::GodotStream;
use crate::bond::{Close, Ending};
use crate::convert;
use crate::endpoint::Farewell;

/// Where a connection comes from.
#[derive(Debug, Default)]
pub(super) enum Backend {
    /// None was made yet.
    #[default]
    Idle,
    /// Dialed by us.
    Outgoing { socket: Box<WebSocket>, url: GString },
    /// A stream of the engine's, on which the other side asks.
    Accepted(Box<Session<GodotStream>>),
    /// One of a multiplayer peer's.
    Peer(Link),
    /// Over. What arrived and was not read is in the inbox.
    Ended { ending: Ending, inbox: VecDeque<Message> },
}

/// Where the other side is.
#[derive(Debug)]
pub(super) struct Remote {
    pub(super) host: GString,
    pub(super) port: i32,
}

impl Backend {
    pub(super) fn ready_state(&self) -> ReadyState {
        match self {
            Self::Idle | Self::Ended { .. } => ReadyState::Closed,
            Self::Outgoing { socket, .. } => socket.ready_state(),
            Self::Accepted(session) => session.ready_state(),
            Self::Peer(link) => link.ready_state(),
        }
    }

    pub(super) fn close_frame(&self) -> Close {
        match self {
            Self::Idle => Close::default(),
            Self::Outgoing { socket, .. } => Close::of(socket.cause()),
            Self::Accepted(session) => Close::of(session.cause()),
            Self::Peer(link) => link.close_frame(),
            Self::Ended { ending, .. } => ending.close.clone(),
        }
    }

    pub(super) fn requested_url(&self) -> GString {
        match self {
            Self::Idle => GString::new(),
            Self::Outgoing { url, .. } => url.clone(),
            Self::Accepted(session) => session.request().map_or_else(GString::new, |target| {
                GString::from(convert::requested_url(session.socket().uses_tls(), target).as_str())
            }),
            Self::Peer(link) => link.requested_url(),
            Self::Ended { ending, .. } => GString::from(ending.url.as_str()),
        }
    }

    pub(super) fn protocol(&self) -> GString {
        match self {
            Self::Idle => GString::new(),
            Self::Outgoing { socket, .. } => GString::from(socket.protocol().unwrap_or_default()),
            Self::Accepted(session) => GString::from(session.protocol().unwrap_or_default()),
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
            Self::Outgoing { socket, .. } => {
                Some(convert::remote(socket.remote_address())).map(|(host, port)| Remote { host, port })
            }
            Self::Accepted(session) => Some(Remote { host: session.socket().host(), port: session.socket().port() }),
            Self::Peer(link) => link.remote().map(|(host, port)| Remote { host, port }),
        }
    }

    pub(super) fn buffered_amount(&self) -> usize {
        match self {
            Self::Idle | Self::Ended { .. } => 0,
            Self::Outgoing { socket, .. } => socket.buffered_amount(),
            Self::Accepted(session) => session.buffered_amount(),
            Self::Peer(link) => link.buffered_amount(),
        }
    }

    /// The limits of the connection there is.
    pub(super) fn limits(&self) -> Option<Limits> {
        match self {
            Self::Idle | Self::Ended { .. } => None,
            Self::Outgoing { socket, .. } => Some(*socket.limits()),
            Self::Accepted(session) => Some(*session.limits()),
            Self::Peer(link) => link.limits(),
        }
    }

    pub(super) fn set_limits(&mut self, limits: Limits, now: Instant) {
        match self {
            Self::Idle | Self::Ended { .. } => {}
            Self::Outgoing { socket, .. } => socket.set_limits(limits, now),
            Self::Accepted(session) => session.set_limits(limits, now),
            Self::Peer(link) => link.set_limits(limits, now),
        }
    }

    /// `false` if there is no connection.
    pub(super) fn set_no_delay(&mut self, enabled: bool) -> bool {
        if self.ready_state() == ReadyState::Closed {
            return false;
        }
        let result = match self {
            Self::Idle | Self::Ended { .. } => return false,
            Self::Outgoing { socket, .. } => socket.set_no_delay(enabled),
            Self::Accepted(session) => {
                session.socket_mut().set_no_delay(enabled);
                Ok(())
            }
            Self::Peer(link) => link.set_no_delay(enabled),
        };
        if let Err(error) = result {
            log::warn!("TCP_NODELAY could not be set: {error}");
        }
        true
    }

    pub(super) fn available(&self) -> usize {
        match self {
            Self::Idle | Self::Peer(_) => 0,
            Self::Outgoing { socket, .. } => socket.available(),
            Self::Accepted(session) => session.available(),
            Self::Ended { inbox, .. } => inbox.len(),
        }
    }

    pub(super) fn pop(&mut self) -> Option<Message> {
        match self {
            Self::Idle | Self::Peer(_) => None,
            Self::Outgoing { socket, .. } => socket.pop(),
            Self::Accepted(session) => session.pop(),
            Self::Ended { inbox, .. } => inbox.pop_front(),
        }
    }

    pub(super) fn send(&mut self, kind: MessageKind, payload: &[u8]) -> Result<(), SendError> {
        match self {
            Self::Idle | Self::Ended { .. } => Err(SendError::NotOpen),
            Self::Outgoing { socket, .. } => socket.send(kind, payload),
            Self::Accepted(session) => session.send(kind, payload),
            Self::Peer(link) => link.send(kind, payload),
        }
    }

    pub(super) fn needs_flush(&self) -> bool {
        match self {
            // A multiplayer peer sees to its own connections.
            Self::Idle | Self::Peer(_) | Self::Ended { .. } => false,
            Self::Outgoing { socket, .. } => socket.needs_flush(),
            Self::Accepted(session) => session.needs_flush(),
        }
    }

    pub(super) fn flush(&mut self, now: Instant) {
        match self {
            Self::Idle | Self::Peer(_) | Self::Ended { .. } => {}
            Self::Outgoing { socket, .. } => socket.flush(now),
            Self::Accepted(session) => session.flush(now),
        }
    }

    pub(super) fn poll(&mut self, now: Instant, buffer: &mut ReadBuffer) {
        match self {
            Self::Idle | Self::Peer(_) | Self::Ended { .. } => {}
            Self::Outgoing { socket, .. } => socket.poll(now, buffer),
            Self::Accepted(session) => {
                // The engine tells of nothing, so it is asked every time.
                session.socket_mut().begin_poll();
                session.readable();
                session.writable();
                session.poll(now, buffer);
            }
        }
        self.let_go();
    }

    /// Starts the closing handshake, or cuts the connection.
    pub(super) fn close(&mut self, farewell: Farewell, reason: &str, now: Instant) {
        match (&mut *self, farewell) {
            (Self::Idle | Self::Ended { .. }, _) => {}
            (Self::Outgoing { socket, .. }, Farewell::CloseFrame(code)) => socket.close(code, reason, now),
            (Self::Outgoing { socket, .. }, Farewell::Cut) => socket.cut(now),
            (Self::Accepted(session), Farewell::CloseFrame(code)) => session.close(code, reason, now),
            (Self::Accepted(session), Farewell::Cut) => session.cut(now),
            (Self::Peer(link), farewell) => link.close(farewell, reason),
        }
        self.let_go();
    }

    /// Gives the sockets back to the system once nothing more is to come; what was not read stays.
    fn let_go(&mut self) {
        let is_finished = match self {
            Self::Outgoing { socket, .. } => socket.is_finished(),
            Self::Accepted(session) => session.is_finished(),
            Self::Idle | Self::Peer(_) | Self::Ended { .. } => false,
        };
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
        match self {
            Self::Idle | Self::Peer(_) | Self::Ended { .. } => {}
            Self::Outgoing { socket, .. } => socket.abandon(close_code::GOING_AWAY, ""),
            Self::Accepted(session) => session.abandon(close_code::GOING_AWAY, ""),
        }
    }
}
