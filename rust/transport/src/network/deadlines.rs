//! When something is due on which connection. A heap, so that a drive costs nothing for those that are not.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Instant;

use super::PeerKey;

/// Deadlines of connections, by their keys. Entries are not removed when a deadline moves: their owner compares
/// them with the connection's own deadline when they come up.
#[derive(Debug, Default)]
pub(super) struct Deadlines {
    heap: BinaryHeap<Reverse<(Instant, PeerKey)>>,
}

impl Deadlines {
    pub(super) fn add(&mut self, at: Instant, key: PeerKey) {
        self.heap.push(Reverse((at, key)));
    }

    /// How many there are, those included that are past.
    pub(super) fn len(&self) -> usize {
        self.heap.len()
    }

    /// All of them, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Instant, PeerKey)> {
        self.heap.iter().map(|Reverse(due)| *due)
    }

    /// When the next one comes.
    pub(super) fn next(&self) -> Option<Instant> {
        self.heap.peek().map(|Reverse((at, _))| *at)
    }

    /// Takes the next one that has come.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<(Instant, PeerKey)> {
        if self.next()? > now {
            return None;
        }
        self.heap.pop().map(|Reverse(due)| due)
    }
}
