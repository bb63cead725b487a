//! What world a seed makes: who lives there, how they behave, and what the network does to them. Small worlds for the most
//! part, for they are cheap, and most faults need no crowd.

use std::time::Duration;

use rust_websocket_transport::config::{
    Admission, Compression, CompressionLevel, CompressionMode, Conditions, Handshake, Limits, OverflowPolicy, Proxies,
    Reception, Settings, Stall,
};
use rust_websocket_transport::entropy::Share;

use crate::dice::Dice;
use crate::fabric::Weather;

/// The longest time between two frames of a game, in milliseconds.
pub const LONGEST_FRAME: u64 = 60;

/// A world's plan.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Nothing breaks by itself: whoever ends a connection is known.
    pub is_fair: bool,
    /// Fair weather: everybody has narrow limits, or nobody.
    pub is_tight: bool,
    /// For a while nobody does anything.
    pub has_lull: bool,
    /// Machines may vanish, so everybody has a heartbeat.
    pub has_vanishing: bool,
    /// Peers that break rules do not go by themselves, so everybody has a heartbeat.
    pub has_stubborn: bool,
    /// Peers come and go all the time, while the server's game lets events wait.
    pub has_revolving_door: bool,
    /// The server speaks TLS.
    pub has_tls: bool,
    /// How many of a thousand endpoints have a network thread.
    pub threads: u64,
    /// How many of a thousand endpoints compress what they send, where the other side does so too.
    pub compression: u64,
    /// The server's game decides whom to let in.
    pub has_questions: bool,
    /// The server may drain.
    pub has_drains: bool,
    /// The network.
    pub weather: Weather,
    /// How long everything goes on at random.
    pub active: Duration,
    /// How much time each look at the clock takes: how slow the machines are.
    pub per_look: Duration,
    /// No packet is larger, but for those that are to be refused.
    pub largest: usize,
    /// Whether the server is made of tungstenite.
    pub has_foreign_server: bool,
    /// Whether the server makes a single connection of each stream.
    pub has_single_server: bool,
    /// Clients of ours, and how each behaves.
    pub clients: usize,
    /// Clients of ours that are single connections.
    pub single_clients: usize,
    /// Clients made of tungstenite.
    pub foreign_clients: usize,
    /// Peers that break the rules.
    pub hostile: usize,
    /// They never stop to send, either.
    pub has_flood: bool,
}

impl Plan {
    /// The plan of a seed.
    #[must_use]
    pub fn draw(dice: &mut Dice) -> Self {
        let is_fair = dice.chance(350);
        let weather = if is_fair { Weather::fair(dice) } else { Weather::foul(dice) };
        let has_foreign_server = dice.chance(120);
        let has_single_server = !has_foreign_server && dice.chance(80);
        let is_multiplayer = !has_foreign_server && !has_single_server;
        let clients = match dice.below(100) {
            0..=84 => dice.size(1, 5),
            85..=97 => dice.size(6, 14),
            _ => dice.size(15, 50),
        };
        let foreign_clients = if has_foreign_server || dice.chance(650) { 0 } else { dice.size(1, 3) };
        let single_clients = if dice.chance(750) { 0 } else { dice.size(1, 3) };
        let hostile = if !is_multiplayer || dice.chance(600) { 0 } else { dice.size(1, 4) };
        let has_flood = hostile > 0 && dice.chance(400);
        // Where a poll is over after two looks at the clock, as on no machine that there is, a flood leaves nothing to others.
        let slowest = if has_flood { 2_000 } else { 4_000 };
        Self {
            is_fair,
            is_tight: dice.chance(400),
            has_lull: is_fair && dice.chance(300),
            has_vanishing: !is_fair && !has_foreign_server && foreign_clients == 0 && dice.chance(300),
            has_stubborn: !is_fair && hostile > 0 && dice.chance(400),
            has_revolving_door: !is_fair && is_multiplayer && dice.chance(150),
            has_tls: is_multiplayer && foreign_clients == 0 && dice.chance(150),
            threads: if dice.chance(300) { dice.one_of([300, 700, 1_000]) } else { 0 },
            compression: if dice.chance(300) { dice.one_of([600, 1_000]) } else { 0 },
            has_questions: is_multiplayer && dice.chance(200),
            has_drains: !is_fair && is_multiplayer && dice.chance(400),
            weather,
            active: dice.milliseconds(500, 6_000),
            per_look: if dice.chance(300) { Duration::from_micros(dice.between(100, slowest)) } else { Duration::ZERO },
            largest: if dice.chance(300) { dice.size(200, 60_000) } else { dice.size(16, 2_000) },
            has_foreign_server,
            has_single_server,
            clients,
            single_clients,
            foreign_clients,
            hostile,
            has_flood,
        }
    }

