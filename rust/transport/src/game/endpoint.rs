//! What a multiplayer peer can be asked, whichever end it is.

use std::fmt;
use std::time::Instant;

use super::PeerView;
use crate::census::Census;
use crate::close_code::CloseCode;
use crate::config::{Answer, Limits, Settings};
use crate::connection::Delivery;
use crate::error::SendError;
use crate::event::{Event, Packet, Ticket};
use crate::network::Requested;
use crate::statistics::Statistics;
use crate::stream::tls::server::ServerTls;
use crate::wire::message::MessageKind;

/// Who gets a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recipients {
    /// Every peer.
    All,
    /// Every peer but this one.
    AllExcept(i32),
    /// This peer.
    One(i32),
}

/// How a server comes to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrainPlan {
    /// When peers that are left are closed.
    pub deadline: Instant,
    /// With this code,
    pub code: Option<CloseCode>,
    /// and this reason.
    pub reason: String,
}

/// A multiplayer server or client. A client has one peer, the server, with the id [`super::SERVER_ID`].
///
/// Poll it once per frame, take its events, and flush it at the frame's end.
pub trait Endpoint: Send {
    /// Does everything that can be done without waiting, within a budget; then take the [`Endpoint::next_event`]s.
    fn poll(&mut self, now: Instant);

    /// What happened, in order. A peer can be sent to from its [`Event::Connected`] on, and asked about until the event
    /// after its [`Event::Disconnected`].
    fn next_event(&mut self) -> Option<Event>;

    /// Whether this end is the server.
    fn is_server(&self) -> bool;

    /// The port a server listens on.
    fn local_port(&self) -> Option<u16>;

    /// Packets that wait to be read.
    fn available(&self) -> usize;

    /// The id of the peer that sent the next packet.
    fn next_source(&self) -> Option<i32>;

    /// Takes the next packet.
    fn pop(&mut self) -> Option<Packet>;

    /// Sends a packet. It is framed once, however many get it. A client has nobody but the server to send to. What is sent
    /// to a peer that has gone, while its [`Event::Disconnected`] is to come, is accepted and dropped.
    ///
    /// # Errors
    /// [`SendError`] of the recipient, or of the first of many that did not get it; the others did. Each peer that missed
    /// the packet for want of room is named by an [`Event::Overflowed`] as well.
    fn send(&mut self, recipients: Recipients, payload: &[u8], delivery: Delivery) -> Result<(), SendError>;

    /// Sends a message of either kind to one peer, reliably.
    ///
    /// # Errors
    /// [`SendError`]; the message is then not queued.
    fn send_message(&mut self, id: i32, kind: MessageKind, payload: &[u8]) -> Result<(), SendError>;

    /// Whether [`Endpoint::flush`] has something to do.
    fn needs_flush(&self) -> bool;

    /// Lets leave what waits: the end of a tick.
    fn flush(&mut self, now: Instant);

    /// A peer that packets can be sent to, or that has just left.
    fn peer(&self, id: i32) -> Option<PeerView<'_>>;

    /// Starts the closing handshake with a peer: queued packets go out first. [`Event::Disconnected`] follows without
    /// waiting for the answer.
    fn close_peer(&mut self, id: i32, code: Option<CloseCode>, reason: &str, now: Instant);

    /// Ends a peer's connection at once, without a close frame. [`Event::Disconnected`] follows in the next poll.
    fn cut_peer(&mut self, id: i32, now: Instant);

    /// Ends a peer's connection at once, with a close frame as far as the socket takes it, and without an event.
    fn abandon_peer(&mut self, id: i32, now: Instant);

    /// Changes a peer's limits, see [`crate::connection::Connection::set_limits`].
    fn set_peer_limits(&mut self, id: i32, limits: Limits, now: Instant);

    /// Changes whether small messages to a peer leave at once (`TCP_NODELAY`). On by default.
    fn set_peer_no_delay(&mut self, id: i32, enabled: bool, now: Instant);

    /// Changes the settings, for connections made from now on; how many there may be, what becomes of slow ones, and how old
    /// unreliable packets may get, from now on for all.
    fn configure(&mut self, settings: Settings, now: Instant);

    /// Leaves new connections waiting, unaccepted, and turns away those whose handshake is under way. A client has none.
    fn refuse_new_connections(&mut self, refuse: bool, now: Instant);

    /// Server: a request that the game was asked about, until it was answered or has gone.
    fn request(&self, ticket: Ticket) -> Option<&Requested> {
        let _ = ticket;
        None
    }

    /// Server: answers a request that the game was asked about. Whether it still waits for that.
    fn answer(&mut self, ticket: Ticket, answer: Answer, now: Instant) -> bool {
        let _ = (ticket, answer, now);
        false
    }

    /// Server: takes no new peers any more, and closes those that are left when the time has come. [`Event::Drained`] is the
    /// last event then. Once more, it changes when and how.
    fn drain(&mut self, plan: DrainPlan, now: Instant) {
        let _ = (plan, now);
    }

    /// Whether it drains, or has.
    fn is_draining(&self) -> bool {
        false
    }

    /// Gives a `wss://` server another certificate and key, for connections made from now on. Without TLS, and for a client,
    /// nothing happens.
    fn set_tls(&mut self, tls: ServerTls, now: Instant);

    /// This endpoint in numbers, from its start on. Asks every connection.
    fn statistics(&self) -> Statistics;

    /// What it holds inside, as far as it can be seen from here.
    #[doc(hidden)]
    fn census(&self) -> Census;

    /// Abandons every connection. Dropping an endpoint does the same.
    fn shut_down(&mut self);
}

/// No more than its name, as for a [`Link`](crate::link::Link).
impl fmt::Debug for dyn Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Endpoint")
    }
}
