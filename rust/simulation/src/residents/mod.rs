//! Who lives in a world. Each is driven frame by frame, and tells the ledger what it sees.

pub mod foreign;
pub mod game;
pub mod hostile;
pub mod single;

use std::fmt::Debug;
use std::time::{Duration, Instant};

use rust_websocket_transport::census::Census;

use crate::dice::Dice;
use crate::fabric::{HostId, PollerId, SharedFabric};
use crate::ledger::Ledger;
use crate::plan::Plan;
use crate::threads::SteppedThread;
use crate::time::VirtualTime;

/// What goes on in the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mood {
    /// Everybody does anything.
    Active,
    /// Nobody starts anything; all is read and flushed, so that everything gets where it belongs.
    Calm,
    /// Everybody leaves.
    Farewell,
}

/// What a resident works with in one frame.
pub struct Context<'a> {
    /// The network.
    pub fabric: &'a SharedFabric,
    /// The time.
    pub time: &'a VirtualTime,
    /// What must hold.
    pub ledger: &'a mut Ledger,
    /// The resident's own chance.
    pub dice: &'a mut Dice,
    /// What the world is like.
    pub plan: &'a Plan,
    /// What goes on.
    pub mood: Mood,
}

impl Context<'_> {
    /// The time as the transport wants it.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.time.now()
    }

    /// A line for the trace.
    pub fn say(&self, line: impl FnOnce() -> String) {
        self.fabric.lock().trace.say(line);
    }
}

/// Somebody in the world.
pub trait Resident: Debug {
    /// Its machine.
    fn host(&self) -> HostId;

    /// One frame; answers how long until the next one.
    fn frame(&mut self, context: &mut Context<'_>) -> Duration;

    /// Looks for what is new, and does nothing of its own.
    fn look(&mut self, context: &mut Context<'_>);

    /// Its endpoint's sockets, if it has one of ours.
    fn poller(&self) -> Option<PollerId> {
        None
    }

    /// What its endpoint holds inside, if it has one of ours.
    fn census(&self) -> Option<Census> {
        None
    }

    /// The network thread of its endpoint.
    fn thread(&self) -> Option<&SteppedThread> {
        None
    }

    /// Whether its endpoint makes its own links bad.
    fn has_bad_links(&self) -> bool {
        false
    }

    /// Whether it is neither connecting nor waiting to do so.
    fn is_settled(&self) -> bool;

    /// Its machine has vanished.
    fn vanish(&mut self, ledger: &mut Ledger);

    /// Whether it has nobody to talk to any more.
    fn is_alone(&self) -> bool;

    /// The end of the world: it drops all it has.
    fn leave(&mut self, ledger: &mut Ledger);
}
