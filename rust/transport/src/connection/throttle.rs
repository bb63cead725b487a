//! How fast a peer may send: over it, the connection is not read from for a while, and TCP slows the other side down.

use std::time::{Duration, Instant};

use super::{Connection, Meter};
use crate::bucket::{Bucket, Rate};
use crate::config::Limits;
use crate::stream::Socket;

/// What the limits are told per.
const PERIOD: Duration = Duration::from_secs(1);

/// How much has to come together, in time, before reading goes on: so a throttled peer costs ten turns in a second at the
/// most, whatever it sends.
const PORTION: Duration = Duration::from_millis(100);

/// What one peer may still send. It starts with what a whole second allows.
#[derive(Debug, Default)]
pub(super) struct Throttle {
    bytes: Bucket,
    packets: Bucket,
    /// Nothing is read until then.
    until: Option<Instant>,
}

impl Throttle {
    /// The throttle of a connection with these limits, if they ask for one; `former` is the one it had.
    pub(super) fn of(limits: &Limits, former: Option<Box<Self>>) -> Option<Box<Self>> {
        let is_limited = limits.max_bytes_per_second > 0 || limits.max_packets_per_second > 0;
        is_limited.then(|| former.unwrap_or_default())
    }

    /// Reading goes on then, if it has stopped.
    pub(super) fn until(&self) -> Option<Instant> {
        self.until
    }

    /// The time may have come to read on.
    pub(super) fn wake(&mut self, now: Instant) {
        self.until = self.until.filter(|until| *until > now);
    }

    /// Whether what is here may be understood, as far as the number of packets decides.
    fn lets_packet_in(&mut self, limits: &Limits, now: Instant, meter: &Meter) -> bool {
        let Some(rate) = packets(limits) else { return self.until.is_none() };
        if self.until.is_none() && self.packets.is_empty(rate, now) {
            let portion = self.packets.has_at(PORTION, rate, now).max(self.packets.next_token(rate, now));
            self.stop(portion, now, meter);
        }
        self.until.is_none()
    }

    /// How many bytes may be read; 0 for none.
    fn readable_bytes(&mut self, limits: &Limits, now: Instant, meter: &Meter) -> usize {
        let Some(rate) = bytes(limits) else { return if self.until.is_none() { usize::MAX } else { 0 } };
        if self.until.is_none() && self.bytes.is_empty(rate, now) {
            self.stop(self.bytes.has_at(PORTION, rate, now), now, meter);
        }
        if self.until.is_some() {
            return 0;
        }
        usize::try_from(self.bytes.tokens(rate, now)).unwrap_or(usize::MAX).max(1)
    }

    fn stop(&mut self, until: Instant, now: Instant, meter: &Meter) {
        self.until = Some(until);
        meter.add_throttled(until.saturating_duration_since(now));
    }
}

fn bytes(limits: &Limits) -> Option<Rate> {
    Rate::of(limits.max_bytes_per_second, PERIOD)
}

fn packets(limits: &Limits) -> Option<Rate> {
    Rate::of(limits.max_packets_per_second, PERIOD)
}

impl<S: Socket> Connection<S> {
    /// Whether nothing is read because the other side has sent too much.
    pub(super) fn is_throttled(&self) -> bool {
        self.throttle.as_ref().is_some_and(|throttle| throttle.until.is_some()) && self.throttle_holds()
    }

    /// Whether what was read may be understood.
    pub(super) fn lets_packet_in(&mut self, now: Instant) -> bool {
        let Some(mut throttle) = self.throttle.take() else { return true };
        let lets_in = !self.throttle_holds() || throttle.lets_packet_in(&self.limits, now, &self.meter);
        self.throttle = Some(throttle);
        lets_in
    }

    /// How many bytes may be read from the stream; 0 for none.
    pub(super) fn readable_bytes(&mut self, now: Instant) -> usize {
        let Some(mut throttle) = self.throttle.take() else { return usize::MAX };
        let holds = self.throttle_holds();
        let most = if holds { throttle.readable_bytes(&self.limits, now, &self.meter) } else { usize::MAX };
        self.throttle = Some(throttle);
        most
    }

    /// Takes note of so many bytes off the network.
    pub(super) fn charge_bytes(&mut self, count: u64, now: Instant) {
        if let (Some(throttle), Some(rate)) = (&mut self.throttle, bytes(&self.limits)) {
            throttle.bytes.take(count, rate, now);
        }
    }

    /// Takes note of a message or a control frame.
    pub(super) fn charge_packet(&mut self, now: Instant) {
        if let (Some(throttle), Some(rate)) = (&mut self.throttle, packets(&self.limits)) {
            throttle.packets.take(1, rate, now);
        }
    }

    /// As long as the game is interested. What is left on a stream that takes nothing any more is read up at once.
    fn throttle_holds(&self) -> bool {
        self.is_open() && self.outbound.failure().is_none()
    }
}
