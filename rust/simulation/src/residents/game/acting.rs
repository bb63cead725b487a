//! What a game does beside sending and reading: any public call, at any moment.

use rust_websocket_transport::close_code::CloseCode;
use rust_websocket_transport::game::SERVER_ID;

use super::life::check_emptiness;
use super::{Game, Role, raise};
use crate::ledger::Side;
use crate::residents::Context;
use crate::time::nanoseconds;

/// Codes that a game may close with; 0 is none.
const CODES: [u16; 6] = [1000, 1000, 1001, 3000, 4999, 0];

impl Game {
    /// Does something.
    pub(super) fn act(&mut self, context: &mut Context<'_>) {
        let now = context.now();
        // One that has just left can be named, too.
        let ids: Vec<i32> = self.peers.keys().copied().chain(self.departed).collect();
        let id = context.dice.pick(&ids).copied().unwrap_or_else(|| context.dice.one_of([0, SERVER_ID, 5, -5]));
        let ends_one = self.habits.is_restless && context.dice.chance(500);
        let what = context.dice.below(if ends_one { 29 } else { 100 });
        if what <= 28 && self.side() == Side::Client {
            // It may break off its own handshake.
            self.is_expected = false;
        }
        context.say(|| format!("{:?} {:?} does {what} with {id}", self.side(), self.id));
        match what {
            0..=14 => self.close(id, context),
            15..=22 => self.cut(id, context),
            23..=28 => self.abandon(id, context),
            29..=44 => {
                let limits = context.plan.limits(context.dice);
                if let (Some(known), Some(endpoint)) = (self.peers.get_mut(&id), &mut self.endpoint) {
                    raise(&mut known.peak, &limits);
                    endpoint.set_peer_limits(id, limits, now);
                }
            }
            45..=54 => {
                let enabled = context.dice.chance(500);
                if let Some(endpoint) = &mut self.endpoint {
                    endpoint.set_peer_no_delay(id, enabled, now);
                }
            }
            55..=64 => self.configure(context),
            65..=74 => self.refuse(context),
            75..=84 => self.poll(context),
            85..=92 => {
                if let Some(endpoint) = &mut self.endpoint {
                    endpoint.flush(now);
                }
            }
            93..=95 => self.shut_down(context),
            96..=97 => self.drain(context),
            _ => self.send_some(context),
        }
    }

    fn close(&mut self, id: i32, context: &mut Context<'_>) {
        let code = context.dice.one_of(CODES);
        let reason = context.dice.one_of(["", "kicked", "the round is over"]);
        // Without a code there is no place for a reason.
        let reason = if code == 0 { "" } else { reason };
        let (now, line, side) = (context.now(), self.line(id), self.side());
        let Some(endpoint) = &mut self.endpoint else { return };
        endpoint.close_peer(id, CloseCode::new(code).ok(), reason, now);
        if let Some(known) = self.peers.get_mut(&id) {
            known.is_leaving = true;
            context.ledger.says_goodbye(line, side, code, reason);
        }
    }

    fn cut(&mut self, id: i32, context: &mut Context<'_>) {
        let (now, line, side) = (context.now(), self.line(id), self.side());
        let Some(endpoint) = &mut self.endpoint else { return };
        endpoint.cut_peer(id, now);
        if let Some(known) = self.peers.get_mut(&id) {
            known.is_leaving = true;
            context.ledger.cuts(line, side);
        }
    }

    fn abandon(&mut self, id: i32, context: &mut Context<'_>) {
        let (now, line, side) = (context.now(), self.line(id), self.side());
        let Some(endpoint) = &mut self.endpoint else { return };
        if side == Side::Client && id != SERVER_ID {
            return;
        }
        endpoint.abandon_peer(id, now);
        if self.peers.remove(&id).is_some() {
            self.abandoned.insert(id);
            context.ledger.says_goodbye(line, side, 1000, "");
            context.ledger.lets_go(line, side);
        }
        if side == Side::Client {
            self.is_over = true;
        }
    }

    fn configure(&mut self, context: &mut Context<'_>) {
        let now = context.now();
        let mut settings = context.plan.settings(context.dice);
        if context.plan.is_fair {
            settings.admission = self.settings.admission;
        }
        if self.side() == Side::Client {
            // Only the policy of one that is connected changes.
            settings.limits = self.settings.limits;
        }
        if let Some(endpoint) = &mut self.endpoint {
            endpoint.configure(settings.clone(), now);
            raise(&mut self.peak, &settings.limits);
            self.settings = settings;
            self.say_goodbye_to_the_slow(context);
        }
    }

    fn refuse(&mut self, context: &mut Context<'_>) {
        self.refuses_new = !self.refuses_new && !context.plan.is_fair;
        if let Some(endpoint) = &mut self.endpoint {
            endpoint.refuse_new_connections(self.refuses_new, context.time.now());
        }
    }

    /// All of it ends, and begins anew after a while.
    fn shut_down(&mut self, context: &mut Context<'_>) {
        if self.lives == 0 || context.plan.is_fair {
            return;
        }
        let Some(endpoint) = &mut self.endpoint else { return };
        endpoint.shut_down();
        let is_quiet = endpoint.available() == 0 && endpoint.next_event().is_none() && endpoint.pop().is_none();
        context.ledger.check(is_quiet, || "an endpoint that was shut down has more to say".to_owned());
        check_emptiness(&**endpoint, context.ledger);
        self.let_go_of_all(context.ledger);
        if context.dice.chance(300) {
            // It is driven all the same, once more.
            endpoint_after_end(self, context);
        }
        self.endpoint = None;
        let least = if matches!(self.role, Role::Server { .. }) { 0 } else { 50 };
        self.returns_at = Some(context.time.nanoseconds() + nanoseconds(context.dice.milliseconds(least, 1_500)));
    }

    /// The end of the world: clients leave in one way or another, a server waits until all have gone.
    pub(super) fn say_goodbye(&mut self, context: &mut Context<'_>) {
        if self.side() == Side::Server {
            return;
        }
        match self.peers.get(&SERVER_ID).map(|known| known.is_leaving) {
            Some(true) => {}
            Some(false) => match context.dice.below(4) {
                0 => self.cut(SERVER_ID, context),
                1 => self.drop_endpoint(context.ledger),
                _ => self.close(SERVER_ID, context),
            },
            None => self.drop_endpoint(context.ledger),
        }
    }
}

/// Polls an endpoint that was shut down: it must neither talk nor break.
fn endpoint_after_end(game: &mut Game, context: &mut Context<'_>) {
    let now = context.now();
    let Some(endpoint) = &mut game.endpoint else { return };
    endpoint.poll(now);
    endpoint.flush(now);
    let event = endpoint.next_event();
    context.ledger.check(event.is_none(), || format!("an endpoint that was shut down says {event:?}"));
}
