//! What the game decides, and how it is asked: a request waits under its handshake's deadline while the game thinks.

use std::sync::Arc;
use std::time::Instant;

use super::{Network, NetworkHalf, PeerKey, Report, Requested};
use crate::config::Answer;
use crate::error::CloseCause;

/// How many questions may wait for the game's answers. Each holds a head, of 16 KiB at the most.
const MOST_QUESTIONS: usize = 1024;

/// What the game was asked about a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Question {
    /// Whether it is to be let in.
    Request,
    /// What the statistics are.
    Metrics,
}

impl<N: Network> NetworkHalf<N> {
    /// Asks the game whether a connection is to be let in.
    pub(super) fn ask(&mut self, key: PeerKey, now: Instant) {
        if !self.may_ask() {
            self.turn_down(key, CloseCause::Undecided, None, now);
            return;
        }
        let Some(slot) = self.slots.get_mut(key) else { return };
        let Some(head) = slot.request.as_ref().map(Arc::clone) else { return };
        slot.question = Some(Question::Request);
        let tls = slot.uses_tls();
        self.reports.push(Report::Requested(Box::new(Requested { key, head, address: slot.address, tls })));
    }

    /// Whether the game can be asked one more thing, which is then counted.
    pub(super) fn may_ask(&mut self) -> bool {
        let Some(door) = &mut self.door else { return false };
        let may = door.questions < MOST_QUESTIONS;
        door.questions += usize::from(may);
        may
    }

    /// The game has decided. Much may have happened since it was asked.
    pub(super) fn decide(&mut self, key: PeerKey, answer: &Answer, now: Instant) {
        self.dismiss();
        if self.slots.get(key).is_none_or(|slot| slot.question != Some(Question::Request)) {
            return;
        }
        match (answer, self.objection(key)) {
            (Answer::Accept(_), Some(cause)) => self.turn_down(key, cause, None, now),
            (Answer::Accept(acceptance), None) => self.let_in(key, acceptance, now),
            (Answer::Reject(rejection), _) => {
                if let Some(slot) = self.slots.get_mut(key) {
                    slot.connection.reject(rejection, now, &mut self.events);
                }
            }
        }
        self.settle(key, now);
    }

    /// Nobody comes in any more, so those about whom the game has not decided hear it now.
    pub(super) fn turn_down_undecided(&mut self, now: Instant) {
        let waiting = self.slots.iter().filter(|(_, slot)| slot.question == Some(Question::Request));
        let undecided: Vec<PeerKey> = waiting.map(|(key, _)| key).collect();
        for key in undecided {
            self.turn_down(key, CloseCause::Draining, None, now);
            self.withdraw(key);
            self.settle(key, now);
        }
    }

    /// One question less.
    pub(super) fn dismiss(&mut self) {
        if let Some(door) = &mut self.door {
            door.questions = door.questions.saturating_sub(1);
        }
    }

    /// A connection is over: if the game was asked about its request, it is told.
    pub(super) fn withdraw(&mut self, key: PeerKey) {
        if let Some(slot) = self.slots.get_mut(key)
            && slot.question.take() == Some(Question::Request)
        {
            self.reports.push(Report::Withdrawn { key });
        }
    }
}
