//! A client of a multiplayer server: a [`WebSocket`] whose first message is the id that the server gives.

use std::time::Instant;

use super::url::Url;
use super::web_socket::{EmptyMessages, WebSocket};
use crate::config::{Limits, Settings};
use crate::connection::ReadBuffer;
use crate::error::{CloseCause, Phase, SendError};
use crate::event::{ClientEvent, Packet};
use crate::tls::client::ClientTls;
use crate::wire::message::{Message, MessageKind};

/// The id of every server.
pub const SERVER_ID: i32 = 1;

/// A multiplayer client.
#[derive(Debug)]
pub struct Client {
    socket: WebSocket,
    buffer: ReadBuffer,
    stage: Stage,
    event: Option<ClientEvent>,
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
        let socket = WebSocket::connect(url, settings, tls, EmptyMessages::Skip, now)?;
        Ok(Self { socket, buffer: ReadBuffer::default(), stage: Stage::AwaitingId, event: None })
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

    /// Does everything that can be done without waiting; then ask for [`Client::next_event`].
    pub fn poll(&mut self, now: Instant) {
        self.socket.poll(now, &mut self.buffer);
        if self.stage == Stage::AwaitingId {
            if let Some(message) = self.socket.pop() {
                self.join(&message);
            } else if self.socket.cause().is_none() && now >= self.socket.handshake_deadline() {
                self.socket.abandon(1000, "");
                self.fail(CloseCause::TimedOut(Phase::Handshake));
            }
        }
        let Some(cause) = self.socket.cause().cloned() else { return };
        match self.stage {
            Stage::AwaitingId => self.fail(cause),
            Stage::Joined { .. } if self.event.is_none() && self.socket.available() == 0 => {
                self.stage = Stage::Ended;
                self.event = Some(ClientEvent::Disconnected { cause });
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
            self.stage = Stage::Joined { id };
            self.event = Some(ClientEvent::Connected { id });
        } else {
            self.socket.abandon(1002, "no valid peer id");
            self.fail(CloseCause::InvalidId);
        }
    }

    fn fail(&mut self, cause: CloseCause) {
        self.stage = Stage::Ended;
        self.event = Some(ClientEvent::Failed { cause });
    }

    /// What the last poll brought.
    pub fn next_event(&mut self) -> Option<ClientEvent> {
        self.event.take()
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
    /// [`SendError`]; the packet is then not queued.
    pub fn send(&mut self, payload: &[u8]) -> Result<(), SendError> {
        self.socket.send(MessageKind::Binary, payload)
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
    pub fn disconnect(&mut self, code: u16, reason: &str, now: Instant) {
        self.socket.close(code, reason, now);
    }

    /// Ends the connection at once, without a close frame; [`ClientEvent::Disconnected`] follows in the next poll.
    pub fn reset(&mut self, now: Instant) {
        self.socket.cut(now);
    }

    /// Changes the limits, see [`WebSocket::set_limits`].
    pub fn set_limits(&mut self, limits: Limits, now: Instant) {
        self.socket.set_limits(limits, now);
    }

    /// Says goodbye as far as the socket takes it now. Dropping a client does the same.
    pub fn close(&mut self) {
        self.socket.abandon(1000, "");
        self.stage = Stage::Ended;
        self.event = None;
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.close();
    }
}
