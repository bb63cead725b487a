//! What waits to be written to one peer. It leaves in the order in which it was put. What may be dropped waits in a lane of its
//! own, so that the oldest of it is found and taken out at once, wherever it is in that order. What has to leave is kept small,
//! and stays in its place until it has left: a game's frame has thousands of these, on their way to as many peers.

use std::collections::VecDeque;
use std::time::Instant;

use bytes::Bytes;

/// So many places are kept for the next burst. More would hold a burst's memory for the rest of the connection's life.
const KEPT_PLACES: usize = 64;

/// What a piece, a frame or the head of an HTTP message, is to whoever counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Ours: a head, a control frame, a peer's id.
    Own,
    /// A message with so much payload, which has to leave.
    Reliable { payload: usize },
    /// A message that may be dropped before its first byte has left.
    Unreliable { payload: usize, put_at: Instant },
}

trait Piece {
    fn bytes(&self) -> &Bytes;

    fn kind(&self) -> Kind;
}

/// What has to leave.
#[derive(Debug)]
struct Reliable {
    bytes: Bytes,
    /// The size of a message; `None` for what is ours.
    payload: Option<usize>,
}

impl Piece for Reliable {
    fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    fn kind(&self) -> Kind {
        self.payload.map_or(Kind::Own, |payload| Kind::Reliable { payload })
    }
}

/// What may be dropped.
#[derive(Debug)]
struct Unreliable {
    bytes: Bytes,
    payload: usize,
    put_at: Instant,
    /// So many reliable pieces of all were put before it.
    after: u64,
}

impl Piece for Unreliable {
    fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    fn kind(&self) -> Kind {
        Kind::Unreliable { payload: self.payload, put_at: self.put_at }
    }
}

/// Pieces of one kind, in the order in which they were put.
#[derive(Debug)]
struct Lane<P> {
    pieces: VecDeque<P>,
    /// So many at the front are begun: the socket has taken something of them, so they leave whole.
    begun: usize,
}

impl<P> Default for Lane<P> {
    fn default() -> Self {
        Self { pieces: VecDeque::new(), begun: 0 }
    }
}

impl<P: Piece> Lane<P> {
    /// The first of which the socket has taken nothing.
    fn first_waiting(&self) -> Option<&P> {
        self.pieces.get(self.begun)
    }

    /// The first that was begun and has not left.
    fn first_begun(&self) -> Option<&P> {
        self.pieces.front().filter(|_| self.begun > 0)
    }

    fn last_begun(&self) -> Option<&P> {
        self.pieces.get(self.begun.checked_sub(1)?)
    }

    /// Begins the first that waits. Its size.
    fn begin(&mut self) -> Option<usize> {
        let size = self.first_waiting()?.bytes().len();
        self.begun += 1;
        Some(size)
    }

    /// Takes out the first that was begun, if it is no longer than so many bytes, which are fewer then.
    fn take_written(&mut self, written: &mut usize) -> Option<Kind> {
        *written = written.checked_sub(self.first_begun()?.bytes().len())?;
        self.begun -= 1;
        self.pieces.pop_front().map(|piece| piece.kind())
    }

    fn give_back(&mut self) {
        if self.pieces.capacity() > KEPT_PLACES {
            self.pieces = VecDeque::new();
        }
    }
}

/// Pieces in order. None of them is empty.
#[derive(Debug, Default)]
pub(super) struct Queue {
    reliable: Lane<Reliable>,
    unreliable: Lane<Unreliable>,
    /// How much the socket has not taken of the last piece that was begun.
    rest: usize,
    /// How many reliable ones have left.
    left: u64,
    /// How many of all are ours.
    own: usize,
}

impl Queue {
    pub(super) fn is_empty(&self) -> bool {
        self.reliable.pieces.is_empty() && self.unreliable.pieces.is_empty()
    }

    /// Whether there is something that the socket has not taken.
    pub(super) fn has_unwritten(&self) -> bool {
        self.rest > 0 || self.reliable.first_waiting().is_some() || self.unreliable.first_waiting().is_some()
    }

    /// How many pieces are ours.
    pub(super) fn own(&self) -> usize {
        self.own
    }

    pub(super) fn push(&mut self, bytes: Bytes, kind: Kind) {
        if bytes.is_empty() {
            return;
        }
        let payload = match kind {
            Kind::Own => None,
            Kind::Reliable { payload } => Some(payload),
            Kind::Unreliable { payload, put_at } => {
                let after = self.left + self.reliable.pieces.len() as u64;
                self.unreliable.pieces.push_back(Unreliable { bytes, payload, put_at, after });
                return;
            }
        };
        self.own += usize::from(payload.is_none());
        self.reliable.pieces.push_back(Reliable { bytes, payload });
    }

    /// Whether this one was put before the reliable one that is at this place, or would be.
    fn is_before(&self, unreliable: &Unreliable, place: usize) -> bool {
        unreliable.after <= self.left + place as u64
    }

