//! A game on an endpoint of ours, server or client. It calls whatever can be called, at any moment.
//!
//! - here: its life, frame by frame; `sending`, `acting`: what it does; `reception`: whom it lets in; `checks`: what must hold
//!   for its endpoint alone.

mod acting;
mod checks;
mod reception;
mod sending;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use rust_websocket_transport::census::Census;
use rust_websocket_transport::config::{Limits, OverflowPolicy, Settings};
use rust_websocket_transport::entropy::Entropy;
use rust_websocket_transport::error::CloseCause;
use rust_websocket_transport::event::{Event, Packet};
use rust_websocket_transport::game::{Client, Endpoint, SERVER_ID, Server};
use rust_websocket_transport::network::BindAddress;
use rust_websocket_transport::stream::tls::client::ClientTls;
use rust_websocket_transport::wire::url::Url;

use self::reception::Questions;
use super::{Context, Mood, Resident};
use crate::fabric::{HostId, PollerId};
use crate::ledger::{Ledger, Side};
use crate::network::SimulatedNetwork;
use crate::plan::Habits;
use crate::threads::SteppedThread;
use crate::time::nanoseconds;
use crate::tls;

/// How often a game in the calm looks again within one frame, as long as there is something.
const ROUNDS: usize = 200;

/// How many odd things a game does in one handler at the most.
const ACTS: usize = 3;

/// Which end a game is.
#[derive(Debug, Clone)]
pub enum Role {
    /// It listens on this port.
    Server {
        /// The port.
        port: u16,
    },
    /// It connects to this URL.
    Client {
        /// The URL.
        url: String,
    },
}

/// What a game remembers of a peer.
#[derive(Debug, Clone)]
struct Known {
    /// The most that its limits have been.
    peak: Limits,
    /// Sizes of packets that found no room, of which no event has told yet.
    missed: VecDeque<usize>,
    /// It is nobody's in the ledger.
    is_stranger: bool,
    /// We have said goodbye.
    is_leaving: bool,
    /// Packets that were accepted for it, as its connection counts.
    accepted: u64,
}

/// A game.
#[derive(Debug)]
pub struct Game {
    role: Role,
    host: HostId,
    settings: Settings,
    habits: Habits,
    poller: Option<PollerId>,
    endpoint: Option<Box<dyn Endpoint>>,
    /// What its network half runs on.
    thread: Option<SteppedThread>,
    /// A client's own id.
    id: Option<i32>,
    /// A client: its last event is out.
    is_over: bool,
    /// Peers that were announced and not said to be gone, by their ids.
    peers: BTreeMap<i32, Known>,
    /// Peers that were abandoned: packets of theirs that had come can still be read.
    abandoned: BTreeSet<i32>,
    /// The most that the limits of its settings have been, since it began.
    peak: Limits,
    /// Nothing should keep it from joining, in fair weather.
    is_expected: bool,
    /// It reads whatever comes, at once.
    is_diligent: bool,
    refuses_new: bool,
    /// The peer whose end it was told of by the last event.
    departed: Option<i32>,
    /// When there is another endpoint, if there is none.
    returns_at: Option<u64>,
    /// How often it may start anew.
    lives: usize,
    has_said_hello: bool,
    /// Packets that it has read.
    popped: u64,
    /// What it was asked about.
    questions: Questions,
    /// It drains: with what codes and reasons whoever is left may be closed.
    drains: Vec<(u16, &'static str)>,
    /// When it was begun.
    began: u64,
    /// How often it has looked at itself.
    looks: u64,
}

impl Game {
    /// A game that begins at this moment.
    #[must_use]
    pub fn new(role: Role, host: HostId, settings: Settings, habits: Habits, begins_at: u64, lives: usize) -> Self {
        Self {
            role,
            host,
            peak: settings.limits,
            is_expected: false,
            is_diligent: false,
            settings,
            habits,
            poller: None,
            endpoint: None,
            thread: None,
            id: None,
            is_over: false,
            peers: BTreeMap::new(),
            abandoned: BTreeSet::new(),
            refuses_new: false,
            departed: None,
            returns_at: Some(begins_at),
            lives,
            has_said_hello: false,
            popped: 0,
            questions: Questions::default(),
            drains: Vec::new(),
            began: 0,
            looks: 0,
        }
    }

    /// Nothing should keep it from joining, in fair weather.
    #[must_use]
    pub fn expected(self) -> Self {
        Self { is_expected: true, ..self }
    }

    /// It reads whatever comes, at once, and does nothing odd.
    #[must_use]
    pub fn diligent(self) -> Self {
        let habits =
            Habits { reads: 1_000, reads_at_most: usize::MAX, acts: 0, leaves_events: 0, hitch: 0, ..self.habits };
        let limits = Limits { inbound_buffer_size: 65_535, max_queued_packets: 2_048, ..self.settings.limits };
        let settings = Settings { limits, ..self.settings };
        Self { is_diligent: true, habits, peak: limits, settings, ..self }
    }

