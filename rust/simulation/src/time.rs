//! Virtual time: it stands still until the world moves it, but for the little that work takes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rust_websocket_transport::clock::Clock;

/// The time of a world, in nanoseconds from its beginning. Clones tell the same time.
#[derive(Debug, Clone)]
pub struct VirtualTime {
    /// An `Instant` can only be made by the system. This is the only one that is; nothing depends on which it is.
    base: Instant,
    elapsed: Arc<AtomicU64>,
    /// How much passes with each look at the clock: the work that was done since the last one.
    per_look: Arc<AtomicU64>,
}

impl VirtualTime {
    /// The beginning of a world.
    #[must_use]
    pub fn new() -> Self {
        Self { base: Instant::now(), elapsed: Arc::default(), per_look: Arc::default() }
    }

    /// Nanoseconds since the beginning.
    #[must_use]
    pub fn nanoseconds(&self) -> u64 {
        self.elapsed.load(Ordering::Relaxed)
    }

    /// How long the world has been.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        Duration::from_nanos(self.nanoseconds())
    }

    /// The same as the transport wants it.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.base + self.elapsed()
    }

    /// Moves on to this moment; time does not run backwards.
    pub fn advance_to(&self, nanoseconds: u64) {
        self.elapsed.fetch_max(nanoseconds, Ordering::Relaxed);
    }

    /// From now on so much passes with each look at the clock that work takes.
    pub fn work_takes(&self, per_look: Duration) {
        self.per_look.store(nanoseconds(per_look), Ordering::Relaxed);
    }

    /// The clock by which the transport measures its own work.
    #[must_use]
    pub fn clock(&self) -> Clock {
        let time = self.clone();
        Clock::new(move || {
            time.elapsed.fetch_add(time.per_look.load(Ordering::Relaxed), Ordering::Relaxed);
            time.now()
        })
    }
}

impl Default for VirtualTime {
    fn default() -> Self {
        Self::new()
    }
}

/// A duration as the world counts.
#[must_use]
pub fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX / 4)
}
