//! What one connection has of each of its ends.

use std::collections::VecDeque;

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
    pub(super) fn other(self) -> Self {
        match self {
            Self::Server => Self::Client,
            Self::Client => Self::Server,
        }
    }
}

/// What a game knows of its end of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum End {
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
pub(super) struct Account {
    pub(super) end: End,
    /// Accepted for it, and not arrived.
    pub(super) due: VecDeque<Parcel>,
    /// How many unreliable ones the other side has counted as expired.
    pub(super) expired: u64,
    /// How many did not arrive, as what came behind them tells.
    pub(super) missing: u64,
    /// What its game has said to end it: code and reason of close frames.
    pub(super) goodbyes: Vec<(u16, String)>,
    /// It was ended in a way of which the other side need not hear a word.
    pub(super) was_cut: bool,
}

impl Account {
    /// How many packets are to arrive, but for those that have expired. Unless the other side still counts these, any that is
    /// unreliable may have.
    pub(super) fn awaited(&self, is_counted: bool) -> usize {
        let expired = usize::try_from(self.expired - self.missing).unwrap_or(usize::MAX);
        let unreliable = self.due.iter().filter(|parcel| parcel.is_unreliable).count();
        self.due.len() - unreliable + if is_counted { unreliable.abs_diff(expired) } else { 0 }
    }
}

/// One connection, by the id that the server gave.
#[derive(Debug, Default)]
pub(super) struct Line {
    pub(super) server: Account,
    pub(super) client: Account,
    /// A packet was sent that the other side does not take, for its size.
    pub(super) has_oversize: bool,
    /// The client breaks rules, and is not asked.
    pub(super) is_strange: bool,
}

impl Line {
    pub(super) fn account(&mut self, side: Side) -> &mut Account {
        match side {
            Side::Server => &mut self.server,
            Side::Client => &mut self.client,
        }
    }
}
