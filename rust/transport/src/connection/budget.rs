//! How much one poll may do, so that no peer has all of a frame's time, whatever it sends.
//!
//! Bytes bound what is copied, and are counted where they come off the socket: how little they mean is for the other side
//! to choose. Where they mean more, because they are compressed, what they mean counts as well. Time bounds everything else. Looking at a clock costs about as much as a small frame, so it is looked at once
//! in a while, by the work that was done.

use std::time::{Duration, Instant};

use crate::clock::Clock;

/// How long one poll may read and understand, and answer what it understood. At 60 polls per second it is over half of the
/// time, which only a flood takes.
pub(crate) const READ_TIME: Duration = Duration::from_millis(10);

/// How much is done between two looks at the clock, in units of [`Budget::spend`]: some tens of microseconds.
const BETWEEN_LOOKS: usize = 64;

/// How many bytes off a socket are as much work as one small frame. TLS records without a payload, the costliest bytes
/// there are, are 22 or more each.
const BYTES_PER_UNIT: usize = 128;

/// How much may still be done.
#[derive(Debug)]
pub struct Budget {
    /// Bytes that may still come off sockets, or out of what is compressed.
    pub bytes: usize,
    clock: Clock,
    end: Instant,
    /// Units until the next look at the clock.
    until_look: usize,
    is_over: bool,
}

impl Budget {
    /// So many bytes, and so long from now on.
    #[must_use]
    pub fn start(bytes: usize, time: Duration, clock: Clock) -> Self {
        let end = clock.now() + time;
        Self { bytes, clock, end, until_look: BETWEEN_LOOKS, is_over: false }
    }

    /// So many bytes, in whatever time they take.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn of_bytes(bytes: usize) -> Self {
        Self::start(bytes, Duration::from_secs(3600), Clock::default())
    }

    /// Whether nothing more may be read.
    #[must_use]
    pub fn is_spent(&self) -> bool {
        self.is_over || self.bytes == 0
    }

    /// Whether the time is up, as far as is known.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    /// Looks at the clock.
    pub fn look(&mut self) -> Instant {
        let now = self.clock.now();
        self.until_look = BETWEEN_LOOKS;
        self.is_over |= now >= self.end;
        now
    }

    /// Takes note of work of so many units, each about what a small frame costs.
    pub(super) fn spend(&mut self, units: usize) {
        match self.until_look.checked_sub(units) {
            Some(left) => self.until_look = left,
            None => {
                self.look();
            }
        }
    }

    /// Takes note of inflating so many bytes. Whether there may be more.
    pub(super) fn spend_inflated(&mut self, bytes: usize) -> bool {
        self.bytes = self.bytes.saturating_sub(bytes);
        self.spend(bytes / BYTES_PER_UNIT);
        !self.is_spent()
    }

    /// Takes note of a read that brought so many bytes off the socket, be it none.
    pub(super) fn spend_read(&mut self, bytes: u64) {
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        self.bytes = self.bytes.saturating_sub(bytes);
        self.spend(1 + bytes / BYTES_PER_UNIT);
    }
}
