//! A connection that is alone: driven by its owner's poll, with an inbox of its own. A server of many keeps its
//! connections in [`crate::endpoint::server`] instead.

use std::time::{Duration, Instant};

use super::{Budget, Connection, ConnectionEvent, Frame, Inbox, READ_TIME, ReadBuffer, ReadOutcome, Socket};
use crate::clock::Clock;
use crate::close_code::CloseCode;
use crate::config::{Handshake, Limits};
use crate::error::{CloseCause, SendError};
use crate::statistics::{PeerStatistics, WireBytes};
use crate::wire::Role;
use crate::wire::message::{Message, MessageKind};
use crate::wire::response::Target;

/// How much is read in one poll, in bytes.
const READ_BUDGET: usize = 4 * 1024 * 1024;

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

/// One connection and the messages it brought.
#[derive(Debug)]
pub struct Session<S> {
    connection: Connection<S>,
    role: Role,
    handshake: Handshake,
    empty_messages: EmptyMessages,
    inbox: Inbox<Message>,
    events: Vec<ConnectionEvent>,
    request: Option<Target>,
    protocol: Option<String>,
    cause: Option<CloseCause>,
    /// The socket may have bytes that nobody will tell of again.
    is_readable: bool,
    tick: u64,
    clock: Clock,
}

impl<S: Socket> Session<S> {
    /// The server's end of a stream; the request is answered by `handshake` alone.
    pub fn accepted(
        socket: S,
        limits: Limits,
        handshake: Handshake,
        empty_messages: EmptyMessages,
        now: Instant,
    ) -> Self {
        Self::new(Connection::accepted(socket, limits, now), Role::Server, handshake, empty_messages)
    }

    /// The client's end of a stream that was just connected; `deadline` ends the handshake.
    pub fn connected(
        socket: S,
        limits: Limits,
        target: &Target,
        handshake: Handshake,
        empty_messages: EmptyMessages,
        deadline: Instant,
    ) -> Self {
        let connection = Connection::connected(socket, limits, target, &handshake, deadline);
        Self::new(connection, Role::Client, handshake, empty_messages)
    }

    fn new(connection: Connection<S>, role: Role, handshake: Handshake, empty_messages: EmptyMessages) -> Self {
        Self {
            connection,
            role,
            handshake,
            empty_messages,
            inbox: Inbox::default(),
            events: Vec::new(),
            request: None,
            protocol: None,
            cause: None,
            is_readable: true,
            tick: 1,
            clock: Clock::default(),
        }
    }

    /// Changes the clock that tells how long a poll has taken; the system's before that.
    pub fn set_clock(&mut self, clock: Clock) {
        self.clock = clock;
    }

    /// The stream below.
    pub fn socket(&self) -> &S {
        self.connection.socket()
    }

    /// The stream below, to be configured.
    pub fn socket_mut(&mut self) -> &mut S {
        self.connection.socket_mut()
    }

    /// How far the connection is.
    pub fn ready_state(&self) -> ReadyState {
        if self.cause.is_some() {
            ReadyState::Closed
        } else if self.connection.is_open() {
            ReadyState::Open
        } else if self.connection.is_opening() {
            ReadyState::Connecting
        } else {
            ReadyState::Closing
        }
    }

    /// When the handshake has to be done; `None` when it is.
    pub fn handshake_deadline(&self) -> Option<Instant> {
        self.connection.deadline().filter(|_| self.connection.is_opening())
    }

    /// When something was read last.
    pub fn last_heard(&self) -> Option<Instant> {
        self.connection.last_heard()
    }

    /// Why the connection is over; `None` before that.
    pub fn cause(&self) -> Option<&CloseCause> {
        self.cause.as_ref()
    }

    /// Whether there is nothing more to drive. Later than [`ReadyState::Closed`]: the last bytes want to leave.
    pub fn is_finished(&self) -> bool {
        self.connection.is_finished()
    }

    /// The subprotocol that was agreed on.
    pub fn protocol(&self) -> Option<&str> {
        self.protocol.as_deref()
    }

    /// Server: the host and path that the client asked for, once it has.
    pub fn request(&self) -> Option<&Target> {
        self.request.as_ref()
    }

    /// Payload bytes that wait to be sent.
    pub fn buffered_amount(&self) -> usize {
        self.connection.buffered_amount()
    }

    /// Messages that wait to be read.
    pub fn available(&self) -> usize {
        self.inbox.len()
    }

    /// Takes the next message.
    pub fn pop(&mut self) -> Option<Message> {
        let message = self.inbox.pop()?;
        self.connection.consumed(message.payload.len());
        Some(message)
    }

