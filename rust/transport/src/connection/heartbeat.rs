//! Pings on the way out, pongs on the way in: whether the other side is still there, and how far away.
//!
//! Whoever sends a whole frame in an interval is there. So is whoever is busy with one that takes longer: until it is
//! through, no pong can come. A frame in which next to nothing follows is silence, though, or a broken peer could stay
//! for ever in the middle of a word.

use std::time::{Duration, Instant};

use crate::config::later;
use crate::fault::{Fault, is_planted};
use crate::statistics::RoundTrip;

/// How much longer a silent peer gets when its time is up. A game that was busy for longer than an interval has read
/// nothing meanwhile; what waits in the socket is heard in this time.
const GRACE: Duration = Duration::from_millis(250);

/// How many bytes of an unfinished frame in an interval are a sign of life. A large message comes in segments of 536 bytes
/// or more, on however slow a link (RFC 9293 section 3.7.1); the last one completes its frame.
const LEAST_PROGRESS: u64 = 256;

/// The share of a new measurement in the smoothed one is 1 in so many (RFC 6298 section 2).
const SMOOTHING: u32 = 8;

/// How many measurements there are before smoothing begins. While a process starts and loads, its first answers take many
/// times what the network does; nothing makes one come too early. So of these the shortest counts, and an eighth of the
/// worst does not stay for dozens of pings.
const FIRST: u32 = 3;

/// The share of a new deviation in the jitter, likewise.
const JITTER_SMOOTHING: u32 = 4;

/// The pulse of one open connection.
#[derive(Debug)]
pub(super) struct Heartbeat {
    interval: Duration,
    /// When the next [`Heartbeat::beat`] is due.
    next: Instant,
    /// Whether a whole frame arrived since the last beat.
    was_heard: bool,
    /// How many bytes had come by the last beat.
    received: u64,
    /// How far a silence has gone.
    silence: Silence,
    /// When the ping was sent that has no pong yet.
    pinged: Option<Instant>,
    /// The payload of the last ping.
    number: u32,
    round_trip: Option<RoundTrip>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Silence {
    None,
    /// Nothing came for an interval.
    Once,
    /// Nothing came for two.
    Twice,
}

/// What a beat asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Pulse {
    /// A ping with this payload.
    Ping([u8; 4]),
    /// Nothing now.
    Wait,
    /// The other side is gone.
    Lost,
}

impl Heartbeat {
    /// Starts to beat; `None` for an interval of nothing. `received` bytes have come over the network so far.
    pub(super) fn start(interval: Option<Duration>, now: Instant, received: u64) -> Option<Box<Self>> {
        let interval = interval.filter(|interval| !interval.is_zero())?;
        Some(Box::new(Self {
            interval,
            next: later(now, interval),
            was_heard: false,
            received,
            silence: Silence::None,
            pinged: None,
            number: 0,
            round_trip: None,
        }))
    }

    /// When [`Heartbeat::beat`] is due.
    pub(super) fn next(&self) -> Instant {
        self.next
    }

    /// A whole frame arrived, be it what it may.
    pub(super) fn hear(&mut self) {
        self.was_heard = !is_planted(Fault::HeartbeatDeaf);
    }

    /// A pong arrived. Those that answer no ping of ours say nothing.
    pub(super) fn answer(&mut self, payload: &[u8], now: Instant) {
        if payload == self.number.to_be_bytes()
            && let Some(sent) = self.pinged.take()
        {
            let sample = now.saturating_duration_since(sent);
            self.round_trip = Some(match self.round_trip {
                None => RoundTrip::first(sample),
                Some(trip) => trip.with(sample),
            });
        }
    }

    /// When the ping was sent that has no pong yet.
    pub(super) fn pinged(&self) -> Option<Instant> {
        self.pinged
    }

    /// The time from a ping to its pong.
    pub(super) fn round_trip(&self) -> Option<RoundTrip> {
        self.round_trip
    }

    /// An interval has passed, and `received` bytes have come over the network in all. `is_listening`: what the other side
    /// sends is read, so its silence means something.
    pub(super) fn beat(&mut self, now: Instant, is_listening: bool, received: u64) -> Pulse {
        let progress = received.saturating_sub(std::mem::replace(&mut self.received, received));
        let was_heard = std::mem::take(&mut self.was_heard) || progress >= LEAST_PROGRESS || !is_listening;
        self.silence = match self.silence {
            _ if was_heard => Silence::None,
            Silence::None => Silence::Once,
            Silence::Once => Silence::Twice,
            Silence::Twice => return Pulse::Lost,
        };
        if self.silence == Silence::Twice {
            self.next = later(now, GRACE);
            return Pulse::Wait;
        }
        self.next = later(now, self.interval);
        if self.pinged.is_some() {
            return Pulse::Wait;
        }
        self.pinged = Some(now);
        self.number = self.number.wrapping_add(1);
        Pulse::Ping(self.number.to_be_bytes())
    }
}

impl RoundTrip {
    fn first(sample: Duration) -> Self {
        Self { last: sample, smoothed: sample, minimum: sample, jitter: Duration::ZERO, samples: 1 }
    }

    fn with(self, sample: Duration) -> Self {
        let Self { smoothed, minimum, jitter, samples, .. } = self;
        let minimum = minimum.min(sample);
        let samples = samples.saturating_add(1);
        if samples <= FIRST {
            return Self { last: sample, smoothed: minimum, minimum, jitter: Duration::ZERO, samples };
        }
        Self {
            last: sample,
            smoothed: blend(smoothed, sample, SMOOTHING),
            minimum,
            // Before the smoothed one moves, as the RFC has it.
            jitter: blend(jitter, smoothed.abs_diff(sample), JITTER_SMOOTHING),
            samples,
        }
    }
}