    /// Limits under which the largest packet can be sent and taken.
    #[must_use]
    pub fn limits(&self, dice: &mut Dice) -> Limits {
        let most = 65_535;
        let tight = if self.is_fair { self.is_tight } else { dice.chance(400) };
        let size = |dice: &mut Dice| if tight { self.largest } else { dice.size(self.largest, most) };
        let heartbeat = if self.has_vanishing || self.has_stubborn {
            Some(dice.milliseconds(1_000, 4_000))
        } else if !(self.is_fair && self.is_tight) && dice.chance(400) {
            // Fair weather is no hurry: a ping may have to wait for what lies before it. Behind narrow limits that may be
            // for as long as one likes.
            Some(if self.is_fair { dice.milliseconds(6_000, 9_000) } else { dice.milliseconds(300, 4_000) })
        } else {
            None
        };
        let limits = Limits {
            inbound_buffer_size: size(dice),
            // Without a limit more may wait than the time of calm can carry, and a ping waits behind all of it.
            outbound_buffer_size: if dice.chance(100) && !self.is_fair { 0 } else { size(dice) },
            max_queued_packets: if self.is_fair && !self.is_tight {
                dice.size(256, 2048)
            } else if dice.chance(300) {
                dice.size(1, 8)
            } else {
                dice.size(8, 2048)
            },
            handshake_timeout: if self.is_fair { Duration::from_secs(9) } else { dice.milliseconds(800, 5_000) },
            close_timeout: if self.is_fair { Duration::from_secs(9) } else { dice.milliseconds(300, 3_000) },
            heartbeat_interval: heartbeat,
            join_room: None,
            unreliable_max_age: None,
            max_bytes_per_second: 0,
            max_packets_per_second: 0,
        };
        Limits {
            unreliable_max_age: max_age(&limits),
            max_queued_packets: most_queued(&limits, self.largest),
            ..limits
        }
    }

    /// Settings of a server or a client.
    #[must_use]
    pub fn settings(&self, dice: &mut Dice) -> Settings {
        let is_tight = !self.is_fair && dice.chance(250);
        Settings {
            limits: self.limits(dice),
            handshake: Handshake { compression: self.compression(dice), ..Handshake::default() },
            reception: Reception { asks_game: self.has_questions, ..Reception::default() },
            admission: if is_tight {
                Admission {
                    max_peers: dice.size(0, 6),
                    max_handshakes: dice.size(1, 6),
                    max_handshakes_per_address: dice.size(1, 4),
                    max_handshakes_per_minute: 0,
                }
            } else {
                Admission::default()
            },
            proxies: Proxies::default(),
            overflow_policy: if dice.chance(250) { OverflowPolicy::Disconnect } else { OverflowPolicy::Report },
            network_thread: self.threads > 0 && dice.chance(self.threads),
            conditions: if self.may_have_bad_links() && dice.chance(200) {
                conditions(dice)
            } else {
                Conditions::default()
            },
        }
    }

    /// A link that is bad on purpose holds up to a MiB: a ping may wait behind that for longer than two heartbeats, which in fair
    /// weather nobody's fault would be, and the pongs that a peer does not read which floods with pings fill it but slowly.
    fn may_have_bad_links(&self) -> bool {
        (self.is_tight || !self.is_fair) && !(self.has_stubborn && self.has_flood)
    }

