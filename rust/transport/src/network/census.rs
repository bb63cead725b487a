//! The network half, counted.

use std::collections::BTreeSet;

use super::admission::Admission;
use super::door::Door;
use super::half::{Slot, Stage};
use super::{Network, NetworkHalf, PeerKey};
use crate::census::Census;

impl<N: Network> NetworkHalf<N> {
    /// What it holds, and whether its parts agree.
    #[doc(hidden)]
    pub fn census(&self) -> Census {
        let door = self.door.as_ref();
        let admission = door.map(|door| &door.admission);
        Census {
            connections: self.slots.len(),
            tickets: admission.map_or(0, Admission::total),
            addresses: admission.map_or(0, Admission::addresses),
            ids: door.map_or(0, |door| door.ids().len()),
            turns: self.readable.len() + self.unflushed.len(),
            deadlines: self.deadlines.len(),
            delayed: self.slots.values().filter(|slot| slot.connection.socket().socket().socket().is_busy()).count(),
            newcomers: usize::from(self.dialing.is_some()) + usize::from(door.is_some_and(Door::has_newcomer)),
            reports: self.reports.len() + self.events.len(),
            strays: self.stray_names() + self.forgotten_turns() + self.forgotten_deadlines() + self.stray_slots(),
            ..Census::default()
        }
    }

    /// Ids and tickets that are nobody's, and those who have one that is in no list.
    fn stray_names(&self) -> usize {
        let Some(door) = &self.door else { return 0 };
        let ids = door.ids().iter().filter(|(id, key)| self.slots.get(**key).is_none_or(|slot| slot.id != **id));
        let known: BTreeSet<PeerKey> = door.admission.keys().collect();
        let admitted = |key: PeerKey| known.contains(&key);
        let tickets = known.iter().filter(|key| self.slots.get(**key).is_none_or(|slot| slot.ticket.is_none()));
        let forgotten = self.slots.iter().filter(|(key, slot)| slot.ticket.is_some() && !admitted(*key));
        ids.count() + tickets.count() + forgotten.count() + door.admission.total().abs_diff(known.len())
    }

    /// Connections that are said to wait for a turn and are in no queue, or are in it twice.
    fn forgotten_turns(&self) -> usize {
        let queued = self.slots.values().filter(|slot| slot.is_queued).count();
        let unflushed = self.slots.values().filter(|slot| slot.is_unflushed).count();
        let here = |key: &&PeerKey| self.slots.contains_key(**key);
        queued.abs_diff(self.readable.iter().filter(here).count())
            + unflushed.abs_diff(self.unflushed.iter().filter(here).count())
    }

    /// Connections with a deadline of which the heap will not remind in time.
    fn forgotten_deadlines(&self) -> usize {
        let reminders: BTreeSet<_> = self.deadlines.iter().collect();
        let is_forgotten = |key: PeerKey, slot: &Slot<N::Socket>| {
            slot.connection.deadline().is_some_and(|due| {
                slot.scheduled.is_none_or(|scheduled| scheduled > due || !reminders.contains(&(scheduled, key)))
            })
        };
        self.slots.iter().filter(|(key, slot)| is_forgotten(*key, slot)).count()
    }

    /// Connections that are over for everybody and still there.
    fn stray_slots(&self) -> usize {
        let is_stray = |slot: &&Slot<N::Socket>| slot.connection.is_finished() && matches!(slot.stage, Stage::Released);
        self.slots.values().filter(is_stray).count()
    }
}
