//! [`NetworkHalf`]: every connection of an endpoint, and what makes them come about. How it is driven is in `turns`, who is
//! accepted in `door`, what handshakes lead to in `opening`, what it is told in `commands`.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use slotmap::SlotMap;

use super::admission::Ticket;
use super::asking::Question;
use super::deadlines::Deadlines;
use super::dial::Dialing;
use super::door::Door;
use super::platform::{BindAddress, Network, Token, Waker};
use super::threads::Spawn;
use super::totals::Totals;
use super::{PeerKey, Report};
use crate::config::{Settings, SharedLimits};
use crate::connection::{Connection, ConnectionEvent, EmptyMessages, Meter};
use crate::entropy::Entropy;
use crate::error::{CloseCause, ListenError};
use crate::stream::conditions::Conditioned;
use crate::stream::tls::client::ClientTls;
use crate::stream::tls::server::ServerTls;
use crate::stream::{Preface, Prefaced, Readiness, Socket, Stream};
use crate::wire::deflate::Deflater;
use crate::wire::request_head::RequestHead;
use crate::wire::url::Url;

/// How far a connection is in the eyes of the game.
#[derive(Debug)]
pub(super) enum Stage {
    /// Its handshake is under way.
    Opening,
    /// The game knows it.
    Open,
    /// The game was told of its end, and has not let go of it yet.
    Over,
    /// The game knows it no more, or never did; the last bytes leave.
    Released,
}

/// A connection, and what the half remembers of it.
#[derive(Debug)]
pub(super) struct Slot<S> {
    pub(super) connection: Connection<Stream<Prefaced<Conditioned<S>>>>,
    /// Whose it is: behind trusted proxies, the player's, as soon as they have told. `None` where a stream has no address.
    pub(super) address: Option<SocketAddr>,
    /// Whether the player speaks TLS with a proxy, if that has told.
    pub(super) is_tls_outside: Option<bool>,
    pub(super) stage: Stage,
    /// Its place among the handshakes under way: until it is open, or is dropped.
    pub(super) ticket: Option<Ticket>,
    /// Whether the game has its key, and waits for the last word about it.
    pub(super) is_known: bool,
    /// Multiplayer server: the peer's id, 0 until it has one.
    pub(super) id: i32,
    /// Server: what was asked for, until the game is told that it is open.
    pub(super) request: Option<Arc<RequestHead>>,
    /// What the game was asked about it, and has not been told the end of.
    pub(super) question: Option<Question>,
    /// The deadline that is in the heap.
    pub(super) scheduled: Option<Instant>,
    /// When something under way arrives, as it is in the heap for that.
    pub(super) arrival: Option<Instant>,
    /// The socket may have bytes that no event will tell of again.
    pub(super) is_readable: bool,
    /// It waits for its turn to be read from.
    pub(super) is_queued: bool,
    /// The tick of its last turn.
    pub(super) last_turn: u64,
    /// It waits to be flushed.
    pub(super) is_unflushed: bool,
    /// The game was told that reading has stopped, and has not answered.
    pub(super) is_paused: bool,
}

impl<S> Slot<S> {
    pub(super) fn new(connection: Connection<Stream<Prefaced<Conditioned<S>>>>, address: Option<SocketAddr>) -> Self {
        Self {
            connection,
            address,
            is_tls_outside: None,
            stage: Stage::Opening,
            ticket: None,
            is_known: false,
            id: 0,
            request: None,
            question: None,
            scheduled: None,
            arrival: None,
            // What is there already has no event to come; waiting for one would cost a frame.
            is_readable: true,
            is_queued: false,
            last_turn: 0,
            is_unflushed: false,
            is_paused: false,
        }
    }
}

impl<S: Socket> Slot<S> {
    /// Whether the other side speaks TLS: with us, or with a proxy that speaks for it.
    pub(super) fn uses_tls(&self) -> bool {
        self.is_tls_outside.unwrap_or_else(|| self.connection.socket().uses_tls())
    }

    /// Sees to it that the connection's deadline is not missed.
    pub(super) fn schedule(&mut self, key: PeerKey, deadlines: &mut Deadlines) {
        if let Some(at) = self.connection.deadline()
            && self.scheduled.is_none_or(|scheduled| at < scheduled)
        {
            self.scheduled = Some(at);
            deadlines.add(at, key);
        }
    }
}

/// The network half of an endpoint, over a [`Network`].
#[derive(Debug)]
pub struct NetworkHalf<N: Network> {
    pub(super) network: N,
    pub(super) entropy: Entropy,
    pub(super) settings: Settings,
    /// Those of the settings, as whoever comes gets them.
    pub(super) limits: SharedLimits,
    pub(super) totals: Arc<Totals>,
    /// Servers: where connections come in.
    pub(super) door: Option<Door<N::Listener, N::Socket>>,
    /// Clients: until there is a connection.
    pub(super) dialing: Option<Dialing<N>>,
    pub(super) empty_messages: EmptyMessages,
    pub(super) slots: SlotMap<PeerKey, Slot<N::Socket>>,
    /// Connections whose socket may have bytes, in the order of their turns.
    pub(super) readable: VecDeque<PeerKey>,
    /// Connections with something to write that no event will remind of.
    pub(super) unflushed: Vec<PeerKey>,
    pub(super) deadlines: Deadlines,
    /// When something arrives that is under way under conditions, and on which connection.
    pub(super) arrivals: Deadlines,
    pub(super) deflater: Deflater,
    pub(super) reports: Vec<Report>,
    pub(super) tick: u64,
    /// Memory that is used again and again: what is ready, what connections say, and what they said before.
    pub(super) ready: Vec<(Token, Readiness)>,
    pub(super) events: Vec<ConnectionEvent>,
    pub(super) spare_events: Vec<ConnectionEvent>,
    pub(super) spare_keys: Vec<PeerKey>,
}

