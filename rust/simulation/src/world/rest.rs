//! The calm: everybody has turns while time stands still, until nobody finds anything to do.

use std::time::Duration;

use rust_websocket_transport::census::Census;

use super::{Inhabitant, World};
use crate::residents::Context;

/// How long it may take to read what nobody waits for: the end of a flood, say, over a link that its reader makes bad.
const REST: Duration = Duration::from_secs(60);

/// How many turns everybody gets while time stands still.
const TURNS: usize = 20_000;

impl World {
    /// Network threads move until they sleep, while time stands still.
    fn rest_threads(&self) {
        for inhabitant in self.here() {
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

    /// Whether something waits for a due time, as it does where an endpoint makes its links bad: a ping, what peers that break
    /// rules have sent, or what others have written to a server that has said goodbye. Of none of these the ledger knows. It lies
    /// in a socket, or is under way; or waits to be, and whoever looks anew finds room for it before it is told of that.
    fn has_something_behind_bad_links(&self) -> bool {
        let here = self.here().map(|inhabitant| &inhabitant.resident);
        let mut residents = here.filter(|resident| resident.has_bad_links());
        residents.any(|resident| {
            let has_unread = resident.poller().is_some_and(|poller| self.fabric.lock().unread(poller) > 0);
            has_unread || resident.census().is_some_and(|census| census.delayed > 0)
        })
    }

    /// Everybody looks once. Whether nobody has found anything to do, or waits for a turn or for its game, which the next look
    /// brings.
    fn is_idle(&mut self) -> bool {
        let before = self.activity();
        self.look(1);
        let waits = |census: Census| census.turns + census.orders + census.reports > 0;
        let has_more = self.here().filter_map(|inhabitant| inhabitant.resident.census()).any(waits);
        !has_more && self.activity() == before
    }

    /// What changes when somebody does something. One whose place is free at last is let in by the next look.
    fn activity(&self) -> [(u64, u64); 2] {
        let fabric = self.fabric.lock();
        let (open, watched) = fabric.sockets();
        [fabric.carried(), (open as u64, watched as u64)]
    }

    /// Nobody waits for an event that has come already: told everything again, nobody finds anything to do.
    pub(super) fn look_for_forgotten(&mut self) {
        self.pass(REST, |world| !world.has_something_behind_bad_links());
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
}
