//! One world: it is made from its seed, goes on at random for a while, calms down, and ends.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use crate::dice::Dice;
use crate::fabric::SharedFabric;
use crate::ledger::Ledger;
use crate::plan::Plan;
use crate::residents::{Context, Mood, Resident};
use crate::time::{VirtualTime, nanoseconds};
use crate::trace::{Keep, Trace};

mod settle;

/// How long everything may take to get where it belongs once nothing stands in its way: two heartbeats are 8 s, and a
/// handshake is given up after 15 s at the latest.
const CALM: Duration = Duration::from_secs(60);

/// How long nothing happens in some worlds but heartbeats: longer than two of them.
const LULL: Duration = Duration::from_secs(25);

/// How long everybody may take to leave: lingering is a second, and no deadline is longer than 9 s.
const FAREWELL: Duration = Duration::from_secs(25);

/// How long those may be remembered who have left, or who stay and say nothing: three heartbeats are 12 s, and the longest
/// other deadline is 9 s.
const REMINDERS: Duration = Duration::from_secs(15);

/// How long it may take to read what nobody waits for: the end of a flood, say, over a link that its reader makes bad.
const REST: Duration = Duration::from_secs(60);

/// How many turns everybody gets while time stands still.
const TURNS: usize = 20_000;

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
        let is_settled = self.pass(CALM, Self::is_settled);
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
            let frames = self.inhabitants.iter().filter(|inhabitant| !inhabitant.is_gone);
            let frames = frames.map(|inhabitant| inhabitant.next).min();
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
        let here = self.inhabitants.iter().filter(|inhabitant| !inhabitant.is_gone);
        here.filter_map(|inhabitant| self.next_move_of(&*inhabitant.resident)).min()
    }

    fn next_move_of(&self, resident: &dyn Resident) -> Option<u64> {
        let (thread, poller) = (resident.thread()?, resident.poller()?);
        let has_news = self.fabric.lock().has_news(poller);
        thread.next(has_news, self.mood)
    }

    /// Those network threads move whose time has come.
    fn move_threads(&self) {
        for inhabitant in self.inhabitants.iter().filter(|inhabitant| !inhabitant.is_gone) {
            if let Some(thread) = inhabitant.resident.thread() {
                thread.move_on(self.mood);
            }
        }
    }

    /// Network threads move until they sleep, while time stands still.
    fn rest_threads(&self) {
        for inhabitant in self.inhabitants.iter().filter(|inhabitant| !inhabitant.is_gone) {
            if let (Some(thread), Some(poller)) = (inhabitant.resident.thread(), inhabitant.resident.poller()) {
                let has_news = self.fabric.lock().has_news(poller);
                thread.rest(has_news);
            }
        }
    }

    /// Everybody looks for what is new, so many times, while time stands still.
    fn look(&mut self, times: usize) {
        for _ in 0..times {
            self.rest_threads();
            let Self { plan, time, fabric, ledger, inhabitants, mood, .. } = self;
            for Inhabitant { resident, dice, is_gone, .. } in &mut *inhabitants {
                if !*is_gone {
                    resident.look(&mut Context { fabric, time, ledger, dice, plan, mood: *mood });
                }
            }
        }
        self.rest_threads();
    }

    /// Whether somebody has something in its socket that waits for a due time, as it does where an endpoint makes its links bad:
    /// a ping, what peers that break rules have sent, or what others have written to a server that has said goodbye. Of none of
    /// these the ledger knows.
    fn has_unread_behind_bad_links(&self) -> bool {
        let here = self.inhabitants.iter().filter(|inhabitant| !inhabitant.is_gone);
        let pollers = here.filter(|inhabitant| inhabitant.resident.has_bad_links());
        pollers.filter_map(|inhabitant| inhabitant.resident.poller()).any(|poller| self.fabric.lock().has_unread(poller))
    }

    /// Everybody looks once. Whether nobody has found anything to do, or waits for a turn, which the next look brings.
    fn is_idle(&mut self) -> bool {
        let before = self.fabric.lock().carried();
        self.look(1);
        let here = self.inhabitants.iter().filter(|inhabitant| !inhabitant.is_gone);
        let has_turns = here.filter_map(|inhabitant| inhabitant.resident.census()).any(|census| census.turns > 0);
        !has_turns && self.fabric.lock().carried() == before
    }

    /// Nobody waits for an event that has come already: told everything again, nobody finds anything to do.
    fn look_for_forgotten(&mut self) {
        self.pass(REST, |world| !world.has_unread_behind_bad_links());
        self.time.work_takes(Duration::ZERO);
        // One message a turn, where limits are that narrow; and clients made of tungstenite still write by themselves what their
        // games have given them.
        let is_at_rest = (0..TURNS).any(|_| self.is_idle());
        self.ledger.check(is_at_rest, || format!("somebody still finds something to do after {TURNS} turns"));
        let before = (self.fabric.lock().carried(), self.ledger.arrived);
        self.fabric.lock().tell_again();
        self.look(2);
        let after = (self.fabric.lock().carried(), self.ledger.arrived);
        self.ledger.check(before == after, || {
            format!("somebody waited for an event that had come: (read, written), packets {before:?} became {after:?}")
        });
    }

    /// Everybody leaves, servers last. Then nothing of anybody is left.
    fn say_farewell(&mut self) {
        self.mood = Mood::Farewell;
        self.fabric.lock().trace.say(|| "everybody leaves".to_owned());
        let is_over = self.pass(FAREWELL, Self::has_everybody_left);
        if self.goes_well() && !is_over {
            let left = self.left_behind();
            self.ledger.fail(|| format!("{FAREWELL:?} after everybody left, there are still {left}"));
        }
        if self.goes_well() && !self.pass(REMINDERS, |world| world.left_inside().is_none()) {
            let left = self.left_inside().unwrap_or_default();
            self.ledger.fail(|| format!("everybody has left, and somebody still has {left}"));
        }
        for inhabitant in &mut self.inhabitants {
            let poller = inhabitant.resident.poller();
            inhabitant.resident.leave(&mut self.ledger);
            let sockets = poller.map_or(0, |poller| self.fabric.lock().sockets_of(poller));
            self.ledger.check(sockets == 0, || format!("{sockets} sockets are open of an endpoint that was dropped"));
        }
    }

    fn has_everybody_left(&self) -> bool {
        self.inhabitants.iter().all(|inhabitant| {
            let resident = &inhabitant.resident;
            inhabitant.is_gone || (resident.is_alone() && self.sockets_of(resident.as_ref()) == 0)
        })
    }

    /// What is left inside an endpoint.
    fn left_inside(&self) -> Option<String> {
        let here = self.inhabitants.iter().filter(|inhabitant| !inhabitant.is_gone);
        let left = here.filter_map(|inhabitant| inhabitant.resident.census()).find(|census| !census.is_empty())?;
        Some(format!("{left:?}"))
    }

    fn sockets_of(&self, resident: &dyn Resident) -> usize {
        resident.poller().map_or(0, |poller| self.fabric.lock().sockets_of(poller))
    }

    fn left_behind(&self) -> String {
        let here = self.inhabitants.iter().filter(|inhabitant| !inhabitant.is_gone);
        let alone = here.clone().filter(|inhabitant| !inhabitant.resident.is_alone()).count();
        let sockets: usize = here.map(|inhabitant| self.sockets_of(inhabitant.resident.as_ref())).sum();
        format!("{alone} who are not alone, and {sockets} sockets")
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
