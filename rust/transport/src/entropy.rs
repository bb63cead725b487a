//! Random numbers come in from outside, so that a run can be repeated: ids of peers, masks of frames, keys of handshakes.

use std::io;

use rand::rngs::{StdRng, SysRng};
use rand::{RngExt, SeedableRng};

/// The least id of a client. 1 is the server, and Godot gives 0 and negative numbers another meaning.
pub(crate) const LEAST_CLIENT_ID: i32 = 2;

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
    fn the_system_gives_others_each_time() {
        let nonce = || Entropy::from_system().unwrap().nonce();
        assert_ne!(nonce(), nonce());
    }
}
