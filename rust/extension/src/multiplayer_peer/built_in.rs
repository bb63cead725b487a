//! The six properties that the built-in class has too.

use std::time::Duration;

use godot::builtin::PackedStringArray;
use godot::global::Error;
use godot::register::godot_api;

use super::{__godot_RustWebSocketMultiplayerPeer_Funcs, CLASS, RustWebSocketMultiplayerPeer, refuse};
use crate::accessors::accessors;
use crate::{convert, logging};

accessors! {
    __godot_RustWebSocketMultiplayerPeer_Funcs:
    get_supported_protocols,
    set_supported_protocols,
    get_handshake_headers,
    set_handshake_headers,
    get_inbound_buffer_size,
    set_inbound_buffer_size,
    get_outbound_buffer_size,
    set_outbound_buffer_size,
    get_handshake_timeout,
    set_handshake_timeout,
    get_max_queued_packets,
    set_max_queued_packets,
}

#[godot_api(secondary)]
#[expect(clippy::needless_pass_by_value, reason = "the engine's arguments arrive by value")]
impl RustWebSocketMultiplayerPeer {
    /// Returns [member supported_protocols].
    #[func]
    pub(super) fn get_supported_protocols(&self) -> PackedStringArray {
        self.supported_protocols.clone()
    }

    /// Sets [member supported_protocols].
    #[func]
    pub(super) fn set_supported_protocols(&mut self, protocols: PackedStringArray) {
        self.supported_protocols = convert::stripped(&protocols);
        match convert::subprotocols(&self.supported_protocols) {
            Ok(protocols) => {
                self.handshake.supported_protocols = protocols;
                self.apply_settings();
            }
            Err(error) => {
                refuse(Error::ERR_INVALID_PARAMETER, &error.to_string());
            }
        }
    }

    /// Returns [member handshake_headers].
    #[func]
    pub(super) fn get_handshake_headers(&self) -> PackedStringArray {
        self.handshake_headers.clone()
    }

    /// Sets [member handshake_headers].
    #[func]
    pub(super) fn set_handshake_headers(&mut self, protocols: PackedStringArray) {
        self.handshake_headers = protocols;
        match convert::header_lines(&self.handshake_headers) {
            Ok(headers) => {
                self.handshake.headers = headers;
                self.apply_settings();
            }
            Err(error) => {
                refuse(Error::ERR_INVALID_PARAMETER, &error.to_string());
            }
        }
    }

    /// Returns [member inbound_buffer_size].
    #[func]
    pub(super) fn get_inbound_buffer_size(&self) -> i32 {
        self.inbound_buffer_size
    }

    /// Sets [member inbound_buffer_size].
    #[func]
    pub(super) fn set_inbound_buffer_size(&mut self, buffer_size: i32) {
        if convert::is_positive(buffer_size) {
            self.inbound_buffer_size = buffer_size;
            self.apply_settings();
        } else {
            refuse(Error::ERR_INVALID_PARAMETER, "inbound_buffer_size must be greater than 0");
        }
    }

    /// Returns [member outbound_buffer_size].
    #[func]
    pub(super) fn get_outbound_buffer_size(&self) -> i32 {
        self.outbound_buffer_size
    }

    /// Sets [member outbound_buffer_size].
    #[func]
    pub(super) fn set_outbound_buffer_size(&mut self, buffer_size: i32) {
        if buffer_size < 0 {
            // The built-in class takes it so, and games may count on it.
            logging::warning(CLASS, "outbound_buffer_size is negative, which is no limit; 0 says so");
        }
        self.outbound_buffer_size = buffer_size;
        self.apply_settings();
    }

    /// Returns [member handshake_timeout].
    #[func]
    pub(super) fn get_handshake_timeout(&self) -> f64 {
        self.handshake_timeout
    }

    /// Sets [member handshake_timeout].
    #[func]
    pub(super) fn set_handshake_timeout(&mut self, timeout: f64) {
        if timeout > 0.0 && Duration::try_from_secs_f64(timeout).is_ok() {
            self.handshake_timeout = timeout;
            self.apply_settings();
        } else {
            refuse(
                Error::ERR_INVALID_PARAMETER,
                "handshake_timeout must be greater than 0, and neither infinite nor NAN",
            );
        }
    }

    /// Returns [member max_queued_packets].
    #[func]
    pub(super) fn get_max_queued_packets(&self) -> i32 {
        self.max_queued_packets
    }

    /// Sets [member max_queued_packets].
    #[func]
    pub(super) fn set_max_queued_packets(&mut self, max_queued_packets: i32) {
        if convert::is_positive(max_queued_packets) {
            self.max_queued_packets = max_queued_packets;
            self.apply_settings();
        } else {
            refuse(Error::ERR_INVALID_PARAMETER, "max_queued_packets must be greater than 0");
        }
    }
}
