//! Room for packets on their way out of one connection. Whoever sends them takes it here, at once; the connection gives it
//! back by what it counts.

use super::Meter;
use crate::config::Limits;
use crate::error::SendError;
use crate::statistics::{Queues, Traffic};

/// What was accepted for one connection.
#[derive(Debug, Default)]
pub struct Outgoing {
    packets: u64,
    bytes: u64,
    /// Packets that found no room.
    refused: u64,
}

impl Outgoing {
    /// Whether a packet of this size can be put.
    ///
    /// # Errors
    /// [`SendError::TooLarge`] if it never can, [`SendError::Full`] if it cannot now.
    pub(crate) fn check(&self, size: usize, limits: &Limits, meter: &Meter) -> Result<(), SendError> {
        let limit = limits.outbound_buffer_size;
        if limit > 0 && size > limit {
            return Err(SendError::TooLarge { size, limit });
        }
        let (packets, bytes) = (self.queued_packets(meter), self.queued_bytes(meter));
        if packets < limits.max_queued_packets && (limit == 0 || bytes.saturating_add(size) <= limit) {
            Ok(())
        } else {
            Err(SendError::Full { queued: bytes })
        }
    }

    /// Takes room for a packet.
    pub(crate) fn reserve(&mut self, size: usize) {
        self.packets += 1;
        self.bytes += size as u64;
    }

    /// Counts a packet that found no room.
    pub(crate) fn refuse(&mut self) {
        self.refused += 1;
    }

    /// What passed.
    pub(crate) fn traffic(&self, meter: &Meter) -> Traffic {
        Traffic {
            packets_received: meter.received.packets(),
            bytes_received: meter.received.bytes(),
            packets_sent: meter.sent.packets(),
            bytes_sent: meter.sent.bytes(),
            packets_refused: self.refused,
            packets_dropped: meter.dropped.packets(),
        }
    }

    /// Packets that wait to be sent.
    pub(crate) fn queued_packets(&self, meter: &Meter) -> usize {
        waiting(self.packets, meter.sent.packets(), meter.dropped.packets())
    }

    /// Their payload in bytes.
    pub(crate) fn queued_bytes(&self, meter: &Meter) -> usize {
        waiting(self.bytes, meter.sent.bytes(), meter.dropped.bytes())
    }

    /// What waits, each way.
    pub(crate) fn queues(&self, meter: &Meter) -> Queues {
        let number = |number| usize::try_from(number).unwrap_or(usize::MAX);
        Queues {
            inbound_packets: number(meter.unread_packets()),
            inbound_bytes: number(meter.unread_bytes()),
            outbound_packets: self.queued_packets(meter),
            outbound_bytes: self.queued_bytes(meter),
        }
    }
}

/// What was accepted and is neither sent nor dropped.
fn waiting(accepted: u64, sent: u64, dropped: u64) -> usize {
    usize::try_from(accepted.saturating_sub(sent).saturating_sub(dropped)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        inbound_buffer_size: 0,
        outbound_buffer_size: 10,
        max_queued_packets: 2,
        handshake_timeout: std::time::Duration::ZERO,
        close_timeout: std::time::Duration::ZERO,
        heartbeat_interval: None,
    };

    #[test]
    fn room_that_was_taken_comes_back_by_what_was_sent_or_dropped() {
        let (mut outgoing, meter) = (Outgoing::default(), Meter::default());
        let mut put = |size| outgoing.check(size, &LIMITS, &meter).map(|()| outgoing.reserve(size));
        assert_eq!(put(11), Err(SendError::TooLarge { size: 11, limit: 10 }));
        assert_eq!(put(6), Ok(()));
        assert_eq!(put(5), Err(SendError::Full { queued: 6 }));
        assert_eq!(put(1), Ok(()));
        assert_eq!(put(1), Err(SendError::Full { queued: 7 }), "two are the most");
        meter.sent.add(6);
        assert_eq!(put(9), Ok(()));
        assert_eq!(put(1), Err(SendError::Full { queued: 10 }));
        meter.dropped.add(1);
        meter.dropped.add(9);
        assert_eq!(put(10), Ok(()));
        assert_eq!((outgoing.queued_packets(&meter), outgoing.queued_bytes(&meter)), (1, 10));
    }

    #[test]
    fn without_a_limit_of_bytes_the_number_counts() {
        let limits = Limits { outbound_buffer_size: 0, ..LIMITS };
        let (mut outgoing, meter) = (Outgoing::default(), Meter::default());
        for _ in 0..2 {
            outgoing.check(1 << 30, &limits, &meter).unwrap();
            outgoing.reserve(1 << 30);
        }
        assert_eq!(outgoing.check(1, &limits, &meter), Err(SendError::Full { queued: 2 << 30 }));
    }
}
