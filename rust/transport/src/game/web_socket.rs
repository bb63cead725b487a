//! One WebSocket connection as the game sees it: dialed, or on a stream that is there already.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::PeerView;
use crate::census::Census;
use crate::close_code::{self, CloseCode};
use crate::config::{Conditions, Limits, Settings};
use crate::connection::{Delivery, EmptyMessages, Frame, Inbox, Meter, Outgoing, ReadyState, grace};
use crate::entropy::Entropy;
use crate::error::{CloseCause, DialError, SendError};
use crate::link::{self, InPlace, Link};
use crate::network::mio::Mio;
use crate::network::{Command, Network, NetworkHalf, Opened, PeerKey, Report, Totals};
use crate::statistics::{Compressed, PeerStatistics};
use crate::stream::tls::client::ClientTls;
use crate::wire::Role;
use crate::wire::message::{Message, MessageKind};
use crate::wire::response::Target;
use crate::wire::url::Url;

/// How many of its sockets' events a client takes at once: it has one, or a few while it dials.
const EVENTS: usize = 16;

/// One connection and the messages it brought.
#[derive(Debug)]
pub struct WebSocket {
    link: Box<dyn Link>,
    totals: Arc<Totals>,
    role: Role,
    stage: Stage,
    ready_state: ReadyState,
    /// Where it is dialed to.
    url: Option<Url>,
    limits: Limits,
    /// When the handshake has to be done.
    deadline: Instant,
    /// That was put off.
    was_spared: bool,
    /// When something came last.
    last_heard: Option<Instant>,
    /// There once it is open, and kept.
    opened: Option<Box<Opened>>,
    cause: Option<CloseCause>,
    inbox: Inbox<Message>,
    outgoing: Outgoing,
    /// Messages that were taken and are not the game's, and their payload bytes.
    own: (u64, u64),
    /// Reading has stopped for want of room.
    is_paused: bool,
    reports: Vec<Report>,
    /// The time of the last poll.
    now: Instant,
}

/// Which connection there is.
#[derive(Debug)]
enum Stage {
    /// None yet.
    Dialing,
    /// One that is being opened, is open, or says its last words.
    Connected(Line),
    /// None any more. What it counted is kept.
    Gone(Option<Line>),
}

