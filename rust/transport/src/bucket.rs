//! How much there may be of something in a while: a bucket that fills with time.

use std::time::{Duration, Instant};

use crate::config::later;

/// So many in a period, and at any moment as many at once. At least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    tokens: u64,
    period: Duration,
}

impl Rate {
    /// `None` for 0, which is no limit.
    pub fn of(tokens: usize, period: Duration) -> Option<Self> {
        (tokens > 0).then_some(Self { tokens: tokens as u64, period })
    }

    /// How long it takes until so many have come together.
    fn time_of(self, tokens: u64) -> Duration {
        let nanoseconds = self.period.as_nanos() * u128::from(tokens) / u128::from(self.tokens);
        Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
    }
}

/// A bucket of tokens. What it holds is the moment at which it is full again, so that time fills it without anybody's work
/// (the virtual scheduling of ITU-T I.371). Whoever takes more than there is leaves it in debt.
#[derive(Debug, Clone, Copy, Default)]
pub struct Bucket {
    full_at: Option<Instant>,
}

impl Bucket {
    /// When it is full; `None` for one that nobody has taken from.
    pub fn full_at(self) -> Option<Instant> {
        self.full_at
    }

    /// How much time's worth is missing.
    fn missing(self, now: Instant) -> Duration {
        self.full_at.map_or(Duration::ZERO, |at| at.saturating_duration_since(now))
    }

    /// Whether there is nothing in it.
    pub fn is_empty(self, rate: Rate, now: Instant) -> bool {
        self.missing(now) >= rate.period
    }

    /// How many whole tokens are in it.
    pub fn tokens(self, rate: Rate, now: Instant) -> u64 {
        let there = rate.period.saturating_sub(self.missing(now));
        let tokens = u128::from(rate.tokens) * there.as_nanos() / rate.period.as_nanos().max(1);
        u64::try_from(tokens).unwrap_or(u64::MAX)
    }

    /// Takes tokens, be they there or not.
    pub fn take(&mut self, tokens: u64, rate: Rate, now: Instant) {
        let from = self.full_at.map_or(now, |at| at.max(now));
        self.full_at = Some(later(from, rate.time_of(tokens)));
    }

    /// When so much time's worth is in it, if nobody takes from it before.
    pub fn has_at(self, worth: Duration, rate: Rate, now: Instant) -> Instant {
        now + self.missing(now).saturating_sub(rate.period.saturating_sub(worth))
    }

    /// When there is a whole token in it.
    pub fn next_token(self, rate: Rate, now: Instant) -> Instant {
        self.has_at(rate.time_of(1), rate, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_bucket_gives_what_a_period_has_and_fills_with_time() {
        let rate = Rate::of(10, SECOND).unwrap();
        let now = Instant::now();
        let mut bucket = Bucket::default();
        assert_eq!((bucket.tokens(rate, now), bucket.is_empty(rate, now)), (10, false));
        for left in (0..10).rev() {
            bucket.take(1, rate, now);
            assert_eq!(bucket.tokens(rate, now), left);
        }
        assert!(bucket.is_empty(rate, now));
        assert_eq!(bucket.next_token(rate, now), now + SECOND / 10);
        assert_eq!(bucket.tokens(rate, now + SECOND / 2), 5);
        assert_eq!(bucket.tokens(rate, now + 9 * SECOND), 10, "more than that it never has");
    }

    #[test]
    fn debt_is_paid_with_time() {
        let rate = Rate::of(100, SECOND).unwrap();
        let now = Instant::now();
        let mut bucket = Bucket::default();
        bucket.take(1000, rate, now);
        assert!(bucket.is_empty(rate, now + 9 * SECOND));
        assert_eq!(bucket.has_at(SECOND / 10, rate, now), now + 9 * SECOND + SECOND / 10);
        assert_eq!(bucket.tokens(rate, now + 10 * SECOND), 100);
    }

    #[test]
    fn nothing_overflows() {
        let rate = Rate::of(1, Duration::from_secs(60)).unwrap();
        let now = Instant::now();
        let mut bucket = Bucket::default();
        for _ in 0..3 {
            bucket.take(u64::MAX, rate, now);
        }
        assert!(bucket.is_empty(rate, now) && bucket.next_token(rate, now) > now);
        assert_eq!(Rate::of(0, SECOND), None);
        assert_eq!(Bucket::default().tokens(Rate::of(usize::MAX, SECOND).unwrap(), now), u64::MAX);
    }
}
