//! One world: it is made from its seed, goes on at random for a while, calms down, and ends.
//!
//! - here: its life, and how time passes in it; `settle`: who lives there; `rest`: whether anybody was forgotten; `farewell`: its
//!   end.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use crate::dice::Dice;
use crate::fabric::SharedFabric;
use crate::ledger::Ledger;
use crate::plan::Plan;
use crate::residents::{Context, Mood, Resident};
use crate::time::{VirtualTime, nanoseconds};
use crate::trace::{Keep, Trace};

mod farewell;
mod rest;
mod settle;

/// How long everything may take to get where it belongs once nothing stands in its way: two heartbeats are 8 s, and a
/// handshake is given up after 15 s at the latest.
const CALM: Duration = Duration::from_secs(60);

/// How long nothing happens in some worlds but heartbeats: longer than two of them.
const LULL: Duration = Duration::from_secs(25);

/// How often is looked whether it has come to that.
const LOOK: Duration = Duration::from_millis(100);

/// What came of a world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The first thing that did not hold.
    pub fault: Option<String>,
    /// How many connections there were.
    pub connections: usize,
    /// How many packets arrived.
    pub packets: u64,
    /// How long it lasted, in its own time.
    pub lasted: Duration,
    /// Lines of the trace, and their sum.
    pub trace: (u64, u64),
    /// Whether another run of the seed does the same, byte for byte: not with TLS.
    pub is_replayable: bool,
}

struct Inhabitant {
    resident: Box<dyn Resident>,
    dice: Dice,
    /// When its next frame is.
    next: u64,
    is_gone: bool,
}

struct World {
    plan: Plan,
    time: VirtualTime,
    fabric: SharedFabric,
    ledger: Ledger,
    inhabitants: Vec<Inhabitant>,
    /// When which inhabitant's machine vanishes.
    vanishing: Vec<(u64, usize)>,
    mood: Mood,
}

/// Runs the world of a seed, on a thread of its own: endpoints of one thread share a buffer, of which no world may find what
/// another has left.
///
/// # Panics
/// When the system has no thread to give.
#[must_use]
pub fn run(seed: u64, keep: Keep) -> Outcome {
    std::thread::scope(|scope| scope.spawn(|| run_here(seed, keep)).join().expect("a world's panics are caught in it"))
}

fn run_here(seed: u64, keep: Keep) -> Outcome {
    let mut world = World::new(seed, keep);
    let fault = catch_unwind(AssertUnwindSafe(|| world.live())).err().map(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        format!("panic: {}", text.unwrap_or_default())
    });
    let fault = fault.or_else(|| world.ledger.fault().map(str::to_owned));
    let trace = world.fabric.lock().trace.sum();
    let outcome = Outcome {
        fault,
        connections: world.ledger.lines(),
        packets: world.ledger.arrived,
        lasted: world.time.elapsed(),
        trace,
        is_replayable: !world.plan.has_tls,
    };
    // What a panic left behind may panic again.
    let _ = catch_unwind(AssertUnwindSafe(move || drop(world)));
    outcome
}

impl World {
    fn new(seed: u64, keep: Keep) -> Self {
        let mut dice = Dice::new(seed);
        let plan = Plan::draw(&mut dice);
        let time = VirtualTime::new();
        time.work_takes(plan.per_look);
        let trace = Trace::new(time.clone(), keep);
        let fabric = SharedFabric::new(time.clone(), dice.fork(), plan.weather.clone(), trace);
        fabric.lock().trace.say(|| format!("seed {seed}: {plan:?}"));
        let mut ledger = Ledger::default();
        ledger.is_fair = plan.is_fair;
        ledger.has_threads = plan.threads > 0;
        let mut world =
            Self { plan, time, fabric, ledger, inhabitants: Vec::new(), vanishing: Vec::new(), mood: Mood::Active };
        world.settle(&mut dice);
        world
    }

    fn live(&mut self) {
        self.pass(self.plan.active, |_| false);
        if !self.goes_well() {
            return;
        }
        self.calm_down();
        let is_settled = self.let_settle();
        if self.goes_well() && !is_settled {
            let what = self.ledger.unsettled().unwrap_or_else(|| {
                format!("a client is still connecting, {} wait at the door", self.fabric.lock().waiting())
            });
            self.ledger.fail(|| format!("{CALM:?} of calm were not enough: {what}"));
        }
        if self.plan.has_lull {
            self.pass(LULL, |_| false);
        }
        if self.goes_well() {
            self.look_for_forgotten();
        }
        if self.goes_well() {
            self.say_farewell();
        }
        if self.goes_well() {
            self.ledger.close();
        }
    }

