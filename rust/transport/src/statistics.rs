//! What endpoints and connections count, as plain data. Counting happens where bytes and packets pass anyway: whoever
//! does not ask pays a few additions per packet, and nothing per poll.

pub mod quality;

use std::ops::AddAssign;
use std::time::{Duration, Instant};

use self::quality::Link;
use crate::error::{CloseCause, RequestError, ResponseError};

/// Packets of the game and their payload. Peer ids, heads and control frames are not among them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Packets that arrived, read by the game or not.
    pub packets_received: u64,
    /// Their payload, in bytes.
    pub bytes_received: u64,
    /// Packets whose last byte was written. What was accepted is these, those that wait, and those expired or dropped.
    pub packets_sent: u64,
    /// Their payload, in bytes.
    pub bytes_sent: u64,
    /// Packets that were not accepted, because the queue had no room.
    pub packets_refused: u64,
    /// Unreliable packets that were accepted, and dropped while they waited: for their age, or to make room for others.
    pub packets_expired: u64,
    /// Packets that were accepted, and not written to the end when the connection ended.
    pub packets_dropped: u64,
}

impl AddAssign for Traffic {
    fn add_assign(&mut self, other: Self) {
        self.packets_received += other.packets_received;
        self.bytes_received += other.bytes_received;
        self.packets_sent += other.packets_sent;
        self.bytes_sent += other.bytes_sent;
        self.packets_refused += other.packets_refused;
        self.packets_expired += other.packets_expired;
        self.packets_dropped += other.packets_dropped;
    }
}

/// What sockets carried, in bytes: everything above TCP, TLS and handshakes included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WireBytes {
    /// Read from the system.
    pub received: u64,
    /// Taken by the system.
    pub sent: u64,
}

impl AddAssign for WireBytes {
    fn add_assign(&mut self, other: Self) {
        self.received += other.received;
        self.sent += other.sent;
    }
}

/// What compression has saved, and what it has cost. Messages that left as they were, or came so, are not among these.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Compressed {
    /// Messages that were sent compressed; those of a broadcast once for each peer.
    pub packets_sent: u64,
    /// Their payload, in bytes.
    pub bytes_before_sending: u64,
    /// What became of that on the wire.
    pub bytes_sent: u64,
    /// Messages that came compressed.
    pub packets_received: u64,
    /// Their payload on the wire, in bytes.
    pub bytes_received: u64,
    /// What became of that.
    pub bytes_after_receiving: u64,
    /// How long compressing has taken, that of messages included which did not get smaller.
    pub time_sending: Duration,
}

impl AddAssign for Compressed {
    fn add_assign(&mut self, other: Self) {
        self.packets_sent += other.packets_sent;
        self.bytes_before_sending += other.bytes_before_sending;
        self.bytes_sent += other.bytes_sent;
        self.packets_received += other.packets_received;
        self.bytes_received += other.bytes_received;
        self.bytes_after_receiving += other.bytes_after_receiving;
        self.time_sending += other.time_sending;
    }
}

/// What waits at this moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Queues {
    /// Packets that the game has not read.
    pub inbound_packets: usize,
    /// Their payload, in bytes.
    pub inbound_bytes: usize,
    /// Packets that were accepted and are not written to the end.
    pub outbound_packets: usize,
    /// Their payload, in bytes.
    pub outbound_bytes: usize,
}

/// Opening handshakes by what became of them. Each that was started has one outcome, or none yet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Handshakes {
    /// Connections that were accepted by a server, or dialed by a client.
    pub started: u64,
    /// Those that led to a peer with an id.
    pub succeeded: u64,
    /// Requests that were answered with an HTTP error: by a server, or, on a client, by the other side.
    pub refused: u64,
    /// Those that broke off, were cut, carried no HTTP, or failed in TLS.
    pub failed: u64,
    /// Those that were not done in time.
    pub timed_out: u64,
    /// Those that turned out to ask for a page of [`crate::config::Reception`].
    pub pages: u64,
}

impl Handshakes {
    /// Those under way.
    #[must_use]
    pub fn pending(&self) -> u64 {
        self.started.saturating_sub(self.succeeded + self.refused + self.failed + self.timed_out + self.pages)
    }

    /// Counts one that came to nothing.
    pub(crate) fn end(&mut self, cause: &CloseCause) {
        match cause {
            CloseCause::TimedOut(_) => self.timed_out += 1,
            // These two are answered as well, in the hope that somebody reads it; but nobody has asked for anything.
            CloseCause::Request(RequestError::NotHttp(_) | RequestError::TlsOnPlainPort) => self.failed += 1,
            CloseCause::Response(ResponseError::Status { .. }) => self.refused += 1,
            cause if cause.answer_status().is_some() => self.refused += 1,
            _ => self.failed += 1,
        }
    }
}

