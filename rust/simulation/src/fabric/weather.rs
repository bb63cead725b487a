//! What the network does to whoever uses it. A world draws its weather; in the calm at its end it clears up.

use std::time::Duration;

use crate::dice::Dice;

/// How links and listeners behave. Chances are in a thousand.
#[derive(Debug, Clone)]
pub struct Weather {
    /// One way, at the least and at the most; each link has its own.
    pub latency: (Duration, Duration),
    /// What a segment may take longer. The order stays.
    pub jitter: Duration,
    /// Bytes per second, at the least and at the most; each link has its own.
    pub bandwidth: (u64, u64),
    /// How many bytes fit between a writer and a reader, at the least and at the most.
    pub window: (usize, usize),
    /// The most that one read or write takes, half of the time; 0 is all.
    pub portion: usize,
    /// That a segment waits for up to this long, and all behind it.
    pub stall: u64,
    /// How long.
    pub stall_time: Duration,
    /// That a link breaks with a segment.
    pub reset: u64,
    /// That an attempt to accept finds no descriptor, for a while.
    pub exhaustion: u64,
    /// That the connection to be accepted has gone already.
    pub aborted: u64,
    /// That an event tells of all that is ready, as epoll does, and not only of what has changed, as kqueue does.
    pub tells_all: bool,
    /// That a reset destroys what has arrived and was not read, as on some systems.
    pub reset_destroys: bool,
}

impl Weather {
    /// A network without faults.
    #[must_use]
    pub fn fair(dice: &mut Dice) -> Self {
        Self {
            latency: (Duration::from_micros(50), dice.milliseconds(1, 120)),
            jitter: dice.milliseconds(0, 30),
            bandwidth: (dice.between(60_000, 400_000), 20_000_000),
            window: (dice.size(1_000, 16_000), dice.size(16_000, 300_000)),
            portion: if dice.chance(600) { 0 } else { dice.size(1, 3_000) },
            stall: 0,
            stall_time: Duration::ZERO,
            reset: 0,
            exhaustion: 0,
            aborted: 0,
            tells_all: dice.chance(500),
            reset_destroys: dice.chance(500),
        }
    }

    /// One with faults of every kind, each of which may be missing.
    #[must_use]
    pub fn foul(dice: &mut Dice) -> Self {
        let mut weather = Self::fair(dice);
        if dice.chance(500) {
            weather.stall = dice.between(1, 30);
            weather.stall_time = dice.milliseconds(100, 4_000);
        }
        if dice.chance(500) {
            weather.reset = dice.between(1, 10);
        }
        if dice.chance(400) {
            weather.exhaustion = dice.between(50, 500);
        }
        if dice.chance(400) {
            weather.aborted = dice.between(50, 500);
        }
        weather
    }

    /// It clears up: nothing is lost any more.
    pub fn clear(&mut self) {
        self.stall = 0;
        self.reset = 0;
        self.exhaustion = 0;
        self.aborted = 0;
    }
}