    fn compression(&self, dice: &mut Dice) -> Compression {
        let is_on = self.compression > 0 && dice.chance(self.compression);
        Compression {
            mode: if is_on { CompressionMode::Auto } else { CompressionMode::Off },
            threshold: dice.one_of([0, 1, 60, 256]),
            level: CompressionLevel::new(dice.one_of([1, 6, 9])).unwrap_or_default(),
        }
    }
}

/// Where bytes are not limited, packets are: the slowest link carries 60 KB in a second, and the calm lasts a minute.
fn most_queued(limits: &Limits, largest: usize) -> usize {
    let most = if limits.outbound_buffer_size == 0 { 2_000_000 / largest.max(1) } else { usize::MAX };
    limits.max_queued_packets.min(most)
}

/// A third of all limits have one. Another limit decides, so that no dice are thrown for it.
fn max_age(limits: &Limits) -> Option<Duration> {
    let number = limits.inbound_buffer_size as u64;
    number.is_multiple_of(3).then(|| Duration::from_millis(20 + number % 500))
}

/// A link that an endpoint makes worse than the weather by itself. Whatever is under way in it arrives, so that it is fair.
fn conditions(dice: &mut Dice) -> Conditions {
    let mut part =
        |chance, least, most| if dice.chance(chance) { dice.milliseconds(least, most) } else { Duration::ZERO };
    let (latency, jitter) = (part(700, 1, 200), part(500, 1, 150));
    let stall = Stall { every: dice.milliseconds(1_000, 4_000), duration: dice.milliseconds(50, 700) };
    Conditions {
        latency,
        jitter,
        bandwidth: if dice.chance(400) { dice.between(60_000, 1_000_000) } else { 0 },
        loss: Share::new(dice.one_of([0.0, 0.0, 0.01, 0.05])).unwrap_or_default(),
        stall: dice.chance(300).then_some(stall),
        cut_after: None,
    }
}

/// How a game behaves. Chances are in a thousand, for each frame.
#[derive(Debug, Clone)]
pub struct Habits {
    /// From frame to frame.
    pub frame: Duration,
    /// That it is away.
    pub hitch: u64,
    /// For how long at the most.
    pub hitch_time: Duration,
    /// That it reads what is there; and how many packets at the most, if not all.
    pub reads: u64,
    /// See above.
    pub reads_at_most: usize,
    /// That it sends, and how many packets at the most.
    pub sends: u64,
    /// See above.
    pub burst: usize,
    /// That it does something odd.
    pub acts: u64,
    /// That it leaves events where they are.
    pub leaves_events: u64,
    /// That it flushes at the frame's end.
    pub flushes: u64,
    /// Most of the odd things that it does end a connection, and it is soon back.
    pub is_restless: bool,
}

impl Habits {
    /// Those of one game.
    #[must_use]
    pub fn draw(plan: &Plan, dice: &mut Dice) -> Self {
        let is_slow_reader = !plan.is_fair && dice.chance(250);
        Self {
            frame: dice.milliseconds(5, LONGEST_FRAME),
            hitch: if plan.is_fair || dice.chance(600) { 0 } else { dice.between(1, 20) },
            hitch_time: dice.milliseconds(200, 10_000),
            reads: if is_slow_reader { dice.between(0, 200) } else { dice.between(700, 1_000) },
            reads_at_most: if is_slow_reader || dice.chance(200) { dice.size(1, 20) } else { usize::MAX },
            sends: dice.between(50, 900),
            burst: if dice.chance(200) { dice.size(5, 100) } else { dice.size(1, 4) },
            acts: match dice.below(10) {
                0 => dice.between(100, 400),
                1..=5 => dice.between(1, 40),
                _ => 0,
            },
            leaves_events: if dice.chance(300) { dice.between(50, 500) } else { 0 },
            flushes: if dice.chance(200) { 300 } else { 1_000 },
            is_restless: false,
        }
    }

    /// Those of somebody at a revolving door.
    #[must_use]
    pub fn restless(self, dice: &mut Dice) -> Self {
        Self { hitch: 0, acts: dice.between(50, 300), leaves_events: dice.between(300, 800), is_restless: true, ..self }
    }
}
