//! The end: everybody leaves, and nothing of anybody is left.

use std::time::Duration;

use super::World;
use crate::residents::{Mood, Resident};

/// How long everybody may take to leave: lingering is a second, and no deadline is longer than 9 s.
const FAREWELL: Duration = Duration::from_secs(25);

/// How long those may be remembered who have left, or who stay and say nothing: three heartbeats are 12 s, and the longest
/// other deadline is 9 s.
const REMINDERS: Duration = Duration::from_secs(15);

impl World {
    /// Everybody leaves, servers last. Then nothing of anybody is left.
    pub(super) fn say_farewell(&mut self) {
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
        let mut censuses = self.here().filter_map(|inhabitant| inhabitant.resident.census());
        let left = censuses.find(|census| !census.is_empty())?;
        Some(format!("{left:?}"))
    }

    fn sockets_of(&self, resident: &dyn Resident) -> usize {
        resident.poller().map_or(0, |poller| self.fabric.lock().sockets_of(poller))
    }

    fn left_behind(&self) -> String {
        let alone = self.here().filter(|inhabitant| !inhabitant.resident.is_alone()).count();
        let sockets: usize = self.here().map(|inhabitant| self.sockets_of(inhabitant.resident.as_ref())).sum();
        format!("{alone} who are not alone, and {sockets} sockets")
    }
}