/// How far away the other side is, as the pongs tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoundTrip {
    /// The latest.
    pub last: Duration,
    /// Smoothed, as SRTT in RFC 6298: an eighth of each new one. Of the first three it is the shortest.
    pub smoothed: Duration,
    /// The shortest so far.
    pub minimum: Duration,
    /// How far round trips are from the smoothed one as a rule: RTTVAR of RFC 6298, a quarter of each new deviation,
    /// but starting at nothing after the first three.
    pub jitter: Duration,
    /// How many there have been.
    pub samples: u32,
}

/// One connection in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct PeerStatistics {
    /// What passed.
    pub traffic: Traffic,
    /// What it took to pass.
    pub wire: WireBytes,
    /// What waits.
    pub queues: Queues,
    /// See [`crate::config::Limits::heartbeat_interval`]; `None` until a ping was answered.
    pub round_trip: Option<RoundTrip>,
    /// For how long it was not read from, because it had sent more than it may.
    pub throttled: Duration,
    /// When its handshake was done.
    pub opened: Option<Instant>,
    /// How long the oldest packet has waited to be sent; nothing where none waits.
    pub queue_delay: Duration,
    /// Bytes of the wire that the system has taken per second, since an earlier reading a second ago or more.
    pub delivery_rate: f64,
}

/// An endpoint in numbers, those of connections that are gone included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Peers that the game knows at this moment.
    pub peers: usize,
    /// Opening handshakes.
    pub handshakes: Handshakes,
    /// What passed.
    pub traffic: Traffic,
    /// What it took to pass.
    pub wire: WireBytes,
    /// What compression has done for it.
    pub compressed: Compressed,
    /// What waits.
    pub queues: Queues,
    /// For how long peers were not read from, added up, because they had sent more than they may.
    pub throttled: Duration,
    /// The longest of the smoothed round trips of those that are here.
    pub longest_round_trip: Option<Duration>,
    /// The worst of the links to those that are here, where they are known.
    pub worst_link: Option<Link>,
}

/// The least time that a rate is taken over: below it, single packets would make it jump.
const LEAST_WINDOW: Duration = Duration::from_secs(1);

/// How fast a count grows, for whoever reads it now and then.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    since: Instant,
    before: u64,
    per_second: Option<f64>,
}

impl Rate {
    /// Starts at this count.
    #[must_use]
    pub fn new(count: u64, now: Instant) -> Self {
        Self { since: now, before: count, per_second: None }
    }

    /// How much the count has grown per second, since a reading at least a second ago. Any number of readers may ask as
    /// often as they like. A count that went down has started anew.
    pub fn read(&mut self, count: u64, now: Instant) -> f64 {
        let elapsed = now.saturating_duration_since(self.since);
        if count < self.before {
            *self = Self::new(count, now);
        } else if elapsed >= LEAST_WINDOW {
            #[expect(clippy::cast_precision_loss, reason = "no graph shows the difference")]
            let per_second = (count - self.before) as f64 / elapsed.as_secs_f64();
            *self = Self { since: now, before: count, per_second: Some(per_second) };
        }
        self.per_second.unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_handshake_has_one_outcome() {
        let mut handshakes = Handshakes { started: 9, succeeded: 1, ..Handshakes::default() };
        for cause in [
            CloseCause::ServerFull,
            CloseCause::Refused,
            CloseCause::Request(RequestError::NotAnUpgrade),
            CloseCause::Request(RequestError::NotHttp("token".to_owned())),
            CloseCause::EndOfStream,
            CloseCause::Crowded,
            CloseCause::TimedOut(crate::error::Phase::Handshake),
        ] {
            handshakes.end(&cause);
        }
        assert_eq!(handshakes, Handshakes { started: 9, succeeded: 1, refused: 3, failed: 3, timed_out: 1, pages: 0 });
        assert_eq!(handshakes.pending(), 1);
    }

    #[test]
    fn a_rate_is_taken_over_a_second_at_least() {
        let start = Instant::now();
        let after = |milliseconds| start + Duration::from_millis(milliseconds);
        let mut rate = Rate::new(1000, start);
        assert_eq!(rate.read(1100, after(100)), 0.0, "too early to tell");
        assert_eq!(rate.read(1200, after(2000)), 100.0);
        assert_eq!(rate.read(9999, after(2999)), 100.0, "a second reader gets what the first one got");
        assert_eq!(rate.read(1700, after(3000)), 500.0);
        assert_eq!(rate.read(1700, after(5000)), 0.0);
        assert_eq!(rate.read(3, after(5100)), 0.0, "the count has started anew");
        assert_eq!(rate.read(13, after(6100)), 10.0);
    }
}
