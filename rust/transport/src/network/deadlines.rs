//! When something is due on which connection. In order, so that a drive costs nothing for those that are not.

use std::collections::BTreeSet;
use std::time::Instant;

use super::PeerKey;

/// Deadlines of connections, by their keys. Entries are not removed when a deadline moves: their owner compares
/// them with the connection's own deadline when they come up. The same one is there once: a deadline that goes back and forth,
/// as when messages grow old between two pings, leaves no more behind than one that stays.
#[derive(Debug, Default)]
pub(super) struct Deadlines {
    entries: BTreeSet<(Instant, PeerKey)>,
}

impl Deadlines {
    pub(super) fn add(&mut self, at: Instant, key: PeerKey) {
        self.entries.insert((at, key));
    }

    /// How many there are, those included that are past.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// All of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Instant, PeerKey)> {
        self.entries.iter().copied()
    }

    /// When the next one comes.
    pub(super) fn next(&self) -> Option<Instant> {
        self.entries.first().map(|(at, _)| *at)
    }

    /// Takes the next one that has come.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<(Instant, PeerKey)> {
        if self.next()? > now {
            return None;
        }
        self.entries.pop_first()
    }
}
