//! A game on an endpoint of ours, server or client. It calls whatever can be called, at any moment.
//!
//! - here: what it is, and what it does in a frame; `life`: how its endpoint begins and ends; `hearing`: what it is told and
//!   reads; `sending`, `acting`: what it does; `reception`: whom it lets in; `checks`: what must hold for its endpoint alone.

mod acting;
mod checks;
mod hearing;
mod life;
mod reception;
mod sending;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use rust_websocket_transport::census::Census;
use rust_websocket_transport::config::{Limits, OverflowPolicy, Settings};
use rust_websocket_transport::game::Endpoint;

use self::reception::Questions;
use super::{Context, Mood, Resident};
use crate::fabric::{HostId, PollerId};
use crate::ledger::{Ledger, Side};
use crate::plan::Habits;
use crate::threads::SteppedThread;

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
        let outbound_buffer_size = match self.settings.limits.outbound_buffer_size {
            0 => 65_535,
            size => size,
        };
        let limits = Limits {
            inbound_buffer_size: 65_535,
            outbound_buffer_size,
            max_queued_packets: 2_048,
            ..self.settings.limits
        };
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
