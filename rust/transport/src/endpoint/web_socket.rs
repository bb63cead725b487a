//! One outgoing WebSocket connection: dialed, opened, driven by [`WebSocket::poll`], closed.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::time::Instant;

use mio::net::TcpStream;

use super::dial::Dialer;
use super::io::{Io, Readiness};
use super::url::Url;
use crate::config::Settings;
use crate::connection::{Budget, Connection, ConnectionEvent, Frame, ReadBuffer, ReadOutcome};
use crate::error::{CloseCause, DialError, Phase, SendError};
use crate::wire::Role;
use crate::wire::message::{Message, MessageKind};

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
    /// It is over; [`WebSocket::cause`] says why.
    Closed,
}

/// A WebSocket client.
#[derive(Debug)]
pub struct WebSocket {
    io: Io,
    ready: Vec<Readiness>,
    stage: Stage,
    url: Url,
    settings: Settings,
    /// When the handshake has to be done.
    deadline: Instant,
    empty_messages: EmptyMessages,
    buffer: ReadBuffer,
    events: Vec<ConnectionEvent>,
    inbox: VecDeque<Message>,
    protocol: Option<String>,
    cause: Option<CloseCause>,
    tick: u64,
}

#[derive(Debug)]
enum Stage {
    Dialing(Dialer),
    Connected {
        connection: Box<Connection<TcpStream>>,
        token: usize,
        /// The socket may have bytes that no event will tell of again.
        readable: bool,
    },
    Ended,
}

impl WebSocket {
    /// Starts to connect.
    ///
    /// # Errors
    /// When it is clear at once that nothing will come of it; an address to which there is no route, say.
    pub fn connect(
        url: Url,
        settings: Settings,
        empty_messages: EmptyMessages,
        now: Instant,
    ) -> Result<Self, DialError> {
        let failed = |error: io::Error| DialError::Failed { host: url.authority(), kind: error.kind() };
        let io = Io::new().map_err(failed)?;
        let dialer = Dialer::start(&url.host, url.port, &io, now)?;
        Ok(Self {
            io,
            ready: Vec::new(),
            stage: Stage::Dialing(dialer),
            deadline: now + settings.limits.handshake_timeout,
            url,
            settings,
            empty_messages,
            buffer: ReadBuffer::default(),
            events: Vec::new(),
            inbox: VecDeque::new(),
            protocol: None,
            cause: None,
            tick: 1,
        })
    }

    /// How far the connection is.
    #[must_use]
    pub fn ready_state(&self) -> ReadyState {
        match &self.stage {
            _ if self.cause.is_some() => ReadyState::Closed,
            Stage::Dialing(_) => ReadyState::Connecting,
            Stage::Connected { connection, .. } if connection.is_open() => ReadyState::Open,
            Stage::Connected { connection, .. } if connection.is_opening() => ReadyState::Connecting,
            Stage::Connected { .. } => ReadyState::Closing,
            Stage::Ended => ReadyState::Closed,
        }
    }

    /// Why the connection is over; `None` before that.
    #[must_use]
    pub fn cause(&self) -> Option<&CloseCause> {
        self.cause.as_ref()
    }

    /// The subprotocol that was agreed on.
    #[must_use]
    pub fn protocol(&self) -> Option<&str> {
        self.protocol.as_deref()
    }

    /// The URL that is connected to.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The server's address, once there is a connection.
    #[must_use]
    pub fn remote_address(&self) -> Option<SocketAddr> {
        match &self.stage {
            Stage::Connected { connection, .. } => connection.socket().peer_addr().ok(),
            Stage::Dialing(_) | Stage::Ended => None,
        }
    }

    /// When the handshake has to be done.
    #[must_use]
    pub fn handshake_deadline(&self) -> Instant {
        self.deadline
    }

    /// Messages that wait to be read.
    #[must_use]
    pub fn available(&self) -> usize {
        self.inbox.len()
    }

    /// Takes the next message.
    pub fn pop(&mut self) -> Option<Message> {
        let message = self.inbox.pop_front()?;
        if let Stage::Connected { connection, .. } = &mut self.stage {
            connection.consumed(message.payload.len());
        }
        Some(message)
    }