#[derive(Debug, Clone)]
struct Line {
    key: PeerKey,
    address: Option<SocketAddr>,
    meter: Arc<Meter>,
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
        let failed = |error: io::Error| DialError::Failed { host: url.host_and_port(), kind: error.kind() };
        let network = Mio::new(EVENTS).map_err(failed)?;
        let entropy = Entropy::from_system().map_err(failed)?;
        Self::connect_on(network, entropy, url, settings, tls, empty_messages, now)
    }

    /// As [`WebSocket::connect`], on a network of the caller's choice.
    ///
    /// # Errors
    /// When it is clear at once that nothing will come of it.
    pub fn connect_on<N: Network + 'static>(
        network: N,
        entropy: Entropy,
        url: Url,
        settings: Settings,
        tls: ClientTls,
        empty_messages: EmptyMessages,
        now: Instant,
    ) -> Result<Self, CloseCause> {
        let limits = settings.limits;
        // Whoever judges in our place does so on the game's thread.
        let network_thread = settings.network_thread && !tls.is_judged();
        let half = NetworkHalf::dialing(network, entropy, url.clone(), settings, tls, empty_messages, now)?;
        let failed = |error: io::Error| DialError::Failed { host: url.host_and_port(), kind: error.kind() };
        let totals = Arc::clone(half.totals());
        let link = link::to(half, network_thread).map_err(failed)?;
        let mut socket = Self::new(link, totals, Role::Client, Stage::Dialing, limits, now);
        socket.url = Some(url);
        Ok(socket)
    }

    /// The server's end of a stream on which a client is about to ask; the request is answered by the settings alone.
    /// `network` is where the stream's events come from.
    ///
    /// # Errors
    /// When the system has no place for it.
    pub fn adopt<N: Network + 'static>(
        network: N,
        entropy: Entropy,
        socket: N::Socket,
        settings: Settings,
        empty_messages: EmptyMessages,
        now: Instant,
    ) -> io::Result<Self> {
        let limits = settings.limits;
        let (half, key) = NetworkHalf::adopting(network, entropy, socket, settings, empty_messages, now)?;
        let (address, meter) = (half.address(key), half.meter(key));
        let totals = Arc::clone(half.totals());
        let link = Box::new(InPlace::new(half));
        Ok(Self::new(link, totals, Role::Server, Stage::Connected(Line { key, address, meter }), limits, now))
    }

    fn new(link: Box<dyn Link>, totals: Arc<Totals>, role: Role, stage: Stage, limits: Limits, now: Instant) -> Self {
        Self {
            link,
            totals,
            role,
            stage,
            ready_state: ReadyState::Connecting,
            url: None,
            deadline: limits.handshake_deadline(now),
            was_spared: false,
            last_heard: None,
            limits,
            opened: None,
            cause: None,
            inbox: Inbox::default(),
            outgoing: Outgoing::default(),
            own: (0, 0),
            is_paused: false,
            reports: Vec::new(),
            now,
        }
    }

    fn line(&self) -> Option<&Line> {
        match &self.stage {
            Stage::Dialing | Stage::Gone(None) => None,
            Stage::Connected(line) | Stage::Gone(Some(line)) => Some(line),
        }
    }

    fn key(&self) -> Option<PeerKey> {
        match &self.stage {
            Stage::Connected(line) => Some(line.key),
            Stage::Dialing | Stage::Gone(_) => None,
        }
    }

    /// How far the connection is.
    #[must_use]
    pub fn ready_state(&self) -> ReadyState {
        self.ready_state
    }

    /// Why the connection is over; `None` before that.
    #[must_use]
    pub fn cause(&self) -> Option<&CloseCause> {
        self.cause.as_ref()
    }

    /// Whether there is nothing more to drive. Later than [`ReadyState::Closed`]: the last bytes want to leave.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        matches!(self.stage, Stage::Gone(_))
    }

    /// The subprotocol that was agreed on.
    #[must_use]
    pub fn protocol(&self) -> Option<&str> {
        self.opened.as_ref()?.protocol.as_deref()
    }

    /// Server: the host and path that the client asked for, once it is open.
    #[must_use]
    pub fn request(&self) -> Option<&Target> {
        self.opened.as_ref()?.request.as_ref().map(|request| request.target())
    }

    /// The URL that is connected to; `None` for a stream that was there already.
    #[must_use]
    pub fn url(&self) -> Option<&Url> {
        self.url.as_ref()
    }

    /// The other side's address; before there is a connection only if the URL names it.
    #[must_use]
    pub fn remote_address(&self) -> Option<SocketAddr> {
        match &self.stage {
            Stage::Dialing => {
                let url = self.url.as_ref()?;
                Some(SocketAddr::new(url.host.parse().ok()?, url.port))
            }
            Stage::Connected(line) => line.address,
            Stage::Gone(_) => None,
        }
    }

    /// The limits that hold.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Changes the limits: at once for an open connection, but for the size of a message that is taken.
    pub fn set_limits(&mut self, limits: Limits, now: Instant) {
        self.limits = limits;
        if let Some(key) = self.key() {
            self.link.command(Command::SetLimits { key, limits }, now);
        }
    }

    /// Changes under which conditions bytes travel, at once.
    pub(super) fn set_conditions(&mut self, conditions: Conditions, now: Instant) {
        self.link.command(Command::SetConditions(Box::new(conditions)), now);
    }

    /// The time from a ping to its pong, smoothed. See [`Limits::heartbeat_interval`].
    #[must_use]
    pub fn round_trip_time(&self) -> Option<Duration> {
        self.view().round_trip_time()
    }

    /// The connection in numbers; nothing but zeros before there is one.
    #[must_use]
    pub fn statistics(&self) -> PeerStatistics {
        self.view().statistics()
    }

    /// What compression has done for it.
    #[must_use]
    pub fn compressed(&self) -> Compressed {
        self.totals.compressed()
    }

    /// What there is to know about it.
    #[must_use]
    pub fn view(&self) -> PeerView<'_> {
        PeerView {
            address: self.remote_address(),
            ready_state: self.ready_state,
            cause: self.cause(),
            protocol: self.protocol(),
            target: self.request(),
            request: None,
            ticket: None,
            uses_tls: self.opened.as_ref().is_some_and(|opened| opened.tls),
            limits: &self.limits,
            meter: self.line().map(|line| &*line.meter),
            outgoing: &self.outgoing,
            own: self.own,
            opened: self.opened.as_ref().map(|opened| opened.since),
            now: self.now,
        }
    }

    /// Whether small messages leave at once, without waiting for an acknowledgement of the last (`TCP_NODELAY`).
    /// On by default. Before there is a connection this does nothing.
    pub fn set_no_delay(&mut self, enabled: bool, now: Instant) {
        if let Some(key) = self.key() {
            self.link.command(Command::SetNoDelay { key, enabled }, now);
        }
    }

    /// Whether the TLS session went on from an earlier one (RFC 8446 section 2.2), which spares most of its cost.
    /// `None` without TLS, and before it is open.
    #[must_use]
    pub fn tls_was_resumed(&self) -> Option<bool> {
        self.opened.as_ref()?.was_resumed
    }

    /// Payload bytes that wait to be sent.
    #[must_use]
    pub fn buffered_amount(&self) -> usize {
        self.view().buffered_amount()
    }

    /// Messages that wait to be read.
    #[must_use]
    pub fn available(&self) -> usize {
        self.inbox.len()
    }

    /// Takes the next message.
    pub fn pop(&mut self) -> Option<Message> {
        let message = self.inbox.pop()?;
        if let Some(line) = self.line() {
            line.meter.read.add(message.payload.len());
        }
        if self.is_paused {
            self.resume_if_read();
        }
        Some(message)
    }

    /// As [`WebSocket::pop`], for a message that is not for the game: it does not count as received.
    pub(super) fn pop_own(&mut self) -> Option<Message> {
        let message = self.pop()?;
        self.own.0 += 1;
        self.own.1 += message.payload.len() as u64;
        Some(message)
    }

    /// Goes on reading once there is room again.
    fn resume_if_read(&mut self) {
        let Some(line) = self.line() else { return };
        if self.is_paused && line.meter.has_room(&self.limits) {
            let key = line.key;
            self.is_paused = false;
            self.link.command(Command::Resume { key }, self.now);
        }
    }

    /// Does everything that can be done without waiting.
    pub fn poll(&mut self, now: Instant) {
        self.now = now;
        self.inbox.keep();
        let before = self.received();
        let mut reports = std::mem::take(&mut self.reports);
        self.link.drive(now, &mut reports);
        for report in reports.drain(..) {
            self.hear(report);
        }
        self.reports = reports;
        if self.received() > before {
            self.last_heard = Some(now);
        }
    }

    /// Bytes that came over the network.
    fn received(&self) -> u64 {
        self.line().map_or(0, |line| line.meter.wire().received)
    }

    /// Puts the handshake's deadline off, once, that is seen late by a game that was away. See [`grace`].
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
        if now >= self.deadline && self.last_heard == Some(now) {
            self.spare(now);
        }
        now >= self.deadline && self.link.has_caught_up()
    }

    fn hear(&mut self, report: Report) {
        match report {
            Report::Dialed { key, address, meter } => {
                if matches!(self.stage, Stage::Dialing) {
                    self.spare(self.now);
                    self.stage = Stage::Connected(Line { key, address, meter });
                    // They may have changed while it was dialed.
                    self.link.command(Command::SetLimits { key, limits: self.limits }, self.now);
                }
            }
            Report::Opened(opened) => {
                if self.cause.is_none() {
                    self.ready_state = ReadyState::Open;
                }
                self.opened = Some(opened);
            }
            Report::Message { message, .. } => self.receive(message),
            Report::Paused { .. } => {
                self.is_paused = true;
                self.resume_if_read();
            }
            Report::Closed { key, cause } => {
                self.end(*cause);
                self.link.command(Command::Release { key }, self.now);
            }
            Report::Failed { cause, .. } => self.end(*cause),
            Report::Dropped { .. } => self.let_go(),
            // What only a multiplayer server is asked.
            Report::Requested(_) | Report::Withdrawn { .. } | Report::MetricsAsked { .. } | Report::Shut => {}
            Report::Broken { cause } => {
                self.end(cause);
                self.let_go();
            }
        }
    }

    fn receive(&mut self, message: Message) {
        if self.cause.is_none() {
            self.inbox.push(message);
        } else if let Some(line) = self.line() {
            // The game has ended it, and nothing comes after that: it was on its way from the network thread.
            line.meter.read.add(message.payload.len());
        }
    }

    /// It is over, for this reason unless there was one before.
    fn end(&mut self, cause: CloseCause) {
        self.ready_state = ReadyState::Closed;
        if self.cause.is_none() {
            self.cause = Some(cause);
        }
        if matches!(self.stage, Stage::Dialing) {
            self.stage = Stage::Gone(None);
        }
    }

    fn let_go(&mut self) {
        self.ready_state = ReadyState::Closed;
        let line = self.line().cloned();
        if let Some(line) = &line {
            self.outgoing.drop_rest(&line.meter);
        }
        self.stage = Stage::Gone(line);
    }

    /// Sends a message, reliably.
    ///
    /// # Errors
    /// [`SendError`]; the message is then not queued.
    pub fn send(&mut self, kind: MessageKind, payload: &[u8]) -> Result<(), SendError> {
        self.deliver(kind, payload, Delivery::Reliable)
    }

    /// Sends a message.
    ///
    /// # Errors
    /// [`SendError`]; the message is then not queued.
    pub fn deliver(&mut self, kind: MessageKind, payload: &[u8], delivery: Delivery) -> Result<(), SendError> {
        let (ReadyState::Open, Stage::Connected(line)) = (self.ready_state, &self.stage) else {
            return Err(SendError::NotOpen);
        };
        let key = line.key;
        let joining = self.opened.as_ref().and_then(|opened| self.limits.join_room_at(opened.since, self.now));
        let make_room = |how| self.link.make_room(key, how, &line.meter, self.now);
        self.outgoing.reserve(payload.len(), delivery, &self.limits, joining, &line.meter, make_room)?;
        self.outgoing.note_time(delivery, &line.meter, self.now);
        self.link.send(&[key], Frame::message(kind, payload, self.role).delivered(delivery), self.now);
        Ok(())
    }

    /// Accepts a message that has nobody to go to any more, and drops it.
    pub(super) fn drop_one(&mut self) {
        self.outgoing.drop_one();
    }

    /// Whether [`WebSocket::flush`] has something to do.
    #[must_use]
    pub fn needs_flush(&self) -> bool {
        self.link.needs_flush()
    }

    /// Writes what waits, as far as the socket takes it: the end of a tick.
    pub fn flush(&mut self, now: Instant) {
        self.link.flush(now);
    }

    /// Starts the closing handshake; before the connection is open, ends it.
    pub fn close(&mut self, code: impl Into<Option<CloseCode>>, reason: &str, now: Instant) {
        let code = code.into();
        match (self.ready_state, self.key()) {
            (ReadyState::Open, Some(key)) => {
                self.ready_state = ReadyState::Closing;
                self.link.command(Command::Close { key, code, reason: reason.to_owned() }, now);
            }
            (ReadyState::Connecting, key) => self.cut_at(key, now),
            (ReadyState::Open | ReadyState::Closing | ReadyState::Closed, _) => {}
        }
    }

    /// Ends at once, without a word to the other side.
    pub fn cut(&mut self, now: Instant) {
        if self.ready_state != ReadyState::Closed {
            self.cut_at(self.key(), now);
        }
    }

    fn cut_at(&mut self, key: Option<PeerKey>, now: Instant) {
        self.end(CloseCause::Cut);
        match key {
            Some(key) => {
                self.link.command(Command::Cut { key }, now);
                self.link.command(Command::Release { key }, now);
            }
            None => self.link.command(Command::StopDialing, now),
        }
    }

    /// Says goodbye as far as the socket takes it now, and ends.
    pub fn abandon(&mut self, code: CloseCode, reason: &str) {
        let is_open = self.ready_state == ReadyState::Open;
        match self.key() {
            Some(key) => {
                let reason = reason.to_owned();
                self.link.command(Command::Abandon { key, code, reason: reason.clone() }, self.now);
                self.end(if is_open {
                    CloseCause::ByUs { code: code.get(), reason, was_answered: false }
                } else {
                    CloseCause::Cut
                });
            }
            None => {
                self.link.command(Command::StopDialing, self.now);
                self.end(CloseCause::Cut);
            }
        }
        self.let_go();
    }

    /// What it holds inside, as far as it can be seen from here.
    #[doc(hidden)]
    #[must_use]
    pub fn census(&self) -> Census {
        let mut census = self.link.census();
        census.reports += self.reports.len();
        census.packets += self.inbox.len();
        census.bytes += self.inbox.iter().map(|message| message.payload.len()).sum::<usize>();
        if let Stage::Connected(line) = &self.stage {
            census.peers += 1;
            census.room.0 += self.outgoing.queued_packets(&line.meter);
            census.room.1 += self.outgoing.queued_bytes(&line.meter);
            census.strays += usize::from(line.meter.unread_packets() < self.inbox.len() as u64);
        }
        census
    }

    /// As [`WebSocket::abandon`], and nothing goes on any more.
    pub(super) fn shut_down(&mut self, code: CloseCode) {
        self.inbox.clear();
        self.abandon(code, "");
        self.link.shut_down(code);
        // Of what the network has to say after its end, nothing concerns the game.
        self.link.drive(self.now, &mut self.reports);
        self.reports.clear();
    }
}

impl Drop for WebSocket {
    fn drop(&mut self) {
        if self.ready_state != ReadyState::Closed || !self.is_finished() {
            self.abandon(close_code::GOING_AWAY, "");
        }
    }
}

#[cfg(test)]
mod tests;
