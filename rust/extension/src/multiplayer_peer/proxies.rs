//! The proxies in front of a server: the properties that say who they are and what they speak.

use godot::builtin::PackedStringArray;
use godot::global::Error;
use godot::register::godot_api;

use super::enums::ProxyProtocol;
use super::{__godot_RustWebSocketMultiplayerPeer_Funcs, RustWebSocketMultiplayerPeer, refuse};
use crate::accessors::accessors;
use crate::convert;

accessors! {
    __godot_RustWebSocketMultiplayerPeer_Funcs:
    get_trusted_proxies,
    set_trusted_proxies,
    get_proxy_protocol,
    set_proxy_protocol,
}

#[godot_api(secondary)]
#[expect(clippy::needless_pass_by_value, reason = "the engine's arguments arrive by value")]
impl RustWebSocketMultiplayerPeer {
    /// Returns [member trusted_proxies].
    #[func]
    pub(super) fn get_trusted_proxies(&self) -> PackedStringArray {
        self.trusted_proxies.clone()
    }

    /// Sets [member trusted_proxies].
    #[func]
    pub(super) fn set_trusted_proxies(&mut self, addresses: PackedStringArray) {
        self.trusted_proxies = convert::stripped(&addresses);
        match convert::trusted_proxies(&self.trusted_proxies) {
            Ok(trusted) => {
                self.proxies.trusted = trusted;
                self.apply_settings();
            }
            Err(error) => {
                refuse(Error::ERR_INVALID_PARAMETER, &error.to_string());
            }
        }
    }

    /// Returns [member proxy_protocol].
    #[func]
    pub(super) fn get_proxy_protocol(&self) -> i32 {
        self.proxy_protocol
    }

    /// Sets [member proxy_protocol].
    #[func]
    pub(super) fn set_proxy_protocol(&mut self, protocol: i32) {
        if let Some(known) = ProxyProtocol::from_number(protocol) {
            self.proxy_protocol = protocol;
            self.proxies.protocol = known.into();
            self.apply_settings();
        } else {
            refuse(
                Error::ERR_INVALID_PARAMETER,
                "proxy_protocol must be PROXY_PROTOCOL_OFF, PROXY_PROTOCOL_OPTIONAL or PROXY_PROTOCOL_REQUIRED",
            );
        }
    }
}

impl RustWebSocketMultiplayerPeer {
    /// Whether all of the addresses are some.
    pub(super) fn check_proxies(&mut self) -> Result<(), Error> {
        match convert::trusted_proxies(&self.trusted_proxies) {
            Ok(_) => Ok(()),
            Err(error) => Err(self.fail(Error::ERR_INVALID_PARAMETER, &error.to_string())),
        }
    }
}
