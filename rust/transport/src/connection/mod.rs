//! One peer's life: the opening handshake, messages, the closing handshake, the end. Queues and deadlines included;
//! sockets' readiness, clocks and other peers are the business of [`crate::endpoint`].
//!
//! # How it is driven
//!
//! - [`Connection::read`] when the socket may have bytes, until it answers [`ReadOutcome::Drained`];
//! - [`Connection::writable`] when the socket takes bytes again, [`Connection::flush`] when something was queued;
//! - [`Connection::expire`] when [`Connection::deadline`] has come, and what the socket has is read;
//! - each of them may add [`ConnectionEvent`]s; drop the connection once [`Connection::is_finished`].
//!
//! What these do is in `receiving`, `sending` and `ending`; here is what a connection is, and what it says of itself.
//!
//! After [`ConnectionEvent::Closed`] nothing more comes of a connection, but it lives on for a moment so that what
//! it still had to say arrives: closing a socket with unread bytes in it would destroy the close frame on its way.

mod budget;
mod ending;
#[cfg(feature = "fuzzing")]
pub(crate) mod fuzzing;
mod heartbeat;
mod inbox;
mod outbound;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod pipe;
mod read_buffer;
mod receiving;
mod sending;
pub mod session;
mod socket;
mod state;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};

pub use self::budget::Budget;
pub(crate) use self::budget::READ_TIME;
pub(crate) use self::ending::grace;
use self::heartbeat::Heartbeat;
pub(crate) use self::inbox::{Inbox, Payload};
pub use self::outbound::Frame;
use self::outbound::Outbound;
pub use self::read_buffer::ReadBuffer;
pub use self::socket::{Socket, discard};
use self::state::State;
use crate::config::{Handshake, Limits};
use crate::error::{CloseCause, RequestError};
use crate::statistics::{PeerStatistics, Queues, Traffic, WireBytes};
use crate::wire::message::Message;
use crate::wire::request::UpgradeRequest;
use crate::wire::response::Target;
use crate::wire::{Role, request, response};

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
    /// A message arrived. Give back its room by [`Connection::consumed`] once it is read.
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

/// One WebSocket connection over a stream `S`.
#[derive(Debug)]
pub struct Connection<S> {
    socket: S,
    role: Role,
    limits: Limits,
    state: State,
    outbound: Outbound,
    /// Only while it is open.
    heartbeat: Option<Box<Heartbeat>>,
    /// Bytes that were read and not understood yet: only while reading is paused.
    input: BytesMut,
    /// They are not in the block any more that they were read into.
    has_own_input: bool,
    unread_bytes: usize,
    unread_messages: usize,
    /// Messages that were handed out, and their payload bytes.
    received: (u64, u64),
    /// Messages that found no room.
    refused: u64,
    /// When the handshake was done.
    opened: Option<Instant>,
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
    pub fn accepted(socket: S, limits: Limits, now: Instant) -> Self {
        let state = State::awaiting_request(limits.handshake_deadline(now));
        Self::new(socket, Role::Server, limits, state)
    }

    /// The client's end of a stream that was just connected; `deadline` ends the handshake.
    pub fn connected(socket: S, limits: Limits, target: &Target, handshake: &Handshake, deadline: Instant) -> Self {
        let (head, expectation) = response::request(target, &handshake.supported_protocols, &handshake.headers);
        let mut connection = Self::new(socket, Role::Client, limits, State::awaiting_response(expectation, deadline));
        connection.outbound.push_head(head);
        connection
    }