    /// Does everything that can be done without waiting.
    pub fn poll(&mut self, now: Instant) {
        self.tick += 1;
        self.io.collect(&mut self.ready);
        if let Stage::Dialing(dialer) = &mut self.stage {
            match dialer.poll(&self.io, &self.ready, now) {
                Some(Ok(dialed)) => {
                    if let Err(error) = dialed.stream.set_nodelay(true) {
                        log::warn!("TCP_NODELAY could not be set: {error}");
                    }
                    let connection = Connection::connected(
                        dialed.stream,
                        self.settings.limits,
                        &self.url.target(),
                        &self.settings.handshake,
                        self.deadline,
                    );
                    let connection = Box::new(connection);
                    self.stage = Stage::Connected { connection, token: dialed.token, readable: true };
                }
                Some(Err(error)) => self.end(error.into()),
                None if now >= self.deadline => self.end(CloseCause::TimedOut(Phase::Handshake)),
                None => {}
            }
        }
        self.drive(now);
    }

    fn drive(&mut self, now: Instant) {
        let Stage::Connected { connection, token, readable } = &mut self.stage else { return };
        for readiness in self.ready.iter().filter(|readiness| readiness.token == *token) {
            *readable |= readiness.readable;
            if readiness.writable {
                connection.writable(&mut self.events);
            }
        }
        connection.flush(&mut self.events);
        if *readable || connection.has_failed() {
            let mut budget = Budget { bytes: READ_BUDGET };
            let outcome = connection.read(now, &mut self.buffer, &mut budget, &mut self.events);
            *readable = outcome == ReadOutcome::Paused;
        }
        connection.expire(now, &mut self.events);
        if connection.is_finished() {
            self.stage = Stage::Ended;
        }
        self.take_events();
    }

    fn take_events(&mut self) {
        for event in self.events.drain(..) {
            match event {
                ConnectionEvent::Opened { protocol } => self.protocol = protocol,
                ConnectionEvent::Message(message) => {
                    if message.payload.is_empty() && self.empty_messages == EmptyMessages::Skip {
                        if let Stage::Connected { connection, .. } = &mut self.stage {
                            connection.consumed(0);
                        }
                    } else {
                        self.inbox.push_back(message);
                    }
                }
                ConnectionEvent::Closed(cause) => self.cause = Some(cause),
                ConnectionEvent::Requested => {}
            }
        }
    }

    fn end(&mut self, cause: CloseCause) {
        self.cause = Some(cause);
        self.stage = Stage::Ended;
    }

    /// Sends a message.
    ///
    /// # Errors
    /// [`SendError`]; the message is then not queued.
    pub fn send(&mut self, kind: MessageKind, payload: &[u8]) -> Result<(), SendError> {
        match &mut self.stage {
            Stage::Connected { connection, .. } if connection.is_open() => {
                connection.send(&Frame::message(kind, payload, Role::Client), self.tick)
            }
            _ => Err(SendError::NotOpen),
        }
    }

    /// Whether [`WebSocket::flush`] has something to do.
    #[must_use]
    pub fn needs_flush(&self) -> bool {
        matches!(&self.stage, Stage::Connected { connection, .. } if connection.needs_flush())
    }

    /// Writes what waits, as far as the socket takes it: the end of a tick.
    pub fn flush(&mut self) {
        self.tick += 1;
        if let Stage::Connected { connection, .. } = &mut self.stage {
            connection.flush(&mut self.events);
        }
        self.take_events();
    }

    /// Starts the closing handshake; before the connection is open, ends it.
    pub fn close(&mut self, code: u16, reason: &str, now: Instant) {
        match &mut self.stage {
            Stage::Dialing(_) => self.end(CloseCause::Cut),
            Stage::Connected { connection, .. } => connection.close(code, reason, now, &mut self.events),
            Stage::Ended => {}
        }
        self.take_events();
    }

    /// Says goodbye as far as the socket takes it now, and ends.
    pub fn abandon(&mut self, code: u16, reason: &str) {
        if let Stage::Connected { connection, .. } = &mut self.stage {
            connection.abandon(code, reason);
        }
        if self.cause.is_none() {
            self.end(CloseCause::ByUs { code, reason: reason.to_owned() });
        }
        self.stage = Stage::Ended;
    }
}