    fn side(&self) -> Side {
        match self.role {
            Role::Server { .. } => Side::Server,
            Role::Client { .. } => Side::Client,
        }
    }

    /// The name of a peer in the ledger.
    fn line(&self, peer: i32) -> i32 {
        match self.side() {
            Side::Server => peer,
            Side::Client => self.id.unwrap_or_default(),
        }
    }

    fn begin(&mut self, context: &mut Context<'_>) {
        self.thread =
            self.settings.network_thread.then(|| SteppedThread::new(context.time.clone(), context.dice.fork()));
        let network = SimulatedNetwork::new(context.fabric.clone(), self.host).on(self.thread.clone());
        let poller = network.poller();
        let entropy = Entropy::from_seed(context.dice.number());
        let now = context.now();
        self.returns_at = None;
        self.began = context.time.nanoseconds();
        self.lives = self.lives.saturating_sub(1);
        self.id = None;
        self.is_over = false;
        self.refuses_new = false;
        self.peak = self.settings.limits;
        self.peers.clear();
        self.abandoned.clear();
        self.departed = None;
        self.questions = Questions::default();
        self.drains.clear();
        let endpoint: Result<Box<dyn Endpoint>, String> = match &self.role {
            Role::Server { port } => {
                let tls = context.plan.has_tls.then(tls::server);
                Server::listen_on(network, entropy, BindAddress::Any, *port, self.settings.clone(), tls)
                    .map(|server| Box::new(server) as Box<dyn Endpoint>)
                    .map_err(|error| error.to_string())
            }
            Role::Client { url } => match Url::parse(url) {
                Ok(url) => {
                    let trust = if url.tls { tls::client(context.dice) } else { ClientTls::default() };
                    Client::connect_on(network, entropy, url, self.settings.clone(), trust, now)
                        .map(|client| Box::new(client) as Box<dyn Endpoint>)
                        .map_err(|error| error.to_string())
                }
                Err(error) => Err(error.to_string()),
            },
        };
        match endpoint {
            Ok(endpoint) => {
                self.poller = Some(poller);
                self.endpoint = Some(endpoint);
            }
            Err(error) => {
                context.say(|| format!("{:?} cannot begin: {error}", self.role));
                if matches!(self.role, Role::Server { .. }) {
                    context.ledger.fail(|| format!("the server cannot listen again: {error}"));
                }
            }
        }
    }

    /// Everything it has ends, and it hears of nothing more.
    fn drop_endpoint(&mut self, ledger: &mut Ledger) {
        self.let_go_of_all(ledger);
        if let Some(mut endpoint) = self.endpoint.take()
            && self.popped.is_multiple_of(2)
        {
            // Else dropping has to do this.
            endpoint.shut_down();
            check_emptiness(&*endpoint, ledger);
        }
    }

    fn let_go_of_all(&mut self, ledger: &mut Ledger) {
        let code = match self.side() {
            Side::Server => 1001,
            Side::Client => 1000,
        };
        let side = self.side();
        for peer in std::mem::take(&mut self.peers).into_keys() {
            let line = self.line(peer);
            ledger.says_goodbye(line, side, code, "");
            ledger.lets_go(line, side);
        }
    }

    fn hear(&mut self, event: Event, context: &mut Context<'_>) {
        context.say(|| format!("{:?} {:?} hears {event:?}", self.side(), self.id));
        let side = self.side();
        match event {
            Event::Connected { id } => {
                let address = self.endpoint.as_ref().and_then(|endpoint| endpoint.peer(id)?.address());
                let is_stranger = address.is_some_and(|address| context.fabric.lock().is_strange(address.ip()));
                self.meet(id, is_stranger);
                context.ledger.opened(id, side, is_stranger);
                self.questions.lead_to_peer();
                self.warn_of_drain(id, context.ledger);
                context.ledger.check(side == Side::Server, || "a client heard of a peer".to_owned());
            }
            Event::Joined { id } => {
                context.ledger.check(self.id.is_none() && !self.is_over, || format!("a client joined twice, as {id}"));
                self.id = Some(id);
                self.meet(SERVER_ID, false);
                context.ledger.opened(id, side, false);
                context.ledger.check(side == Side::Client, || "a server joined".to_owned());
            }
            Event::Disconnected { id, cause } => {
                let line = self.line(id);
                let was_known = self.peers.remove(&id).is_some();
                context.ledger.check(was_known, || format!("{side:?} is told of the end of {id}, which is not here"));
                context.ledger.ended(line, side, &cause);
                self.check_departed(id, &cause, context);
                self.departed = Some(id);
                if side == Side::Client {
                    self.is_over = true;
                }
            }
            Event::Overflowed { id, size, .. } => {
                let expected = self.peers.get_mut(&id).and_then(|known| known.missed.pop_front());
                context.ledger.check(expected == Some(size), || {
                    format!("{side:?} hears that {id} missed {size} bytes; it missed {expected:?}")
                });
            }
            Event::Requested { ticket } => self.hear_request(ticket, context),
            Event::Withdrawn { ticket } => self.hear_withdrawal(ticket, context),
            Event::Drained => self.hear_drained(context),
            Event::HandshakeFailed { cause, .. } => {
                let is_honest = !matches!(cause, CloseCause::IdUnsent(_));
                context.ledger.check(is_honest, || format!("a peer was turned away: {cause}"));
            }
            Event::Failed { cause } => {
                context.ledger.check(side == Side::Client && self.id.is_none() && !self.is_over, || {
                    format!("{side:?} {:?} failed out of turn: {cause}", self.id)
                });
                self.is_over = true;
                self.check_failure(&cause, context);
            }
        }
    }

