//! What a game sends, and what becomes of it at once.

use rust_websocket_transport::connection::{Delivery, ReadyState};
use rust_websocket_transport::error::{QueueLimit, SendError};
use rust_websocket_transport::game::{Recipients, SERVER_ID};
use rust_websocket_transport::wire::message::MessageKind;

use super::{Game, sends_away};
use crate::ledger::Side;
use crate::packet::Parcel;
use crate::residents::Context;

/// What a peer is told that is sent away for a full queue.
const TOO_SLOW: (u16, &str) = (1013, "too slow: the outbound queue is full");

/// From this size on no two packets look alike.
const DISTINCT: usize = 8;

/// Over every limit there is.
const OVERSIZE: usize = 70_000;

impl Game {
    pub(super) fn send_some(&mut self, context: &mut Context<'_>) {
        for _ in 0..context.dice.size(1, self.habits.burst) {
            self.send_one(context);
        }
    }

    fn send_one(&mut self, context: &mut Context<'_>) {
        let size = match context.dice.below(100) {
            0..=1 => 0,
            2 if !context.plan.is_fair => OVERSIZE,
            3..=60 => context.dice.size(1, context.plan.largest.min(64)),
            _ => context.dice.size(1, context.plan.largest),
        };
        let parcel = context.ledger.parcel(size);
        let ids: Vec<i32> = self.peers.keys().copied().collect();
        let some = context.dice.pick(&ids).copied().unwrap_or(77);
        match context.dice.below(10) {
            0..=3 => self.send(Recipients::One(some), unreliable_at_times(parcel), context),
            4 => self.send_message(some, parcel, context),
            5 => self.send(Recipients::AllExcept(some), unreliable_at_times(parcel), context),
            _ => self.send(Recipients::All, unreliable_at_times(parcel), context),
        }
        self.tell_expired(context);
    }

    /// Tells the ledger what has expired so far.
    pub(super) fn tell_expired(&self, context: &mut Context<'_>) {
        let Some(endpoint) = &self.endpoint else { return };
        for id in self.peers.keys() {
            if let Some(view) = endpoint.peer(*id) {
                context.ledger.expired(self.line(*id), self.side(), view.statistics().traffic.packets_expired);
            }
        }
    }

    /// In the calm each peer gets a last packet: nobody may be there only as a ghost.
    pub(super) fn say_hello(&mut self, context: &mut Context<'_>) {
        if std::mem::replace(&mut self.has_said_hello, true) {
            return;
        }
        if std::mem::take(&mut self.refuses_new)
            && let Some(endpoint) = &mut self.endpoint
        {
            // Who waits at the door is let in.
            endpoint.refuse_new_connections(false, context.time.now());
        }
        let parcel = context.ledger.parcel(5);
        self.send(Recipients::All, parcel, context);
    }

    fn send_message(&mut self, id: i32, parcel: Parcel, context: &mut Context<'_>) {
        let kind = if context.dice.chance(500) { MessageKind::Text } else { MessageKind::Binary };
        let Some(endpoint) = &mut self.endpoint else { return };
        let result = endpoint.send_message(id, kind, &parcel.payload());
        // A client's own events do not tell of these.
        let tells = self.side() == Side::Server;
        self.note(id, parcel, result.as_ref().err(), tells, context);
    }

    fn send(&mut self, recipients: Recipients, parcel: Parcel, context: &mut Context<'_>) {
        let Some(endpoint) = &mut self.endpoint else { return };
        let put_at = context.time.now();
        let delivery = if parcel.is_unreliable { Delivery::Unreliable { put_at } } else { Delivery::Reliable };
        let result = endpoint.send(recipients, &parcel.payload(), delivery);
        let side = self.side();
        context.say(|| format!("{side:?} {:?} sends {} bytes to {recipients:?}: {result:?}", self.id, parcel.size));
        match recipients {
            _ if side == Side::Client => self.note(SERVER_ID, parcel, result.as_ref().err(), true, context),
            Recipients::One(id) => self.note(id, parcel, result.as_ref().err(), true, context),
            Recipients::All | Recipients::AllExcept(_) => {
                let except = if let Recipients::AllExcept(id) = recipients { Some(id) } else { None };
                let ids: Vec<i32> = self.peers.keys().copied().filter(|id| Some(*id) != except).collect();
                for id in ids {
                    self.note_broadcast(id, parcel, context);
                }
            }
        }
    }

