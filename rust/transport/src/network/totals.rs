//! What the network half counts of connections that the game does not know, for the game's half to read.

use crate::connection::Count;
use crate::error::CloseCause;
use crate::statistics::{Handshakes, WireBytes};

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
