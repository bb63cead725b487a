//! A client of a multiplayer server: a [`WebSocket`] whose first message is the id that the server gives.

use std::collections::VecDeque;
use std::time::Instant;

use super::url::Url;
use super::web_socket::{EmptyMessages, WebSocket};
use crate::clock::Clock;
use crate::close_code::{self, CloseCode};
use crate::config::{Limits, OverflowPolicy, Settings};
use crate::connection::ReadBuffer;
use crate::error::{CloseCause, Phase, SendError};
use crate::event::{ClientEvent, Packet};
use crate::statistics::{Handshakes, Statistics};
use crate::tls::client::ClientTls;
use crate::wire::message::{Message, MessageKind};

/// The id of every server.
pub const SERVER_ID: i32 = 1;

/// How many missed packets are remembered for the game between two polls.
pub(super) const MAX_OVERFLOWS: usize = 65_536;

/// What a peer is told that is disconnected for a full queue.
pub(super) const TOO_SLOW: &str = "too slow: the outbound queue is full";

/// A multiplayer client.
#[derive(Debug)]
pub struct Client {
    socket: WebSocket,
    buffer: ReadBuffer,
    stage: Stage,
    events: VecDeque<ClientEvent>,
    overflow_policy: OverflowPolicy,
    /// Sizes of packets that found the queue full since the last poll.
    overflows: Vec<usize>,
    handshakes: Handshakes,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Connecting, or connected and without an id.
    AwaitingId,
    /// A peer among others.
    Joined { id: i32 },
    /// The last event is out or on its way.
    Ended,
}

impl Client {
    /// Starts to connect; `tls` is for `wss://`.
    ///
    /// # Errors
    /// When it is clear at once that nothing will come of it.
    pub fn connect(url: Url, settings: Settings, tls: ClientTls, now: Instant) -> Result<Self, CloseCause> {
        let overflow_policy = settings.overflow_policy;
        let socket = WebSocket::connect(url, settings, tls, EmptyMessages::Skip, now)?;
        Ok(Self {
            socket,
            buffer: ReadBuffer::default(),
            stage: Stage::AwaitingId,
            events: VecDeque::new(),
            overflow_policy,
            overflows: Vec::new(),
            handshakes: Handshakes { started: 1, ..Handshakes::default() },
        })
    }

    /// Changes the clock that tells how long a poll has taken; the system's before that.
    pub fn set_clock(&mut self, clock: Clock) {
        self.socket.set_clock(clock);
    }

    /// Our id, once the server gave it.
    #[must_use]
    pub fn id(&self) -> Option<i32> {
        match self.stage {
            Stage::Joined { id } => Some(id),
            Stage::AwaitingId | Stage::Ended => None,
        }
    }

    /// The connection below.
    #[must_use]
    pub fn socket(&self) -> &WebSocket {
        &self.socket
    }

