//! What a multiplayer peer has to say of its endpoint, and of the connections that it and its handles ask about.

use std::time::Instant;

use rust_websocket_transport::close_code::{self, CloseCode};
use rust_websocket_transport::error::CloseCause;
use rust_websocket_transport::event::Event;
use rust_websocket_transport::game::{Endpoint, PeerView, Recipients, SERVER_ID};

use crate::convert;

/// The endpoint behind a multiplayer peer; `None` while it is neither server nor client.
pub(crate) type Current = Option<Box<dyn Endpoint>>;

/// How a connection is ended.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Farewell {
    /// By the closing handshake, with this code if any.
    CloseFrame(Option<CloseCode>),
    /// At once; the other side is not told.
    Cut,
}

impl Farewell {
    /// Ends the connection with a peer. Either way its end is told by an event.
    pub(crate) fn say(self, endpoint: &mut dyn Endpoint, id: i32, reason: &str, now: Instant) {
        match self {
            Self::CloseFrame(code) => endpoint.close_peer(id, code, reason, now),
            Self::Cut => endpoint.cut_peer(id, now),
        }
    }
}

/// A target in Godot's form: 0 all, positive that one, negative all but that one.
pub(crate) fn recipients(target: i32) -> Recipients {
    match target {
        0 => Recipients::All,
        1.. => Recipients::One(target),
        _ => Recipients::AllExcept(target.saturating_neg()),
    }
}

/// The URL that a connection was made with; `dialed` is the one that a client was given.
pub(crate) fn requested_url(peer: PeerView<'_>, dialed: &str) -> String {
    peer.target().map_or_else(|| dialed.to_owned(), |target| convert::requested_url(peer.uses_tls(), target))
}

/// Whose connection an event is the end of, and why it ended.
pub(crate) fn end_of_peer(event: &Event) -> Option<(i32, &CloseCause)> {
    match event {
        Event::Disconnected { id, cause } => Some((*id, cause)),
        Event::Failed { cause } => Some((SERVER_ID, cause)),
        Event::Requested { .. }
        | Event::Withdrawn { .. }
        | Event::Drained
        | Event::Connected { .. }
        | Event::Joined { .. }
        | Event::Overflowed { .. }
        | Event::HandshakeFailed { .. } => None,
    }
}

/// A line for the log about what the game gets no signal for, or no reason with it.
pub(crate) fn describe(event: &Event) -> Option<String> {
    match event {
        Event::HandshakeFailed { address: Some(address), cause } => {
            Some(format!("connection from {address} did not become a peer: {cause}"))
        }
        Event::HandshakeFailed { address: None, cause } => Some(format!("a connection did not become a peer: {cause}")),
        Event::Disconnected { id: SERVER_ID, cause } => Some(format!("the server has gone: {cause}")),
        Event::Disconnected { id, cause } => Some(format!("peer {id} has gone: {cause}")),
        Event::Failed { cause } => Some(format!("could not join: {cause}")),
        Event::Drained => Some("nobody is left, the server is drained".to_owned()),
        Event::Requested { .. }
        | Event::Withdrawn { .. }
        | Event::Connected { .. }
        | Event::Joined { .. }
        | Event::Overflowed { .. } => None,
    }
}

/// The end of a client in words. [`SceneMultiplayer`](godot::classes::SceneMultiplayer) sends those away without a reason
/// whom it could not authenticate, so what it probably was is said with it.
pub(crate) fn end_of_client(cause: &CloseCause) -> String {
    let is_plain = |code: &u16, reason: &str| *code == close_code::NORMAL.get() && reason.is_empty();
    if !matches!(cause, CloseCause::ByPeer { code: Some(code), reason } if is_plain(code, reason)) {
        return cause.to_string();
    }
    format!("the server has sent us away; if it asks for a login, that failed or took too long ({cause})")
}

/// Whether a failure is one that the engine's class reports as an error.
pub(crate) fn is_servers_fault(cause: &CloseCause) -> bool {
    matches!(cause, CloseCause::InvalidId | CloseCause::Broken { .. })
}
