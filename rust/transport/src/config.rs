//! What a game may choose, as plain data.

mod answer;
mod compression;
mod conditions;
mod handshake;
mod origins;
mod proxies;
mod reception;
mod shared_limits;

use std::time::{Duration, Instant};

pub use self::answer::{Acceptance, Answer, Rejection};
pub use self::compression::{Compression, CompressionLevel, CompressionMode};
pub use self::conditions::{CONDITION_KEYS, Conditions, PRESETS, Stall};
pub use self::handshake::{Handshake, HeaderLines, Subprotocols};
pub use self::origins::AllowedOrigins;
pub use self::proxies::{Proxies, ProxyProtocol, TrustedProxies};
pub use self::reception::{PagePath, Reception};
pub(crate) use self::shared_limits::NewMaxAge;
pub use self::shared_limits::SharedLimits;

/// The largest head of a request or response that is read, in bytes.
pub const MAX_HEAD_SIZE: usize = 16 * 1024;

/// The limits of one connection. Those of Godot's `WebSocketMultiplayerPeer`, with its names and defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The largest message that is taken, in bytes; also how many unread bytes stop the reading. Default 65,535.
    pub inbound_buffer_size: usize,
    /// The most payload bytes that wait to be sent. 0 is no limit. Default 65,535.
    pub outbound_buffer_size: usize,
    /// The most messages that wait, each way. Default 2,048.
    pub max_queued_packets: usize,
    /// Room beside these two for what is put in the first seconds of a connection. Default `None`: they hold from the
    /// beginning.
    pub join_room: Option<JoinRoom>,
    /// How long a connection may take to open, names and TLS included. Default 3 s.
    pub handshake_timeout: Duration,
    /// How long the other side may take to answer a close frame. Default 3 s.
    pub close_timeout: Duration,
    /// How often an open connection is pinged; one that stays silent for two such intervals is over: no whole frame comes,
    /// and less than 256 bytes of an unfinished one in each. Default `None`: never, and then a frame may take for ever.
    pub heartbeat_interval: Option<Duration>,
    /// How old an unreliable message may get before its first byte is written; then it is dropped, whole. While there is such
    /// an age, a full queue also makes room for a reliable message by dropping its oldest unreliable ones, and the system
    /// holds little of what was written. Default `None`: all that was accepted is sent.
    pub unreliable_max_age: Option<Duration>,
    /// Server: how many bytes a peer may send in a second, with all that is around its messages, and at once after a pause.
    /// Compressed messages are as large as they are once inflated. Over it, nothing is read for a while. 0 is no limit, and
    /// the default.
    pub max_bytes_per_second: usize,
    /// Server: how many messages and control frames, likewise.
    pub max_packets_per_second: usize,
}

/// Room for the world that a peer joins, which a game puts into its queue in one burst. What was put in the first seconds
/// has this room beside the ordinary limits, and takes none of theirs while it waits to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JoinRoom {
    /// Payload bytes. Default 8 MiB.
    pub bytes: usize,
    /// Messages. Default 8,192.
    pub packets: usize,
    /// How long after the opening of the connection it is there. Default 10 s.
    pub period: Duration,
}

impl Default for JoinRoom {
    fn default() -> Self {
        Self { bytes: 8 * 1024 * 1024, packets: 8192, period: Duration::from_secs(10) }
    }
}

impl Limits {
    /// These limits, with room for joining. Whoever asked for less than the defaults gets just that, and none beside it.
    #[must_use]
    pub fn with_join_room(self) -> Self {
        let default = Self::default();
        let is_bounded_on_purpose = (1..default.outbound_buffer_size).contains(&self.outbound_buffer_size)
            || self.max_queued_packets < default.max_queued_packets;
        Self { join_room: (!is_bounded_on_purpose).then(JoinRoom::default), ..self }
    }

    /// The room for joining that a connection which opened at `opened` has, while it has it.
    pub(crate) fn join_room_at(&self, opened: Instant, now: Instant) -> Option<JoinRoom> {
        self.join_room.filter(|room| now < later(opened, room.period))
    }

    /// When a handshake that starts `now` has to be done.
    pub(crate) fn handshake_deadline(&self, now: Instant) -> Instant {
        later(now, self.handshake_timeout)
    }
}

/// How far ahead "never" is.
const FAR: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// `now + duration`, which must not overflow whatever a game asks for.
#[must_use]
pub fn later(now: Instant, duration: Duration) -> Instant {
    now + duration.min(FAR)
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            inbound_buffer_size: 65_535,
            outbound_buffer_size: 65_535,
            max_queued_packets: 2048,
            join_room: None,
            handshake_timeout: Duration::from_secs(3),
            close_timeout: Duration::from_secs(3),
            heartbeat_interval: None,
            unreliable_max_age: None,
            max_bytes_per_second: 0,
            max_packets_per_second: 0,
        }
    }
}

/// What becomes of a peer whose outbound queue is full.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OverflowPolicy {
    /// The game is told which packet it missed, and decides.
    #[default]
    Report,
    /// It is disconnected, with close code 1013, and the game is told.
    Disconnect,
}

/// Whom a server takes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admission {
    /// How many peers there may be; more are answered with HTTP 503. 0 is no limit, and the default.
    pub max_peers: usize,
    /// How many handshakes may be under way; more wait in the system's backlog. Default 4,096.
    pub max_handshakes: usize,
    /// How many of them from one address, or one /64 of IPv6; more are dropped. Default 1,024.
    pub max_handshakes_per_address: usize,
    /// How many requests of one address, likewise, are granted in a minute, and at once after a quiet one; more are answered
    /// with HTTP 429. 0 is no limit, and the default.
    pub max_handshakes_per_minute: usize,
}

impl Admission {
    /// Whether so many peers are as many as there may be.
    pub(crate) fn is_full(&self, peers: usize) -> bool {
        self.max_peers > 0 && peers >= self.max_peers
    }
}

impl Default for Admission {
    fn default() -> Self {
        Self { max_peers: 0, max_handshakes: 4096, max_handshakes_per_address: 1024, max_handshakes_per_minute: 0 }
    }
}

/// Everything that outlives the moment of connecting: taken when a server or client is made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// The limits of every connection.
    pub limits: Limits,
    /// What is said in every handshake.
    pub handshake: Handshake,
    /// Whom a server takes in.
    pub admission: Admission,
    /// What stands in front of a server.
    pub proxies: Proxies,
    /// How a server receives those who come.
    pub reception: Reception,
    /// What becomes of a peer that is too slow.
    pub overflow_policy: OverflowPolicy,
    /// Whether sockets are driven by a thread of their own, or by whoever polls. Looked at when a server or client is made; a
    /// client whose trust somebody else judges has no such thread.
    pub network_thread: bool,
    /// Under which conditions the bytes of every connection travel, those that are there included. Default: none.
    pub conditions: Conditions,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_for_joining_is_for_whoever_did_not_ask_for_less() {
        let default = Limits::default();
        assert_eq!(default.with_join_room().join_room, Some(JoinRoom::default()));
        for (outbound_buffer_size, max_queued_packets, has_room) in
            [(0, 2048, true), (1 << 20, 1 << 14, true), (65_534, 2048, false), (65_535, 2047, false)]
        {
            let limits = Limits { outbound_buffer_size, max_queued_packets, ..default };
            assert_eq!(limits.with_join_room().join_room.is_some(), has_room, "{limits:?}");
        }
    }
}
