//! What a multiplayer peer is at the moment: a server, a client, or neither.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use rust_websocket_transport::close_code::CloseCode;
use rust_websocket_transport::config::{Limits, Settings};
use rust_websocket_transport::connection::session::ReadyState;
use rust_websocket_transport::endpoint::client::{Client, SERVER_ID};
use rust_websocket_transport::endpoint::server::{self, Recipients, Server};
use rust_websocket_transport::endpoint::web_socket::WebSocket;
use rust_websocket_transport::error::{CloseCause, SendError};
use rust_websocket_transport::event::{ClientEvent, ServerEvent};
use rust_websocket_transport::statistics::{PeerStatistics, Queues, Statistics};
use rust_websocket_transport::wire::message::MessageKind;

use crate::convert;

/// How a connection is ended.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Farewell {
    /// By the closing handshake, with this code if any.
    CloseFrame(Option<CloseCode>),
    /// At once; the other side is not told.
    Cut,
}

/// The transport's endpoint behind a multiplayer peer.
#[derive(Debug, Default)]
pub(crate) enum Endpoint {
    /// Neither server nor client: disconnected.
    #[default]
    Idle,
    Server(Box<Server>),
    Client(Box<Client>),
}

/// A look at one connection of either kind of endpoint.
#[derive(Debug, Clone, Copy)]
pub(crate) enum PeerView<'a> {
    /// One of a server's many.
    OfServer(server::PeerView<'a>),
    /// The one of a client.
    OfClient(&'a WebSocket),
}

impl<'a> PeerView<'a> {
    pub(crate) fn ready_state(&self) -> ReadyState {
        match self {
            Self::OfServer(peer) => peer.ready_state(),
            Self::OfClient(socket) => socket.ready_state(),
        }
    }

    pub(crate) fn cause(&self) -> Option<&'a CloseCause> {
        match self {
            Self::OfServer(peer) => peer.cause(),
            Self::OfClient(socket) => socket.cause(),
        }
    }

    /// The URL that the connection was made with; `dialed` is the one that a client was given.
    pub(crate) fn requested_url(&self, dialed: &str) -> String {
        match self {
            Self::OfServer(peer) => {
                peer.target().map_or_else(String::new, |target| convert::requested_url(peer.uses_tls(), target))
            }
            Self::OfClient(_) => dialed.to_owned(),
        }
    }

    pub(crate) fn protocol(&self) -> Option<&'a str> {
        match self {
            Self::OfServer(peer) => peer.protocol(),
            Self::OfClient(socket) => socket.protocol(),
        }
    }

    pub(crate) fn address(&self) -> Option<SocketAddr> {
        match self {
            Self::OfServer(peer) => Some(peer.address()),
            Self::OfClient(socket) => socket.remote_address(),
        }
    }

    pub(crate) fn buffered_amount(&self) -> usize {
        match self {
            Self::OfServer(peer) => peer.buffered_amount(),
            Self::OfClient(socket) => socket.buffered_amount(),
        }
    }

    pub(crate) fn limits(&self) -> &'a Limits {
        match self {
            Self::OfServer(peer) => peer.limits(),
            Self::OfClient(socket) => socket.limits(),
        }
    }

    pub(crate) fn round_trip_time(&self) -> Option<Duration> {
        match self {
            Self::OfServer(peer) => peer.round_trip_time(),
            Self::OfClient(socket) => socket.round_trip_time(),
        }
    }

    pub(crate) fn statistics(&self) -> PeerStatistics {
        match self {
            Self::OfServer(peer) => peer.statistics(),
            Self::OfClient(socket) => socket.statistics(),
        }
    }

    pub(crate) fn set_no_delay(&self, enabled: bool) -> io::Result<()> {
        match self {
            Self::OfServer(peer) => peer.set_no_delay(enabled),
            Self::OfClient(socket) => socket.set_no_delay(enabled),
        }
    }
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

    /// Takes new settings, for connections made from now on.
    pub(crate) fn configure(&mut self, settings: Settings) {
        match self {
            Self::Idle => {}
            Self::Server(server) => server.configure(settings),
            Self::Client(client) => client.set_overflow_policy(settings.overflow_policy),
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

    /// What it has counted so far.
    pub(crate) fn statistics(&self) -> Option<Statistics> {
        match self {
            Self::Idle => None,
            Self::Server(server) => Some(server.statistics()),
            Self::Client(client) => Some(client.statistics()),
        }
    }

    /// Says goodbye to everybody, and tells what was counted to the last.
    pub(crate) fn close(mut self) -> Option<Statistics> {
        match &mut self {
            Self::Idle => {}
            Self::Server(server) => server.close(),
            Self::Client(client) => client.close(),
        }
        let counted = self.statistics()?;
        Some(Statistics { queues: Queues::default(), ..counted })
    }

    /// A connection of this endpoint's.
    pub(crate) fn peer(&self, id: i32) -> Option<PeerView<'_>> {
        match self {
            Self::Idle => None,
            Self::Server(server) => server.peer(id).map(PeerView::OfServer),
            Self::Client(client) => (id == SERVER_ID).then(|| PeerView::OfClient(client.socket())),
        }
    }

    /// Sends a message of either kind to one peer.
    pub(crate) fn send_message(&mut self, id: i32, kind: MessageKind, payload: &[u8]) -> Result<(), SendError> {
        match self {
            Self::Server(server) => server.send_message(id, kind, payload),
            Self::Client(client) if id == SERVER_ID => client.send_message(kind, payload),
            Self::Idle | Self::Client(_) => Err(SendError::UnknownPeer(id)),
        }
    }

    /// Ends the connection with a peer. However that is done, the peer's end is told by an event.
    pub(crate) fn close_peer(&mut self, id: i32, farewell: Farewell, reason: &str, now: Instant) {
        match (self, farewell) {
            (Self::Server(server), Farewell::CloseFrame(code)) => server.disconnect(id, code, reason, now),
            (Self::Server(server), Farewell::Cut) => server.reset(id, now),
            (Self::Client(client), Farewell::CloseFrame(code)) if id == SERVER_ID => {
                client.disconnect(code, reason, now);
            }
            (Self::Client(client), Farewell::Cut) if id == SERVER_ID => client.reset(now),
            (Self::Idle | Self::Client(_), _) => {}
        }
    }

    /// Changes the limits of the connection with a peer.
    pub(crate) fn set_peer_limits(&mut self, id: i32, limits: Limits, now: Instant) {
        match self {
            Self::Server(server) => server.set_peer_limits(id, limits, now),
            Self::Client(client) if id == SERVER_ID => client.set_limits(limits, now),
            Self::Idle | Self::Client(_) => {}
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

impl Event {
    /// Whose connection this is the end of, and why it ended.
    pub(crate) fn end_of_peer(&self) -> Option<(i32, &CloseCause)> {
        match self {
            Self::Server(ServerEvent::Disconnected { id, cause }) => Some((*id, cause)),
            Self::Client(ClientEvent::Disconnected { cause } | ClientEvent::Failed { cause }) => {
                Some((SERVER_ID, cause))
            }
            Self::Server(_) | Self::Client(_) => None,
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
        Event::Server(ServerEvent::Connected { .. } | ServerEvent::Overflowed { .. })
        | Event::Client(ClientEvent::Connected { .. } | ClientEvent::Overflowed { .. }) => None,
    }
}

/// Whether a failure is one that the engine's class reports as an error.
pub(crate) fn is_servers_fault(cause: &CloseCause) -> bool {
    matches!(cause, CloseCause::InvalidId)
}
