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

/// With such a mark, in bytes, one segment more or less does not matter. Systems make segments of up to 64 KiB.
const MANY_SEGMENTS: u64 = 256 * 1024;

/// What waits in the system may be as old as this part of the whole age. At an age of 0.1 s that is still longer than a frame of
/// a game, in which nobody writes.
const SHARE: u32 = 4;

/// The least time over which speed is measured: the other side takes bytes in bursts.
const LEAST_WINDOW: Duration = Duration::from_millis(10);

/// So many bytes tell of speed in less time: they are more than the ends of a slow link swallow at once. Of the time that has
/// not passed it is assumed that it brings nothing.
const TELLING: u64 = 1024 * 1024;

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
    /// For how long it was behind and then caught up, and what it took in that time: bursts that are too short to tell by
    /// themselves.
    caught_up: (Duration, u64),
    /// Bytes per second, while it could not take all there was.
    rate: Option<u64>,
    /// What the system was told to hold at the most.
    unsent: u64,
    /// How much may be written at once because the socket has taken as much before, and was not full since.
    proven: u64,
}

impl Pace {
    pub(super) fn new(max_age: Duration) -> Self {
        Self { max_age, taken: 0, behind: None, caught_up: (Duration::ZERO, 0), rate: None, unsent: LEAST, proven: 0 }
    }

    pub(super) fn set_max_age(&mut self, max_age: Duration) {
        self.max_age = max_age;
    }

    /// When a message that was put then is too old.
    pub(super) fn expiry(&self, put_at: Instant) -> Instant {
        later(put_at, self.max_age)
    }

    /// How much is written at once, in bytes. The system takes what it is given as long as it holds less than its mark, and
    /// looks at that once per segment.
    pub(super) fn portion(&self) -> usize {
        if self.unsent.max(self.proven) >= MANY_SEGMENTS {
            return usize::MAX;
        }
        usize::try_from(self.proven.max(self.unsent / 2)).unwrap_or(usize::MAX)
    }

    /// The socket has taken a whole portion at once: it may get twice as much, until it is full.
    pub(super) fn note_portion(&mut self) {
        self.proven = self.proven.max(self.unsent / 2).saturating_mul(2).min(MANY_SEGMENTS);
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

    /// The socket has taken all there was, and could maybe have taken more. So this can show that it is faster than was
    /// thought, and never that it is slower. Whether the system is to be told something else than before.
    pub(super) fn note_all_taken(&mut self, now: Instant) -> bool {
        let Some((since, before)) = self.behind.take() else { return false };
        self.caught_up.0 += now.saturating_duration_since(since);
        self.caught_up.1 += self.taken - before;
        let (elapsed, bytes) = self.caught_up;
        let Some(sample) = self.sample(elapsed, bytes) else { return false };
        self.caught_up = (Duration::ZERO, 0);
        self.learn(self.rate.map_or(sample, |rate| rate.max(sample)))
    }

    /// The socket takes no more for now. Whether the system is to be told something else than before.
    pub(super) fn note_full(&mut self, now: Instant) -> bool {
        self.proven = 0;
        let Some((since, before)) = self.behind else {
            self.behind = Some((now, self.taken));
            return false;
        };
        let elapsed = now.saturating_duration_since(since);
        let Some(sample) = self.sample(elapsed, self.taken - before) else { return false };
        self.behind = Some((now, self.taken));
        self.learn(self.rate.map_or(sample, |rate| u64::midpoint(rate, sample)))
    }

    /// How fast so many bytes in so much time are, in bytes per second; `None` while they do not tell.
    fn sample(&self, elapsed: Duration, bytes: u64) -> Option<u64> {
        if elapsed >= self.window() {
            return Some(per_second(bytes, elapsed));
        }
        // As if the rest of the window brought nothing.
        (bytes >= TELLING).then(|| per_second(bytes, self.window()))
    }

    /// Over how long speed is measured.
    fn window(&self) -> Duration {
        (self.max_age / SHARE).max(LEAST_WINDOW)
    }

    /// This is how fast it goes. Whether the system is to be told something else than before.
    fn learn(&mut self, rate: u64) -> bool {
        self.rate = Some(rate);
        let wanted = in_time(rate, self.max_age / SHARE).clamp(LEAST, MOST);
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
    fn where_bytes_under_way_count_as_well_there_is_room_for_a_round_trip_of_them() {
        let (mut pace, mut now) = (Pace::new(Duration::from_millis(400)), Instant::now());
        assert_eq!(pace.backlog().in_flight, 16 * 1024, "what a link can do is not known yet");
        run(&mut pace, &mut now, 20_000, 60);
        let round_trip = pace.backlog().in_flight;
        assert!((240_000..=250_000).contains(&round_trip), "{round_trip} bytes at a million per second");
        run(&mut pace, &mut now, 1, 60);
        assert_eq!(pace.backlog().in_flight, 16 * 1024, "it is never closed altogether");
    }

    #[test]
    fn a_link_that_takes_all_there_is_is_no_slower_than_was_thought() {
        let (mut pace, mut now) = (Pace::new(Duration::from_millis(400)), Instant::now());
        run(&mut pace, &mut now, 20_000, 60);
        let before = pace.backlog();
        for _ in 0..60 {
            pace.note_all_taken(now);
            run(&mut pace, &mut now, 1, 1);
        }
        assert_eq!(pace.backlog(), before);
    }

    #[test]
    fn a_socket_that_is_never_full_gets_more_at_once_and_a_full_one_less() {
        let mut pace = Pace::new(Duration::from_millis(100));
        assert_eq!(pace.portion() as u64, LEAST / 2);
        pace.note_portion();
        assert_eq!(pace.portion() as u64, LEAST);
        (0..10).for_each(|_| pace.note_portion());
        assert_eq!(pace.portion(), usize::MAX);
        pace.note_full(Instant::now());
        assert_eq!(pace.portion() as u64, LEAST / 2);
    }

    #[test]
    fn one_large_message_tells_that_a_link_is_fast() {
        let (mut pace, now) = (Pace::new(Duration::from_millis(100)), Instant::now());
        pace.note_full(now);
        pace.note_taken(1_000_000);
        pace.note_full(now + Duration::from_micros(100));
        assert_eq!(pace.backlog().unsent as u64, LEAST, "the other side's buffer may have swallowed it");
        pace.note_taken(1_000_000);
        pace.note_full(now + Duration::from_micros(200));
        assert!((1_000_000..=2_000_000).contains(&pace.backlog().unsent), "{pace:?}");
    }

    #[test]
    fn short_bursts_tell_together_how_fast_a_link_is() {
        let (mut pace, mut now) = (Pace::new(Duration::from_millis(100)), Instant::now());
        for _ in 0..10 {
            // A million bytes in 10 ms, which is over before it could be measured alone.
            pace.note_full(now);
            pace.note_taken(1_000_000);
            now += Duration::from_millis(10);
            pace.note_all_taken(now);
        }
        assert!((2_000_000..=3_000_000).contains(&pace.backlog().unsent), "{pace:?}");
    }
}
