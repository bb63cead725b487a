//! Between the transport's values and the engine's.

use godot::builtin::{GString, PackedStringArray};
use godot::global::Error;
use rust_websocket_transport::endpoint::server::BindAddress;
use rust_websocket_transport::error::{ListenError, SendError};

/// The engine's code for a packet that was not queued.
pub(crate) fn send_error(error: SendError) -> Error {
    match error {
        SendError::UnknownPeer(_) => Error::ERR_INVALID_PARAMETER,
        SendError::Full { .. } | SendError::TooLarge { .. } => Error::ERR_OUT_OF_MEMORY,
        _ => Error::FAILED,
    }
}

/// The engine's code for a server that does not listen, as `TCPServer.listen` gives it.
pub(crate) fn listen_error(error: &ListenError) -> Error {
    match error {
        ListenError::Bind { .. } => Error::ERR_ALREADY_IN_USE,
        _ => Error::ERR_CANT_CREATE,
    }
}

/// A bind address as `TCPServer.listen` takes it: `"*"` or an address.
pub(crate) fn bind_address(text: &GString) -> Option<BindAddress> {
    match text.to_string().as_str() {
        "*" => Some(BindAddress::Any),
        other => other.parse().ok().map(BindAddress::Ip),
    }
}

/// A copy of an array of strings.
pub(crate) fn strings(array: &PackedStringArray) -> Vec<String> {
    array.as_slice().iter().map(GString::to_string).collect()
}
