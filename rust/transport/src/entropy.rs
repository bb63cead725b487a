//! Random numbers come in from outside, so that a run can be repeated: ids of peers, masks of frames, keys of handshakes.

use std::io;
use std::time::Duration;

use rand::rngs::{StdRng, SysRng};
use rand::{RngExt, SeedableRng};

/// The least id of a client. 1 is the server, and Godot gives 0 and negative numbers another meaning.
pub(crate) const LEAST_CLIENT_ID: i32 = 2;

/// A share of all cases, from none to nearly all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Share(u32);

impl Share {
    /// From 0.0 to 1.0; `None` for any other number.
    #[must_use]
    pub fn new(share: f64) -> Option<Self> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is looked at")]
        (0.0..=1.0).contains(&share).then(|| Self((share * f64::from(u32::MAX)) as u32))
    }
}

/// A source of random numbers that nobody outside can foresee, as RFC 6455 section 10.3 asks for masks, unless it was
/// made from a seed.
#[derive(Debug)]
pub struct Entropy {
    generator: StdRng,
}

impl Entropy {
    /// Seeded by the system.
    ///
    /// # Errors
    /// When the system has no random numbers to give.
    pub fn from_system() -> io::Result<Self> {
        StdRng::try_from_rng(&mut SysRng).map(|generator| Self { generator }).map_err(io::Error::other)
    }

    /// The same numbers for the same seed. For simulated worlds and tests.
    #[must_use]
    pub fn from_seed(seed: u64) -> Self {
        Self { generator: StdRng::seed_from_u64(seed) }
    }

    /// Another source, whose numbers follow from this one's.
    pub(crate) fn fork(&mut self) -> Box<Self> {
        Box::new(Self { generator: StdRng::from_rng(&mut self.generator) })
    }

    /// The mask of a frame (RFC 6455 section 5.3).
    pub(crate) fn mask(&mut self) -> [u8; 4] {
        self.generator.random()
    }

    /// The nonce of an opening handshake (RFC 6455 section 4.1).
    pub(crate) fn nonce(&mut self) -> [u8; 16] {
        self.generator.random()
    }

    /// Whether something happens that happens in this share of all cases.
    pub(crate) fn happens(&mut self, share: Share) -> bool {
        share.0 > 0 && self.generator.random::<u32>() < share.0
    }

    /// A part of a time, from nothing to nearly all of it.
    pub(crate) fn part_of(&mut self, time: Duration) -> Duration {
        if time.is_zero() { time } else { self.generator.random_range(Duration::ZERO..time) }
    }

    /// An id for a client, as Godot's `generate_unique_id` makes them.
    pub(crate) fn client_id(&mut self) -> i32 {
        self.generator.random_range(LEAST_CLIENT_ID..=i32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_numbers_again() {
        let numbers = |seed| {
            let mut entropy = Entropy::from_seed(seed);
            (entropy.mask(), entropy.nonce(), entropy.client_id())
        };
        assert_eq!(numbers(7), numbers(7));
        assert_ne!(numbers(7), numbers(8));
    }

    #[test]
    fn a_share_is_one_of_all_cases() {
        let mut entropy = Entropy::from_seed(1);
        let mut times = |share| (0..10_000).filter(|_| entropy.happens(Share::new(share).unwrap())).count();
        assert_eq!(times(0.0), 0);
        assert!((2_300..2_700).contains(&times(0.25)));
        assert!(times(1.0) > 9_990);
        assert_eq!([-0.1, 1.1, f64::NAN].map(Share::new), [None; 3]);
    }

    #[test]
    fn the_system_gives_others_each_time() {
        let nonce = || Entropy::from_system().unwrap().nonce();
        assert_ne!(nonce(), nonce());
    }
}
