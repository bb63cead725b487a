//! What waits to be written to one peer. It leaves in the order in which it was put. What may be dropped waits in a lane of its
//! own, so that the oldest of it is found and taken out at once, wherever it is in that order.

use std::collections::VecDeque;
use std::time::Instant;

use bytes::Bytes;

/// So many places are kept for the next burst. More would hold a burst's memory for the rest of the connection's life.
const KEPT_PLACES: usize = 64;

/// A frame, or the head of an HTTP message.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) bytes: Bytes,
    pub(super) kind: Kind,
}

/// What a piece is to whoever counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Ours: a head, a control frame, a peer's id.
    Own,
    /// A message with so much payload, which has to leave.
    Reliable { payload: usize },
    /// A message that may be dropped before its first byte has left.
    Unreliable { payload: usize, put_at: Instant },
}

/// A piece, and its number in the order of putting.
#[derive(Debug)]
struct Numbered {
    number: u64,
    piece: Piece,
}

/// Pieces of one kind in order. They stay in their places until they have left: what is moved here is moved for each message to
/// each peer.
#[derive(Debug, Default)]
struct Lane {
    pieces: VecDeque<Numbered>,
    /// So many at the front are begun: the socket has taken something of them, so they leave whole.
    begun: usize,
}

impl Lane {
    /// The first of which the socket has taken nothing.
    fn first_waiting(&self) -> Option<&Numbered> {
        self.pieces.get(self.begun)
    }

    /// The first that was begun and has not left.
    fn first_begun(&self) -> Option<&Numbered> {
        self.pieces.front().filter(|_| self.begun > 0)
    }

    fn last_begun(&self) -> Option<&Numbered> {
        self.pieces.get(self.begun.checked_sub(1)?)
    }

    /// Those of which the socket has taken nothing.
    fn waiting(&self) -> impl Iterator<Item = &Numbered> {
        self.pieces.range(self.begun.min(self.pieces.len())..)
    }

    fn take_first_begun(&mut self) -> Option<Piece> {
        self.begun = self.begun.checked_sub(1)?;
        self.pieces.pop_front().map(|numbered| numbered.piece)
    }

    fn give_back(&mut self) {
        if self.pieces.capacity() > KEPT_PLACES {
            self.pieces = VecDeque::new();
        }
    }
}

/// Whether the first of two is the one that was put before the other.
fn is_earlier(first: Option<&Numbered>, second: Option<&Numbered>) -> bool {
    match (first, second) {
        (Some(first), Some(second)) => first.number < second.number,
        (first, None) => first.is_some(),
        (None, Some(_)) => false,
    }
}

/// Pieces in order. None of them is empty.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// Those that have to leave.
    reliable: Lane,
    /// Those that may be dropped until they are begun, oldest first.
    unreliable: Lane,
    /// How much the socket has not taken of the last piece that was begun.
    rest: usize,
    next_number: u64,
    /// How many of all are ours.
    own: usize,
}

impl Queue {
    pub(super) fn is_empty(&self) -> bool {
        self.reliable.pieces.is_empty() && self.unreliable.pieces.is_empty()
    }

    /// Whether there is something that the socket has not taken.
    pub(super) fn has_unwritten(&self) -> bool {
        let waits = |lane: &Lane| lane.first_waiting().is_some();
        self.rest > 0 || waits(&self.reliable) || waits(&self.unreliable)
    }

    /// How many pieces are ours.
    pub(super) fn own(&self) -> usize {
        self.own
    }

    pub(super) fn push(&mut self, piece: Piece) {
        if piece.bytes.is_empty() {
            return;
        }
        self.own += usize::from(piece.kind == Kind::Own);
        let lane = match piece.kind {
            Kind::Own | Kind::Reliable { .. } => &mut self.reliable,
            Kind::Unreliable { .. } => &mut self.unreliable,
        };
        lane.pieces.push_back(Numbered { number: self.next_number, piece });
        self.next_number += 1;
    }

