//! When packets were put, as far back as one of them waits.

use std::collections::VecDeque;
use std::time::Instant;

/// One entry for each moment at which packets were put that wait, oldest first; all packets of a frame have the same.
#[derive(Debug, Default)]
pub(super) struct Ages(VecDeque<Put>);

#[derive(Debug)]
struct Put {
    /// The number of the first packet of that moment; the first of all is 1.
    number: u64,
    at: Instant,
}

impl Ages {
    /// The packet of this number was put. So many are gone in all, the oldest first.
    pub(super) fn put(&mut self, number: u64, gone: u64, now: Instant) {
        while self.0.get(1).is_some_and(|next| next.number <= gone + 1) {
            self.0.pop_front();
        }
        if self.0.back().is_none_or(|last| last.at != now || last.number <= gone) {
            self.0.push_back(Put { number, at: now });
        }
    }

    /// When the oldest was put of those that are not gone.
    pub(super) fn oldest(&self, gone: u64) -> Option<Instant> {
        let after = self.0.partition_point(|put| put.number <= gone + 1);
        self.0.get(after.checked_sub(1)?).map(|put| put.at)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_oldest_is_the_first_that_is_not_gone() {
        let mut ages = Ages::default();
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(ages.oldest(0), None);
        // Numbers 1 and 2 at once, then 3, then 4 to 6.
        for (number, seconds) in [(1, 0), (2, 0), (3, 1), (4, 2), (5, 2), (6, 2)] {
            ages.put(number, 0, at(seconds));
        }
        let oldest = [0, 1, 2, 3, 4, 5].map(|gone| ages.oldest(gone));
        assert_eq!(oldest, [0, 0, 1, 2, 2, 2].map(|seconds| Some(at(seconds))));
        ages.put(7, 6, at(9));
        assert_eq!((ages.oldest(6), ages.0.len()), (Some(at(9)), 2), "what is gone is forgotten");
    }

    #[test]
    fn a_quick_link_keeps_next_to_nothing() {
        let mut ages = Ages::default();
        let start = Instant::now();
        for number in 1..10_000 {
            ages.put(number, number - 1, start + Duration::from_millis(number));
        }
        assert!(ages.0.len() <= 2);
    }
}
