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

/// Pieces in order. None of them is empty.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// Those of which the socket has taken something: they leave whole.
    begun: VecDeque<Piece>,
    /// How much of the last of these the socket has not taken.
    rest: usize,
    /// Those that have to leave.
    reliable: VecDeque<Numbered>,
    /// Those that may be dropped, oldest first.
    unreliable: VecDeque<Numbered>,
    next_number: u64,
    /// How many of all are ours.
    own: usize,
}

impl Queue {
    pub(super) fn is_empty(&self) -> bool {
        self.begun.is_empty() && self.reliable.is_empty() && self.unreliable.is_empty()
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
        lane.push_back(Numbered { number: self.next_number, piece });
        self.next_number += 1;
    }

    /// What the socket has not taken, piece by piece.
    pub(super) fn unwritten(&self) -> impl Iterator<Item = &[u8]> {
        let rest = self.begun.back().and_then(|piece| piece.bytes.get(piece.bytes.len() - self.rest..));
        let (mut reliable, mut unreliable) = (self.reliable.iter().peekable(), self.unreliable.iter().peekable());
        let waiting = std::iter::from_fn(move || {
            let next = match (reliable.peek(), unreliable.peek()) {
                (Some(first), Some(second)) if first.number > second.number => unreliable.next(),
                (None, _) => unreliable.next(),
                (Some(_), _) => reliable.next(),
            };
            next.map(|numbered| &*numbered.piece.bytes)
        });
        rest.into_iter().filter(|rest| !rest.is_empty()).chain(waiting)
    }

    /// The socket has taken so many more bytes. Whatever they are a part of will leave whole.
    pub(super) fn begin(&mut self, mut taken: usize) {
        let of_rest = self.rest.min(taken);
        self.rest -= of_rest;
        taken -= of_rest;
        while taken > 0 {
            let Some(piece) = self.next() else { return };
            let of_piece = piece.bytes.len().min(taken);
            self.rest = piece.bytes.len() - of_piece;
            taken -= of_piece;
            self.begun.push_back(piece);
        }
    }

    fn next(&mut self) -> Option<Piece> {
        let lane = match (self.reliable.front(), self.unreliable.front()) {
            (Some(first), Some(second)) if first.number > second.number => &mut self.unreliable,
            (None, _) => &mut self.unreliable,
            (Some(_), _) => &mut self.reliable,
        };
        lane.pop_front().map(|numbered| numbered.piece)
    }

    /// Takes out the first piece that was begun, if it is no longer than the bytes that have left.
    pub(super) fn take_written(&mut self, written: usize) -> Option<Piece> {
        if self.begun.front()?.bytes.len() > written {
            return None;
        }
        let piece = self.begun.pop_front()?;
        self.own -= usize::from(piece.kind == Kind::Own);
        if self.is_empty() {
            self.give_back();
        }
        Some(piece)
    }

    /// When the oldest of those that may be dropped was put.
    pub(super) fn oldest_unreliable(&self) -> Option<Instant> {
        match self.unreliable.front()?.piece.kind {
            Kind::Unreliable { put_at, .. } => Some(put_at),
            Kind::Own | Kind::Reliable { .. } => None,
        }
    }

    /// Takes out the oldest of those that may be dropped. Its payload's size.
    pub(super) fn drop_unreliable(&mut self) -> Option<usize> {
        match self.unreliable.pop_front()?.piece.kind {
            Kind::Unreliable { payload, .. } => Some(payload),
            Kind::Own | Kind::Reliable { .. } => None,
        }
    }

    /// See [`crate::fault::Fault::LastFragmentLostAtClose`].
    pub(super) fn drop_last_reliable(&mut self) -> Option<usize> {
        match self.reliable.back()?.piece.kind {
            Kind::Reliable { payload } if self.reliable.len() > 1 => {
                self.reliable.pop_back();
                Some(payload)
            }
            _ => None,
        }
    }

    /// See [`crate::fault::Fault::ExpiredAfterFirstByte`].
    pub(super) fn lose_rest(&mut self) {
        if matches!(self.begun.back(), Some(Piece { kind: Kind::Unreliable { .. }, .. }))
            && let Some(last) = self.begun.back_mut()
        {
            last.bytes.truncate(last.bytes.len() - self.rest);
            self.rest = 0;
        }
    }

    /// What all of the pieces are.
    pub(super) fn kinds(&self) -> impl Iterator<Item = Kind> {
        let waiting = self.reliable.iter().chain(&self.unreliable).map(|numbered| &numbered.piece);
        self.begun.iter().chain(waiting).map(|piece| piece.kind)
    }

    fn give_back(&mut self) {
        if self.begun.capacity() > KEPT_PLACES {
            self.begun = VecDeque::new();
        }
        for lane in [&mut self.reliable, &mut self.unreliable] {
            if lane.capacity() > KEPT_PLACES {
                *lane = VecDeque::new();
            }
        }
    }
}