    /// What the socket has not taken, piece by piece.
    pub(super) fn unwritten(&self) -> impl Iterator<Item = &[u8]> {
        let rest = self.last_begun().and_then(|piece| piece.bytes.get(piece.bytes.len() - self.rest..));
        let (mut reliable, mut unreliable) = (self.reliable.waiting().peekable(), self.unreliable.waiting().peekable());
        let waiting = std::iter::from_fn(move || {
            let next = if is_earlier(unreliable.peek().copied(), reliable.peek().copied()) {
                unreliable.next()
            } else {
                reliable.next()
            };
            next.map(|numbered| &*numbered.piece.bytes)
        });
        rest.into_iter().filter(|rest| !rest.is_empty()).chain(waiting)
    }

    fn last_begun(&self) -> Option<&Piece> {
        let (reliable, unreliable) = (self.reliable.last_begun(), self.unreliable.last_begun());
        let last = if is_earlier(reliable, unreliable) { unreliable.or(reliable) } else { reliable.or(unreliable) };
        last.map(|numbered| &numbered.piece)
    }

    /// The socket has taken so many more bytes. Whatever they are a part of will leave whole.
    pub(super) fn begin(&mut self, mut taken: usize) {
        let of_rest = self.rest.min(taken);
        self.rest -= of_rest;
        taken -= of_rest;
        while taken > 0 {
            let is_unreliable = is_earlier(self.unreliable.first_waiting(), self.reliable.first_waiting());
            let lane = if is_unreliable { &mut self.unreliable } else { &mut self.reliable };
            let Some(next) = lane.first_waiting() else { return };
            let size = next.piece.bytes.len();
            let of_piece = size.min(taken);
            self.rest = size - of_piece;
            taken -= of_piece;
            lane.begun += 1;
        }
    }

    /// Takes out the first piece that was begun, if it is no longer than the bytes that have left.
    pub(super) fn take_written(&mut self, written: usize) -> Option<Piece> {
        let is_unreliable = is_earlier(self.unreliable.first_begun(), self.reliable.first_begun());
        let lane = if is_unreliable { &mut self.unreliable } else { &mut self.reliable };
        if lane.first_begun()?.piece.bytes.len() > written {
            return None;
        }
        let piece = lane.take_first_begun()?;
        self.own -= usize::from(piece.kind == Kind::Own);
        if self.is_empty() {
            self.reliable.give_back();
            self.unreliable.give_back();
        }
        Some(piece)
    }

    /// When the oldest of those that may be dropped was put.
    pub(super) fn oldest_unreliable(&self) -> Option<Instant> {
        match self.unreliable.first_waiting()?.piece.kind {
            Kind::Unreliable { put_at, .. } => Some(put_at),
            Kind::Own | Kind::Reliable { .. } => None,
        }
    }

    /// Takes out the oldest of those that may be dropped. Its payload's size.
    pub(super) fn drop_unreliable(&mut self) -> Option<usize> {
        match self.unreliable.pieces.remove(self.unreliable.begun)?.piece.kind {
            Kind::Unreliable { payload, .. } => Some(payload),
            Kind::Own | Kind::Reliable { .. } => None,
        }
    }

    /// See [`crate::fault::Fault::LastFragmentLostAtClose`].
    pub(super) fn drop_last_reliable(&mut self) -> Option<usize> {
        match self.reliable.pieces.back()?.piece.kind {
            Kind::Reliable { payload } if self.reliable.pieces.len() > self.reliable.begun + 1 => {
                self.reliable.pieces.pop_back();
                Some(payload)
            }
            _ => None,
        }
    }

    /// See [`crate::fault::Fault::ExpiredAfterFirstByte`].
    pub(super) fn lose_rest(&mut self) {
        if matches!(self.last_begun(), Some(Piece { kind: Kind::Unreliable { .. }, .. }))
            && let Some(place) = self.unreliable.begun.checked_sub(1)
            && let Some(last) = self.unreliable.pieces.get_mut(place)
        {
            last.piece.bytes.truncate(last.piece.bytes.len() - self.rest);
            self.rest = 0;
        }
    }

    /// What all of the pieces are.
    pub(super) fn kinds(&self) -> impl Iterator<Item = Kind> {
        self.reliable.pieces.iter().chain(&self.unreliable.pieces).map(|numbered| numbered.piece.kind)
    }
}
