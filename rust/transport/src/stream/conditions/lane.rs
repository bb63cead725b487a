//! One direction of a link: bytes that are under way, and when each of them arrives.
//!
//! As TCP over a bottleneck has it: bytes go in segments; each passes the bottleneck when the one before it is through, which
//! takes its size by the bandwidth, then travels for the latency. A lost one comes a retransmission later, and nothing
//! overtakes it. So bytes arrive whole and in order, whatever the conditions.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use bytes::{Buf, BytesMut};

use crate::config::{Conditions, Stall};
use crate::entropy::Entropy;

/// The most bytes that travel together: what a segment of TCP holds behind the headers in a frame of Ethernet.
pub(super) const SEGMENT: usize = 1460;

/// How much may wait for the bottleneck, as time: that of a well-kept router. Whatever more there is waits at the sender.
const QUEUE: Duration = Duration::from_millis(50);

/// The most bytes that are under way, whatever the bandwidth: the window of TCP.
const WINDOW: usize = 1024 * 1024;

/// The least time after which TCP takes a segment for lost (the minimum of Linux; RFC 6298 section 2.4 asks for more).
const LEAST_TIMEOUT: Duration = Duration::from_millis(200);

/// How often a segment is lost at the most. The timeout doubles each time (RFC 6298 section 5.5).
const MOST_LOSSES: u32 = 6;

/// Bytes under way in one direction.
#[derive(Debug)]
pub(super) struct Lane {
    /// All of them, in order.
    bytes: BytesMut,
    /// How many of them have arrived.
    arrived: usize,
    /// Those that have not, by segments.
    segments: VecDeque<Segment>,
    /// When the bottleneck is through with all that it was given.
    free_at: Instant,
    /// When the last of them arrives.
    last_arrival: Instant,
    /// When the end of it all arrives, once there is one.
    end: Option<Instant>,
    has_ended: bool,
    /// When whoever found no room is to try again.
    room_at: Option<Instant>,
}

#[derive(Debug)]
struct Segment {
    length: usize,
    arrives: Instant,
}

/// What decides how long a segment takes.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) conditions: Conditions,
    /// From when on they hold.
    pub(super) since: Instant,
    pub(super) entropy: Entropy,
}

impl Rules {
    /// When the bottleneck lets something pass that comes to it at this moment.
    fn after_stall(&self, at: Instant) -> Instant {
        let Some(Stall { every, duration }) = self.conditions.stall else { return at };
        let elapsed = at.saturating_duration_since(self.since);
        if elapsed < every {
            return at;
        }
        let into = Duration::from_nanos_u128(elapsed.as_nanos() % every.as_nanos().max(1));
        at + duration.saturating_sub(into)
    }

    /// How long the bottleneck is busy with so many bytes.
    fn transmission(&self, length: usize) -> Duration {
        let nanoseconds = (length as u64).saturating_mul(1_000_000_000).checked_div(self.conditions.bandwidth);
        Duration::from_nanos(nanoseconds.unwrap_or(0))
    }

    /// How long a segment is under way behind the bottleneck.
    fn flight(&mut self) -> Duration {
        let Conditions { latency, jitter, loss, .. } = self.conditions;
        let mut flight = latency + self.entropy.part_of(jitter);
        let mut timeout = LEAST_TIMEOUT.max(2 * latency + jitter);
        for _ in 0..MOST_LOSSES {
            if !self.entropy.happens(loss) {
                break;
            }
            flight += timeout;
            timeout *= 2;
        }
        flight
    }
}