/// The old value, with 1 in `share` of the new one.
fn blend(old: Duration, new: Duration, share: u32) -> Duration {
    old - old / share + new / share
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: Duration = Duration::from_secs(10);

    fn started() -> (Box<Heartbeat>, Instant) {
        let now = Instant::now();
        (Heartbeat::start(Some(INTERVAL), now, 0).unwrap(), now)
    }

    #[test]
    fn no_interval_is_no_heartbeat() {
        assert!(Heartbeat::start(None, Instant::now(), 0).is_none());
        assert!(Heartbeat::start(Some(Duration::ZERO), Instant::now(), 0).is_none());
        assert!(Heartbeat::start(Some(Duration::MAX), Instant::now(), 0).is_some(), "and a long one does not overflow");
    }

    #[test]
    fn two_silent_intervals_are_the_end() {
        let (mut heartbeat, start) = started();
        assert_eq!(heartbeat.next(), start + INTERVAL);
        assert_eq!(heartbeat.beat(start + INTERVAL, true, 0), Pulse::Ping([0, 0, 0, 1]));
        assert_eq!(heartbeat.beat(start + 2 * INTERVAL, true, 0), Pulse::Wait);
        assert_eq!(heartbeat.next(), start + 2 * INTERVAL + GRACE);
        assert_eq!(heartbeat.beat(heartbeat.next(), true, 0), Pulse::Lost);
    }

    #[test]
    fn whoever_is_heard_in_the_last_moment_is_there() {
        let (mut heartbeat, start) = started();
        heartbeat.beat(start + INTERVAL, true, 0);
        // The game was away for long.
        let now = start + 100 * INTERVAL;
        assert_eq!(heartbeat.beat(now, true, 0), Pulse::Wait);
        heartbeat.hear();
        heartbeat.answer(&[0, 0, 0, 1], now);
        assert_eq!(heartbeat.beat(now + GRACE, true, 0), Pulse::Ping([0, 0, 0, 2]));
        assert_eq!(heartbeat.next(), now + GRACE + INTERVAL);
    }

    #[test]
    fn a_long_frame_is_no_silence_as_long_as_it_goes_on() {
        let (mut heartbeat, start) = started();
        let mut received = 0;
        for beat in 1..10 {
            received += LEAST_PROGRESS;
            assert_ne!(heartbeat.beat(start + beat * INTERVAL, true, received), Pulse::Lost);
            assert_eq!(heartbeat.silence, Silence::None);
        }
        // From here on it drips.
        for beat in 10..12 {
            received += LEAST_PROGRESS - 1;
            assert_ne!(heartbeat.beat(start + beat * INTERVAL, true, received), Pulse::Lost);
        }
        received += LEAST_PROGRESS - 1;
        assert_eq!(heartbeat.beat(heartbeat.next(), true, received), Pulse::Lost);
    }

    #[test]
    fn nobody_is_blamed_for_what_we_do_not_read() {
        let (mut heartbeat, start) = started();
        for beat in 1..10 {
            assert_ne!(heartbeat.beat(start + beat * INTERVAL, false, 0), Pulse::Lost);
        }
    }

    #[test]
    fn round_trips_are_measured_and_smoothed() {
        let (mut heartbeat, mut now) = started();
        let mut trip = |heartbeat: &mut Heartbeat, milliseconds| {
            now += INTERVAL;
            let Pulse::Ping(payload) = heartbeat.beat(now, true, 0) else { panic!("no ping") };
            heartbeat.hear();
            heartbeat.answer(b"another", now);
            heartbeat.answer(&payload, now + Duration::from_millis(milliseconds));
            // A second pong to the same ping says nothing.
            heartbeat.answer(&payload, now + INTERVAL);
            let RoundTrip { last, smoothed, minimum, jitter, .. } = heartbeat.round_trip().unwrap();
            assert_eq!(last.as_millis(), u128::from(milliseconds));
            (smoothed.as_millis(), minimum.as_millis(), jitter.as_millis())
        };
        assert_eq!(heartbeat.round_trip(), None);
        for _ in 0..FIRST {
            assert_eq!(trip(&mut heartbeat, 80), (80, 80, 0));
        }
        assert_eq!(trip(&mut heartbeat, 160), (90, 80, 20));
        assert_eq!(trip(&mut heartbeat, 90), (90, 80, 15));
        assert_eq!(trip(&mut heartbeat, 50), (85, 50, 21));
    }

    #[test]
    fn a_slow_start_is_forgotten_within_three() {
        let trips = |milliseconds: &[u64]| {
            let mut trip = RoundTrip::first(Duration::from_millis(milliseconds[0]));
            for sample in &milliseconds[1..] {
                trip = trip.with(Duration::from_millis(*sample));
            }
            (trip.smoothed.as_millis(), trip.jitter.as_millis())
        };
        assert_eq!(trips(&[652, 5]), (5, 0), "the process was starting");
        assert_eq!(trips(&[652, 640, 5]), (5, 0));
        assert_eq!(trips(&[5, 652, 5]), (5, 0), "whichever of the first it was");
        assert!(trips(&[5, 5, 5, 652]).0 > 80, "later, it is news");
    }
}
