//! The enum of the class.

use rust_websocket_transport::config;

use super::RustWebSocketMultiplayerPeer;
use crate::class_enum::class_enum;

class_enum! {
    /// What becomes of a peer whose outbound queue is full.
    RustWebSocketMultiplayerPeer.OverflowPolicy {
        Report = 0, "OVERFLOW_REPORT", "The packet is refused, and [signal peer_overflowed] names the peer that missed it.";
        Disconnect = 1, "OVERFLOW_DISCONNECT", "As [constant OVERFLOW_REPORT], and the peer is disconnected with close code 1013.";
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

/// Makes the enum known to the engine, once the class is.
pub(crate) fn register() {
    OverflowPolicy::register();
}