    fn new(socket: S, role: Role, limits: Limits, state: State) -> Self {
        Self {
            socket,
            role,
            limits,
            state,
            outbound: Outbound::default(),
            heartbeat: None,
            input: BytesMut::new(),
            has_own_input: false,
            unread_bytes: 0,
            unread_messages: 0,
            received: (0, 0),
            refused: 0,
            opened: None,
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
    pub fn request(&self) -> Option<&UpgradeRequest> {
        match &self.state {
            State::Requested { request, .. } => Some(request),
            _ => None,
        }
    }

    /// Whether messages may be sent.
    pub fn is_open(&self) -> bool {
        matches!(self.state, State::Open { .. })
    }

    /// When something was read last.
    pub fn last_heard(&self) -> Option<Instant> {
        self.last_heard
    }

    /// Whether the handshake is under way.
    pub fn is_opening(&self) -> bool {
        matches!(self.state, State::AwaitingRequest { .. } | State::Requested { .. } | State::AwaitingResponse { .. })
    }

    /// Whether our close frame waits for an answer.
    pub fn is_closing(&self) -> bool {
        matches!(self.state, State::Closing { .. })
    }

    /// Whether the connection is of no more use.
    pub fn is_finished(&self) -> bool {
        matches!(self.state, State::Finished)
    }

    /// When [`Connection::expire`] is to be called, if nothing happens before.
    pub fn deadline(&self) -> Option<Instant> {
        match &self.state {
            State::Open { .. } => self.heartbeat.as_ref().map(|heartbeat| heartbeat.next()),
            state => state.deadline(),
        }
    }

    /// The time from a ping to its pong, smoothed; `None` until one has come back. See
    /// [`Limits::heartbeat_interval`].
    pub fn round_trip_time(&self) -> Option<Duration> {
        self.heartbeat.as_ref().and_then(|heartbeat| heartbeat.round_trip()).map(|trip| trip.smoothed)
    }

    /// What passed here, and what waits. What the stream below carried is for its owner to say.
    pub fn statistics(&self, wire: WireBytes) -> PeerStatistics {
        let ((packets_received, bytes_received), (packets_sent, bytes_sent)) = (self.received, self.outbound.sent());
        PeerStatistics {
            traffic: Traffic {
                packets_received,
                bytes_received,
                packets_sent,
                bytes_sent,
                packets_refused: self.refused,
                packets_dropped: self.outbound.dropped(),
            },
            wire,
            queues: Queues {
                inbound_packets: self.unread_messages,
                inbound_bytes: self.unread_bytes,
                outbound_packets: self.outbound.messages(),
                outbound_bytes: self.outbound.message_bytes(),
            },
            round_trip: self.heartbeat.as_ref().and_then(|heartbeat| heartbeat.round_trip()),
            opened: self.opened,
        }
    }

    /// The limits that hold.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Changes the limits. A new heartbeat interval starts now; how large a message may be is settled when the
    /// connection opens.
    pub fn set_limits(&mut self, limits: Limits, now: Instant) {
        if self.is_open() && limits.heartbeat_interval != self.limits.heartbeat_interval {
            self.heartbeat = Heartbeat::start(limits.heartbeat_interval, now, self.socket.received());
        }
        self.limits = limits;
    }

    /// Payload bytes that wait to be sent.
    pub fn buffered_amount(&self) -> usize {
        self.outbound.message_bytes()
    }

    /// Messages that were handed out and not given back by [`Connection::consumed`].
    pub fn unread_messages(&self) -> usize {
        self.unread_messages
    }

    /// Whether [`Connection::flush`] has something to do.
    pub fn needs_flush(&self) -> bool {
        self.outbound.is_due()
    }

    /// Whether there is room to read into.
    pub fn can_read(&self) -> bool {
        self.outbound.control_pieces() <= MAX_CONTROL_PIECES
            && (!self.is_open()
                || (self.unread_bytes < self.limits.inbound_buffer_size.max(1)
                    && self.unread_messages < self.limits.max_queued_packets.max(1)))
    }

    /// A message of this payload size was taken by the game: its room is free again.
    pub fn consumed(&mut self, payload: usize) {
        self.unread_bytes = self.unread_bytes.saturating_sub(payload);
        self.unread_messages = self.unread_messages.saturating_sub(1);
    }

    /// As [`Connection::consumed`], for a message that is not for the game: it does not count as received.
    pub fn discarded(&mut self, payload: usize) {
        self.consumed(payload);
        self.received.0 = self.received.0.saturating_sub(1);
        self.received.1 = self.received.1.saturating_sub(payload as u64);
    }

    /// Server: answers the request that waits with 101. Send what should follow at once, then read on.
    pub fn accept(&mut self, handshake: &Handshake, now: Instant, events: &mut Vec<ConnectionEvent>) {
        let State::Requested { request, .. } = &self.state else { return };
        match request.choose_protocol(&handshake.supported_protocols) {
            Ok(protocol) => {
                let head = request.accept(protocol.as_deref(), &handshake.headers);
                self.outbound.push_head(head);
                self.open(protocol, now, events);
            }
            Err(error) => self.refuse(&error, now, events),
        }
    }

    /// Server: answers with the status that belongs to `error`, and ends.
    pub fn refuse(&mut self, error: &RequestError, now: Instant, events: &mut Vec<ConnectionEvent>) {
        self.refuse_with(request::refusal(error), CloseCause::Request(error.clone()), now, events);
    }

    /// Server: answers the request with a response of the caller's, and ends.
    pub fn refuse_with(&mut self, response: Bytes, cause: CloseCause, now: Instant, events: &mut Vec<ConnectionEvent>) {
        if let State::AwaitingRequest { .. } | State::Requested { .. } = self.state {
            self.outbound.push_head(response);
            self.linger(cause, now, events);
            self.flush(events);
        }
    }
}