    fn meet(&mut self, id: i32, is_stranger: bool) {
        let known = Known { peak: self.peak, missed: VecDeque::new(), is_stranger, is_leaving: false, accepted: 0 };
        self.peers.insert(id, known);
    }

    fn receive(&self, packet: &Packet, context: &mut Context<'_>) {
        let side = self.side();
        let line = self.line(packet.source);
        context.say(|| format!("{side:?} {line} gets {} bytes", packet.payload.len()));
        if self.abandoned.contains(&packet.source) {
            return;
        }
        let known = self.peers.get(&packet.source);
        context
            .ledger
            .check(known.is_some(), || format!("{side:?} gets a packet of {}, which is not here", packet.source));
        if known.is_some_and(|known| !known.is_stranger) {
            context.ledger.received(line, side, &packet.payload);
        }
    }

    fn read(&mut self, context: &mut Context<'_>) {
        let is_calm = context.mood > Mood::Active;
        if !is_calm && !context.dice.chance(self.habits.reads) {
            return;
        }
        let most = if is_calm { usize::MAX } else { self.habits.reads_at_most };
        for _ in 0..most {
            let Some(endpoint) = &mut self.endpoint else { return };
            let (available, source) = (endpoint.available(), endpoint.next_source());
            let packet = endpoint.pop();
            let is_one = packet.as_ref().map(|packet| packet.source) == source && packet.is_some() == (available > 0);
            context
                .ledger
                .check(is_one, || format!("{available} packets wait, the next of {source:?}, which is not so"));
            let Some(packet) = packet else { return };
            self.popped += 1;
            self.receive(&packet, context);
        }
    }

    /// In the calm nobody has to wait for the next frame because of narrow limits. A network thread moves as well.
    fn catch_up(&mut self, context: &mut Context<'_>) {
        for _ in 0..ROUNDS {
            let popped = self.popped;
            if context.mood == Mood::Active {
                return;
            }
            if let (Some(thread), Some(poller)) = (&self.thread, self.poller) {
                let has_news = context.fabric.lock().has_news(poller);
                thread.rest(has_news);
            }
            self.poll(context);
            self.read(context);
            if self.popped == popped {
                return;
            }
        }
    }

    fn take_events(&mut self, context: &mut Context<'_>) {
        while let Some(event) = self.endpoint.as_mut().and_then(|endpoint| endpoint.next_event()) {
            self.departed = None;
            self.hear(event, context);
            // From a handler.
            for _ in 0..ACTS {
                if context.mood == Mood::Active && context.dice.chance(self.habits.acts) {
                    self.act(context);
                }
            }
        }
        self.departed = None;
    }

    fn poll(&mut self, context: &mut Context<'_>) {
        self.poll_blindly(context);
        self.take_events(context);
    }

    /// Leaves what happened waiting.
    fn poll_blindly(&mut self, context: &mut Context<'_>) {
        let now = context.now();
        if let Some(endpoint) = &mut self.endpoint {
            endpoint.poll(now);
        }
        self.tell_expired(context);
    }

    /// Whether there is an endpoint to be driven; begins one when its time has come.
    fn is_on(&mut self, context: &mut Context<'_>) -> bool {
        if self.endpoint.is_none()
            && self.returns_at.is_some_and(|at| at <= context.time.nanoseconds())
            && context.mood < Mood::Farewell
        {
            self.begin(context);
        }
        self.endpoint.is_some()
    }

