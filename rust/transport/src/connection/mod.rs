//! One peer's life: the opening handshake, messages, the closing handshake, the end. Queues and deadlines included;
//! sockets' readiness, clocks and other peers are the business of [`crate::endpoint`].
//!
//! # How it is driven
//!
//! - [`Connection::read`] when the socket may have bytes, until it answers [`ReadOutcome::Drained`];
//! - [`Connection::writable`] when the socket takes bytes again, [`Connection::flush`] when something was queued;
//! - [`Connection::expire`] when [`Connection::deadline`] has come;
//! - each of them may add [`ConnectionEvent`]s; drop the connection once [`Connection::is_finished`].
//!
//! After [`ConnectionEvent::Closed`] nothing more comes of a connection, but it lives on for a moment so that what
//! it still had to say arrives: closing a socket with unread bytes in it would destroy the close frame on its way.

#[cfg(feature = "fuzzing")]
pub(crate) mod fuzzing;
mod heartbeat;
mod outbound;
#[cfg(any(test, feature = "fuzzing"))]
mod pipe;
mod read_buffer;
pub mod session;
mod socket;
mod state;
#[cfg(test)]
mod tests;

use std::io;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};

use self::heartbeat::{Heartbeat, Pulse};
pub use self::outbound::Frame;
use self::outbound::Outbound;
pub use self::read_buffer::ReadBuffer;
pub use self::socket::{Socket, discard};
use self::state::State;
use crate::close_code;
use crate::config::{Handshake, Limits, later};
use crate::error::{CloseCause, Phase, ProtocolError, RequestError, SendError};
use crate::statistics::{PeerStatistics, Queues, Traffic, WireBytes};
use crate::tls;
use crate::wire::message::{Decoder, Incoming, Message};
use crate::wire::request::UpgradeRequest;
use crate::wire::response::Target;
use crate::wire::{Role, request, response};

/// How long an ended connection waits for its last bytes to be taken and for the other side to go.
const LINGER: Duration = Duration::from_secs(1);

/// How many pongs may wait before a peer that pings without reading is not read from any more.
const MAX_CONTROL_PIECES: usize = 64;

/// Why reading failed.
fn cause_of(error: &io::Error) -> CloseCause {
    tls::fault_of(error).map_or_else(|| CloseCause::Io(error.kind()), CloseCause::Tls)
}

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

