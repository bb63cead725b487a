//! One outgoing WebSocket connection: dialed, opened, driven by [`WebSocket::poll`], closed.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::TcpStream;

use super::dial::Dialer;
use super::io::{Io, Readiness, TcpSocket};
use super::url::Url;
use crate::clock::Clock;
use crate::close_code::CloseCode;
use crate::config::{Limits, Settings};
pub use crate::connection::session::{EmptyMessages, ReadyState};
use crate::connection::{ReadBuffer, grace, session::Session};
use crate::error::{CloseCause, DialError, Phase, SendError};
use crate::statistics::PeerStatistics;
use crate::tls::Stream;
use crate::tls::client::ClientTls;
use crate::wire::message::{Message, MessageKind};

/// How many of its sockets' events a client takes at once: it has one, or a few while it dials.
const EVENTS: usize = 16;

/// A WebSocket client.
#[derive(Debug)]
pub struct WebSocket {
    io: Io,
    ready: Vec<Readiness>,
    stage: Stage,
    url: Url,
    settings: Settings,
    tls: ClientTls,
    /// When the handshake has to be done.
    deadline: Instant,
    /// The deadline was put off.
    was_spared: bool,
    empty_messages: EmptyMessages,
    clock: Clock,
}

#[derive(Debug)]
enum Stage {
    Dialing(Dialer),
    Connected { session: Box<Session<Stream<TcpSocket>>>, token: usize },
    Failed(CloseCause),
}

impl WebSocket {
    /// Starts to connect; `tls` is for `wss://`.
    ///
    /// # Errors
    /// When it is clear at once that nothing will come of it; an address to which there is no route, say.
    pub fn connect(
        url: Url,
        settings: Settings,
        tls: ClientTls,
        empty_messages: EmptyMessages,
        now: Instant,
    ) -> Result<Self, CloseCause> {
        if url.tls {
            tls.check(&url.host)?;
        }
        let failed = |error: io::Error| DialError::Failed { host: url.authority(), kind: error.kind() };
        let io = Io::new(EVENTS).map_err(failed)?;
        let dialer = Dialer::start(&url.host, url.port, &io, now)?;
        let deadline = settings.limits.handshake_deadline(now);
        Ok(Self {
            io,
            ready: Vec::new(),
            stage: Stage::Dialing(dialer),
            url,
            settings,
            tls,
            deadline,
            was_spared: false,
            empty_messages,
            clock: Clock::default(),
        })
    }

    /// Changes the clock that tells how long a poll has taken; the system's before that.
    pub fn set_clock(&mut self, clock: Clock) {
        self.clock = clock.clone();
        if let Some(session) = self.session_mut() {
            session.set_clock(clock);
        }
    }

    /// The connection, once there is one.
    fn session(&self) -> Option<&Session<Stream<TcpSocket>>> {
        match &self.stage {
            Stage::Connected { session, .. } => Some(session),
            Stage::Dialing(_) | Stage::Failed(_) => None,
        }
    }

    fn session_mut(&mut self) -> Option<&mut Session<Stream<TcpSocket>>> {
        match &mut self.stage {
            Stage::Connected { session, .. } => Some(session),
            Stage::Dialing(_) | Stage::Failed(_) => None,
        }
    }

    /// How far the connection is.
    #[must_use]
    pub fn ready_state(&self) -> ReadyState {
        match &self.stage {
            Stage::Dialing(_) => ReadyState::Connecting,
            Stage::Connected { session, .. } => session.ready_state(),
            Stage::Failed(_) => ReadyState::Closed,
        }
    }

    /// Why the connection is over; `None` before that.
    #[must_use]
    pub fn cause(&self) -> Option<&CloseCause> {
        match &self.stage {
            Stage::Dialing(_) => None,
            Stage::Connected { session, .. } => session.cause(),
            Stage::Failed(cause) => Some(cause),
        }
    }

    /// The subprotocol that was agreed on.
    #[must_use]
    pub fn protocol(&self) -> Option<&str> {
        self.session()?.protocol()
    }

    /// The URL that is connected to.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The server's address; before there is a connection only if the URL names it.
    #[must_use]
    pub fn remote_address(&self) -> Option<SocketAddr> {
        match &self.stage {
            Stage::Dialing(_) => Some(SocketAddr::new(self.url.host.parse().ok()?, self.url.port)),
            Stage::Connected { session, .. } => session.socket().socket().peer_addr().ok(),
            Stage::Failed(_) => None,
        }
    }

