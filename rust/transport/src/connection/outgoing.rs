//! Room for packets on their way out of one connection. Whoever sends them takes it here, at once; the connection gives it
//! back by what it counts.

use super::Meter;
use crate::config::{JoinRoom, Limits};
use crate::error::{QueueLimit, SendError};
use crate::fault::{Fault, is_planted};
use crate::statistics::{Queues, Traffic};

/// What was accepted for one connection.
#[derive(Debug, Default)]
pub struct Outgoing {
    packets: u64,
    bytes: u64,
    /// The first of these, which were put while there was room for joining: packets and bytes.
    early: (u64, u64),
    /// Packets that found no room.
    refused: u64,
    /// Packets that were taken when the connection was over already.
    too_late: u64,
}

impl Outgoing {
    /// Whether a packet of this size can be put. `joining` is the room for joining, while it is there.
    ///
    /// # Errors
    /// [`SendError::TooLarge`] if it never can, [`SendError::Full`] if it cannot now.
    pub(crate) fn check(
        &self,
        size: usize,
        limits: &Limits,
        joining: Option<JoinRoom>,
        meter: &Meter,
    ) -> Result<(), SendError> {
        let limit = limits.outbound_buffer_size;
        if limit > 0 && size > limit {
            return Err(SendError::TooLarge { size, limit });
        }
        let queued = self.queued_bytes(meter);
        let (packets, bytes) = match joining {
            // All that waits was put early, for there has been nothing else yet.
            Some(room) => (self.queued_packets(meter).saturating_sub(room.packets), queued.saturating_sub(room.bytes)),
            None => self.ordinary(meter),
        };
        if packets >= limits.max_queued_packets {
            Err(SendError::Full { queued, limit: QueueLimit::Packets })
        } else if limit > 0 && bytes.saturating_add(size) > limit {
            Err(SendError::Full { queued, limit: QueueLimit::Bytes })
        } else {
            Ok(())
        }
    }

    /// Takes room for a packet, as [`Outgoing::check`] has it. If there is none now, `make_room` may make some.
    ///
    /// # Errors
    /// As there; the packet is then counted as refused.
    pub(crate) fn reserve(
        &mut self,
        size: usize,
        limits: &Limits,
        joining: Option<JoinRoom>,
        meter: &Meter,
        make_room: impl FnOnce(),
    ) -> Result<(), SendError> {
        let mut checked = self.check(size, limits, joining, meter);
        if matches!(checked, Err(SendError::Full { .. })) {
            make_room();
            checked = self.check(size, limits, joining, meter);
        }
        match checked {
            Ok(()) => self.accept(size, joining),
            Err(_) => self.refused += 1,
        }
        checked
    }

    /// Takes a packet that has nobody to go to any more: it is accepted, and dropped.
    pub(crate) fn drop_one(&mut self) {
        self.too_late += 1;
    }

    /// Counts a packet: in the room for joining if that is there, and then whatever comes behind it is not.
    fn accept(&mut self, size: usize, joining: Option<JoinRoom>) {
        self.packets += if is_planted(Fault::RoomCountedTwice) && size > 500 { 2 } else { 1 };
        self.bytes += size as u64;
        if joining.is_some() {
            self.early = (self.packets, self.bytes);
        }
    }

    /// Packets that wait and count against the ordinary limits, and their payload bytes: those that were not put early.
    /// Packets leave in the order in which they were put.
    fn ordinary(&self, meter: &Meter) -> (usize, usize) {
        let gone_packets = meter.sent.packets().saturating_add(meter.dropped.packets());
        let gone_bytes = meter.sent.bytes().saturating_add(meter.dropped.bytes());
        (waiting(self.packets, gone_packets.max(self.early.0), 0), waiting(self.bytes, gone_bytes.max(self.early.1), 0))
    }

    /// What passed.
    pub(crate) fn traffic(&self, meter: &Meter) -> Traffic {
        Traffic {
            packets_received: meter.received.packets(),
            bytes_received: meter.received.bytes(),
            packets_sent: meter.sent.packets(),
            bytes_sent: meter.sent.bytes(),
            packets_refused: self.refused,
            packets_dropped: meter.dropped.packets() + self.too_late,
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
        join_room: None,
        handshake_timeout: std::time::Duration::ZERO,
        close_timeout: std::time::Duration::ZERO,
        heartbeat_interval: None,
    };

    #[test]
    fn room_that_was_taken_comes_back_by_what_was_sent_or_dropped() {
        let (mut outgoing, meter) = (Outgoing::default(), Meter::default());
        let mut put = |size| outgoing.reserve(size, &LIMITS, None, &meter, || ());
        assert_eq!(put(11), Err(SendError::TooLarge { size: 11, limit: 10 }));
        assert_eq!(put(6), Ok(()));
        assert_eq!(put(5), Err(SendError::Full { queued: 6, limit: QueueLimit::Bytes }));
        assert_eq!(put(1), Ok(()));
        assert_eq!(put(1), Err(SendError::Full { queued: 7, limit: QueueLimit::Packets }), "two are the most");
        meter.sent.add(6);
        assert_eq!(put(9), Ok(()));
        assert_eq!(put(1), Err(SendError::Full { queued: 10, limit: QueueLimit::Packets }));
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
            outgoing.reserve(1 << 30, &limits, None, &meter, || ()).unwrap();
        }
        let full = SendError::Full { queued: 2 << 30, limit: QueueLimit::Packets };
        assert_eq!(outgoing.check(1, &limits, None, &meter), Err(full));
    }

    #[test]
    fn what_is_put_early_has_room_of_its_own() {
        let joining = Some(JoinRoom { bytes: 50, packets: 3, period: std::time::Duration::MAX });
        let (mut outgoing, meter) = (Outgoing::default(), Meter::default());
        let fill = |outgoing: &mut Outgoing, size: usize, joining| {
            let mut taken = 0;
            loop {
                if let Err(error) = outgoing.reserve(size, &LIMITS, joining, &meter, || ()) {
                    return (taken, error);
                }
                taken += 1;
            }
        };
        let full = |queued, limit| SendError::Full { queued, limit };
        let too_large = SendError::TooLarge { size: 11, limit: 10 };
        assert_eq!(fill(&mut outgoing, 11, joining), (0, too_large), "one message is as ever");
        assert_eq!(
            fill(&mut outgoing, 10, joining),
            (5, full(50, QueueLimit::Packets)),
            "that room and the ordinary one"
        );
        // What was put early takes no room from what comes later.
        assert_eq!(fill(&mut outgoing, 6, None), (1, full(56, QueueLimit::Bytes)));
        // Nor does it give back more than it took.
        for _ in 0..5 {
            meter.sent.add(10);
            assert_eq!(fill(&mut outgoing, 6, None).0, 0);
        }
        meter.sent.add(6);
        assert_eq!(fill(&mut outgoing, 4, None), (2, full(8, QueueLimit::Packets)));
    }
}
