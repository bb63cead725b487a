//! A server's game that decides whom to let in, and one that drains.

use std::collections::BTreeSet;

use rust_websocket_transport::close_code::CloseCode;
use rust_websocket_transport::config::{Acceptance, Answer, HeaderLines, Rejection};
use rust_websocket_transport::event::Ticket;
use rust_websocket_transport::game::DrainPlan;

use super::Game;
use super::life::check_emptiness;
use crate::ledger::{Ledger, Side};
use crate::residents::{Context, Mood};
use crate::time::nanoseconds;

/// What was asked, and has not come to an end.
#[derive(Debug, Default)]
pub(super) struct Questions {
    /// Each is one that was withdrawn, or became a peer: of which nobody tells the game.
    told: BTreeSet<Ticket>,
    peers: usize,
    /// What is to be answered, and when.
    open: Vec<(u64, Ticket, Decision)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Decision {
    Accept,
    Reject,
    /// It is never made.
    Leave,
}

impl Decision {
    fn answer(self) -> Option<Answer> {
        match self {
            Self::Accept => Some(Answer::Accept(Acceptance::default())),
            Self::Reject => {
                Rejection::new(403, "not today", HeaderLines::default(), String::new()).ok().map(Answer::Reject)
            }
            Self::Leave => None,
        }
    }
}

impl Questions {
    /// Somebody has become a peer.
    pub(super) fn lead_to_peer(&mut self) {
        self.peers += 1;
    }
}

impl Game {
    /// A request came: it is decided about at once, later, or never.
    pub(super) fn hear_request(&mut self, ticket: Ticket, context: &mut Context<'_>) {
        let Some(endpoint) = &self.endpoint else { return };
        let ledger = &mut *context.ledger;
        ledger.check(context.plan.has_questions, || format!("the game is asked about {ticket:?}"));
        ledger.check(endpoint.request(ticket).is_some(), || format!("{ticket:?} is asked about and not there"));
        let is_new = self.questions.told.insert(ticket);
        ledger.check(is_new, || format!("the game is asked about {ticket:?} a second time"));
        let is_calm = context.mood > Mood::Active;
        let decision = match context.dice.below(10) {
            0..=5 => Decision::Accept,
            _ if is_calm || context.plan.is_fair => Decision::Accept,
            6..=8 => Decision::Reject,
            _ => Decision::Leave,
        };
        let most = if is_calm || context.dice.chance(400) { 0 } else { 500 };
        let at = context.time.nanoseconds() + nanoseconds(context.dice.milliseconds(0, most));
        self.questions.open.push((at, ticket, decision));
        self.answer_requests(context);
        self.drain_before_others_are_heard(context);
    }

    /// At times it drains from a handler, while it is about to be told of others who came in the same poll.
    fn drain_before_others_are_heard(&mut self, context: &mut Context<'_>) {
        let has_news = self.endpoint.as_ref().is_some_and(|endpoint| endpoint.census().announcements > 0);
        if context.mood == Mood::Active && context.plan.has_drains && has_news && context.dice.chance(300) {
            self.drain(context);
        }
    }

    pub(super) fn hear_withdrawal(&mut self, ticket: Ticket, context: &mut Context<'_>) {
        let was_told = self.questions.told.remove(&ticket);
        context.ledger.check(was_told, || format!("{ticket:?} is withdrawn, of which nobody has heard"));
        let is_there = self.endpoint.as_ref().is_some_and(|endpoint| endpoint.request(ticket).is_some());
        context.ledger.check(!is_there, || format!("{ticket:?} is withdrawn, and there"));
    }

    /// Answers what it is time for. Some have gone meanwhile.
    pub(super) fn answer_requests(&mut self, context: &mut Context<'_>) {
        let now = context.time.nanoseconds();
        let (due, open) = std::mem::take(&mut self.questions.open).into_iter().partition(|(at, ..)| *at <= now);
        self.questions.open = open;
        let Some(endpoint) = &mut self.endpoint else { return };
        for (_, ticket, decision) in due {
            let Some(answer) = decision.answer() else { continue };
            let is_there = endpoint.request(ticket).is_some();
            let was_there = endpoint.answer(ticket, answer, context.time.now());
            context.say(|| format!("Server answers {ticket:?}: {decision:?}"));
            let is_answered = is_there == was_there && endpoint.request(ticket).is_none();
            context.ledger.check(is_answered, || format!("{ticket:?} is there and not there"));
        }
    }

    /// At the end nothing is left of any question.
    pub(super) fn check_questions(&self, ledger: &mut Ledger) {
        let Questions { told, peers, .. } = &self.questions;
        ledger.check(self.endpoint.is_none() || told.len() <= *peers, || {
            format!("{} requests have come to nothing, and nobody has said so", told.len() - peers)
        });
    }

    /// It takes nobody new any more, and whoever is left is closed after a while.
    pub(super) fn drain(&mut self, context: &mut Context<'_>) {
        if !context.plan.has_drains || self.side() == Side::Client || self.lives == 0 {
            return;
        }
        let Some(endpoint) = &mut self.endpoint else { return };
        let code = context.dice.one_of([1001, 1012, 4000, 0]);
        let reason = if code == 0 { "" } else { context.dice.one_of(["", "back in a minute"]) };
        let deadline = context.time.now() + context.dice.milliseconds(0, 3_000);
        let plan = DrainPlan { deadline, code: CloseCode::new(code).ok(), reason: reason.to_owned() };
        endpoint.drain(plan, context.time.now());
        let is_draining = endpoint.is_draining();
        context.ledger.check(is_draining, || "a server drains and says that it does not".to_owned());
        self.drains.push((code, reason));
        for id in self.peers.keys() {
            context.ledger.says_goodbye(*id, Side::Server, code, reason);
        }
    }

    /// What a server that drains says to everybody.
    pub(super) fn warn_of_drain(&self, id: i32, ledger: &mut Ledger) {
        for (code, reason) in &self.drains {
            ledger.says_goodbye(id, Side::Server, *code, reason);
        }
    }

    /// It is empty, and begins anew after a while.
    pub(super) fn hear_drained(&mut self, context: &mut Context<'_>) {
        let is_empty = !self.drains.is_empty() && self.peers.is_empty();
        context.ledger.check(is_empty, || format!("drained with {} peers left", self.peers.len()));
        let Some(mut endpoint) = self.endpoint.take() else { return };
        let event = endpoint.next_event();
        context.ledger.check(event.is_none(), || format!("a server that was drained says {event:?}"));
        endpoint.shut_down();
        check_emptiness(&*endpoint, context.ledger);
        self.returns_at = Some(context.time.nanoseconds() + nanoseconds(context.dice.milliseconds(0, 1_500)));
    }
}
