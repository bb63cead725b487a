//! Whatever happens by chance in a world, from its seed.
//!
//! The numbers are ChaCha8's, whose stream is fixed for ever, and the ways to use them are here, so that a seed means the
//! same world after an update of `rand` as well. Only what our own endpoints draw (`Entropy`, which is `StdRng`) may change
//! with it: ids and masks, on which nothing in a world depends, and how long bytes take where an endpoint makes its link bad.

use rand::rngs::ChaCha8Rng;
use rand::{Rng as _, SeedableRng as _};
use std::time::Duration;

/// A source of chance.
#[derive(Debug)]
pub struct Dice(ChaCha8Rng);

impl Dice {
    /// The same numbers for the same seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// Another source, whose numbers follow from this one's: what one part of a world draws does not shift another's.
    #[must_use]
    pub fn fork(&mut self) -> Self {
        Self::new(self.number())
    }

    /// Any number.
    pub fn number(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number below `end`; 0 if there is none.
    pub fn below(&mut self, end: u64) -> u64 {
        let product = u128::from(self.number()) * u128::from(end);
        u64::try_from(product >> 64).unwrap_or(0)
    }

    /// A number from `least` to `most`, both included.
    pub fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.below(most.saturating_sub(least) + 1)
    }

    /// As [`Dice::between`], for sizes.
    pub fn size(&mut self, least: usize, most: usize) -> usize {
        usize::try_from(self.between(least as u64, most as u64)).unwrap_or(least)
    }

    /// Yes, so many times in a thousand.
    pub fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    /// So many milliseconds, both ends included.
    pub fn milliseconds(&mut self, least: u64, most: u64) -> Duration {
        Duration::from_millis(self.between(least, most))
    }

    /// One of these, if there are any.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        let index = self.below(items.len() as u64);
        items.get(usize::try_from(index).unwrap_or(0))
    }

    /// One of these.
    pub fn one_of<T: Copy, const N: usize>(&mut self, items: [T; N]) -> T {
        const { assert!(N > 0, "there is one") };
        *self.pick(&items).unwrap_or(&items[0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_means_the_same_for_ever() {
        let mut dice = Dice::new(1);
        let drawn: Vec<u64> = (0..4).map(|_| dice.below(1000)).collect();
        assert_eq!(drawn, EXPECTED, "an update changed what seeds mean: the seeds kept in tests are void");
    }

    const EXPECTED: [u64; 4] = [402, 80, 596, 219];

    #[test]
    fn ends_are_reached_and_not_passed() {
        let mut dice = Dice::new(2);
        let drawn: Vec<u64> = (0..200).map(|_| dice.between(3, 5)).collect();
        for number in 3..=5 {
            assert!(drawn.contains(&number));
        }
        assert!(drawn.iter().all(|number| (3..=5).contains(number)));
        assert_eq!(dice.below(0), 0);
        assert!(!dice.chance(0));
        assert!(dice.chance(1000));
    }
}