impl<N: Network> NetworkHalf<N> {
    fn new(network: N, entropy: Entropy, settings: Settings, empty_messages: EmptyMessages) -> Self {
        Self {
            network,
            entropy,
            limits: settings.limits.into(),
            settings,
            totals: Arc::default(),
            door: None,
            dialing: None,
            empty_messages,
            slots: SlotMap::with_key(),
            readable: VecDeque::new(),
            unflushed: Vec::new(),
            deadlines: Deadlines::default(),
            arrivals: Deadlines::default(),
            deflater: Deflater::default(),
            reports: Vec::new(),
            tick: 1,
            ready: Vec::new(),
            events: Vec::new(),
            spare_events: Vec::new(),
            spare_keys: Vec::new(),
        }
    }

    /// That of a multiplayer server: it gives each connection an id as its first message.
    ///
    /// # Errors
    /// [`ListenError`], when the address cannot be had.
    pub fn listening(
        mut network: N,
        entropy: Entropy,
        address: BindAddress,
        port: u16,
        settings: Settings,
        tls: Option<ServerTls>,
    ) -> Result<Self, ListenError> {
        let listener = network.listen(address, port)?;
        let mut half = Self::new(network, entropy, settings, EmptyMessages::Skip);
        half.door = Some(Door::new(listener, tls));
        Ok(half)
    }

    /// That of a client, which starts to connect; `tls` is for `wss://`.
    ///
    /// # Errors
    /// When it is clear at once that nothing will come of it; an address to which there is no route, say.
    pub fn dialing(
        mut network: N,
        entropy: Entropy,
        url: Url,
        settings: Settings,
        tls: ClientTls,
        empty_messages: EmptyMessages,
        now: Instant,
    ) -> Result<Self, CloseCause> {
        let dialing = Dialing::start(&mut network, url, tls, settings.limits.handshake_deadline(now), now)?;
        let mut half = Self::new(network, entropy, settings, empty_messages);
        half.dialing = Some(dialing);
        Ok(half)
    }

    /// That of the server's end of one stream that is there already.
    ///
    /// # Errors
    /// When the system has no place for it.
    pub fn adopting(
        network: N,
        entropy: Entropy,
        mut socket: N::Socket,
        settings: Settings,
        empty_messages: EmptyMessages,
        now: Instant,
    ) -> io::Result<(Self, PeerKey)> {
        let mut half = Self::new(network, entropy, settings, empty_messages);
        let Self { slots, network, limits, .. } = &mut half;
        let key = slots.try_insert_with_key(|key| {
            network.register(&mut socket, Token::Peer(key))?;
            let address = network.peer_address(&mut socket).ok();
            let stream = Stream::Plain(Prefaced::new(Conditioned::new(socket), Preface::None));
            let mut slot = Slot::new(Connection::accepted(stream, limits.clone(), now), address);
            slot.is_known = true;
            Ok::<_, io::Error>(slot)
        })?;
        half.settle(key, now);
        Ok((half, key))
    }

    /// The numbers of one connection; of one that is gone, nothing but zeros.
    pub fn meter(&self, key: PeerKey) -> Arc<Meter> {
        self.slots.get(key).map(|slot| Arc::clone(slot.connection.meter())).unwrap_or_default()
    }

    /// Where one connection leads, if its stream has an address.
    pub fn address(&self, key: PeerKey) -> Option<SocketAddr> {
        self.slots.get(key)?.address
    }

    /// What it counts of connections that the game does not know.
    pub fn totals(&self) -> &Arc<Totals> {
        &self.totals
    }

    /// The port it listens on; `None` if it does not, or if the system does not say.
    pub fn local_port(&self) -> Option<u16> {
        let door = self.door.as_ref()?;
        self.network.local_port(door.listener()?).ok()
    }

    /// The time on the network's clock.
    pub fn now(&self) -> Instant {
        self.network.clock().now()
    }

    /// What ends a [`NetworkHalf::wait`] from another thread, the next one if there is none.
    ///
    /// # Errors
    /// When the network has no such thing.
    pub fn waker(&mut self) -> io::Result<Waker> {
        self.network.waker()
    }

    /// What begins its thread, if it is to have one.
    pub fn spawner(&self) -> Spawn {
        self.network.spawner()
    }

    /// Moves what is to be told to the end of `reports`.
    pub fn take_reports(&mut self, reports: &mut Vec<Report>) {
        if reports.is_empty() {
            std::mem::swap(reports, &mut self.reports);
        } else {
            reports.append(&mut self.reports);
        }
    }

    /// Waits for something to happen on a socket, as long as `patience` says. What has happened is seen to by the next
    /// [`NetworkHalf::drive`].
    pub fn wait(&mut self, patience: Duration) {
        self.network.collect(patience, &mut self.ready);
    }
}
