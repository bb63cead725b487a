//! How much of what was written the system may hold, where unreliable messages grow old: what waits there cannot be dropped
//! any more. It is a share of the age that is asked for, at the speed at which this peer has really taken bytes.

use std::time::{Duration, Instant};

use crate::config::later;
use crate::stream::Backlog;

/// The least that the system may hold unsent, in bytes: a segment of most networks, and half of another. With less, a slow
/// link would run dry between two frames of a game.
const LEAST: u64 = 2 * 1024;

/// The most, in bytes. No link of today sends more in the time that matters here.
const MOST: u64 = 64 * 1024 * 1024;

/// What waits in the system may be as old as this part of the whole age. At an age of 0.1 s that is still longer than a frame of
/// a game, in which nobody writes.
const SHARE: u32 = 4;

/// The least time over which speed is measured: the other side takes bytes in bursts.
const LEAST_WINDOW: Duration = Duration::from_millis(10);

/// How long bytes are assumed to be under way on systems that count these as well, in milliseconds.
const ROUND_TRIP: u64 = 250;

/// The age that is asked for, and what follows from it.
#[derive(Debug)]
pub(super) struct Pace {
    max_age: Duration,
    /// How many bytes the socket has taken.
    taken: u64,
    /// When it has taken less than there was, and how many it had by then; `None` since it has taken all there was.
    behind: Option<(Instant, u64)>,
    /// Bytes per second, while it could not take all there was.
    rate: Option<u64>,
    /// What the system was told to hold at the most.
    unsent: u64,
}

impl Pace {
    pub(super) fn new(max_age: Duration) -> Self {
        Self { max_age, taken: 0, behind: None, rate: None, unsent: LEAST }
    }

    pub(super) fn set_max_age(&mut self, max_age: Duration) {
        self.max_age = max_age;
    }

    /// When a message that was put then is too old.
    pub(super) fn expiry(&self, put_at: Instant) -> Instant {
        later(put_at, self.max_age)
    }

    /// How much is written at once, in bytes. The system takes what it is given as long as it holds less than its mark.
    pub(super) fn portion(&self) -> usize {
        usize::try_from(self.unsent / 2).unwrap_or(usize::MAX)
    }

    /// What the system is to be told.
    pub(super) fn backlog(&self) -> Backlog {
        let number = |bytes| usize::try_from(bytes).unwrap_or(usize::MAX);
        let under_way = self.rate.unwrap_or_default().saturating_mul(ROUND_TRIP) / 1000;
        Backlog { unsent: number(self.unsent), in_flight: number(under_way.clamp(LEAST * 8, MOST)) }
    }

    /// The socket has taken so many bytes.
    pub(super) fn note_taken(&mut self, bytes: usize) {
        self.taken += bytes as u64;
    }

    /// The socket has taken all there was: how fast it could have taken more is not known.
    pub(super) fn note_all_taken(&mut self) {
        self.behind = None;
    }

    /// The socket takes no more for now. Whether the system is to be told something else than before.
    pub(super) fn note_full(&mut self, now: Instant) -> bool {
        let share = self.max_age / SHARE;
        let Some((since, before)) = self.behind else {
            self.behind = Some((now, self.taken));
            return false;
        };
        let elapsed = now.saturating_duration_since(since);
        if elapsed < share.max(LEAST_WINDOW) {
            return false;
        }
        self.behind = Some((now, self.taken));
        let sample = per_second(self.taken - before, elapsed);
        let rate = self.rate.map_or(sample, |rate| u64::midpoint(rate, sample));
        self.rate = Some(rate);
        let wanted = in_time(rate, share).clamp(LEAST, MOST);
        // A system call for every small change would cost more than it is worth.
        let changes = wanted.abs_diff(self.unsent) > self.unsent / 4;
        if changes {
            self.unsent = wanted;
        }
        changes
    }
}

fn per_second(bytes: u64, elapsed: Duration) -> u64 {
    let rate = u128::from(bytes) * 1_000_000_000 / elapsed.as_nanos().max(1);
    u64::try_from(rate).unwrap_or(u64::MAX)
}

fn in_time(rate: u64, time: Duration) -> u64 {
    u64::try_from(u128::from(rate) * time.as_nanos() / 1_000_000_000).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes so many bytes in each frame of 20 ms, for so many frames.
    fn run(pace: &mut Pace, now: &mut Instant, bytes: usize, frames: usize) {
        for _ in 0..frames {
            pace.note_taken(bytes);
            pace.note_full(*now);
            *now += Duration::from_millis(20);
        }
    }

    #[test]
    fn the_system_holds_a_share_of_the_age_at_the_speed_of_the_link() {
        let (mut pace, mut now) = (Pace::new(Duration::from_millis(400)), Instant::now());
        assert_eq!(pace.backlog().unsent as u64, LEAST, "nothing is known");
        run(&mut pace, &mut now, 20_000, 60);
        // A million bytes per second, for a tenth of a second.
        assert!((80_000..=125_000).contains(&pace.backlog().unsent), "{pace:?}");
        run(&mut pace, &mut now, 100, 60);
        assert!(pace.backlog().unsent < 8_000, "{pace:?}");
        run(&mut pace, &mut now, 1, 60);
        assert_eq!(pace.backlog().unsent as u64, LEAST, "the least there is");
    }

    #[test]
    fn a_link_that_takes_all_there_is_tells_nothing_of_its_speed() {
        let (mut pace, mut now) = (Pace::new(Duration::from_millis(400)), Instant::now());
        run(&mut pace, &mut now, 20_000, 60);
        let before = pace.backlog();
        for _ in 0..60 {
            pace.note_all_taken();
            run(&mut pace, &mut now, 1, 1);
        }
        assert_eq!(pace.backlog(), before);
    }
}