    /// Everything gets where it belongs, in the time of a calm; in more of them, as long as somebody reads what a flood has left.
    fn let_settle(&mut self) -> bool {
        let mut unread = usize::MAX;
        while self.unread() < unread {
            unread = self.unread();
            if self.pass(CALM, Self::is_settled) {
                return true;
            }
        }
        false
    }

    /// How many bytes lie in the sockets of all.
    fn unread(&self) -> usize {
        let pollers = self.here().filter_map(|inhabitant| inhabitant.resident.poller());
        pollers.map(|poller| self.fabric.lock().unread(poller)).sum()
    }

    /// Those whose machines have not vanished.
    fn here(&self) -> impl Iterator<Item = &Inhabitant> {
        self.inhabitants.iter().filter(|inhabitant| !inhabitant.is_gone)
    }

    fn goes_well(&self) -> bool {
        self.ledger.fault().is_none()
    }

    /// The weather clears up, and who was away comes back.
    fn calm_down(&mut self) {
        self.mood = Mood::Calm;
        let now = self.time.nanoseconds();
        let mut fabric = self.fabric.lock();
        fabric.trace.say(|| "it is calm".to_owned());
        fabric.weather_mut().clear();
        for inhabitant in &mut self.inhabitants {
            inhabitant.next = inhabitant.next.min(now + nanoseconds(LOOK));
        }
    }

    fn is_settled(&self) -> bool {
        self.ledger.is_settled()
            && self.fabric.lock().waiting() == 0
            && self.inhabitants.iter().all(|inhabitant| inhabitant.is_gone || inhabitant.resident.is_settled())
    }

    /// Lets time pass, until `is_over` at the latest; whether it was.
    fn pass(&mut self, how_long: Duration, is_over: impl Fn(&Self) -> bool) -> bool {
        let end = self.time.nanoseconds() + nanoseconds(how_long);
        let mut next_look = self.time.nanoseconds();
        while self.goes_well() {
            let frames = self.here().map(|inhabitant| inhabitant.next).min();
            let happening = self.fabric.lock().next();
            let next = [frames, happening, self.next_move()].into_iter().flatten().min().unwrap_or(end);
            if next >= end {
                self.time.advance_to(end);
                return is_over(self);
            }
            self.time.advance_to(next);
            self.fabric.lock().advance();
            self.vanish();
            self.move_threads();
            self.run_frames();
            if next >= next_look {
                if is_over(self) {
                    return true;
                }
                next_look = next + nanoseconds(LOOK);
            }
        }
        false
    }

    fn run_frames(&mut self) {
        let Self { plan, time, fabric, ledger, inhabitants, mood, .. } = self;
        for Inhabitant { resident, dice, next, is_gone } in inhabitants {
            if *is_gone || *next > time.nanoseconds() {
                continue;
            }
            ledger.lag = ledger.lag.max(Duration::from_nanos(time.nanoseconds() - *next));
            let mut context = Context { fabric, time, ledger, dice, plan, mood: *mood };
            let wait = resident.frame(&mut context);
            *next = time.nanoseconds() + nanoseconds(wait).max(1_000);
        }
    }

    /// When the next network thread moves.
    fn next_move(&self) -> Option<u64> {
        self.here().filter_map(|inhabitant| self.next_move_of(&*inhabitant.resident)).min()
    }

    fn next_move_of(&self, resident: &dyn Resident) -> Option<u64> {
        let (thread, poller) = (resident.thread()?, resident.poller()?);
        let has_news = self.fabric.lock().has_news(poller);
        thread.next(has_news, self.mood)
    }

    /// Those network threads move whose time has come.
    fn move_threads(&self) {
        for inhabitant in self.here() {
            if let Some(thread) = inhabitant.resident.thread() {
                thread.move_on(self.mood);
            }
        }
    }

    fn vanish(&mut self) {
        let now = self.time.nanoseconds();
        let due: Vec<usize> = self.vanishing.iter().filter(|(at, _)| *at <= now).map(|(_, index)| *index).collect();
        self.vanishing.retain(|(at, _)| *at > now);
        for index in due {
            let Some(inhabitant) = self.inhabitants.get_mut(index) else { continue };
            inhabitant.is_gone = true;
            self.fabric.lock().vanish(inhabitant.resident.host());
            inhabitant.resident.vanish(&mut self.ledger);
        }
    }
}