impl Lane {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            bytes: BytesMut::new(),
            arrived: 0,
            segments: VecDeque::new(),
            free_at: now,
            last_arrival: now,
            end: None,
            has_ended: false,
            room_at: None,
        }
    }

    /// How many bytes it takes now.
    pub(super) fn room(&self, now: Instant, rules: &Rules) -> usize {
        let window = WINDOW.saturating_sub(self.bytes.len());
        let queued = self.free_at.saturating_duration_since(now);
        if queued >= QUEUE || self.end.is_some() {
            return 0;
        }
        if rules.conditions.bandwidth == 0 {
            return window;
        }
        let passing = u128::from(rules.conditions.bandwidth) * (QUEUE - queued).as_nanos() / 1_000_000_000;
        usize::try_from(passing).unwrap_or(usize::MAX).max(1).min(window)
    }

    /// Somebody found no room, and is told when half of the queue has passed. What stands in the way may be the window
    /// instead: then the next arrival tells.
    pub(super) fn wait_for_room(&mut self, now: Instant) {
        self.room_at = self.free_at.checked_sub(QUEUE / 2).filter(|at| *at > now);
    }

    /// Somebody wants to go on as soon as may be.
    pub(super) fn wait_for_turn(&mut self, now: Instant) {
        self.room_at = Some(now);
    }

    /// Fills at most so many bytes of room by what `fill` writes into them and counts.
    pub(super) fn fill<E>(
        &mut self,
        room: usize,
        now: Instant,
        rules: &mut Rules,
        fill: impl FnOnce(&mut [u8]) -> Result<usize, E>,
    ) -> Result<usize, E> {
        let before = self.bytes.len();
        self.bytes.resize(before + room, 0);
        let filled = fill(self.bytes.get_mut(before..).unwrap_or_default());
        let count = filled.as_ref().map_or(0, |count| *count);
        self.bytes.truncate(before + count);
        self.send(count, now, rules);
        filled
    }

    /// Takes some of these bytes, as many as there is room for.
    pub(super) fn put<'a>(&mut self, pieces: impl Iterator<Item = &'a [u8]>, now: Instant, rules: &mut Rules) -> usize {
        let room = self.room(now, rules);
        let mut count = 0;
        for piece in pieces {
            let taken = piece.get(..piece.len().min(room - count)).unwrap_or_default();
            self.bytes.extend_from_slice(taken);
            count += taken.len();
        }
        self.send(count, now, rules);
        count
    }

    fn send(&mut self, count: usize, now: Instant, rules: &mut Rules) {
        let mut left = count;
        while left > 0 {
            let length = left.min(SEGMENT);
            left -= length;
            self.free_at = rules.after_stall(self.free_at.max(now)) + rules.transmission(length);
            self.last_arrival = self.last_arrival.max(self.free_at + rules.flight());
            self.segments.push_back(Segment { length, arrives: self.last_arrival });
        }
    }

    /// Nothing comes any more; whoever waits at the other end hears of it after all that is under way.
    pub(super) fn end(&mut self, now: Instant, rules: &mut Rules) {
        self.last_arrival = self.last_arrival.max(rules.after_stall(self.free_at.max(now)) + rules.flight());
        self.end.get_or_insert(self.last_arrival);
    }

    /// What is under way arrives at once: there is no distance any more.
    pub(super) fn hasten(&mut self, now: Instant) {
        for segment in &mut self.segments {
            segment.arrives = now;
        }
        self.end = self.end.map(|_| now);
        self.free_at = now;
        self.last_arrival = now;
        self.room_at = Some(now);
    }

    /// Time has passed.
    pub(super) fn arrive(&mut self, now: Instant) {
        while let Some(segment) = self.segments.front()
            && segment.arrives <= now
        {
            self.arrived += segment.length;
            self.segments.pop_front();
        }
        self.has_ended = self.end.is_some_and(|at| at <= now);
    }

    /// Whoever waits tries again now.
    pub(super) fn wait_no_more(&mut self) {
        self.room_at = None;
    }

    /// When something happens that has not: something arrives, or there is room again for who waits for it.
    pub(super) fn next(&self) -> Option<Instant> {
        let segment = self.segments.front().map(|segment| segment.arrives);
        let end = self.end.filter(|_| !self.has_ended);
        [segment.or(end), self.room_at].into_iter().flatten().min()
    }

    /// What has arrived and was not taken.
    pub(super) fn arrived(&self) -> &[u8] {
        self.bytes.get(..self.arrived).unwrap_or_default()
    }

    /// Takes so many of these.
    pub(super) fn take(&mut self, count: usize) {
        self.bytes.advance(count);
        self.arrived -= count;
        // A burst must not hold its memory for ever.
        if self.bytes.is_empty() {
            self.bytes = BytesMut::new();
        }
    }

    /// Whether the end has arrived, and all before it was taken.
    pub(super) fn is_over(&self) -> bool {
        self.has_ended && self.bytes.is_empty()
    }

    /// Whether nothing is under way.
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty() && self.end.is_none()
    }

    /// How many bytes have been put and not taken.
    pub(super) fn held(&self) -> usize {
        self.bytes.len()
    }

    /// Forgets all of it.
    pub(super) fn clear(&mut self) {
        self.bytes = BytesMut::new();
        self.arrived = 0;
        self.segments = VecDeque::new();
    }
}