    /// What the socket has not taken, piece by piece.
    pub(super) fn unwritten(&self) -> impl Iterator<Item = &[u8]> {
        let rest = self.last_begun().and_then(|bytes| bytes.get(bytes.len() - self.rest..));
        let mut place = self.reliable.begun;
        let mut unreliable = self.unreliable.pieces.iter().skip(self.unreliable.begun).peekable();
        let waiting = std::iter::from_fn(move || {
            let reliable = self.reliable.pieces.get(place);
            let is_next = |unreliable: &&Unreliable| reliable.is_none() || self.is_before(unreliable, place);
            if let Some(next) = unreliable.next_if(is_next) {
                return Some(&*next.bytes);
            }
            place += 1;
            reliable.map(|next| &*next.bytes)
        });
        rest.into_iter().filter(|rest| !rest.is_empty()).chain(waiting)
    }

    fn last_begun(&self) -> Option<&Bytes> {
        if self.is_last_begun_unreliable() {
            self.unreliable.last_begun().map(|last| &last.bytes)
        } else {
            self.reliable.last_begun().map(|last| &last.bytes)
        }
    }

    fn is_last_begun_unreliable(&self) -> bool {
        let last_reliable = self.reliable.begun.checked_sub(1);
        self.unreliable.last_begun().is_some_and(|last| last_reliable.is_none_or(|place| !self.is_before(last, place)))
    }

    /// The socket has taken so many more bytes. Whatever they are a part of will leave whole.
    pub(super) fn begin(&mut self, mut taken: usize) {
        let of_rest = self.rest.min(taken);
        self.rest -= of_rest;
        taken -= of_rest;
        while taken > 0 {
            let place = self.reliable.begun;
            let is_unreliable = self.unreliable.first_waiting().is_some_and(|first| self.is_before(first, place));
            let begun = if is_unreliable { self.unreliable.begin() } else { self.reliable.begin() };
            let Some(size) = begun else { return };
            let of_piece = size.min(taken);
            self.rest = size - of_piece;
            taken -= of_piece;
        }
    }

    /// Takes out the first piece that was begun, if it is no longer than the bytes that have left, which are fewer then.
    pub(super) fn take_written(&mut self, written: &mut usize) -> Option<Kind> {
        let is_unreliable = self.unreliable.first_begun().is_some_and(|first| self.is_before(first, 0));
        let kind = if is_unreliable {
            self.unreliable.take_written(written)?
        } else {
            let kind = self.reliable.take_written(written)?;
            self.left += 1;
            self.own -= usize::from(kind == Kind::Own);
            kind
        };
        if self.is_empty() {
            self.reliable.give_back();
            self.unreliable.give_back();
        }
        Some(kind)
    }

    /// When the oldest of those that may be dropped was put.
    pub(super) fn oldest_unreliable(&self) -> Option<Instant> {
        self.unreliable.first_waiting().map(|oldest| oldest.put_at)
    }

    /// Takes out the oldest of those that may be dropped. Its payload's size.
    pub(super) fn drop_unreliable(&mut self) -> Option<usize> {
        self.unreliable.pieces.remove(self.unreliable.begun).map(|oldest| oldest.payload)
    }

    /// See [`crate::fault::Fault::LastFragmentLostAtClose`].
    pub(super) fn drop_last_reliable(&mut self) -> Option<usize> {
        let payload = self.reliable.pieces.back()?.payload?;
        if self.reliable.pieces.len() > self.reliable.begun + 1 {
            self.reliable.pieces.pop_back();
            return Some(payload);
        }
        None
    }

    /// See [`crate::fault::Fault::ExpiredAfterFirstByte`].
    pub(super) fn lose_rest(&mut self) {
        if self.is_last_begun_unreliable()
            && let Some(place) = self.unreliable.begun.checked_sub(1)
            && let Some(last) = self.unreliable.pieces.get_mut(place)
        {
            last.bytes.truncate(last.bytes.len() - self.rest);
            self.rest = 0;
        }
    }

    /// What all of the pieces are.
    pub(super) fn kinds(&self) -> impl Iterator<Item = Kind> {
        self.reliable.pieces.iter().map(Piece::kind).chain(self.unreliable.pieces.iter().map(Piece::kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_begun_goes_on_whichever_lane_it_is_in() {
        let reliable = Kind::Reliable { payload: 2 };
        let unreliable = Kind::Unreliable { payload: 2, put_at: Instant::now() };
        for [first, second] in [[reliable, unreliable], [unreliable, reliable]] {
            let mut queue = Queue::default();
            queue.push(Bytes::from_static(b"ab"), first);
            queue.push(Bytes::from_static(b"cd"), second);
            queue.begin(3);
            assert_eq!(queue.unwritten().collect::<Vec<_>>(), [b"d"]);
            let mut written = 3;
            assert_eq!((queue.take_written(&mut written), written), (Some(first), 1));
            assert_eq!((queue.take_written(&mut written), written), (None, 1));
        }
    }
}
