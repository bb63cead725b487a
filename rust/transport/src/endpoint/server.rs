//! A multiplayer server: accepts connections, gives them ids, and moves packets between them and the game.
//!
//! Everything happens in [`Server::poll`], and only for sockets on which something happened: a silent peer costs
//! nothing. Where a socket has more than one poll may take, the server remembers, since its event will not come again.

mod accepting;
mod admission;
mod peer_view;
mod peers;
mod sending;
mod statistics;

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;

use self::admission::Admission;
pub use self::peer_view::PeerView;
use self::peers::{Peer, Peers, Stage};
use self::sending::Overflow;
pub use self::sending::Recipients;
use self::statistics::Counts;
use super::deadlines::Deadlines;
use super::io::{Io, Readiness};
pub use super::listener::BindAddress;
use super::listener::Listener;
use crate::clock::Clock;
use crate::close_code;
use crate::config::Settings;
use crate::connection::{Budget, ConnectionEvent, Frame, Inbox, Payload, READ_TIME, ReadBuffer, ReadOutcome};
use crate::error::{CloseCause, ListenError};
use crate::event::{Packet, ServerEvent};
use crate::tls::server::ServerTls;
use crate::wire::Role;
use crate::wire::message::MessageKind;
use crate::wire::request;

/// The listener's token; connections have their keys.
const LISTENER: usize = usize::MAX;

/// How many events one system call brings.
const EVENTS: usize = 1024;

/// How much is read from one peer in one turn, in bytes; then it is the next one's.
const PEER_BUDGET: usize = 64 * 1024;

/// How much is read in one poll, in bytes.
const POLL_BUDGET: usize = 8 * 1024 * 1024;

/// How many packets one poll adds to the inbox at the most, but for those of the last turn.
const PACKET_BUDGET: usize = 8192;

/// How much of [`READ_TIME`] one poll may spend on TLS handshakes, which take up to a millisecond each. It leaves some to
/// those that are in, and is enough for hundreds of new peers in a second.
const HANDSHAKE_BUDGET: Duration = Duration::from_millis(7);

/// A multiplayer server.
#[derive(Debug)]
pub struct Server {
    io: Io,
    listener: Listener,
    admission: Admission,
    settings: Settings,
    tls: Option<ServerTls>,
    peers: Peers,
    /// Packets for the game, oldest first, with the key of the peer they came from.
    inbox: Inbox<(usize, Packet)>,
    /// Peers whose socket may have bytes, in the order of their turns.
    readable: VecDeque<usize>,
    /// Peers with something to write that no event will remind of.
    unflushed: Vec<usize>,
    deadlines: Deadlines,
    announcements: VecDeque<Announcement>,
    overflows: Vec<Overflow>,
    /// The peer whose [`ServerEvent::Disconnected`] was taken last; it answers questions until the next event.
    departed: Option<usize>,
    refuses_new: bool,
    counts: Counts,
    tick: u64,
    clock: Clock,
    buffer: ReadBuffer,
    ready: Vec<Readiness>,
    events: Vec<ConnectionEvent>,
    /// Memory for [`Self::events`] and [`Self::unflushed`] while the others are gone through.
    spare_events: Vec<ConnectionEvent>,
    spare_keys: Vec<usize>,
}

#[derive(Debug)]
enum Announcement {
    Joined { key: usize, id: i32 },
    Left { key: usize, id: i32, cause: CloseCause },
    Overflowed { key: usize, id: i32, size: usize },
    Failed { address: SocketAddr, cause: CloseCause },
}

impl Payload for (usize, Packet) {
    fn payload(&mut self) -> &mut Bytes {
        &mut self.1.payload
    }
}

impl Server {
    /// Listens, for `wss://` if there is `tls`, else for `ws://`. Port 0 takes a free one, see [`Server::port`].
    ///
    /// # Errors
    /// [`ListenError`], when the address cannot be had.
    pub fn listen(
        address: BindAddress,
        port: u16,
        settings: Settings,
        tls: Option<ServerTls>,
    ) -> Result<Self, ListenError> {
        let io = Io::new(EVENTS)?;
        let listener = Listener::bind(address, port, &io, LISTENER)?;
        Ok(Self {
            io,
            listener,
            admission: Admission::default(),
            settings,
            tls,
            peers: Peers::default(),
            inbox: Inbox::default(),
            readable: VecDeque::new(),
            unflushed: Vec::new(),
            deadlines: Deadlines::default(),
            announcements: VecDeque::new(),
            overflows: Vec::new(),
            departed: None,
            refuses_new: false,
            counts: Counts::default(),
            tick: 1,
            clock: Clock::default(),
            buffer: ReadBuffer::default(),
            ready: Vec::new(),
            events: Vec::new(),
            spare_events: Vec::new(),
            spare_keys: Vec::new(),
        })
    }

