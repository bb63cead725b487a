//! What an endpoint tells its owner, as plain data.

use std::net::SocketAddr;

use bytes::Bytes;

use crate::error::CloseCause;

/// One packet of a peer, in the order of arrival.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    /// The id of the peer that sent it.
    pub source: i32,
    /// The payload; never empty.
    pub payload: Bytes,
}

/// What happened on a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerEvent {
    /// A peer is here; from now on packets can be sent to it.
    Connected {
        /// The id the server gave it, 2 or more.
        id: i32,
    },
    /// A peer has gone, and every packet of it was read.
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
    },
    /// A connection ended before it had become a peer.
    HandshakeFailed {
        /// Where it came from.
        address: SocketAddr,
        /// What was wrong.
        cause: CloseCause,
    },
}

/// What happened on a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientEvent {
    /// The server gave us an id; packets can be sent.
    Connected {
        /// Our id, 2 or more.
        id: i32,
    },
    /// A packet did not get to the server, for the queue was full.
    Overflowed {
        /// The packet's size in bytes.
        size: usize,
    },
    /// The connection is over, and every packet was read.
    Disconnected {
        /// Why.
        cause: CloseCause,
    },
    /// No connection came about.
    Failed {
        /// Why not.
        cause: CloseCause,
    },
}