    /// Whether one of many got a packet is told by what its connection counts.
    fn note_broadcast(&mut self, id: i32, parcel: Parcel, context: &mut Context<'_>) {
        let Some(view) = self.endpoint.as_ref().and_then(|endpoint| endpoint.peer(id)) else { return };
        let limit = view.limits().outbound_buffer_size;
        let error = match self.accepted_by(id) {
            Some(accepted) if self.peers.get(&id).is_some_and(|known| accepted > known.accepted) => None,
            _ if limit > 0 && parcel.size > limit => Some(SendError::TooLarge { size: parcel.size, limit }),
            _ => Some(SendError::Full { queued: 0, limit: QueueLimit::Bytes }),
        };
        self.note(id, parcel, error.as_ref(), true, context);
    }

    /// Packets that were accepted for a peer: what left, what waits, and what was dropped.
    fn accepted_by(&self, id: i32) -> Option<u64> {
        let statistics = self.endpoint.as_ref()?.peer(id)?.statistics();
        let traffic = statistics.traffic;
        Some(
            traffic.packets_sent
                + traffic.packets_expired
                + traffic.packets_dropped
                + statistics.queues.outbound_packets as u64,
        )
    }

    fn is_open(&self, id: i32) -> bool {
        let view = self.endpoint.as_ref().and_then(|endpoint| endpoint.peer(id));
        view.is_some_and(|view| view.ready_state() == ReadyState::Open)
    }

    fn note(&mut self, id: i32, parcel: Parcel, error: Option<&SendError>, tells: bool, context: &mut Context<'_>) {
        let (side, line) = (self.side(), self.line(id));
        let accepted = self.accepted_by(id);
        let is_open = self.is_open(id);
        let Some(known) = self.peers.get_mut(&id) else {
            context.ledger.check(error.is_some(), || format!("{side:?} could send to {id}, which is not here"));
            return;
        };
        match error {
            None => {
                if let Some(accepted) = accepted {
                    known.accepted += 1;
                    let expected = known.accepted;
                    context.ledger.check(accepted == expected, || {
                        format!("{side:?} has had {expected} packets accepted for {line}, and counts {accepted}")
                    });
                }
                // What is put for somebody who has gone is dropped.
                if !known.is_stranger && is_open {
                    if parcel.size > context.plan.largest {
                        context.ledger.has_oversize(line);
                    }
                    context.ledger.sent(line, side, parcel);
                }
            }
            Some(SendError::Full { .. }) if tells => {
                known.missed.push_back(parcel.size);
                self.say_goodbye_to_the_slow(context);
            }
            Some(SendError::NotOpen) => {
                context.ledger.check(!is_open, || format!("{line} is open and not open"));
            }
            Some(SendError::UnknownPeer(_)) => {
                context.ledger.fail(|| format!("{side:?} does not find {id}, which is here"));
            }
            Some(_) => {}
        }
    }

    /// Whoever missed a packet is sent away by the next poll, if that is the policy then.
    pub(super) fn say_goodbye_to_the_slow(&mut self, context: &mut Context<'_>) {
        if !sends_away(&self.settings) {
            return;
        }
        let ids: Vec<i32> = self.peers.keys().copied().collect();
        for id in ids {
            let (side, line) = (self.side(), self.line(id));
            if let Some(known) = self.peers.get(&id)
                && !known.missed.is_empty()
            {
                context.ledger.says_goodbye(line, side, TOO_SLOW.0, TOO_SLOW.1);
            }
        }
    }
}

/// Every third packet may expire, but for those so small that another may look the same: what is missing is told by what
/// arrives. Its number decides, so that no dice are thrown for it.
fn unreliable_at_times(parcel: Parcel) -> Parcel {
    Parcel { is_unreliable: parcel.number.is_multiple_of(3) && parcel.size >= DISTINCT, ..parcel }
}