    /// Changes the clock that tells how long a poll has taken; the system's before that.
    pub fn set_clock(&mut self, clock: Clock) {
        self.clock = clock;
    }

    /// The port it listens on.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn port(&self) -> io::Result<u16> {
        self.listener.port()
    }

    /// Changes the settings, for connections made from now on; how many there may be, and what becomes of slow ones, from
    /// now on for all.
    pub fn configure(&mut self, settings: Settings) {
        self.settings = settings;
    }

    /// Whether new connections are left waiting.
    #[must_use]
    pub fn refuses_new_connections(&self) -> bool {
        self.refuses_new
    }

    /// Leaves new connections waiting, unaccepted, and turns away those whose handshake is under way.
    pub fn refuse_new_connections(&mut self, refuse: bool) {
        self.refuses_new = refuse;
    }

    /// Whether this id is a peer's that packets can be sent to, or that has just left.
    #[must_use]
    pub fn has_peer(&self, id: i32) -> bool {
        self.peers.find(id).is_some()
    }

    /// A peer's address.
    #[must_use]
    pub fn peer_address(&self, id: i32) -> Option<SocketAddr> {
        self.peers.find(id).and_then(|key| self.peers.get(key)).map(|peer| peer.address)
    }

    /// Does everything that can be done without waiting, within a budget; then take the [`Server::next_event`]s.
    pub fn poll(&mut self, now: Instant) {
        self.tick += 1;
        self.inbox.keep();
        self.report_overflows(now);
        self.write_unflushed(now);
        let mut ready = std::mem::take(&mut self.ready);
        self.io.collect(&mut ready);
        for readiness in &ready {
            self.note(*readiness, now);
        }
        self.ready = ready;
        self.accept(now);
        self.read(now);
        self.expire(now);
    }

    fn note(&mut self, readiness: Readiness, now: Instant) {
        if readiness.token == LISTENER {
            self.listener.is_ready = true;
            return;
        }
        let Some(peer) = self.peers.get_mut(readiness.token) else { return };
        peer.connection.socket_mut().socket_mut().note(&readiness);
        if readiness.writable {
            peer.connection.writable(&mut self.events);
        }
        if readiness.readable || peer.connection.has_failed() {
            peer.is_readable = true;
        }
        self.settle(readiness.token, now);
    }

    /// Gives every readable peer its turn until the budget is used up.
    fn read(&mut self, now: Instant) {
        if self.readable.is_empty() {
            return;
        }
        let mut left = POLL_BUDGET;
        let mut budget = Budget::start(0, READ_TIME, self.clock.clone());
        let mut handshakes = Duration::ZERO;
        let packets_before = self.inbox.len();
        // Who is not through after one turn waits for the next poll.
        let mut turns = self.readable.len();
        while turns > 0 {
            turns -= 1;
            if left == 0 || budget.is_over() || self.inbox.len() - packets_before >= PACKET_BUDGET {
                return;
            }
            let Some(key) = self.readable.pop_front() else { return };
            let share = PEER_BUDGET.min(left);
            budget.bytes = share;
            let Some(peer) = self.peers.get_mut(key) else { continue };
            let handshake = peer.connection.socket().is_handshaking().then(|| budget.look());
            if handshake.is_some() && handshakes >= HANDSHAKE_BUDGET {
                self.readable.push_back(key);
                continue;
            }
            if budget.is_over() {
                self.readable.push_front(key);
                return;
            }
            peer.is_queued = false;
            peer.last_turn = self.tick;
            let outcome = peer.connection.read(now, &mut self.buffer, &mut budget, &mut self.events);
            peer.is_readable = outcome == ReadOutcome::Paused;
            if peer.connection.request().is_some() {
                // Answered by the settling below; whatever came with the request, its end maybe, is read at once.
                self.readable.push_front(key);
                peer.is_queued = true;
                turns += 1;
            }
            // A handshake is far more work than its few bytes.
            handshakes += handshake.map_or(Duration::ZERO, |began| budget.look().saturating_duration_since(began));
            left -= share - budget.bytes;
            self.settle(key, now);
        }
    }

    /// Whoever still waits for its turn is heard first: what it said lies in its socket, in time maybe.
    fn expire(&mut self, now: Instant) {
        // Once each: a deadline that does not move on is the next poll's business, not an endless loop's.
        let due: Vec<_> = std::iter::from_fn(|| self.deadlines.pop_due(now)).collect();
        for (at, key) in due {
            let Some(peer) = self.peers.get_mut(key) else { continue };
            if peer.scheduled != Some(at) {
                continue;
            }
            if peer.is_queued && peer.last_turn != self.tick {
                self.deadlines.add(at, key);
                continue;
            }
            peer.scheduled = None;
            peer.connection.expire(now, &mut self.events);
            self.settle(key, now);
        }
    }

    /// After anything was done with a connection: acts on what it said, and sees to what it needs next.
    fn settle(&mut self, key: usize, now: Instant) {
        let mut events = std::mem::take(&mut self.spare_events);
        while !self.events.is_empty() {
            std::mem::swap(&mut events, &mut self.events);
            for event in events.drain(..) {
                self.take(key, event, now);
            }
        }
        self.spare_events = events;
        let Some(peer) = self.peers.get_mut(key) else { return };
        if peer.connection.is_finished() && matches!(peer.stage, Stage::Gone) {
            self.remove(key);
            return;
        }
        if peer.connection.needs_flush() && !peer.is_unflushed {
            peer.is_unflushed = true;
            self.unflushed.push(key);
        }
        if peer.is_readable && !peer.is_queued && peer.connection.can_read() {
            peer.is_queued = true;
            self.readable.push_back(key);
        }
        if let Some(at) = peer.connection.deadline()
            && peer.scheduled.is_none_or(|scheduled| at < scheduled)
        {
            peer.scheduled = Some(at);
            self.deadlines.add(at, key);
        }
    }

    fn take(&mut self, key: usize, event: ConnectionEvent, now: Instant) {
        let is_full = self.is_full();
        let Some(peer) = self.peers.get_mut(key) else { return };
        match event {
            ConnectionEvent::Requested if self.refuses_new => self.turn_away(key, CloseCause::Refused, now),
            ConnectionEvent::Requested if is_full => self.turn_away(key, CloseCause::ServerFull, now),
            ConnectionEvent::Requested => {
                peer.target = peer.connection.request().map(|request| Box::new(request.into()));
                peer.connection.accept(&self.settings.handshake, now, &mut self.events);
            }
            ConnectionEvent::Opened { protocol } => {
                peer.protocol = protocol;
                self.join(key, now);
            }
            ConnectionEvent::Message(message) => {
                if message.payload.is_empty() || !matches!(peer.stage, Stage::Joined) {
                    peer.connection.discarded(message.payload.len());
                } else {
                    self.counts.inbox_bytes += message.payload.len();
                    self.inbox.push((key, Packet { source: peer.id, payload: message.payload }));
                }
            }
            ConnectionEvent::Closed(cause) => match peer.stage {
                Stage::Pending => {
                    let address = peer.address;
                    peer.stage = Stage::Gone;
                    self.fail(address, cause);
                }
                Stage::Joined => self.leave(key, cause),
                Stage::Leaving(_) | Stage::Left(_) | Stage::Gone => {}
            },
        }
    }

    fn is_full(&self) -> bool {
        let limit = self.settings.admission.max_peers;
        limit > 0 && self.peers.joined() >= limit
    }

    /// Answers a request with 503: not now, but maybe later.
    fn turn_away(&mut self, key: usize, cause: CloseCause, now: Instant) {
        let Some(peer) = self.peers.get_mut(key) else { return };
        let answer = request::response(http::StatusCode::SERVICE_UNAVAILABLE, "", &cause.to_string());
        peer.connection.refuse_with(answer, cause, now, &mut self.events);
    }

    /// Drops a connection.
    fn remove(&mut self, key: usize) {
        let Some(peer) = self.peers.remove(key) else { return };
        if self.departed == Some(key) {
            // Its key may be another's by the next event.
            self.departed = None;
        }
        if let Some(ticket) = peer.ticket {
            self.admission.release(ticket);
        }
        self.counts.keep(&peer);
    }

    /// A connection is over that was no peer yet.
    fn fail(&mut self, address: SocketAddr, cause: CloseCause) {
        self.counts.handshakes.end(&cause);
        self.announcements.push_back(Announcement::Failed { address, cause });
    }

    /// The handshake is done: the peer gets its id, in the same segment as the answer. One that cannot have it is no
    /// peer: nobody could send it anything.
    fn join(&mut self, key: usize, now: Instant) {
        let id = self.peers.assign_id(key);
        let frame = Frame::message(MessageKind::Binary, &id.to_le_bytes(), Role::Server);
        let Some(peer) = self.peers.get_mut(key) else { return };
        if let Some(ticket) = peer.ticket.take() {
            self.admission.release(ticket);
        }
        match peer.connection.send_own(frame, self.tick) {
            Ok(()) => {
                self.counts.handshakes.succeeded += 1;
                self.announcements.push_back(Announcement::Joined { key, id });
            }
            Err(error) => {
                let cause = CloseCause::IdUnsent(error);
                let address = peer.address;
                peer.stage = Stage::Gone;
                peer.connection.close(close_code::INTERNAL_ERROR, "no room for a peer id", now, &mut self.events);
                self.peers.forget_id(key);
                self.fail(address, cause);
            }
        }
    }

    /// The game is told once it has read what came before.
    fn leave(&mut self, key: usize, cause: CloseCause) {
        if let Some(peer) = self.peers.get_mut(key) {
            peer.stage = Stage::Leaving(cause);
            self.announce_if_read(key);
        }
    }

    fn announce_if_read(&mut self, key: usize) {
        let Some(peer) = self.peers.get_mut(key) else { return };
        if peer.connection.unread_messages() > 0 {
            return;
        }
        if let Stage::Leaving(cause) = &peer.stage {
            let cause = cause.clone();
            let announcement = Announcement::Left { key, id: peer.id, cause: cause.clone() };
            peer.stage = Stage::Left(cause);
            self.announcements.push_back(announcement);
        }
    }

    /// What happened, in order. A peer can be sent to from its [`ServerEvent::Connected`] on, and asked about until
    /// the event after its [`ServerEvent::Disconnected`].
    pub fn next_event(&mut self) -> Option<ServerEvent> {
        if let Some(key) = self.departed.take() {
            self.dismiss(key);
        }
        loop {
            match self.announcements.pop_front()? {
                Announcement::Failed { address, cause } => {
                    return Some(ServerEvent::HandshakeFailed { address, cause });
                }
                // Cut in between by force: it never was.
                Announcement::Joined { key, id } if self.peers.holds(key, id) => {
                    // Gone before the game heard of it, and without a packet: it was no peer in the game's eyes.
                    if let Some((address, cause)) = self.peers.get(key).and_then(Peer::unheard_end) {
                        self.dismiss(key);
                        return Some(ServerEvent::HandshakeFailed { address, cause });
                    }
                    self.peers.announce(key);
                    return Some(ServerEvent::Connected { id });
                }
                Announcement::Left { key, id, cause } if self.peers.holds(key, id) => {
                    self.departed = Some(key);
                    return Some(ServerEvent::Disconnected { id, cause });
                }
                Announcement::Overflowed { key, id, size } if self.peers.holds(key, id) => {
                    return Some(ServerEvent::Overflowed { id, size });
                }
                Announcement::Joined { .. } | Announcement::Left { .. } | Announcement::Overflowed { .. } => {}
            }
        }
    }

    /// The id is free again; the connection stays until its last bytes are out.
    fn dismiss(&mut self, key: usize) {
        self.peers.forget_id(key);
        if let Some(peer) = self.peers.get_mut(key) {
            peer.stage = Stage::Gone;
            if peer.connection.is_finished() {
                self.remove(key);
            }
        }
    }

    /// Packets that wait to be read.
    #[must_use]
    pub fn available(&self) -> usize {
        self.inbox.len()
    }

    /// The id of the peer that sent the next packet.
    #[must_use]
    pub fn next_source(&self) -> Option<i32> {
        self.inbox.front().map(|(_, packet)| packet.source)
    }

    /// Takes the next packet.
    pub fn pop(&mut self) -> Option<Packet> {
        let (key, packet) = self.inbox.pop()?;
        self.counts.inbox_bytes -= packet.payload.len();
        if let Some(peer) = self.peers.get_mut(key)
            && peer.id == packet.source
        {
            peer.connection.consumed(packet.payload.len());
            if peer.is_readable && !peer.is_queued && peer.connection.can_read() {
                peer.is_queued = true;
                self.readable.push_back(key);
            }
            if matches!(peer.stage, Stage::Leaving(_)) {
                self.announce_if_read(key);
            }
        }
        Some(packet)
    }

    /// Says goodbye to every peer as far as the sockets take it now. Dropping a server does the same.
    pub fn close(&mut self) {
        self.inbox.clear();
        self.counts.inbox_bytes = 0;
        self.announcements.clear();
        for mut peer in self.peers.drain() {
            peer.connection.abandon(close_code::GOING_AWAY, "");
            if matches!(peer.stage, Stage::Pending) {
                self.counts.handshakes.end(&CloseCause::Cut);
            }
            self.counts.keep(&peer);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.close();
    }
}
