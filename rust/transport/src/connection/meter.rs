//! One connection in numbers that both halves of an endpoint can read. Each number has one writer, so that counting costs
//! an addition, and no lock, on whatever thread the writer is.

use std::ops::{Add, Sub};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::Delivery;
use crate::config::Limits;
use crate::statistics::{RoundTrip, WireBytes};

/// A number that one thread writes and any may read. Nothing else is told by it, so no order of memory is asked for.
#[derive(Debug, Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    /// The number as it was a moment ago, or as it is for its writer.
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Adds to the number. For its one writer alone.
    pub(crate) fn add(&self, more: u64) {
        self.set(self.get().wrapping_add(more));
    }

    /// Changes the number. For its one writer alone.
    pub(crate) fn set(&self, number: u64) {
        self.0.store(number, Ordering::Relaxed);
    }
}

/// So many packets with so many bytes of payload in all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Packets.
    pub packets: u64,
    /// Their payload in bytes.
    pub bytes: u64,
}

impl Tally {
    /// One packet.
    pub(crate) fn one(payload: usize) -> Self {
        Self { packets: 1, bytes: payload as u64 }
    }

    /// The larger of each of the two.
    pub(crate) fn max(self, other: Self) -> Self {
        Self { packets: self.packets.max(other.packets), bytes: self.bytes.max(other.bytes) }
    }

    /// Whether neither is more than the other's.
    pub(crate) fn is_within(self, other: Self) -> bool {
        self.packets <= other.packets && self.bytes <= other.bytes
    }
}

impl Add for Tally {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { packets: self.packets.saturating_add(other.packets), bytes: self.bytes.saturating_add(other.bytes) }
    }
}

/// Nothing is less than none.
impl Sub for Tally {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self { packets: self.packets.saturating_sub(other.packets), bytes: self.bytes.saturating_sub(other.bytes) }
    }
}

/// A point in time that one thread writes and any may read.
#[derive(Debug, Default)]
pub(crate) struct Moment {
    /// The first that was written, from which all others are counted.
    first: OnceLock<Instant>,
    /// In nanoseconds, and one more; 0 is none.
    since: Count,
}

impl Moment {
    pub(crate) fn get(&self) -> Option<Instant> {
        let since = Duration::from_nanos(self.since.get().checked_sub(1)?);
        self.first.get().map(|first| *first + since)
    }

    /// For its one writer alone. Time does not run backwards.
    pub(crate) fn set(&self, at: Option<Instant>) {
        let number = at.map_or(0, |at| {
            let since = at.saturating_duration_since(*self.first.get_or_init(|| at));
            u64::try_from(since.as_nanos()).unwrap_or(u64::MAX - 1).saturating_add(1)
        });
        self.since.set(number);
    }
}

/// How many packets, and how many bytes of payload.
#[derive(Debug, Default)]
pub(crate) struct PacketCount {
    packets: Count,
    bytes: Count,
}

impl PacketCount {
    pub(crate) fn add(&self, payload: usize) {
        self.packets.add(1);
        self.bytes.add(payload as u64);
    }

    /// Undoes one [`PacketCount::add`].
    pub(crate) fn uncount(&self, payload: usize) {
        self.packets.set(self.packets.get().wrapping_sub(1));
        self.bytes.set(self.bytes.get().wrapping_sub(payload as u64));
    }

    pub(crate) fn packets(&self) -> u64 {
        self.packets.get()
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.get()
    }

    pub(crate) fn tally(&self) -> Tally {
        Tally { packets: self.packets(), bytes: self.bytes() }
    }
}

/// The numbers of one connection.
#[derive(Debug, Default)]
pub struct Meter {
    /// Network half: messages that were handed to the game.
    pub(crate) received: PacketCount,
    /// Network half: reliable messages whose last byte the system took.
    pub(crate) sent_reliable: PacketCount,
    /// Network half: unreliable ones.
    pub(crate) sent_unreliable: PacketCount,
    /// Network half: unreliable messages that were dropped whole while they waited, for their age or for want of room.
    pub(crate) expired: PacketCount,
    /// Network half: reliable messages that were accepted, and forgotten when the connection ended.
    pub(crate) dropped_reliable: PacketCount,
    /// Network half: unreliable ones.
    pub(crate) dropped_unreliable: PacketCount,
    /// Game half: messages whose room was given back.
    pub(crate) read: PacketCount,
    /// Network half: 1 while the socket takes no more, as far as is known.
    blocked: Count,
    /// Network half: bytes that the network carried.
    wire_received: Count,
    wire_sent: Count,
    /// Network half: round trips in nanoseconds, 0 while they are not known, and how many there were.
    last: Count,
    smoothed: Count,
    minimum: Count,
    jitter: Count,
    samples: Count,
    /// Network half: for how long nothing was read because too much had come, in nanoseconds.
    throttled: Count,
    /// Network half: when the ping was sent that has no pong yet.
    pub(crate) pinged: Moment,
}

