//! What each link does with packets: the properties that say when a peer is gone, what happens where packets do not fit, how old they
//! may get, whether they are compressed, and on which thread all that happens.

use godot::global::Error;
use godot::register::godot_api;

use super::enums::{Compression, OverflowPolicy};
use super::{__godot_RustWebSocketMultiplayerPeer_Funcs, RustWebSocketMultiplayerPeer, refuse};
use crate::accessors::accessors;
use crate::compression;

accessors! {
    __godot_RustWebSocketMultiplayerPeer_Funcs:
    get_heartbeat_interval,
    set_heartbeat_interval,
    get_overflow_policy,
    set_overflow_policy,
    get_compression,
    set_compression,
    get_compression_threshold,
    set_compression_threshold,
    get_compression_level,
    set_compression_level,
    get_network_thread,
    set_network_thread,
    get_unreliable_max_age,
    set_unreliable_max_age,
}

#[godot_api(secondary)]
impl RustWebSocketMultiplayerPeer {
    /// Returns [member heartbeat_interval].
    #[func]
    pub(super) fn get_heartbeat_interval(&self) -> f64 {
        self.heartbeat_interval
    }

    /// Sets [member heartbeat_interval].
    #[func]
    pub(super) fn set_heartbeat_interval(&mut self, interval: f64) {
        if interval >= 0.0 && interval.is_finite() {
            self.heartbeat_interval = interval;
            self.apply_settings();
        } else {
            refuse(Error::ERR_INVALID_PARAMETER, "heartbeat_interval must not be negative, infinite or NAN");
        }
    }

    /// Returns [member overflow_policy].
    #[func]
    pub(super) fn get_overflow_policy(&self) -> i32 {
        self.overflow_policy
    }

    /// Sets [member overflow_policy].
    #[func]
    pub(super) fn set_overflow_policy(&mut self, policy: i32) {
        if OverflowPolicy::from_number(policy).is_some() {
            self.overflow_policy = policy;
            self.apply_settings();
        } else {
            refuse(Error::ERR_INVALID_PARAMETER, "overflow_policy must be OVERFLOW_REPORT or OVERFLOW_DISCONNECT");
        }
    }

    /// Returns [member compression].
    #[func]
    pub(super) fn get_compression(&self) -> i32 {
        let by_role = if self.is_server_side() { Compression::Auto } else { Compression::Off };
        Compression::from_number(self.compression).unwrap_or(by_role) as i32
    }

    /// Sets [member compression].
    #[func]
    pub(super) fn set_compression(&mut self, mode: i32) {
        if Compression::from_number(mode).is_some() {
            self.compression = mode;
            self.apply_settings();
        } else {
            refuse(Error::ERR_INVALID_PARAMETER, "compression must be COMPRESSION_OFF or COMPRESSION_AUTO");
        }
    }

    /// Returns [member compression_threshold].
    #[func]
    pub(super) fn get_compression_threshold(&self) -> i32 {
        self.compression_threshold
    }

    /// Sets [member compression_threshold].
    #[func]
    pub(super) fn set_compression_threshold(&mut self, threshold: i32) {
        if threshold >= 0 {
            self.compression_threshold = threshold;
            self.apply_settings();
        } else {
            refuse(Error::ERR_INVALID_PARAMETER, "compression_threshold must not be negative");
        }
    }

    /// Returns [member compression_level].
    #[func]
    pub(super) fn get_compression_level(&self) -> i32 {
        self.compression_level
    }

    /// Sets [member compression_level].
    #[func]
    pub(super) fn set_compression_level(&mut self, level: i32) {
        if compression::level(level).is_some() {
            self.compression_level = level;
            self.apply_settings();
        } else {
            refuse(Error::ERR_INVALID_PARAMETER, "compression_level must be from 1 to 9");
        }
    }

    /// Returns [member network_thread].
    #[func]
    pub(super) fn get_network_thread(&self) -> bool {
        self.network_thread
    }

    /// Sets [member network_thread].
    #[func]
    pub(super) fn set_network_thread(&mut self, enabled: bool) {
        self.network_thread = enabled;
    }

    /// Returns [member unreliable_max_age].
    #[func]
    pub(super) fn get_unreliable_max_age(&self) -> f64 {
        self.unreliable_max_age
    }

    /// Sets [member unreliable_max_age].
    #[func]
    pub(super) fn set_unreliable_max_age(&mut self, max_age: f64) {
        if max_age >= 0.0 && max_age.is_finite() {
            self.unreliable_max_age = max_age;
            self.apply_settings();
        } else {
            refuse(Error::ERR_INVALID_PARAMETER, "unreliable_max_age must not be negative, infinite or NAN");
        }
    }
}