    /// As [`Session::pop`], for a message that is not for the game: it does not count as received.
    pub fn pop_own(&mut self) -> Option<Message> {
        let message = self.inbox.pop()?;
        self.connection.discarded(message.payload.len());
        Some(message)
    }

    /// Notes that the socket may have something to read.
    pub fn readable(&mut self) {
        self.is_readable = true;
    }

    /// Notes that the socket takes bytes again.
    pub fn writable(&mut self) {
        self.connection.writable(&mut self.events);
    }

    /// Whether another poll would do something although the socket has no news: the last one stopped early.
    pub fn needs_poll(&self) -> bool {
        (self.is_readable && self.connection.can_read()) || self.connection.has_failed()
    }

    /// Does everything that can be done without waiting.
    pub fn poll(&mut self, now: Instant, buffer: &mut ReadBuffer) {
        self.tick += 1;
        self.inbox.keep();
        self.connection.flush(&mut self.events);
        let mut budget = None;
        while self.is_readable || self.connection.has_failed() {
            let budget = budget.get_or_insert_with(|| Budget::start(READ_BUDGET, READ_TIME, self.clock.clone()));
            let outcome = self.connection.read(now, buffer, budget, &mut self.events);
            self.is_readable = outcome == ReadOutcome::Paused;
            let was_asked = self.connection.request().is_some();
            self.take_events(now);
            if !was_asked {
                break;
            }
        }
        self.connection.expire(now, &mut self.events);
        self.take_events(now);
    }

    fn take_events(&mut self, now: Instant) {
        while !self.events.is_empty() {
            for event in std::mem::take(&mut self.events) {
                self.take(event, now);
            }
        }
    }

    fn take(&mut self, event: ConnectionEvent, now: Instant) {
        match event {
            ConnectionEvent::Requested => {
                self.request = self.connection.request().map(Target::from);
                self.connection.accept(&self.handshake, now, &mut self.events);
                self.connection.flush(&mut self.events);
            }
            ConnectionEvent::Opened { protocol } => self.protocol = protocol,
            ConnectionEvent::Message(message) => {
                if message.payload.is_empty() && self.empty_messages == EmptyMessages::Skip {
                    self.connection.discarded(0);
                } else {
                    self.inbox.push(message);
                }
            }
            ConnectionEvent::Closed(cause) => self.cause = Some(cause),
        }
    }

    /// Sends a message.
    ///
    /// # Errors
    /// [`SendError`]; the message is then not queued.
    pub fn send(&mut self, kind: MessageKind, payload: &[u8]) -> Result<(), SendError> {
        self.connection.send_with(payload.len(), || Frame::message(kind, payload, self.role), self.tick)
    }

    /// Whether [`Session::flush`] has something to do.
    pub fn needs_flush(&self) -> bool {
        self.connection.needs_flush()
    }

    /// Writes what waits, as far as the socket takes it: the end of a tick.
    pub fn flush(&mut self, now: Instant) {
        self.tick += 1;
        self.connection.flush(&mut self.events);
        self.take_events(now);
    }

    /// Starts the closing handshake; before the connection is open, ends it.
    pub fn close(&mut self, code: impl Into<Option<CloseCode>>, reason: &str, now: Instant) {
        self.connection.close(code, reason, now, &mut self.events);
        self.take_events(now);
    }

    /// Ends at once, without a word to the other side.
    pub fn cut(&mut self, now: Instant) {
        self.connection.cut(&mut self.events);
        self.take_events(now);
    }

    /// The limits that hold.
    pub fn limits(&self) -> &Limits {
        self.connection.limits()
    }

    /// Changes the limits, see [`Connection::set_limits`].
    pub fn set_limits(&mut self, limits: Limits, now: Instant) {
        self.connection.set_limits(limits, now);
    }

    /// The time from a ping to its pong, smoothed.
    pub fn round_trip_time(&self) -> Option<Duration> {
        self.connection.round_trip_time()
    }

    /// The connection in numbers; what the stream below carried is for its owner to say.
    pub fn statistics(&self, wire: WireBytes) -> PeerStatistics {
        self.connection.statistics(wire)
    }

    /// Says goodbye as far as the socket takes it now, and ends.
    pub fn abandon(&mut self, code: CloseCode, reason: &str) {
        self.connection.abandon(code, reason);
        if self.cause.is_none() {
            self.cause = Some(CloseCause::ByUs { code: code.get(), reason: reason.to_owned(), was_answered: false });
        }
    }
}