    /// The limits that hold.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        self.session().map_or(&self.settings.limits, Session::limits)
    }

    /// Changes the limits: at once for an open connection, but for the size of a message that is taken.
    pub fn set_limits(&mut self, limits: Limits, now: Instant) {
        self.settings.limits = limits;
        if let Some(session) = self.session_mut() {
            session.set_limits(limits, now);
        }
    }

    /// The time from a ping to its pong, smoothed. See [`Limits::heartbeat_interval`].
    #[must_use]
    pub fn round_trip_time(&self) -> Option<Duration> {
        self.session()?.round_trip_time()
    }

    /// The connection in numbers; nothing but zeros before there is one.
    #[must_use]
    pub fn statistics(&self) -> PeerStatistics {
        self.session().map(|session| session.statistics(session.socket().socket().carried())).unwrap_or_default()
    }

    /// Whether small messages leave at once, without waiting for an acknowledgement of the last (`TCP_NODELAY`).
    /// On by default. Before there is a connection this does nothing.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn set_no_delay(&self, enabled: bool) -> io::Result<()> {
        self.session().map_or(Ok(()), |session| session.socket().socket().set_nodelay(enabled))
    }

    /// Whether the TLS session went on from an earlier one (RFC 8446 section 2.2), which spares most of its cost.
    /// `None` without TLS, and before it is known.
    #[must_use]
    pub fn tls_was_resumed(&self) -> Option<bool> {
        self.session()?.socket().was_resumed()
    }

    /// Payload bytes that wait to be sent.
    #[must_use]
    pub fn buffered_amount(&self) -> usize {
        self.session().map_or(0, Session::buffered_amount)
    }

    /// Messages that wait to be read.
    #[must_use]
    pub fn available(&self) -> usize {
        self.session().map_or(0, Session::available)
    }

    /// Takes the next message.
    pub fn pop(&mut self) -> Option<Message> {
        self.session_mut()?.pop()
    }

    /// As [`WebSocket::pop`], for a message that is not for the game: it does not count as received.
    pub(super) fn pop_own(&mut self) -> Option<Message> {
        self.session_mut()?.pop_own()
    }

    /// Does everything that can be done without waiting. Many sockets may share one buffer.
    pub fn poll(&mut self, now: Instant, buffer: &mut ReadBuffer) {
        self.io.collect(&mut self.ready);
        if let Stage::Dialing(dialer) = &mut self.stage {
            match dialer.poll(&self.io, &self.ready, now) {
                Some(Ok(dialed)) => {
                    self.spare(now);
                    self.open(dialed.stream, dialed.token);
                }
                Some(Err(error)) => self.stage = Stage::Failed(error.into()),
                None if now >= self.deadline => {
                    self.stage = Stage::Failed(CloseCause::TimedOut(Phase::Handshake));
                }
                None => {}
            }
        }
        if let Stage::Connected { session, token } = &mut self.stage {
            for readiness in self.ready.iter().filter(|readiness| readiness.token == *token) {
                session.socket_mut().socket_mut().note(readiness);
                if readiness.readable {
                    session.readable();
                }
                if readiness.writable {
                    session.writable();
                }
            }
            session.poll(now, buffer);
            // It may have been put off.
            self.deadline = session.handshake_deadline().unwrap_or(self.deadline);
        }
    }

    /// Puts a deadline off, once, that is seen late by a game that was away. See [`grace`].
    fn spare(&mut self, now: Instant) {
        if !self.was_spared
            && let Some(later) = grace(self.deadline, now)
        {
            self.deadline = later;
            self.was_spared = true;
        }
    }

    /// Whether the handshake has taken too long, of which what comes after the opening of the connection may be a part.
    /// What came while the game was away is heard first, and gets an answer.
    pub(super) fn is_late(&mut self, now: Instant) -> bool {
        if now >= self.deadline && self.session().is_some_and(|session| session.last_heard() == Some(now)) {
            self.spare(now);
        }
        now >= self.deadline
    }

    fn open(&mut self, stream: TcpStream, token: usize) {
        if let Err(error) = stream.set_nodelay(true) {
            log::debug!("TCP_NODELAY could not be set: {error}");
        }
        let socket = TcpSocket::new(stream);
        let stream = if self.url.tls {
            match self.tls.connect(socket, &self.url.host) {
                Ok(stream) => stream,
                Err(error) => {
                    self.stage = Stage::Failed(error.into());
                    return;
                }
            }
        } else {
            Stream::Plain(socket)
        };
        let mut session = Session::connected(
            stream,
            self.settings.limits,
            &self.url.target(),
            self.settings.handshake.clone(),
            self.empty_messages,
            self.deadline,
        );
        session.set_clock(self.clock.clone());
        self.stage = Stage::Connected { session: Box::new(session), token };
    }

    /// Sends a message.
    ///
    /// # Errors
    /// [`SendError`]; the message is then not queued.
    pub fn send(&mut self, kind: MessageKind, payload: &[u8]) -> Result<(), SendError> {
        self.session_mut().map_or(Err(SendError::NotOpen), |session| session.send(kind, payload))
    }

    /// Whether [`WebSocket::flush`] has something to do.
    #[must_use]
    pub fn needs_flush(&self) -> bool {
        self.session().is_some_and(Session::needs_flush)
    }

    /// Writes what waits, as far as the socket takes it: the end of a tick.
    pub fn flush(&mut self, now: Instant) {
        if let Some(session) = self.session_mut() {
            session.flush(now);
        }
    }

    /// Starts the closing handshake; before the connection is open, ends it.
    pub fn close(&mut self, code: impl Into<Option<CloseCode>>, reason: &str, now: Instant) {
        match &mut self.stage {
            Stage::Dialing(_) => self.stage = Stage::Failed(CloseCause::Cut),
            Stage::Connected { session, .. } => session.close(code, reason, now),
            Stage::Failed(_) => {}
        }
    }

    /// Ends at once, without a word to the other side.
    pub fn cut(&mut self, now: Instant) {
        match &mut self.stage {
            Stage::Dialing(_) => self.stage = Stage::Failed(CloseCause::Cut),
            Stage::Connected { session, .. } => session.cut(now),
            Stage::Failed(_) => {}
        }
    }

    /// Whether there is nothing more to drive. Later than [`ReadyState::Closed`]: the last bytes want to leave.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        match &self.stage {
            Stage::Dialing(_) => false,
            Stage::Connected { session, .. } => session.is_finished(),
            Stage::Failed(_) => true,
        }
    }

    /// Says goodbye as far as the socket takes it now, and ends.
    pub fn abandon(&mut self, code: CloseCode, reason: &str) {
        match &mut self.stage {
            Stage::Dialing(_) => self.stage = Stage::Failed(CloseCause::Cut),
            Stage::Connected { session, .. } => session.abandon(code, reason),
            Stage::Failed(_) => {}
        }
    }
}
