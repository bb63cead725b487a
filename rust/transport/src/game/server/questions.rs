//! Requests about which the game decides. Each is known from its report until its connection is open, or has come to nothing.

use std::time::Instant;

use slotmap::SecondaryMap;

use super::{Announcement, Server};
use crate::config::Answer;
use crate::event::Ticket;
use crate::fault::{Fault, is_planted};
use crate::network::{Command, PeerKey, Requested};

/// Requests that wait, and those that were let in and are not open yet.
#[derive(Debug, Default)]
pub(super) struct Questions(SecondaryMap<PeerKey, Question>);

#[derive(Debug)]
struct Question {
    requested: Requested,
    /// The game has heard of it.
    was_told: bool,
    was_answered: bool,
}

/// The number of a request.
pub(super) fn ticket_of(key: PeerKey) -> Ticket {
    Ticket::from_number(key.to_number())
}

fn key_of(ticket: Ticket) -> PeerKey {
    PeerKey::from_number(ticket.number())
}

impl Questions {
    /// The game hears of it, unless it has gone, or was turned down unheard as the server began to drain.
    pub(super) fn tell(&mut self, key: PeerKey) -> Option<Ticket> {
        let question =
            self.0.get_mut(key).filter(|question| !question.was_answered || is_planted(Fault::AskedInVain))?;
        question.was_told = true;
        Some(ticket_of(key))
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Its connection is open. Whether the game had heard of it.
    pub(super) fn settle(&mut self, key: PeerKey) -> bool {
        self.0.remove(key).is_some_and(|question| question.was_told)
    }
}

impl Server {
    pub(super) fn hear_request(&mut self, requested: Requested) {
        let key = requested.key;
        self.questions.0.insert(key, Question { requested, was_told: false, was_answered: false });
        self.announcements.push_back(Announcement::Requested { key });
    }

    /// A request has come to nothing.
    pub(super) fn hear_withdrawal(&mut self, key: PeerKey) {
        let Some(question) = self.questions.0.remove(key) else { return };
        if !question.was_answered {
            self.link.command(Command::Dismiss, self.now);
        }
        if question.was_told && !is_planted(Fault::WithdrawalNotTold) {
            self.announcements.push_back(Announcement::Withdrawn { key });
        }
    }

    /// Nobody comes in any more: the network half has turned down whoever waited.
    pub(super) fn close_questions(&mut self, now: Instant) {
        for question in self.questions.0.values_mut().filter(|question| !question.was_answered) {
            question.was_answered = true;
            self.link.command(Command::Dismiss, now);
        }
    }

    pub(super) fn request_of(&self, ticket: Ticket) -> Option<&Requested> {
        let question = self.questions.0.get(key_of(ticket))?;
        (!question.was_answered).then_some(&question.requested)
    }

    pub(super) fn answer_request(&mut self, ticket: Ticket, answer: Answer, now: Instant) -> bool {
        let key = key_of(ticket);
        let Some(question) = self.questions.0.get_mut(key).filter(|question| !question.was_answered) else {
            return false;
        };
        question.was_answered = true;
        self.link.command(Command::Answer { key, answer: Box::new(answer) }, now);
        true
    }
}
