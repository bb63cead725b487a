//! Network threads of a world: they move when the world says so, part by part, and sleep until something wakes them.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rust_websocket_transport::census::Census;
use rust_websocket_transport::network::Waker;
use rust_websocket_transport::network::threads::{Pace, Running, Spawn, Work};

use crate::dice::Dice;
use crate::residents::Mood;
use crate::time::{VirtualTime, nanoseconds};

/// The least that a part takes, so that a thread that never sleeps does not stop the time.
const LEAST: u64 = 1_000;

/// How much it does at once while time stands still.
const PARTS: usize = 200;

/// One network thread.
#[derive(Clone)]
pub struct SteppedThread {
    time: VirtualTime,
    state: Arc<Mutex<State>>,
}

struct State {
    /// Until it is over; also not there while it does a part.
    work: Option<Box<dyn Work>>,
    dice: Dice,
    /// When it moves next, unless it sleeps.
    moves_at: Option<u64>,
    /// Until when it sleeps, if nothing wakes it.
    sleeps_until: u64,
    is_woken: bool,
}

impl SteppedThread {
    /// One that nothing runs on yet.
    #[must_use]
    pub fn new(time: VirtualTime, dice: Dice) -> Self {
        let state = State { work: None, dice, moves_at: Some(0), sleeps_until: u64::MAX, is_woken: false };
        Self { time, state: Arc::new(Mutex::new(state)) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What wakes it.
    #[must_use]
    pub fn waker(&self) -> Waker {
        let thread = self.clone();
        Waker::new(move || thread.lock().is_woken = true)
    }

    /// What begins it.
    #[must_use]
    pub fn spawner(&self) -> Spawn {
        let thread = self.clone();
        Box::new(move |work| {
            thread.lock().work = Some(work);
            Ok(Box::new(thread) as Box<dyn Running>)
        })
    }

    /// When it wants to move. `is_ready`: something has happened on one of its sockets, which ends a sleep.
    #[must_use]
    pub fn next(&self, is_ready: bool, mood: Mood) -> Option<u64> {
        let now = self.time.nanoseconds();
        let mut state = self.lock();
        let State { work: Some(work), dice, moves_at, sleeps_until, is_woken } = &mut *state else { return None };
        if moves_at.is_none() {
            if !*is_woken && !is_ready && *sleeps_until > now {
                return Some(*sleeps_until);
            }
            work.wait(Duration::ZERO);
            *is_woken = false;
            *moves_at = Some(now + pause(dice, mood));
        }
        *moves_at
    }

    /// Whether it sleeps, and nothing has woken it.
    #[must_use]
    pub fn sleeps(&self) -> bool {
        let state = self.lock();
        state.work.is_some() && state.moves_at.is_none() && !state.is_woken
    }

    /// Does the next part, if it is time.
    pub fn move_on(&self, mood: Mood) {
        if self.lock().moves_at.is_none_or(|at| at > self.time.nanoseconds()) {
            return;
        }
        let pace = self.go_on();
        let now = self.time.nanoseconds();
        let mut state = self.lock();
        match pace {
            Pace::GoOn => state.moves_at = Some(now + pause(&mut state.dice, mood)),
            Pace::Wait(patience) => {
                state.moves_at = None;
                state.sleeps_until = now.saturating_add(nanoseconds(patience));
            }
            Pace::Over => state.moves_at = None,
        }
    }

    /// Moves until it sleeps, if it does not sleep, while time stands still. Whether it came to that, or is still busy.
    pub fn rest(&self, is_ready: bool) -> bool {
        if self.next(is_ready, Mood::Calm).is_none() {
            return true;
        }
        for _ in 0..PARTS {
            if self.lock().moves_at.is_none() {
                return true;
            }
            self.lock().moves_at = Some(self.time.nanoseconds());
            self.move_on(Mood::Calm);
        }
        false
    }

    fn go_on(&self) -> Pace {
        let Some(mut work) = self.lock().work.take() else { return Pace::Over };
        let pace = work.go_on();
        if pace != Pace::Over {
            self.lock().work = Some(work);
        }
        pace
    }

    /// What its half holds inside.
    #[must_use]
    pub fn census(&self) -> Census {
        self.lock().work.as_ref().map(|work| work.census()).unwrap_or_default()
    }
}

impl Running for SteppedThread {
    /// It moves meanwhile, and nobody else does. The game has its time back when that is done, or does not wait for it.
    fn wait_until(&self, is_done: &dyn Fn(Duration) -> bool, patience: Duration) -> bool {
        let end = self.time.nanoseconds() + nanoseconds(patience);
        while !is_done(Duration::ZERO) {
            let Some(at) = self.next(false, Mood::Calm).filter(|at| *at <= end) else {
                self.time.advance_to(end);
                return false;
            };
            self.time.advance_to(at);
            self.move_on(Mood::Calm);
        }
        true
    }

    /// It does all that is left at once.
    fn join(self: Box<Self>) {
        while self.go_on() != Pace::Over {}
    }
}

/// How long the system lets a thread wait between two parts, while others move.
fn pause(dice: &mut Dice, mood: Mood) -> u64 {
    let pause = match dice.below(100) {
        0..=59 => 0,
        60..=89 => dice.below(1_000_000),
        90..=98 => dice.below(20_000_000),
        _ if mood > Mood::Active => 0,
        _ => dice.below(300_000_000),
    };
    pause.max(LEAST)
}

impl fmt::Debug for SteppedThread {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SteppedThread")
    }
}
