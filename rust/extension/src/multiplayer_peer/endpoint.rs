//! What a multiplayer peer is at the moment: a server, a client, or neither.

use bytes::Bytes;
use rust_websocket_transport::endpoint::client::{Client, SERVER_ID};
use rust_websocket_transport::endpoint::server::{Recipients, Server};
use rust_websocket_transport::error::{CloseCause, SendError};
use rust_websocket_transport::event::{ClientEvent, ServerEvent};
use std::time::Instant;

/// The transport's endpoint behind a multiplayer peer.
#[derive(Debug, Default)]
pub(crate) enum Endpoint {
    /// Neither server nor client: disconnected.
    #[default]
    Idle,
    Server(Box<Server>),
    Client(Box<Client>),
}

/// What either kind of endpoint tells.
#[derive(Debug)]
pub(crate) enum Event {
    Server(ServerEvent),
    Client(ClientEvent),
}

impl Endpoint {
    pub(crate) fn poll(&mut self, now: Instant) {
        match self {
            Self::Idle => {}
            Self::Server(server) => server.poll(now),
            Self::Client(client) => client.poll(now),
        }
    }

    pub(crate) fn next_event(&mut self) -> Option<Event> {
        match self {
            Self::Idle => None,
            Self::Server(server) => server.next_event().map(Event::Server),
            Self::Client(client) => client.next_event().map(Event::Client),
        }
    }

    pub(crate) fn available(&self) -> usize {
        match self {
            Self::Idle => 0,
            Self::Server(server) => server.available(),
            Self::Client(client) => client.available(),
        }
    }

    /// Who sent the next packet.
    pub(crate) fn next_source(&self) -> Option<i32> {
        match self {
            Self::Idle => None,
            Self::Server(server) => server.next_source(),
            Self::Client(client) => (client.available() > 0).then_some(SERVER_ID),
        }
    }

    pub(crate) fn pop(&mut self) -> Option<Bytes> {
        match self {
            Self::Idle => None,
            Self::Server(server) => server.pop(),
            Self::Client(client) => client.pop(),
        }
        .map(|packet| packet.payload)
    }

    /// Sends to the target in Godot's form: 0 all, positive that one, negative all but that one.
    pub(crate) fn send(&mut self, target: i32, payload: &[u8]) -> Result<(), SendError> {
        match self {
            Self::Idle => Err(SendError::NotOpen),
            // A client has nobody else to send to.
            Self::Client(client) => client.send(payload),
            Self::Server(server) => {
                let recipients = match target {
                    0 => Recipients::All,
                    1.. => Recipients::One(target),
                    _ => Recipients::AllExcept(target.saturating_neg()),
                };
                server.send(recipients, payload)
            }
        }
    }

    pub(crate) fn needs_flush(&self) -> bool {
        match self {
            Self::Idle => false,
            Self::Server(server) => server.needs_flush(),
            Self::Client(client) => client.needs_flush(),
        }
    }

    pub(crate) fn flush(&mut self, now: Instant) {
        match self {
            Self::Idle => {}
            Self::Server(server) => server.flush(now),
            Self::Client(client) => client.flush(now),
        }
    }

    pub(crate) fn has_peer(&self, id: i32) -> bool {
        match self {
            Self::Idle => false,
            Self::Server(server) => server.has_peer(id),
            Self::Client(_) => id == SERVER_ID,
        }
    }
}

/// A line for the log about what the game gets no signal for, or no reason with it.
pub(crate) fn describe(event: &Event) -> Option<String> {
    match event {
        Event::Server(ServerEvent::HandshakeFailed { address, cause }) => {
            Some(format!("connection from {address} did not become a peer: {cause}"))
        }
        Event::Server(ServerEvent::Disconnected { id, cause }) => Some(format!("peer {id} has gone: {cause}")),
        Event::Client(ClientEvent::Failed { cause }) => Some(format!("could not join: {cause}")),
        Event::Client(ClientEvent::Disconnected { cause }) => Some(format!("the server has gone: {cause}")),
        Event::Server(ServerEvent::Connected { .. }) | Event::Client(ClientEvent::Connected { .. }) => None,
    }
}

/// Whether a failure is one that the engine's class reports as an error.
pub(crate) fn is_servers_fault(cause: &CloseCause) -> bool {
    matches!(cause, CloseCause::InvalidId)
}
