//! One TCP connection: two ends, and a lane for each direction, in which bytes are on their way in order.

use std::collections::VecDeque;
use std::io::ErrorKind;
use std::net::SocketAddr;

use rust_websocket_transport::network::Token;

use super::{HostId, PollerId};

/// How far a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Asked for, and not answered.
    Connecting,
    /// The dialing side knows that it is there.
    Connected,
}

/// A connection; end 0 has dialed, end 1 was dialed.
#[derive(Debug)]
pub(super) struct Wire {
    pub(super) stage: Stage,
    pub(super) ends: [End; 2],
    /// Lane `n` leads from end `n` to the other.
    pub(super) lanes: [Lane; 2],
}

/// One end of a connection.
#[derive(Debug)]
pub(super) struct End {
    pub(super) host: HostId,
    pub(super) address: SocketAddr,
    /// Whether there is a socket, or one that waits to be accepted.
    pub(super) is_open: bool,
    /// Who is told of what happens, and under which name.
    pub(super) watcher: Option<(PollerId, Token)>,
    /// It is among those that its watcher is to be told of.
    pub(super) is_queued: bool,
    /// What has changed since the watcher was told.
    pub(super) readable_edge: bool,
    pub(super) writable_edge: bool,
    /// The connection has failed, and its owner has not been told yet.
    pub(super) error: Option<ErrorKind>,
    /// It has failed: nothing goes either way.
    pub(super) is_dead: bool,
    pub(super) carried_in: u64,
    pub(super) carried_out: u64,
    /// How often its watcher has looked since something lies here that nobody reads.
    pub(super) looks_unread: u32,
}

impl End {
    pub(super) fn new(host: HostId, address: SocketAddr, is_open: bool) -> Self {
        Self {
            host,
            address,
            is_open,
            watcher: None,
            is_queued: false,
            readable_edge: false,
            writable_edge: false,
            error: None,
            is_dead: false,
            carried_in: 0,
            carried_out: 0,
            looks_unread: 0,
        }
    }
}

/// One direction.
#[derive(Debug)]
pub(super) struct Lane {
    /// On their way, in order, and when they are there.
    pub(super) flight: VecDeque<(u64, Segment)>,
    pub(super) flight_bytes: usize,
    /// There, and not read.
    pub(super) arrived: VecDeque<u8>,
    /// The writer will write no more.
    pub(super) is_shut: bool,
    /// The reader has been reached by that.
    pub(super) has_end: bool,
    /// How many bytes fit.
    pub(super) window: usize,
    pub(super) latency: u64,
    pub(super) nanoseconds_per_byte: u64,
    /// When the last segment leaves, and when it arrives.
    pub(super) free_at: u64,
    pub(super) last_at: u64,
    /// The writer found it full, and waits to be told.
    pub(super) is_awaited: bool,
    /// The first moment since which the other host takes nothing.
    pub(super) unanswered_since: Option<u64>,
}

/// What travels.
#[derive(Debug)]
pub(super) enum Segment {
    Data(Vec<u8>),
    End,
    Reset,
}

impl Lane {
    pub(super) fn room(&self) -> usize {
        self.window.saturating_sub(self.flight_bytes + self.arrived.len())
    }
}
