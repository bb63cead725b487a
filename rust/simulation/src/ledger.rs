//! The ledger: who is connected to whom, what was accepted and has not arrived, and whether all that must hold does. It is
//! told by both sides of every connection what their games see, and keeps the first thing that is wrong.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use rust_websocket_transport::error::CloseCause;

use crate::packet::Parcel;

/// Which end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// The one that gave the id.
    Server,
    /// The one that got it.
    Client,
}

impl Side {
    fn other(self) -> Self {
        match self {
            Self::Server => Self::Client,
            Self::Client => Self::Server,
        }
    }
}

/// What a game knows of its end of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
enum End {
    /// It has not heard of it.
    #[default]
    Unknown,
    /// It is here.
    Here,
    /// It was told of the end, for this reason.
    Told(CloseCause),
    /// It has let go by itself, and is told nothing.
    LetGo,
    /// The machine is gone.
    Vanished,
}

/// One end in the ledger.
#[derive(Debug, Default)]
struct Account {
    end: End,
    /// Accepted for it, and not arrived.
    due: VecDeque<Parcel>,
    /// How many unreliable ones the other side has counted as expired.
    expired: u64,
    /// How many did not arrive, as what came behind them tells.
    missing: u64,
    /// What its game has said to end it: code and reason of close frames.
    goodbyes: Vec<(u16, String)>,
    /// It was ended in a way of which the other side need not hear a word.
    was_cut: bool,
}

impl Account {
    /// How many packets are to arrive, but for those that have expired. Unless the other side still counts these, any that is
    /// unreliable may have.
    fn awaited(&self, is_counted: bool) -> usize {
        let expired = usize::try_from(self.expired - self.missing).unwrap_or(usize::MAX);
        let unreliable = self.due.iter().filter(|parcel| parcel.is_unreliable).count();
        self.due.len() - unreliable + if is_counted { unreliable.abs_diff(expired) } else { 0 }
    }
}

/// One connection, by the id that the server gave.
#[derive(Debug, Default)]
struct Line {
    server: Account,
    client: Account,
    /// A packet was sent that the other side does not take, for its size.
    has_oversize: bool,
    /// The client breaks rules, and is not asked.
    is_strange: bool,
}

impl Line {
    fn account(&mut self, side: Side) -> &mut Account {
        match side {
            Side::Server => &mut self.server,
            Side::Client => &mut self.client,
        }
    }
}

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

/// What is wrong with this cause, given what both games did.
fn judge(
    cause: &CloseCause,
    own: &Account,
    other: &Account,
    has_oversize: bool,
    is_fair: bool,
) -> Option<&'static str> {
    match cause {
        CloseCause::ByPeer { code, reason } => {
            let was_said = other
                .goodbyes
                .iter()
                .any(|(said, why)| code.unwrap_or_default() == *said && (why == reason || code.is_none()));
            let was_told_off = matches!(&other.end, End::Told(CloseCause::Protocol(error)) if Some(error.close_code().get()) == *code)
                || (has_oversize && *code == Some(1009));
            (!was_said && !was_told_off).then_some("the other side has said no such thing")
        }
        CloseCause::Protocol(_) if !has_oversize => Some("the other side keeps to the protocol"),
        CloseCause::EndOfStream | CloseCause::Io(_) | CloseCause::Tls(_) | CloseCause::TimedOut(_)
            if is_fair
                && own.goodbyes.is_empty()
                && other.goodbyes.is_empty()
                && !own.was_cut
                && !other.was_cut
                && !has_oversize =>
        {
            Some("nobody has ended it")
        }
        CloseCause::Cut if !own.was_cut => Some("nobody has cut it"),
        _ => None,
    }
}
