//! One peer's life: the opening handshake, messages, the closing handshake, the end. Queues and deadlines included;
//! sockets' readiness, clocks and other peers are the business of [`crate::network`].
//!
//! # How it is driven
//!
//! - [`Connection::read`] when the socket may have bytes, until it answers [`ReadOutcome::Drained`];
//! - [`Connection::writable`] when the socket takes bytes again, [`Connection::flush`] when something was queued;
//! - [`Connection::expire`] when [`Connection::deadline`] has come, and what the socket has is read;
//! - each of them may add [`ConnectionEvent`]s; drop the connection once [`Connection::is_finished`].
//!
//! What these do is in `receiving`, `sending` and `ending`, how fast the other side may send in `throttle`; here is what a connection is, and what it says of itself. What it
//! counts is in [`Meter`], where both halves of an endpoint can read it, and room for what is sent in [`Outgoing`].
//!
//! After [`ConnectionEvent::Closed`] nothing more comes of a connection, but it lives on for a moment so that what
//! it still had to say arrives: closing a socket with unread bytes in it would destroy the close frame on its way.
//!
//! # Verbs
//!
//! One for each thing, here and in the layers above.
//!
//! | verb | what it does to a connection | the other side hears | its owner hears |
//! |---|---|---|---|
//! | close | starts the closing handshake; what is queued goes out first | a close frame | [`ConnectionEvent::Closed`] once that is answered, or not in time |
//! | cut | ends it at once | the end of the stream | [`ConnectionEvent::Closed`] |
//! | abandon | says goodbye as far as the socket takes it now, and ends it | a close frame, as a rule | nothing |
//! | refuse | answers the request for it with an HTTP error | that answer | [`ConnectionEvent::Closed`] |
//! | break off | ends it because the other side broke the protocol | a close frame with the reason | [`ConnectionEvent::Closed`] |
//! | expire | does what is due: ends what takes too long, pings | the end of the stream, or a ping | [`ConnectionEvent::Closed`], or nothing |
//! | linger | is over for the owner, while the last bytes leave | those | nothing more |
//! | finish | is over for good | the end of the stream | [`ConnectionEvent::Closed`], unless it has |
//!
//! Above, an endpoint *shuts down*, which abandons all of its connections, and the game's half *releases* a connection that the
//! game knows no more. To *hear* is to act on what a layer below says; to *take* is to remove and hand out.

mod ages;
mod budget;
mod delivery;
mod ending;
#[cfg(feature = "fuzzing")]
pub(crate) mod fuzzing;
mod heartbeat;
mod inbox;
mod meter;
mod outbound;
mod outgoing;
mod pace;
mod queue;
mod read_buffer;
mod receiving;
mod sending;
mod state;
#[cfg(test)]
mod tests;
mod throttle;

use std::sync::Arc;
use std::time::Instant;

use bytes::{Bytes, BytesMut};

pub use self::budget::Budget;
pub(crate) use self::budget::READ_TIME;
pub use self::delivery::Delivery;
pub(crate) use self::ending::grace;
use self::heartbeat::Heartbeat;
pub(crate) use self::inbox::{Inbox, Payload, keep};
pub(crate) use self::meter::Count;
pub use self::meter::{Meter, Tally};
pub use self::outbound::Frame;
use self::outbound::Outbound;
pub use self::outgoing::{MakeRoom, Outgoing};
pub use self::read_buffer::ReadBuffer;
use self::state::State;
use self::throttle::Throttle;
use crate::config::{Acceptance, Handshake, Rejection, SharedLimits};
use crate::entropy::Entropy;
use crate::error::{CloseCause, RequestError};
use crate::excerpt::Excerpt;
use crate::stream::Socket;
use crate::wire::deflate::WindowBits;
use crate::wire::message::Message;
use crate::wire::request::Asked;
use crate::wire::response::Target;
use crate::wire::{Role, answer, response};

/// How many pongs may wait before a peer that pings without reading is not read from any more.
const MAX_CONTROL_PIECES: usize = 64;

/// What happened on a connection.
#[derive(Debug)]
pub enum ConnectionEvent {
    /// Server: a legal request is here. It waits for [`Connection::accept`] or [`Connection::refuse`].
    Requested,
    /// The handshake is done, with this subprotocol.
    Opened {
        /// The subprotocol both sides agreed on, if any was asked for.
        protocol: Option<String>,
    },
    /// A message arrived. Its room is given back by what [`Meter`] says was read, or by [`Connection::discard`].
    Message(Message),
    /// The connection is over, or never opened.
    Closed(CloseCause),
}

/// Why [`Connection::read`] came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadOutcome {
    /// The socket has no more; its next event tells of more.
    Drained,
    /// It stopped early: the budget is used up, the game has not read what is there, or an answer is due.
    Paused,
}

