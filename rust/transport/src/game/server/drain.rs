//! How a server comes to its end: nobody new comes in, and those who are left go by a deadline.

use std::time::Instant;

use super::{Server, Stage};
use crate::event::Event;
use crate::game::DrainPlan;
use crate::network::{Command, PeerKey};

/// A server that drains.
#[derive(Debug)]
pub(super) struct Draining {
    plan: DrainPlan,
    /// The network half lets nobody in any more: whoever did get in was reported before.
    is_shut: bool,
    /// The game was told that nobody is left.
    is_told: bool,
}

impl Server {
    pub(super) fn start_draining(&mut self, plan: DrainPlan, now: Instant) {
        self.link.command(Command::Drain { until: plan.deadline }, now);
        self.close_questions(now);
        match &mut self.draining {
            Some(draining) => draining.plan = plan,
            None => self.draining = Some(Draining { plan, is_shut: false, is_told: false }),
        }
    }

    pub(super) fn hear_shut(&mut self) {
        if let Some(draining) = &mut self.draining {
            draining.is_shut = true;
        }
    }

    /// Closes whoever is left when the time has come, those included who have only just got in.
    pub(super) fn close_late(&mut self, now: Instant) {
        let Some(draining) = self.draining.as_ref().filter(|draining| now >= draining.plan.deadline) else { return };
        let DrainPlan { code, reason, .. } = draining.plan.clone();
        let is_here = |key: &PeerKey| self.peers.get(*key).is_some_and(|peer| matches!(peer.stage, Stage::Joined));
        let late: Vec<PeerKey> = self.peers.keys().into_iter().filter(is_here).collect();
        for key in late {
            self.close_key(key, code, &reason, now);
        }
    }

    /// What is told once: nobody is left, and the last bytes of everybody have left.
    pub(super) fn end_of_drain(&mut self) -> Option<Event> {
        let is_empty = self.peers.is_empty() && self.counts.leaving() == 0;
        let draining = self.draining.as_mut().filter(|draining| draining.is_shut && !draining.is_told)?;
        if !is_empty {
            return None;
        }
        draining.is_told = true;
        Some(Event::Drained)
    }
}
