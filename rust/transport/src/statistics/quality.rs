//! How good a link is for a game, as one number.

use std::time::Duration;

/// What the link does to what is sent over it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Link {
    /// There and back, smoothed; or how long the last ping has waited for its answer, if that is longer.
    pub round_trip: Duration,
    /// How far round trips are from the smoothed one.
    pub jitter: Duration,
    /// How long the oldest packet has waited to be sent.
    pub queue_delay: Duration,
}

/// How late something is of which half of the quality is left.
const HALF: f64 = 0.2;

impl Link {
    /// From 1.0, a link of which a game notices nothing, to nearly 0.0, one on which nothing arrives in time: how late is what
    /// the other side gets to see, [`Link::lateness`], by the curve `1 / (1 + (lateness / 200 ms)²)`. So 20 ms are 0.99, 60 ms
    /// 0.92, 100 ms 0.8, 200 ms 0.5, 400 ms 0.2 and a second 0.04.
    ///
    /// What is lost on the way is in it: TCP sends it again, which takes time, so that it is a longer round trip for the one
    /// ping, jitter for the next, and a queue for what is sent meanwhile.
    #[must_use]
    pub fn quality(&self) -> f64 {
        let share = self.lateness().as_secs_f64() / HALF;
        1.0 / (1.0 + share * share)
    }

    /// How late a packet is at the other side: half a round trip, the time in the queue, and twice the jitter, which is what a
    /// game has to wait longer so that nearly all packets are there.
    #[must_use]
    pub fn lateness(&self) -> Duration {
        (self.round_trip / 2).saturating_add(self.queue_delay).saturating_add(self.jitter.saturating_mul(2))
    }
}

/// That of the least quality.
pub(crate) fn worst(links: impl Iterator<Item = Link>) -> Option<Link> {
    links.max_by_key(Link::lateness)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn quality(round_trip: u64, jitter: u64, queue_delay: u64) -> f64 {
        let [round_trip, jitter, queue_delay] = [round_trip, jitter, queue_delay].map(Duration::from_millis);
        Link { round_trip, jitter, queue_delay }.quality()
    }

    #[test]
    fn it_is_what_the_words_say() {
        assert_eq!(quality(0, 0, 0), 1.0);
        for (lateness, expected) in [(20, 0.99), (60, 0.917), (100, 0.8), (200, 0.5), (400, 0.2), (1000, 0.038)] {
            for link in [quality(2 * lateness, 0, 0), quality(0, lateness / 2, 0), quality(0, 0, lateness)] {
                assert!((link - expected).abs() < 0.002, "{link} for {lateness} ms");
            }
        }
    }

    fn time() -> impl Strategy<Value = Duration> {
        prop_oneof![
            (0_u64..2_000_000).prop_map(Duration::from_micros),
            any::<u64>().prop_map(Duration::from_nanos),
            Just(Duration::MAX),
        ]
    }

    proptest! {
        #[test]
        fn it_is_a_share_and_never_grows_with_what_is_bad(times in [time(), time(), time()], more in time(), which in 0..3_usize) {
            let link = |[round_trip, jitter, queue_delay]: [Duration; 3]| Link { round_trip, jitter, queue_delay };
            let quality = link(times).quality();
            prop_assert!((0.0..=1.0).contains(&quality));
            let mut worse = times;
            worse[which] = worse[which].saturating_add(more);
            prop_assert!(link(worse).quality() <= quality);
        }
    }
}
