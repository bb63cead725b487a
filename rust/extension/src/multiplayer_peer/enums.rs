//! The enums of the class.

use rust_websocket_transport::config::{self, CompressionMode};

use super::RustWebSocketMultiplayerPeer;
use crate::class_enum::class_enum;

class_enum! {
    /// What becomes of a peer whose outbound queue is full.
    RustWebSocketMultiplayerPeer.OverflowPolicy {
        Report = 0, "OVERFLOW_REPORT", "The packet is refused, and [signal peer_overflowed] names the peer that missed it.";
        Disconnect = 1, "OVERFLOW_DISCONNECT", "As [constant OVERFLOW_REPORT], and the peer is disconnected with close code 1013.";
    }
}

class_enum! {
    /// Whether packets are compressed.
    RustWebSocketMultiplayerPeer.Compression {
        Off = 0, "COMPRESSION_OFF", "Packets are neither sent nor taken compressed.";
        Auto = 1, "COMPRESSION_AUTO", "Packets are compressed on connections whose other side can do it too.";
    }
}

impl OverflowPolicy {
    /// The policy with this number.
    pub(crate) fn from_number(number: i32) -> Option<Self> {
        [Self::Report, Self::Disconnect].into_iter().find(|policy| *policy as i32 == number)
    }
}

impl From<OverflowPolicy> for config::OverflowPolicy {
    fn from(policy: OverflowPolicy) -> Self {
        match policy {
            OverflowPolicy::Report => Self::Report,
            OverflowPolicy::Disconnect => Self::Disconnect,
        }
    }
}

class_enum! {
    /// Whether proxies in front of a server speak the PROXY protocol.
    RustWebSocketMultiplayerPeer.ProxyProtocol {
        Off = 0, "PROXY_PROTOCOL_OFF", "Nobody speaks the PROXY protocol.";
        Optional = 1, "PROXY_PROTOCOL_OPTIONAL", "Proxies of [member trusted_proxies] may begin a connection with a PROXY protocol head. What others send of it is a bad request.";
        Required = 2, "PROXY_PROTOCOL_REQUIRED", "Every connection has to begin with a PROXY protocol head, or is closed. If [member trusted_proxies] names any, it has to come from one of them; without, whoever reaches the port is believed.";
    }
}

impl ProxyProtocol {
    /// The protocol with this number.
    pub(crate) fn from_number(number: i32) -> Option<Self> {
        [Self::Off, Self::Optional, Self::Required].into_iter().find(|protocol| *protocol as i32 == number)
    }
}

impl From<ProxyProtocol> for config::ProxyProtocol {
    fn from(protocol: ProxyProtocol) -> Self {
        match protocol {
            ProxyProtocol::Off => Self::Off,
            ProxyProtocol::Optional => Self::Optional,
            ProxyProtocol::Required => Self::Required,
        }
    }
}

impl Compression {
    /// The mode with this number.
    pub(crate) fn from_number(number: i32) -> Option<Self> {
        [Self::Off, Self::Auto].into_iter().find(|mode| *mode as i32 == number)
    }
}

impl From<Compression> for CompressionMode {
    fn from(mode: Compression) -> Self {
        match mode {
            Compression::Off => Self::Off,
            Compression::Auto => Self::Auto,
        }
    }
}

/// Makes the enums known to the engine, once the class is.
pub(crate) fn register() {
    Compression::register();
    OverflowPolicy::register();
    ProxyProtocol::register();
}
