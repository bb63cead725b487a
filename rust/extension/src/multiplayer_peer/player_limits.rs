//! How many players a server takes, and what one may do to it: the properties that say how fast it may send, and how often come
//! back.

use godot::global::Error;
use godot::register::godot_api;
use rust_websocket_transport::config::{Admission, Limits};

use super::{__godot_RustWebSocketMultiplayerPeer_Funcs, RustWebSocketMultiplayerPeer, refuse};
use crate::accessors::accessors;
use crate::convert;

accessors! {
    __godot_RustWebSocketMultiplayerPeer_Funcs:
    get_max_peers,
    set_max_peers,
    get_max_peer_bytes_per_second,
    set_max_peer_bytes_per_second,
    get_max_peer_packets_per_second,
    set_max_peer_packets_per_second,
    get_max_handshakes_per_minute,
    set_max_handshakes_per_minute,
}

#[godot_api(secondary)]
impl RustWebSocketMultiplayerPeer {
    /// Returns [member max_peers].
    #[func]
    pub(super) fn get_max_peers(&self) -> i32 {
        self.max_peers
    }

    /// Sets [member max_peers].
    #[func]
    pub(super) fn set_max_peers(&mut self, max_peers: i32) {
        if max_peers >= 0 {
            self.max_peers = max_peers;
            self.apply_settings();
        } else {
            refuse(Error::ERR_INVALID_PARAMETER, "max_peers must not be negative");
        }
    }

    /// Returns [member max_peer_bytes_per_second].
    #[func]
    pub(super) fn get_max_peer_bytes_per_second(&self) -> i32 {
        self.max_peer_bytes_per_second
    }

    /// Sets [member max_peer_bytes_per_second].
    #[func]
    pub(super) fn set_max_peer_bytes_per_second(&mut self, bytes: i32) {
        if bytes >= 0 {
            self.max_peer_bytes_per_second = bytes;
            self.apply_settings();
        } else {
            refuse(Error::ERR_INVALID_PARAMETER, "max_peer_bytes_per_second must not be negative");
        }
    }

    /// Returns [member max_peer_packets_per_second].
    #[func]
    pub(super) fn get_max_peer_packets_per_second(&self) -> i32 {
        self.max_peer_packets_per_second
    }

    /// Sets [member max_peer_packets_per_second].
    #[func]
    pub(super) fn set_max_peer_packets_per_second(&mut self, packets: i32) {
        if packets >= 0 {
            self.max_peer_packets_per_second = packets;
            self.apply_settings();
        } else {
            refuse(Error::ERR_INVALID_PARAMETER, "max_peer_packets_per_second must not be negative");
        }
    }

    /// Returns [member max_handshakes_per_minute].
    #[func]
    pub(super) fn get_max_handshakes_per_minute(&self) -> i32 {
        self.max_handshakes_per_minute
    }

    /// Sets [member max_handshakes_per_minute].
    #[func]
    pub(super) fn set_max_handshakes_per_minute(&mut self, handshakes: i32) {
        if handshakes >= 0 {
            self.max_handshakes_per_minute = handshakes;
            self.apply_settings();
        } else {
            refuse(Error::ERR_INVALID_PARAMETER, "max_handshakes_per_minute must not be negative");
        }
    }
}

impl RustWebSocketMultiplayerPeer {
    /// These limits, with what one peer may send.
    pub(super) fn with_player_limits(&self, limits: Limits) -> Limits {
        Limits {
            max_bytes_per_second: convert::limit(self.max_peer_bytes_per_second),
            max_packets_per_second: convert::limit(self.max_peer_packets_per_second),
            ..limits
        }
    }

    /// Whom a server takes in.
    pub(super) fn admission(&self) -> Admission {
        Admission {
            max_peers: convert::limit(self.max_peers),
            max_handshakes_per_minute: convert::limit(self.max_handshakes_per_minute),
            ..Admission::default()
        }
    }
}
