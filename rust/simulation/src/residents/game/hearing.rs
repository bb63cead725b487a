//! What a game is told and what it reads.

use std::collections::VecDeque;

use rust_websocket_transport::error::CloseCause;
use rust_websocket_transport::event::{Event, Packet};
use rust_websocket_transport::game::SERVER_ID;

use super::{Game, Known};
use crate::ledger::Side;
use crate::residents::{Context, Mood, Resident as _};

/// How often a game in the calm looks again within one frame, as long as there is something.
const ROUNDS: usize = 200;

/// How many odd things a game does in one handler at the most.
const ACTS: usize = 3;

impl Game {
    fn take_events(&mut self, context: &mut Context<'_>) {
        while let Some(event) = self.endpoint.as_mut().and_then(|endpoint| endpoint.next_event()) {
            self.departed = None;
            self.hear(event, context);
            // From a handler.
            for _ in 0..ACTS {
                if context.mood == Mood::Active && context.dice.chance(self.habits.acts) {
                    self.act(context);
                }
            }
        }
        self.departed = None;
    }

    pub(super) fn poll(&mut self, context: &mut Context<'_>) {
        self.poll_blindly(context);
        self.take_events(context);
    }

    /// Leaves what happened waiting.
    pub(super) fn poll_blindly(&mut self, context: &mut Context<'_>) {
        let now = context.now();
        if let Some(endpoint) = &mut self.endpoint {
            endpoint.poll(now);
        }
        self.tell_expired(context);
    }

    fn hear(&mut self, event: Event, context: &mut Context<'_>) {
        context.say(|| format!("{:?} {:?} hears {event:?}", self.side(), self.id));
        let side = self.side();
        match event {
            Event::Connected { id } => {
                let address = self.endpoint.as_ref().and_then(|endpoint| endpoint.peer(id)?.address());
                let is_stranger = address.is_some_and(|address| context.fabric.lock().is_strange(address.ip()));
                self.meet(id, is_stranger);
                context.ledger.opened(id, side, is_stranger);
                self.questions.lead_to_peer();
                self.warn_of_drain(id, context.ledger);
                context.ledger.check(side == Side::Server, || "a client heard of a peer".to_owned());
            }
            Event::Joined { id } => {
                context.ledger.check(self.id.is_none() && !self.is_over, || format!("a client joined twice, as {id}"));
                self.id = Some(id);
                self.meet(SERVER_ID, false);
                context.ledger.opened(id, side, false);
                context.ledger.check(side == Side::Client, || "a server joined".to_owned());
            }
            Event::Disconnected { id, cause } => {
                let line = self.line(id);
                let was_known = self.peers.remove(&id).is_some();
                context.ledger.check(was_known, || format!("{side:?} is told of the end of {id}, which is not here"));
                context.ledger.ended(line, side, &cause);
                self.check_departed(id, &cause, context);
                self.departed = Some(id);
                if side == Side::Client {
                    self.is_over = true;
                }
            }
            Event::Overflowed { id, size, .. } => {
                let expected = self.peers.get_mut(&id).and_then(|known| known.missed.pop_front());
                context.ledger.check(expected == Some(size), || {
                    format!("{side:?} hears that {id} missed {size} bytes; it missed {expected:?}")
                });
            }
            Event::Requested { ticket } => self.hear_request(ticket, context),
            Event::Withdrawn { ticket } => self.hear_withdrawal(ticket, context),
            Event::Drained => self.hear_drained(context),
            Event::HandshakeFailed { cause, .. } => {
                let is_honest = !matches!(cause, CloseCause::IdUnsent(_));
                context.ledger.check(is_honest, || format!("a peer was turned away: {cause}"));
            }
            Event::Failed { cause } => {
                context.ledger.check(side == Side::Client && self.id.is_none() && !self.is_over, || {
                    format!("{side:?} {:?} failed out of turn: {cause}", self.id)
                });
                self.is_over = true;
                self.check_failure(&cause, context);
            }
        }
    }

    fn meet(&mut self, id: i32, is_stranger: bool) {
        let known = Known { peak: self.peak, missed: VecDeque::new(), is_stranger, is_leaving: false, accepted: 0 };
        self.peers.insert(id, known);
    }

    fn receive(&self, packet: &Packet, context: &mut Context<'_>) {
        let side = self.side();
        let line = self.line(packet.source);
        context.say(|| format!("{side:?} {line} gets {} bytes", packet.payload.len()));
        if self.abandoned.contains(&packet.source) {
            return;
        }
        let known = self.peers.get(&packet.source);
        context
            .ledger
            .check(known.is_some(), || format!("{side:?} gets a packet of {}, which is not here", packet.source));
        if known.is_some_and(|known| !known.is_stranger) {
            context.ledger.received(line, side, &packet.payload);
        }
    }

    pub(super) fn read(&mut self, context: &mut Context<'_>) {
        let is_calm = context.mood > Mood::Active;
        if !is_calm && !context.dice.chance(self.habits.reads) {
            return;
        }
        let most = if is_calm { usize::MAX } else { self.habits.reads_at_most };
        for _ in 0..most {
            let Some(endpoint) = &mut self.endpoint else { return };
            let (available, source) = (endpoint.available(), endpoint.next_source());
            let packet = endpoint.pop();
            let is_one = packet.as_ref().map(|packet| packet.source) == source && packet.is_some() == (available > 0);
            context
                .ledger
                .check(is_one, || format!("{available} packets wait, the next of {source:?}, which is not so"));
            let Some(packet) = packet else { return };
            self.popped += 1;
            self.receive(&packet, context);
        }
    }

    /// A network thread moves until it sleeps. Or else it has done something.
    fn let_thread_rest(&self, context: &mut Context<'_>) {
        let (Some(thread), Some(poller)) = (&self.thread, self.poller) else { return };
        let has_news = context.fabric.lock().has_news(poller);
        // What a link carries that is bad on purpose, no socket carries yet.
        let wire = || self.endpoint.as_ref().map(|endpoint| endpoint.statistics().wire);
        let before = (context.fabric.lock().carried(), wire(), self.census());
        let rests = thread.rest(has_news);
        let after = (context.fabric.lock().carried(), wire(), self.census());
        context.ledger.check(rests || before != after, || "a network thread is busy with nothing".to_owned());
    }

    /// In the calm nobody has to wait for the next frame because of narrow limits. A network thread moves as well.
    pub(super) fn catch_up(&mut self, context: &mut Context<'_>) {
        for _ in 0..ROUNDS {
            let popped = self.popped;
            if context.mood == Mood::Active {
                return;
            }
            self.let_thread_rest(context);
            self.poll(context);
            self.read(context);
            if self.popped == popped {
                return;
            }
        }
    }
}
