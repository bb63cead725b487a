//! The ledger: who is connected to whom, what was accepted and has not arrived, and whether all that must hold does. It is
//! told by both sides of every connection what their games see, and keeps the first thing that is wrong.
//!
//! `account` is what one connection has, `judge` whether the causes of its ends are true.

mod account;
mod judge;

use std::collections::BTreeMap;
use std::time::Duration;

use rust_websocket_transport::error::CloseCause;

pub use self::account::Side;
use self::account::{End, Line};
use self::judge::judge;
use crate::packet::Parcel;

/// The ledger of a world.
#[derive(Debug, Default)]
pub struct Ledger {
    lines: BTreeMap<i32, Line>,
    next_number: u64,
    fault: Option<String>,
    /// No connection may end without a reason in a game.
    pub is_fair: bool,
    /// Some games hear only later what their network half has done.
    pub has_threads: bool,
    /// How many packets arrived.
    pub arrived: u64,
    /// How often a game has ended a connection by itself.
    pub ends: u64,
    /// By how much a frame was late at the most, because others were at work.
    pub lag: Duration,
}

impl Ledger {
    /// Something does not hold. The first is kept.
    pub fn fail(&mut self, what: impl FnOnce() -> String) {
        if self.fault.is_none() {
            self.fault = Some(what());
        }
    }

