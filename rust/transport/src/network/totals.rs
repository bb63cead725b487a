//! What the network half counts of connections that the game does not know, for the game's half to read.

use std::time::Duration;

use crate::connection::Count;
use crate::error::CloseCause;
use crate::statistics::{Compressed, Handshakes, WireBytes};
use crate::wire::deflate::inflate::Inflated;

/// The numbers of an endpoint beside those of its peers. Written by the network half alone.
#[derive(Debug, Default)]
pub struct Totals {
    started: Count,
    succeeded: Count,
    refused: Count,
    failed: Count,
    timed_out: Count,
    pages: Count,
    /// Of connections that ended before they were open.
    wire_received: Count,
    wire_sent: Count,
    pub(super) compression: CompressionCounts,
}

/// What compression has saved, and what it has cost.
#[derive(Debug, Default)]
pub(super) struct CompressionCounts {
    packets_sent: Count,
    sent_before: Count,
    sent_after: Count,
    packets_received: Count,
    received_before: Count,
    received_after: Count,
    /// In nanoseconds.
    time: Count,
}

impl CompressionCounts {
    /// A message of so many bytes leaves as so many.
    pub(super) fn compress(&self, before: usize, after: usize) {
        self.packets_sent.add(1);
        self.sent_before.add(before as u64);
        self.sent_after.add(after as u64);
    }

    /// Compressing has taken so long.
    pub(super) fn spend(&self, time: Duration) {
        self.time.add(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
    }

    pub(super) fn inflate(&self, inflated: Inflated) {
        if inflated.work > 0 {
            self.packets_received.add(inflated.messages);
            self.received_before.add(inflated.before);
            self.received_after.add(inflated.after);
        }
    }
}

impl Totals {
    /// Opening handshakes by what became of them.
    pub(crate) fn handshakes(&self) -> Handshakes {
        Handshakes {
            started: self.started.get(),
            succeeded: self.succeeded.get(),
            refused: self.refused.get(),
            failed: self.failed.get(),
            timed_out: self.timed_out.get(),
            pages: self.pages.get(),
        }
    }

    /// What compression has saved, and what it has cost.
    pub(crate) fn compressed(&self) -> Compressed {
        let counts = &self.compression;
        Compressed {
            packets_sent: counts.packets_sent.get(),
            bytes_before_sending: counts.sent_before.get(),
            bytes_sent: counts.sent_after.get(),
            packets_received: counts.packets_received.get(),
            bytes_received: counts.received_before.get(),
            bytes_after_receiving: counts.received_after.get(),
            time_sending: Duration::from_nanos(counts.time.get()),
        }
    }

    /// What sockets carried of connections that never were open.
    pub(crate) fn wire(&self) -> WireBytes {
        WireBytes { received: self.wire_received.get(), sent: self.wire_sent.get() }
    }

    pub(super) fn start_handshake(&self) {
        self.started.add(1);
    }

    pub(super) fn finish_handshake(&self) {
        self.succeeded.add(1);
    }

    pub(super) fn fail_handshake(&self, cause: &CloseCause) {
        let mut handshakes = self.handshakes();
        handshakes.end(cause);
        self.refused.set(handshakes.refused);
        self.failed.set(handshakes.failed);
        self.timed_out.set(handshakes.timed_out);
    }

    /// What began like a handshake asks for a page.
    pub(super) fn serve_page(&self) {
        self.pages.add(1);
    }

    /// A handshake for which the system had no means.
    pub(super) fn fail_for_want_of_means(&self) {
        self.failed.add(1);
    }

    pub(super) fn keep_wire(&self, wire: WireBytes) {
        self.wire_received.add(wire.received);
        self.wire_sent.add(wire.sent);
    }
}