/// How much may be read in one go, so that one peer cannot have all of a frame's time.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// Bytes that may still be read.
    pub bytes: usize,
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
    unread_bytes: usize,
    unread_messages: usize,
    /// Messages that were handed out, and their payload bytes.
    received: (u64, u64),
    /// Messages that found no room.
    refused: u64,
    /// When the handshake was done.
    opened: Option<Instant>,
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
            unread_bytes: 0,
            unread_messages: 0,
            received: (0, 0),
            refused: 0,
            opened: None,
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

    /// Reads and understands what the socket has, as far as `budget` and the limits allow.
    pub fn read(
        &mut self,
        now: Instant,
        buffer: &mut ReadBuffer,
        budget: &mut Budget,
        events: &mut Vec<ConnectionEvent>,
    ) -> ReadOutcome {
        loop {
            if !self.understand(now, events) {
                self.flush_quietly();
                return ReadOutcome::Paused;
            }
            if self.is_finished() {
                return ReadOutcome::Drained;
            }
            if budget.bytes == 0 {
                self.flush_quietly();
                return ReadOutcome::Paused;
            }
            match buffer.read(&mut self.socket) {
                Ok(bytes) if bytes.is_empty() => self.end(CloseCause::EndOfStream, events),
                Ok(bytes) => {
                    budget.bytes = budget.bytes.saturating_sub(bytes.len());
                    self.input = bytes;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.flush(events);
                    if let (Some(kind), false) = (self.outbound.failure(), self.is_finished()) {
                        self.end(CloseCause::Io(kind), events);
                    }
                    return ReadOutcome::Drained;
                }
                Err(error) => self.end(cause_of(&error), events),
            }
        }
    }

    /// Makes sense of [`Self::input`]. `false`: something stands in the way of going on.
    fn understand(&mut self, now: Instant, events: &mut Vec<ConnectionEvent>) -> bool {
        loop {
            match &mut self.state {
                State::AwaitingRequest { reader, deadline } => match request::read(reader, &mut self.input) {
                    Ok(None) => return true,
                    Ok(Some(request)) => {
                        self.state = State::Requested { request: Box::new(request), deadline: *deadline };
                        events.push(ConnectionEvent::Requested);
                    }
                    Err(error) => self.refuse(&error, now, events),
                },
                State::Requested { .. } => return false,
                State::AwaitingResponse { reader, expectation, .. } => {
                    match response::read(reader, expectation, &mut self.input) {
                        Ok(None) => return true,
                        Ok(Some(accepted)) => self.open(accepted.protocol, now, events),
                        Err(error) => self.end(error.into(), events),
                    }
                }
                State::Open { .. } | State::Closing { .. } => {
                    if !self.can_read() {
                        return false;
                    }
                    let (State::Open { decoder } | State::Closing { decoder, .. }) = &mut self.state else {
                        return true;
                    };
                    match decoder.next(&mut self.input) {
                        Ok(None) => {
                            // Whatever is left over belongs to nobody; let go of the memory it sits in.
                            self.input = BytesMut::new();
                            return true;
                        }
                        Ok(Some(incoming)) => self.take(incoming, now, events),
                        Err(error) => self.break_off(error, now, events),
                    }
                }
                State::Lingering { .. } | State::Finished => {
                    self.input = BytesMut::new();
                    return true;
                }
            }
        }
    }

    fn take(&mut self, incoming: Incoming, now: Instant, events: &mut Vec<ConnectionEvent>) {
        if let Some(heartbeat) = &mut self.heartbeat {
            heartbeat.hear();
        }
        match incoming {
            Incoming::Message(message) if self.is_open() => {
                self.unread_bytes += message.payload.len();
                self.unread_messages += 1;
                self.received.0 += 1;
                self.received.1 += message.payload.len() as u64;
                events.push(ConnectionEvent::Message(message));
            }
            Incoming::Ping(payload) if self.is_open() => self.outbound.push_pong(&payload, self.role),
            Incoming::Pong(payload) => {
                if let Some(heartbeat) = &mut self.heartbeat {
                    heartbeat.answer(&payload, now);
                }
            }
            // After our close frame nothing but the answer to it counts.
            Incoming::Message(_) | Incoming::Ping(_) => {}
            Incoming::Close(close) => {
                let cause = match &self.state {
                    State::Closing { .. } => CloseCause::ByUs {
                        code: close.code.unwrap_or(close_code::NONE_RECEIVED),
                        reason: close.reason,
                        was_answered: true,
                    },
                    _ => {
                        self.outbound.push_close(close.code, &close.reason, self.role);
                        CloseCause::ByPeer { code: close.code, reason: close.reason }
                    }
                };
                self.linger(cause, now, events);
            }
        }
    }

    /// The peer broke the protocol: it is told so, and heard no more.
    fn break_off(&mut self, error: ProtocolError, now: Instant, events: &mut Vec<ConnectionEvent>) {
        if self.is_open() {
            self.outbound.push_close(Some(error.close_code()), &error.to_string(), self.role);
        }
        self.linger(CloseCause::Protocol(error), now, events);
    }

    fn open(&mut self, protocol: Option<String>, now: Instant, events: &mut Vec<ConnectionEvent>) {
        self.heartbeat = Heartbeat::start(self.limits.heartbeat_interval, now, self.socket.received());
        self.opened = Some(now);
        self.state = State::Open { decoder: Decoder::new(self.role, self.limits.inbound_buffer_size) };
        events.push(ConnectionEvent::Opened { protocol });
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

    /// Queues a message. The first of a `tick` is written at once, unless there were several in the last one; the rest
    /// waits for [`Connection::flush`]. So a lone message waits for nothing, a game's frame costs two writes per peer at
    /// the most, and one where a frame has many messages.
    ///
    /// # Errors
    /// [`SendError`]; the message is then not queued.
    pub fn send(&mut self, frame: Frame, tick: u64) -> Result<(), SendError> {
        if let Err(error) = self.find_room(&frame) {
            if error != SendError::NotOpen {
                self.note_refusal();
            }
            return Err(error);
        }
        self.outbound.push_message(frame);
        self.flush_first(tick);
        Ok(())
    }

    /// As [`Connection::send`], for what is said beside the game's packets: it does not count as one of them.
    ///
    /// # Errors
    /// [`SendError`]; the message is then not queued.
    pub fn send_own(&mut self, frame: Frame, tick: u64) -> Result<(), SendError> {
        self.find_room(&frame)?;
        self.outbound.push_own(frame);
        self.flush_first(tick);
        Ok(())
    }

    /// Counts a message that was refused before it got here.
    pub(crate) fn note_refusal(&mut self) {
        self.refused += 1;
    }

    fn flush_first(&mut self, tick: u64) {
        let had_several = self.in_tick > 1;
        if self.last_tick == tick {
            self.in_tick += 1;
            return;
        }
        self.last_tick = tick;
        self.in_tick = 1;
        if !had_several {
            self.flush_quietly();
        }
    }

    /// Whether a message can be queued; makes room for it if it can.
    fn find_room(&mut self, frame: &Frame) -> Result<(), SendError> {
        if !self.is_open() {
            return Err(SendError::NotOpen);
        }
        let limit = self.limits.outbound_buffer_size;
        if limit > 0 && frame.payload_size() > limit {
            return Err(SendError::TooLarge { size: frame.payload_size(), limit });
        }
        if !self.has_room(frame) {
            self.flush_quietly();
            if !self.has_room(frame) {
                return Err(SendError::Full { queued: self.outbound.message_bytes() });
            }
        }
        Ok(())
    }

    fn has_room(&self, frame: &Frame) -> bool {
        let limit = self.limits.outbound_buffer_size;
        self.outbound.messages() < self.limits.max_queued_packets
            && (limit == 0 || self.outbound.message_bytes() + frame.payload_size() <= limit)
    }

    /// Starts the closing handshake: what is queued goes out, then a close frame, then the other side's is awaited.
    /// Before the connection is open there is nothing to say, and it ends at once. Code 0 stands for none.
    pub fn close(&mut self, code: u16, reason: &str, now: Instant, events: &mut Vec<ConnectionEvent>) {
        match std::mem::replace(&mut self.state, State::Finished) {
            State::Open { decoder } => {
                self.outbound.push_close((code != 0).then_some(code), reason, self.role);
                let deadline = later(now, self.limits.close_timeout);
                self.heartbeat = None;
                self.state = State::Closing { decoder, code, reason: reason.to_owned(), deadline };
                self.flush(events);
            }
            State::AwaitingRequest { .. } | State::Requested { .. } | State::AwaitingResponse { .. } => {
                events.push(ConnectionEvent::Closed(CloseCause::Cut));
            }
            other => self.state = other,
        }
    }

    /// Ends at once, without a word to the other side.
    pub fn cut(&mut self, events: &mut Vec<ConnectionEvent>) {
        self.outbound.forget();
        let _ = self.socket.shutdown_write();
        self.end(CloseCause::Cut, events);
    }

    /// Says goodbye as far as the socket takes it now, and ends without a word to the caller. For when nobody is
    /// left to drive the connection.
    pub fn abandon(&mut self, code: u16, reason: &str) {
        if self.is_open() {
            self.outbound.push_close(Some(code), reason, self.role);
        }
        self.outbound.flush(&mut self.socket);
        self.outbound.forget();
        let _ = self.socket.shutdown_write();
        self.socket.discard_unread();
        self.heartbeat = None;
        self.state = State::Finished;
    }

    /// The socket takes bytes again.
    pub fn writable(&mut self, events: &mut Vec<ConnectionEvent>) {
        self.outbound.unblock();
        self.flush(events);
    }

    /// Writes what waits, as far as the socket takes it.
    pub fn flush(&mut self, events: &mut Vec<ConnectionEvent>) {
        self.flush_quietly();
        if let State::Lingering { shut, .. } = &mut self.state {
            if self.outbound.failure().is_some() {
                self.end(CloseCause::Cut, events);
            } else if !*shut && self.outbound.is_empty() {
                *shut = true;
                let _ = self.socket.shutdown_write();
            }
        }
    }

    /// A failure of writing is told by the next [`Connection::read`]: what arrived before it comes first.
    fn flush_quietly(&mut self) {
        self.outbound.flush(&mut self.socket);
    }

    /// Whether writing failed, so that a [`Connection::read`] is due to find out what is left to say.
    pub fn has_failed(&self) -> bool {
        self.outbound.failure().is_some() && !self.is_finished()
    }

    /// A deadline has come.
    pub fn expire(&mut self, now: Instant, events: &mut Vec<ConnectionEvent>) {
        if self.deadline().is_none_or(|deadline| deadline > now) {
            return;
        }
        let phase = match self.state {
            State::Open { .. } => {
                self.beat(now, events);
                return;
            }
            State::Closing { .. } => Phase::Close,
            _ => Phase::Handshake,
        };
        self.end(CloseCause::TimedOut(phase), events);
    }

    fn beat(&mut self, now: Instant, events: &mut Vec<ConnectionEvent>) {
        let is_listening = self.can_read();
        let Some(heartbeat) = &mut self.heartbeat else { return };
        match heartbeat.beat(now, is_listening, self.socket.received()) {
            Pulse::Wait => {}
            Pulse::Ping(payload) => {
                self.outbound.push_ping(&payload, self.role);
                self.flush_quietly();
            }
            Pulse::Lost => self.end(CloseCause::TimedOut(Phase::Heartbeat), events),
        }
    }

    /// The end as far as the game is concerned; the last bytes still want to leave.
    fn linger(&mut self, cause: CloseCause, now: Instant, events: &mut Vec<ConnectionEvent>) {
        self.state = State::Lingering { deadline: now + LINGER, shut: false };
        self.heartbeat = None;
        self.input = BytesMut::new();
        events.push(ConnectionEvent::Closed(cause));
    }

    /// The very end: there is nothing left to talk to.
    fn end(&mut self, cause: CloseCause, events: &mut Vec<ConnectionEvent>) {
        // The owner may keep an ended connection for long, and the other side must not wait for that.
        let _ = self.socket.shutdown_write();
        self.outbound.forget();
        let cause = match std::mem::replace(&mut self.state, State::Finished) {
            State::Lingering { .. } | State::Finished => return,
            // We said goodbye and the other side went: as good as an answer.
            State::Closing { code, reason, .. } if !matches!(cause, CloseCause::TimedOut(_) | CloseCause::Cut) => {
                CloseCause::ByUs { code, reason, was_answered: false }
            }
            _ => cause,
        };
        self.heartbeat = None;
        self.input = BytesMut::new();
        events.push(ConnectionEvent::Closed(cause));
    }
}
