//! What the network half tells the game's half.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use super::PeerKey;
use crate::config::SharedLimits;
use crate::connection::{Meter, keep};
use crate::error::CloseCause;
use crate::wire::message::Message;
use crate::wire::request_head::RequestHead;

/// One thing that happened. Those about one connection come in the order in which they happened.
#[derive(Debug)]
pub enum Report {
    /// Client: the TCP connection is there, the opening handshake begins.
    Dialed {
        /// Which connection.
        key: PeerKey,
        /// The server's address.
        address: Option<SocketAddr>,
        /// Its numbers.
        meter: Arc<Meter>,
    },
    /// Server: the game is to decide about a request. [`super::Command::Answer`] is awaited.
    Requested(Box<Requested>),
    /// Server: a request about which the game was asked has come to nothing; be it that the game refused it. Unless it was
    /// answered, [`super::Command::Dismiss`] is awaited.
    Withdrawn {
        /// Which connection it came on.
        key: PeerKey,
    },
    /// Server: somebody asks for the statistics. [`super::Command::Show`] is awaited.
    MetricsAsked {
        /// On which connection.
        key: PeerKey,
    },
    /// Server: no connection becomes a peer any more, after a [`super::Command::Drain`].
    Shut,
    /// The opening handshake is done.
    Opened(Box<Opened>),
    /// A message arrived.
    Message {
        /// On which connection.
        key: PeerKey,
        /// What arrived.
        message: Message,
    },
    /// Reading stopped for want of room. [`super::Command::Resume`] is awaited.
    Paused {
        /// Which connection.
        key: PeerKey,
    },
    /// An open connection is over. [`super::Command::Release`] is awaited.
    Closed {
        /// Which connection.
        key: PeerKey,
        /// Why. Apart, like all that is rare: most reports are messages, and are moved as often.
        cause: Box<CloseCause>,
    },
    /// A connection ended before it was open, or was never made.
    Failed {
        /// Where it came from, or should have led.
        address: Option<SocketAddr>,
        /// Why.
        cause: Box<CloseCause>,
    },
    /// The network half is no more, and with it every connection: the last word of all.
    Broken {
        /// Why.
        cause: CloseCause,
    },
    /// A connection that was dialed or open is gone, its last bytes included: the last word about it.
    Dropped {
        /// Which connection.
        key: PeerKey,
    },
}

impl Report {
    /// Gives a payload memory of its own. What waits for long must not hold on to the block that it was read into: one byte
    /// would be 256 KiB.
    pub(crate) fn keep(&mut self) {
        if let Self::Message { message, .. } = self {
            keep(&mut message.payload);
        }
    }
}

/// A request that waits for the game's decision.
#[derive(Debug, Clone)]
pub struct Requested {
    /// The key of its connection.
    pub key: PeerKey,
    /// What the client has said.
    pub head: Arc<RequestHead>,
    /// Where it is, if the stream has an address.
    pub address: Option<SocketAddr>,
    /// Whether it is encrypted.
    pub tls: bool,
}

/// A connection on which messages go both ways.
#[derive(Debug)]
pub struct Opened {
    /// Its key.
    pub key: PeerKey,
    /// Multiplayer server: the id that was given to the peer.
    pub id: Option<i32>,
    /// The other side's address, if the stream has one.
    pub address: Option<SocketAddr>,
    /// Whether it is encrypted.
    pub tls: bool,
    /// Whether an earlier TLS session went on (RFC 8446 section 2.2), if it is encrypted.
    pub was_resumed: Option<bool>,
    /// The subprotocol that was agreed on.
    pub protocol: Option<String>,
    /// Server: what was asked for.
    pub request: Option<Arc<RequestHead>>,
    /// Its limits: first those of the moment in which it came.
    pub limits: SharedLimits,
    /// Its numbers.
    pub meter: Arc<Meter>,
    /// When.
    pub since: Instant,
}
