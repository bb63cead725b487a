//! What the game's half tells the network half. Packets are not among these, see [`crate::link::Link::send`].

use std::sync::Arc;
use std::time::Instant;

use super::PeerKey;
use crate::close_code::CloseCode;
use crate::config::{Answer, Conditions, Limits, Settings};
use crate::connection::Tally;
use crate::stream::tls::server::ServerTls;

/// One thing to do. A command about a connection that is gone does nothing.
#[derive(Debug, Clone)]
pub enum Command {
    /// Start the closing handshake (RFC 6455 section 7.1.2): what is queued goes out first. A connection that is not open
    /// yet ends at once.
    Close {
        /// Which connection.
        key: PeerKey,
        /// The close frame's code, if it is to have one.
        code: Option<CloseCode>,
        /// Its reason.
        reason: String,
    },
    /// End a connection at once, without a close frame.
    Cut {
        /// Which connection.
        key: PeerKey,
    },
    /// End a connection at once, with a close frame as far as the socket takes it. Nothing is reported, and the place is
    /// given back.
    Abandon {
        /// Which connection.
        key: PeerKey,
        /// The close frame's code.
        code: CloseCode,
        /// Its reason.
        reason: String,
    },
    /// The game knows a connection no more: its id is free, and its place is given back once its last bytes are out.
    Release {
        /// Which connection.
        key: PeerKey,
    },
    /// There is room again for what a connection brings, after a [`super::Report::Paused`].
    Resume {
        /// Which connection.
        key: PeerKey,
    },
    /// New limits for one connection, see [`crate::connection::Connection::set_limits`].
    SetLimits {
        /// Which connection.
        key: PeerKey,
        /// The limits.
        limits: Limits,
    },
    /// Drop the oldest unreliable messages of a connection, see [`crate::connection::Connection::displace`].
    Displace {
        /// Which connection.
        key: PeerKey,
        /// How many are to be gone in all.
        until: Tally,
    },
    /// `TCP_NODELAY` of one connection.
    SetNoDelay {
        /// Which connection.
        key: PeerKey,
        /// Whether small messages leave at once.
        enabled: bool,
    },
    /// New settings: how many connections there may be, and how old unreliable messages may get, from now on; all else for
    /// connections made from now on.
    Configure(Box<Settings>),
    /// Under which conditions the bytes of every connection travel from now on.
    SetConditions(Box<Conditions>),
    /// Whether new connections are left waiting, and those whose handshake is under way are turned away.
    RefuseNew(bool),
    /// The game's answer to a [`super::Report::Requested`].
    Answer {
        /// Which connection.
        key: PeerKey,
        /// What the game says.
        answer: Box<Answer>,
    },
    /// The game's half has noted that a request has gone before it was answered: others may take its place.
    Dismiss,
    /// The page that a [`super::Report::MetricsAsked`] is to be answered with.
    Show {
        /// Which connection.
        key: PeerKey,
        /// What is on it.
        page: Arc<str>,
    },
    /// Take no new peers any more, until then and for good.
    Drain {
        /// When the last ones are to be gone.
        until: Instant,
    },
    /// Server: another certificate and key, for connections made from now on.
    SetTls(ServerTls),
    /// Stop dialing.
    StopDialing,
}
