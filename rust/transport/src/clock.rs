//! Where the time comes from while a poll is at work. Whoever polls says what time it is; how long the work has taken
//! since then only a clock can tell.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

/// A clock: the system's, or one that a test moves.
#[derive(Clone, Default)]
pub struct Clock(Option<Arc<dyn Fn() -> Instant + Send + Sync>>);

impl Clock {
    /// A clock that tells what `now` tells.
    pub fn new(now: impl Fn() -> Instant + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(now)))
    }

    /// What time it is.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.0.as_ref().map_or_else(Instant::now, |now| now())
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.0.is_some() { "Clock(own)" } else { "Clock(system)" })
    }
}