/// What becomes of messages without a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmptyMessages {
    /// They arrive like any other.
    Keep,
    /// They are passed over: no Godot packet is empty.
    Skip,
}

/// How far a connection is; the values of `WebSocketPeer.State`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadyState {
    /// It is being dialed, or the handshake is under way.
    Connecting,
    /// Messages go both ways.
    Open,
    /// A close frame was sent and the answer is awaited.
    Closing,
    /// It is over.
    Closed,
}

/// Which end a connection is. A client masks what it sends (RFC 6455 section 5.3).
#[derive(Debug)]
enum Side {
    Server,
    Client(Box<Entropy>),
}

impl Side {
    fn role(&self) -> Role {
        match self {
            Self::Server => Role::Server,
            Self::Client(_) => Role::Client,
        }
    }

    /// The mask of the next frame.
    fn mask(&mut self) -> Option<[u8; 4]> {
        match self {
            Self::Server => None,
            Self::Client(entropy) => Some(entropy.mask()),
        }
    }
}

/// One WebSocket connection over a stream `S`.
#[derive(Debug)]
pub struct Connection<S> {
    socket: S,
    side: Side,
    limits: SharedLimits,
    state: State,
    outbound: Outbound,
    meter: Arc<Meter>,
    /// Only while it is open.
    heartbeat: Option<Box<Heartbeat>>,
    /// Only while it is open, on a server that limits how fast its peers may send.
    throttle: Option<Box<Throttle>>,
    /// Bytes that were read and not understood yet: only while reading is paused.
    input: BytesMut,
    /// They are not in the block any more that they were read into.
    has_own_input: bool,
    /// How far back what is sent may refer, if it may be compressed.
    window: Option<WindowBits>,
    /// When something was read last.
    last_heard: Option<Instant>,
    /// A deadline of it was put off.
    was_spared: bool,
    /// The tick of the last message, see [`Connection::send`].
    last_tick: u64,
    /// Messages of that tick.
    in_tick: usize,
}

impl<S: Socket> Connection<S> {
    /// The server's end of a stream that was just accepted.
    pub fn accepted(socket: S, limits: impl Into<SharedLimits>, now: Instant) -> Self {
        let limits = limits.into();
        let state = State::awaiting_request(limits.handshake_deadline(now));
        Self::new(socket, Side::Server, limits, state)
    }

    /// The client's end of a stream that was just connected; `deadline` ends the handshake.
    pub fn connected(
        socket: S,
        limits: impl Into<SharedLimits>,
        target: &Target,
        handshake: &Handshake,
        mut entropy: Box<Entropy>,
        deadline: Instant,
    ) -> Self {
        let (head, expectation) = response::request(target, handshake, entropy.nonce());
        let state = State::awaiting_response(expectation, deadline);
        let mut connection = Self::new(socket, Side::Client(entropy), limits.into(), state);
        connection.outbound.push_head(head);
        connection
    }

    fn new(socket: S, side: Side, limits: SharedLimits, state: State) -> Self {
        Self {
            socket,
            side,
            limits,
            state,
            outbound: Outbound::default(),
            meter: Arc::default(),
            heartbeat: None,
            throttle: None,
            input: BytesMut::new(),
            has_own_input: false,
            window: None,
            last_heard: None,
            was_spared: false,
            last_tick: 0,
            in_tick: 0,
        }
    }

    /// The stream below.
    pub fn socket(&self) -> &S {
        &self.socket
    }

    /// The stream below, to be registered or configured.
    pub fn socket_mut(&mut self) -> &mut S {
        &mut self.socket
    }

    /// Server: the request that waits for an answer.
    pub fn request(&self) -> Option<&Asked> {
        match &self.state {
            State::Requested { asked, .. } => Some(asked),
            _ => None,
        }
    }

    /// Whether messages may be sent.
    pub fn is_open(&self) -> bool {
        matches!(self.state, State::Open { .. })
    }

    /// Whether the handshake is under way.
    pub fn is_opening(&self) -> bool {
        matches!(self.state, State::AwaitingRequest { .. } | State::Requested { .. } | State::AwaitingResponse { .. })
    }

    /// Whether the connection is of no more use.
    pub fn is_finished(&self) -> bool {
        matches!(self.state, State::Finished)
    }

    /// When [`Connection::expire`] is to be called, if nothing happens before.
    pub fn deadline(&self) -> Option<Instant> {
        [self.own_deadline(), self.outbound.next_expiry()].into_iter().flatten().min()
    }

    /// When something is due that has nothing to do with what waits.
    fn own_deadline(&self) -> Option<Instant> {
        match &self.state {
            State::Open { .. } => {
                let beat = self.heartbeat.as_ref().map(|heartbeat| heartbeat.next());
                let read_on = self.throttle.as_ref().and_then(|throttle| throttle.until());
                beat.into_iter().chain(read_on).min()
            }
            state => state.deadline(),
        }
    }