    /// A client whose connection is over drops it, and may come again.
    fn come_again(&mut self, context: &mut Context<'_>) {
        if !self.is_over || self.endpoint.is_none() {
            return;
        }
        let (stays, pause) = if self.habits.is_restless { (300, 100) } else { (900, 1_000) };
        if context.mood == Mood::Active && context.dice.chance(stays) {
            return;
        }
        self.drop_endpoint(context.ledger);
        if context.mood == Mood::Active && self.lives > 0 {
            self.returns_at = Some(context.time.nanoseconds() + nanoseconds(context.dice.milliseconds(0, pause)));
        }
    }
}

impl Resident for Game {
    fn host(&self) -> HostId {
        self.host
    }

    fn frame(&mut self, context: &mut Context<'_>) -> Duration {
        if context.mood > Mood::Active && self.endpoint.is_none() && self.side() == Side::Client {
            self.returns_at = None;
        }
        if !self.is_on(context) {
            return self.habits.frame;
        }
        self.check_sleep(context.ledger);
        // A client's own calls mean something as soon as it has an id, whether its game has heard of that or not.
        let may_leave_events = context.mood == Mood::Active && self.side() == Side::Server;
        if may_leave_events && context.dice.chance(self.habits.leaves_events) {
            // It has other things to do: what happened is told next time, and meanwhile others may come and go.
            self.poll_blindly(context);
            if context.dice.chance(500) {
                self.act(context);
            }
            return self.habits.frame;
        }
        self.poll(context);
        self.answer_requests(context);
        self.read(context);
        self.catch_up(context);
        match context.mood {
            Mood::Active => {
                if context.dice.chance(self.habits.acts) {
                    self.act(context);
                }
                if context.dice.chance(self.habits.sends) {
                    self.send_some(context);
                    if context.dice.chance(self.habits.acts) {
                        // In the same frame, before anybody has heard what became of the packets.
                        self.act(context);
                    }
                }
            }
            Mood::Calm => self.say_hello(context),
            Mood::Farewell => self.say_goodbye(context),
        }
        if context.mood > Mood::Active || context.dice.chance(self.habits.flushes) {
            let now = context.now();
            if let Some(endpoint) = &mut self.endpoint {
                endpoint.flush(now);
            }
        }
        self.tell_expired(context);
        self.check(context);
        self.check_turns(context);
        self.come_again(context);
        if context.mood == Mood::Active && context.dice.chance(self.habits.hitch) {
            return self.habits.frame
                + context.dice.milliseconds(0, u64::try_from(self.habits.hitch_time.as_millis()).unwrap_or(0));
        }
        self.habits.frame
    }

    fn look(&mut self, context: &mut Context<'_>) {
        self.poll(context);
        self.read(context);
        if let Some(endpoint) = &mut self.endpoint {
            endpoint.flush(context.time.now());
        }
        self.tell_expired(context);
    }

    fn poller(&self) -> Option<PollerId> {
        self.endpoint.as_ref().and(self.poller)
    }

    fn census(&self) -> Option<Census> {
        let mut census = self.endpoint.as_ref()?.census();
        census += self.thread.as_ref().map(SteppedThread::census).unwrap_or_default();
        Some(census)
    }

    fn thread(&self) -> Option<&SteppedThread> {
        self.endpoint.as_ref().and(self.thread.as_ref())
    }

    fn has_bad_links(&self) -> bool {
        !self.settings.conditions.is_none()
    }

    fn is_settled(&self) -> bool {
        match self.side() {
            Side::Server => self.endpoint.is_some() || self.returns_at.is_none(),
            Side::Client => self.endpoint.is_none() || self.id.is_some(),
        }
    }

    fn vanish(&mut self, ledger: &mut Ledger) {
        let side = self.side();
        self.questions = Questions::default();
        for peer in self.peers.keys() {
            ledger.vanishes(self.line(*peer), side);
        }
    }

    fn is_alone(&self) -> bool {
        self.endpoint.is_none() || self.peers.is_empty()
    }

    fn leave(&mut self, ledger: &mut Ledger) {
        self.check_questions(ledger);
        self.drop_endpoint(ledger);
    }
}

/// Nothing is left in an endpoint that was shut down.
fn check_emptiness(endpoint: &dyn Endpoint, ledger: &mut Ledger) {
    let census = endpoint.census();
    ledger.check(census.is_empty(), || format!("an endpoint that was shut down still has {census:?}"));
}

/// The larger of each; no limit is larger than any.
pub(super) fn raise(peak: &mut Limits, limits: &Limits) {
    peak.inbound_buffer_size = peak.inbound_buffer_size.max(limits.inbound_buffer_size);
    peak.max_queued_packets = peak.max_queued_packets.max(limits.max_queued_packets);
    peak.outbound_buffer_size = match (peak.outbound_buffer_size, limits.outbound_buffer_size) {
        (0, _) | (_, 0) => 0,
        (one, other) => one.max(other),
    };
}

/// Whether a peer that misses a packet is sent away.
fn sends_away(settings: &Settings) -> bool {
    settings.overflow_policy == OverflowPolicy::Disconnect
}