    /// This client in numbers, from [`Client::connect`] on.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        let connection = self.socket.statistics();
        Statistics {
            peers: usize::from(matches!(self.stage, Stage::Joined { .. })),
            handshakes: self.handshakes,
            traffic: connection.traffic,
            wire: connection.wire,
            queues: connection.queues,
        }
    }

    /// Does everything that can be done without waiting; then ask for [`Client::next_event`].
    pub fn poll(&mut self, now: Instant) {
        self.report_overflows(now);
        self.socket.poll(now, &mut self.buffer);
        if self.stage == Stage::AwaitingId {
            if let Some(message) = self.socket.pop_own() {
                self.join(&message);
            } else if self.socket.cause().is_none() && self.socket.is_late(now) {
                self.socket.abandon(close_code::NORMAL, "");
                self.fail(CloseCause::TimedOut(Phase::Handshake));
            }
        }
        let Some(cause) = self.socket.cause().cloned() else { return };
        match self.stage {
            Stage::AwaitingId => self.fail(cause),
            Stage::Joined { .. } if self.events.is_empty() && self.socket.available() == 0 => {
                self.stage = Stage::Ended;
                self.events.push_back(ClientEvent::Disconnected { cause });
            }
            Stage::Joined { .. } | Stage::Ended => {}
        }
    }

    fn join(&mut self, message: &Message) {
        let id = match (message.kind, <[u8; 4]>::try_from(message.payload.as_ref())) {
            (MessageKind::Binary, Ok(bytes)) => i32::from_le_bytes(bytes),
            _ => 0,
        };
        if id >= 2 {
            self.handshakes.succeeded += 1;
            self.stage = Stage::Joined { id };
            self.events.push_back(ClientEvent::Connected { id });
        } else {
            self.socket.abandon(close_code::PROTOCOL_ERROR, "no valid peer id");
            self.fail(CloseCause::InvalidId);
        }
    }

    fn fail(&mut self, cause: CloseCause) {
        self.stage = Stage::Ended;
        self.handshakes.end(&cause);
        self.events.push_back(ClientEvent::Failed { cause });
    }

    /// Tells the game of the packets that were missed, and does with the connection what it wants done.
    fn report_overflows(&mut self, now: Instant) {
        if self.overflows.is_empty() {
            return;
        }
        self.events.extend(self.overflows.drain(..).map(|size| ClientEvent::Overflowed { size }));
        if self.overflow_policy == OverflowPolicy::Disconnect {
            self.socket.close(close_code::TRY_AGAIN_LATER, TOO_SLOW, now);
        }
    }

    /// What the last poll brought, in order.
    pub fn next_event(&mut self) -> Option<ClientEvent> {
        self.events.pop_front()
    }

    /// Packets that wait to be read.
    #[must_use]
    pub fn available(&self) -> usize {
        match self.stage {
            Stage::Joined { .. } => self.socket.available(),
            Stage::AwaitingId | Stage::Ended => 0,
        }
    }

    /// Takes the next packet.
    pub fn pop(&mut self) -> Option<Packet> {
        if self.available() == 0 {
            return None;
        }
        self.socket.pop().map(|message| Packet { source: SERVER_ID, payload: message.payload })
    }

    /// Sends a packet to the server, which is all a client can send to.
    ///
    /// # Errors
    /// [`SendError`]; the packet is then not queued. For want of room, a [`ClientEvent::Overflowed`] follows.
    pub fn send(&mut self, payload: &[u8]) -> Result<(), SendError> {
        let sent = self.socket.send(MessageKind::Binary, payload);
        if matches!(sent, Err(SendError::Full { .. })) && self.overflows.len() < MAX_OVERFLOWS {
            self.overflows.push(payload.len());
        }
        sent
    }

    /// Whether [`Client::flush`] has something to do.
    #[must_use]
    pub fn needs_flush(&self) -> bool {
        self.socket.needs_flush()
    }

    /// Writes what waits: the end of a tick.
    pub fn flush(&mut self, now: Instant) {
        self.socket.flush(now);
    }

    /// Sends a message of either kind.
    ///
    /// # Errors
    /// [`SendError`]; the message is then not queued.
    pub fn send_message(&mut self, kind: MessageKind, payload: &[u8]) -> Result<(), SendError> {
        self.socket.send(kind, payload)
    }

    /// Starts the closing handshake; [`ClientEvent::Disconnected`] follows.
    pub fn disconnect(&mut self, code: impl Into<Option<CloseCode>>, reason: &str, now: Instant) {
        self.socket.close(code, reason, now);
    }

    /// Ends the connection at once, without a close frame; [`ClientEvent::Disconnected`] follows in the next poll.
    pub fn reset(&mut self, now: Instant) {
        self.socket.cut(now);
    }

    /// Changes what becomes of a connection whose queue is full.
    pub fn set_overflow_policy(&mut self, policy: OverflowPolicy) {
        self.overflow_policy = policy;
    }

    /// Changes the limits, see [`WebSocket::set_limits`].
    pub fn set_limits(&mut self, limits: Limits, now: Instant) {
        self.socket.set_limits(limits, now);
    }

    /// Says goodbye as far as the socket takes it now. Dropping a client does the same.
    pub fn close(&mut self) {
        self.socket.abandon(close_code::NORMAL, "");
        if self.stage == Stage::AwaitingId {
            self.handshakes.end(&CloseCause::Cut);
        }
        self.stage = Stage::Ended;
        self.events.clear();
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.close();
    }
}