    /// Its numbers, as whoever sent its messages and reads what it brings needs them.
    pub fn meter(&self) -> &Arc<Meter> {
        &self.meter
    }

    /// Tells the meter what the stream has carried.
    pub fn publish(&self) {
        self.meter.set_wire(self.socket.carried());
    }

    /// How far back compressed messages may refer that are sent here; `None` if none may be compressed.
    pub fn window(&self) -> Option<WindowBits> {
        self.window
    }

    /// The limits that hold.
    pub fn limits(&self) -> &SharedLimits {
        &self.limits
    }

    /// Changes the limits. A new heartbeat interval starts now; how large a message may be is settled when the
    /// connection opens.
    pub fn set_limits(&mut self, limits: impl Into<SharedLimits>, now: Instant) {
        let limits = limits.into();
        if self.is_open() && limits.heartbeat_interval != self.limits.heartbeat_interval {
            self.heartbeat = Heartbeat::start(limits.heartbeat_interval, now, self.socket.carried().received);
            self.meter.pinged.set(None);
        }
        if self.is_open() {
            self.outbound.set_max_age(limits.unreliable_max_age, &mut self.socket);
        }
        if self.is_open() && matches!(self.side, Side::Server) {
            self.throttle = Throttle::of(&limits, self.throttle.take());
        }
        self.limits = limits;
    }

    /// Whether [`Connection::flush`] has something to do.
    pub fn needs_flush(&self) -> bool {
        self.outbound.is_due()
    }

    /// Whether reading may go on.
    pub fn can_read(&self) -> bool {
        // Whoever speaks on before it is answered waits for that.
        let speaks_on = matches!(self.state, State::Requested { .. }) && !self.input.is_empty();
        self.outbound.control_pieces() <= MAX_CONTROL_PIECES && self.has_room() && !self.is_throttled() && !speaks_on
    }

    /// Whether there is room for what it brings.
    pub fn has_room(&self) -> bool {
        !self.is_open() || self.meter.has_room(&self.limits)
    }

    /// Gives back the room of a message that is not for the game: it does not count as received.
    pub fn discard(&mut self, payload: usize) {
        self.meter.received.uncount(payload);
    }

    /// Server: answers the request that waits with 101. Send what should follow at once, then read on.
    pub fn accept(&mut self, handshake: &Handshake, now: Instant, events: &mut Vec<ConnectionEvent>) {
        self.accept_with(handshake, &Acceptance::default(), now, events);
    }

    /// As [`Connection::accept`], in the way that the owner has chosen for this one.
    pub fn accept_with(
        &mut self,
        handshake: &Handshake,
        acceptance: &Acceptance,
        now: Instant,
        events: &mut Vec<ConnectionEvent>,
    ) {
        let State::Requested { asked, .. } = &self.state else { return };
        let Asked::Upgrade(request) = &**asked else {
            self.refuse(&RequestError::NotAnUpgrade, now, events);
            return;
        };
        let protocol = match acceptance.protocol() {
            Some(protocol) => Ok(Some(protocol.to_owned())),
            None => request.choose_protocol(&handshake.supported_protocols),
        };
        match protocol {
            Ok(protocol) => {
                let is_accepted = handshake.compression.is_accepted();
                let chosen = is_accepted.then(|| request.choose_compression()).flatten();
                let (compression, extensions) = chosen.unzip();
                let headers = handshake.headers.iter().chain(acceptance.headers().iter());
                let head = request.accept(protocol.as_deref(), extensions.as_deref(), headers);
                self.outbound.push_head(head);
                self.open(protocol, compression, now, events);
            }
            Err(error) => self.refuse(&error, now, events),
        }
    }

    /// Server: answers the request as its owner wants it refused, and ends.
    pub fn reject(&mut self, rejection: &Rejection, now: Instant, events: &mut Vec<ConnectionEvent>) {
        let cause =
            CloseCause::Rejected { status: rejection.status().as_u16(), reason: Excerpt::of(rejection.reason()) };
        self.refuse_with(answer::rejection(rejection), cause, now, events);
    }

    /// Server: answers with the status that belongs to `error`, and ends.
    pub fn refuse(&mut self, error: &RequestError, now: Instant, events: &mut Vec<ConnectionEvent>) {
        self.refuse_with(answer::refusal(error), CloseCause::Request(error.clone()), now, events);
    }

    /// Server: answers the request with a response of the caller's, and ends.
    pub fn refuse_with(&mut self, response: Bytes, cause: CloseCause, now: Instant, events: &mut Vec<ConnectionEvent>) {
        if let State::AwaitingRequest { .. } | State::Requested { .. } = self.state {
            self.outbound.push_head(response);
            self.linger(cause, now, events);
            self.flush(now, events);
        }
    }
}
