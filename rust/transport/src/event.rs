//! What an endpoint tells its owner, as plain data.

use std::net::SocketAddr;

use bytes::Bytes;

use crate::error::{CloseCause, QueueLimit};

/// One packet of a peer, in the order of arrival.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    /// The id of the peer that sent it.
    pub source: i32,
    /// The payload; never empty.
    pub payload: Bytes,
}

/// Which request a question is about. No two requests of one server have the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(u64);

impl Ticket {
    pub(crate) fn from_number(number: u64) -> Self {
        Self(number)
    }

    pub(crate) fn number(self) -> u64 {
        self.0
    }
}

/// What happened on a server or a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Server: a peer is here; from now on packets can be sent to it.
    Connected {
        /// The id the server gave it, 2 or more.
        id: i32,
    },
    /// Server: a client asks to be let in, and the game decides; see [`crate::config::Reception::asks_game`]. Answer by
    /// [`crate::game::Endpoint::answer`], now or later.
    Requested {
        /// Which request.
        ticket: Ticket,
    },
    /// Server: nothing comes of a request that the game was asked about, or of the peer it led to: that was gone before it was
    /// announced.
    Withdrawn {
        /// Which request.
        ticket: Ticket,
    },
    /// Server: it drains, and nobody is left.
    Drained,
    /// Client: the server gave us an id; packets can be sent.
    Joined {
        /// Our id, 2 or more.
        id: i32,
    },
    /// A peer has gone, and every packet of it was read. On a client that is the server.
    Disconnected {
        /// Its id, which still answers questions until the next event is taken.
        id: i32,
        /// Why it went.
        cause: CloseCause,
    },
    /// A packet did not get to a peer, for its queue was full.
    Overflowed {
        /// The peer that missed it.
        id: i32,
        /// The packet's size in bytes.
        size: usize,
        /// What left no room for it.
        limit: QueueLimit,
    },
    /// Server: a connection ended before it had become a peer.
    HandshakeFailed {
        /// Where it came from, if the stream has an address.
        address: Option<SocketAddr>,
        /// What was wrong.
        cause: CloseCause,
    },
    /// Client: no connection came about.
    Failed {
        /// Why not.
        cause: CloseCause,
    },
}