impl Meter {
    /// Messages that were handed to the game and whose room was not given back.
    pub(crate) fn unread_packets(&self) -> u64 {
        self.received.packets().wrapping_sub(self.read.packets())
    }

    /// Their payload in bytes.
    pub(crate) fn unread_bytes(&self) -> u64 {
        self.received.bytes().wrapping_sub(self.read.bytes())
    }

    /// Messages whose last byte the system took.
    pub(crate) fn sent(&self) -> Tally {
        self.sent_reliable.tally() + self.sent_unreliable.tally()
    }

    /// Unreliable messages that wait no more.
    pub(crate) fn gone_unreliable(&self) -> Tally {
        self.sent_unreliable.tally() + self.expired.tally() + self.dropped_unreliable.tally()
    }

    /// Reliable messages that wait no more.
    pub(crate) fn gone_reliable(&self) -> Tally {
        self.sent_reliable.tally() + self.dropped_reliable.tally()
    }

    /// Messages that were forgotten when the connection ended.
    pub(crate) fn dropped(&self) -> Tally {
        self.dropped_reliable.tally() + self.dropped_unreliable.tally()
    }

    /// Counts one of these.
    pub(crate) fn drop_one(&self, delivery: Delivery, payload: usize) {
        match delivery {
            Delivery::Reliable => self.dropped_reliable.add(payload),
            Delivery::Unreliable { .. } => self.dropped_unreliable.add(payload),
        }
    }

    /// Whether reading may go on, as far as what was not read yet decides.
    pub(crate) fn has_room(&self, limits: &Limits) -> bool {
        self.unread_bytes() < limits.inbound_buffer_size.max(1) as u64
            && self.unread_packets() < limits.max_queued_packets.max(1) as u64
    }

    /// Whether the socket takes no more: what waits now waits for the other side.
    pub(crate) fn is_blocked(&self) -> bool {
        self.blocked.get() != 0
    }

    pub(crate) fn set_blocked(&self, blocked: bool) {
        self.blocked.set(blocked.into());
    }

    pub(crate) fn wire(&self) -> WireBytes {
        WireBytes { received: self.wire_received.get(), sent: self.wire_sent.get() }
    }

    pub(crate) fn set_wire(&self, wire: WireBytes) {
        self.wire_received.set(wire.received);
        self.wire_sent.set(wire.sent);
    }

    /// For how long nothing was read, or is about to be, because the other side had sent too much.
    pub(crate) fn throttled(&self) -> Duration {
        Duration::from_nanos(self.throttled.get())
    }

    pub(crate) fn add_throttled(&self, time: Duration) {
        self.throttled.add(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
    }

    pub(crate) fn round_trip(&self) -> Option<RoundTrip> {
        let time = |nanoseconds: &Count| Duration::from_nanos(nanoseconds.get());
        let smoothed = time(&self.smoothed);
        (!smoothed.is_zero()).then(|| RoundTrip {
            last: time(&self.last),
            smoothed,
            minimum: time(&self.minimum),
            jitter: time(&self.jitter),
            samples: u32::try_from(self.samples.get()).unwrap_or(u32::MAX),
        })
    }

    pub(crate) fn set_round_trip(&self, round_trip: Option<RoundTrip>) {
        let set = |count: &Count, time: Duration| count.set(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
        // A round trip takes time; one that the clock did not notice took the least there is.
        let trip = round_trip.map(|trip| RoundTrip { smoothed: trip.smoothed.max(Duration::from_nanos(1)), ..trip });
        set(&self.last, trip.map_or(Duration::ZERO, |trip| trip.last));
        set(&self.smoothed, trip.map_or(Duration::ZERO, |trip| trip.smoothed));
        set(&self.minimum, trip.map_or(Duration::ZERO, |trip| trip.minimum));
        set(&self.jitter, trip.map_or(Duration::ZERO, |trip| trip.jitter));
        self.samples.set(trip.map_or(0, |trip| trip.samples.into()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_comes_back_as_it_was() {
        let moment = Moment::default();
        assert_eq!(moment.get(), None);
        let start = Instant::now();
        for at in [Some(start), Some(start + Duration::from_nanos(7)), None, Some(start + Duration::from_secs(9))] {
            moment.set(at);
            assert_eq!(moment.get(), at);
        }
    }
}