    /// Something must hold.
    pub fn check(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.fail(what);
        }
    }

    /// The first thing that did not.
    #[must_use]
    pub fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    /// How many connections there were.
    #[must_use]
    pub fn lines(&self) -> usize {
        self.lines.len()
    }

    /// A packet that nobody has sent yet.
    pub fn parcel(&mut self, size: usize) -> Parcel {
        self.next_number += 1;
        Parcel { number: self.next_number, size, is_unreliable: false }
    }

    /// A game hears of a connection, be it one of somebody who breaks rules.
    pub fn opened(&mut self, id: i32, side: Side, is_strange: bool) {
        let line = self.lines.entry(id).or_default();
        line.is_strange |= is_strange;
        let account = line.account(side);
        if account.end == End::Unknown {
            account.end = End::Here;
        } else {
            let end = account.end.clone();
            self.fail(|| format!("{side:?} hears of {id} a second time; before, it was {end:?}"));
        }
    }

    /// A packet was accepted by one side.
    pub fn sent(&mut self, id: i32, from: Side, parcel: Parcel) {
        if parcel.size > 0
            && let Some(line) = self.lines.get_mut(&id)
            && !line.is_strange
        {
            line.account(from.other()).due.push_back(parcel);
        }
    }

    /// One side has counted so many packets in all that have expired.
    pub fn expired(&mut self, id: i32, from: Side, count: u64) {
        let Some(line) = self.lines.get_mut(&id).filter(|line| !line.is_strange) else { return };
        let account = line.account(from.other());
        let missing = account.missing;
        account.expired = count.max(missing);
        self.check(count >= missing, || {
            format!("{missing} packets of {id} did not arrive, and {from:?} counts {count} as expired")
        });
    }

    /// How many bytes are on their way from this side.
    #[must_use]
    pub fn under_way(&self, id: i32, from: Side) -> usize {
        let Some(line) = self.lines.get(&id) else { return 0 };
        let due = if from == Side::Server { &line.client.due } else { &line.server.due };
        due.iter().map(|parcel| parcel.size).sum()
    }

    /// A packet that the other side will not take was accepted.
    pub fn has_oversize(&mut self, id: i32) {
        self.lines.entry(id).or_default().has_oversize = true;
    }

    /// A packet arrived at one side.
    pub fn received(&mut self, id: i32, at: Side, payload: &[u8]) {
        let line = self.lines.entry(id).or_default();
        // What it has counted last, nobody is told of one who has let go; and a game hears of it later than its network thread
        // counts.
        let is_counted = line.account(at.other()).end == End::Here && !self.has_threads;
        let account = line.account(at);
        if account.end != End::Here {
            let end = account.end.clone();
            self.fail(|| format!("{at:?} of {id} gets a packet while it is {end:?}"));
            return;
        }
        self.arrived += 1;
        // What has expired is passed over: it is unreliable, and was counted.
        while let Some(parcel) = account.due.front()
            && parcel.is_unreliable
            && (account.missing < account.expired || !is_counted)
            && parcel.payload() != payload
        {
            account.missing += 1;
            account.expired = account.expired.max(account.missing);
            account.due.pop_front();
        }
        let Some(parcel) = account.due.pop_front() else {
            self.fail(|| format!("{at:?} of {id} gets {} bytes that nobody sent", payload.len()));
            return;
        };
        if parcel.payload() != payload {
            self.fail(|| {
                format!(
                    "{at:?} of {id} should get packet {} of {} bytes, and gets {} others",
                    parcel.number,
                    parcel.size,
                    payload.len()
                )
            });
        }
    }

    /// A game has said goodbye with this code; 0 is none.
    pub fn says_goodbye(&mut self, id: i32, side: Side, code: u16, reason: &str) {
        self.lines.entry(id).or_default().account(side).goodbyes.push((code, reason.to_owned()));
        self.ends += 1;
    }

    /// A game has cut a connection, or the system did so.
    pub fn cuts(&mut self, id: i32, side: Side) {
        self.lines.entry(id).or_default().account(side).was_cut = true;
        self.ends += 1;
    }

    /// A game lets go of a connection, and is to hear of it no more.
    pub fn lets_go(&mut self, id: i32, side: Side) {
        let account = self.lines.entry(id).or_default().account(side);
        account.was_cut = true;
        if account.end == End::Here {
            account.end = End::LetGo;
            account.due.clear();
        }
    }

    /// The machine of one side vanishes.
    pub fn vanishes(&mut self, id: i32, side: Side) {
        let account = self.lines.entry(id).or_default().account(side);
        account.was_cut = true;
        account.end = End::Vanished;
        account.due.clear();
    }

    /// A game is told of the end.
    pub fn ended(&mut self, id: i32, side: Side, cause: &CloseCause) {
        let Some(line) = self.lines.get_mut(&id) else {
            self.fail(|| format!("{side:?} is told of the end of {id}, of which nobody has heard"));
            return;
        };
        let is_counted = line.account(side.other()).end == End::Here && !self.has_threads;
        let has_threads = self.has_threads;
        // By the other network half alone, while its game went on sending.
        let goodbyes = &line.account(side.other()).goodbyes;
        let was_told_off = has_threads
            && matches!(cause, CloseCause::ByPeer { code, .. }
                if goodbyes.iter().all(|(said, _)| *said != code.unwrap_or_default()));
        let account = line.account(side);
        if account.end != End::Here {
            let end = account.end.clone();
            self.fail(|| format!("{side:?} is told of the end of {id} while it is {end:?}"));
            return;
        }
        account.end = End::Told(cause.clone());
        // A close frame comes behind all that was sent before it.
        let left = account.awaited(is_counted);
        let has_said = !account.goodbyes.is_empty();
        account.due.clear();
        match cause {
            CloseCause::ByPeer { .. } if left > 0 && !was_told_off => {
                self.fail(|| {
                    format!("{side:?} of {id} hears a goodbye ({cause}), and {left} packets before it are lost")
                });
            }
            CloseCause::Broken { .. } => self.fail(|| format!("{side:?} of {id} is broken: {cause}")),
            CloseCause::ByUs { .. } if !has_said => {
                self.fail(|| format!("{side:?} of {id} ended by itself without being asked: {cause}"));
            }
            _ => {}
        }
    }

    /// Whether all that was accepted has arrived, where both sides are here, and both sides know of each end.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.unsettled().is_none()
    }

    /// What is still to come.
    #[must_use]
    pub fn unsettled(&self) -> Option<String> {
        self.lines.iter().find_map(|(id, line)| {
            let (server, client) = (&line.server, &line.client);
            match (&server.end, &client.end) {
                (End::Here, End::Here) if server.awaited(true) + client.awaited(true) > 0 => Some(format!(
                    "{id}: {} packets for the server and {} for the client have not arrived",
                    server.awaited(true),
                    client.awaited(true)
                )),
                (End::Here, End::Here) => None,
                (End::Here, other) => Some(format!("{id}: the server has not heard that the client is {other:?}")),
                (other, End::Here) => Some(format!("{id}: the client has not heard that the server is {other:?}")),
                _ => None,
            }
        })
    }

    /// What can only be judged when all is over.
    pub fn close(&mut self) {
        for (id, line) in &self.lines {
            let ends = [(Side::Server, &line.server, &line.client), (Side::Client, &line.client, &line.server)];
            for (side, own, other) in ends {
                if line.is_strange || other.end == End::Unknown {
                    continue;
                }
                let End::Told(cause) = &own.end else { continue };
                let fault = judge(cause, own, other, line.has_oversize, self.is_fair);
                if let Some(fault) = fault
                    && self.fault.is_none()
                {
                    self.fault = Some(format!("{side:?} of {id} was told '{cause}' ({cause:?}): {fault}"));
                }
            }
        }
    }
}
