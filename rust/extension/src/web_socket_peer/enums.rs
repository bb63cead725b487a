//! The enums of the class, with the names and values of the built-in one.

use godot::meta::error::ConvertError;
use godot::meta::{FromGodot, GodotImmutable};
use rust_websocket_transport::connection::ReadyState;
use rust_websocket_transport::wire::message::MessageKind;

use super::RustWebSocketPeer;
use crate::class_enum::class_enum;

class_enum! {
    /// How far a connection is.
    RustWebSocketPeer.State {
        Connecting = 0, "STATE_CONNECTING", "The connection is being made: names, TCP, TLS and the opening handshake.";
        Open = 1, "STATE_OPEN", "The connection is open, messages go both ways.";
        Closing = 2, "STATE_CLOSING", "A close frame was sent, the other side has not answered yet.";
        Closed = 3, "STATE_CLOSED", "There is no connection: it has ended, or none was made.";
    }
}

class_enum! {
    /// How a message is marked.
    RustWebSocketPeer.WriteMode {
        Text = 0, "WRITE_MODE_TEXT", "The message is text and has to be UTF-8.";
        Binary = 1, "WRITE_MODE_BINARY", "The message is bytes.";
    }
}

impl FromGodot for WriteMode {
    fn try_from_godot(via: i64) -> Result<Self, ConvertError> {
        // Whatever is not text goes as bytes, as with the built-in class.
        Ok(if via == Self::Text as i64 { Self::Text } else { Self::Binary })
    }
}

// SAFETY: gdext wants default arguments to be immutable values, which a number is.
#[expect(unsafe_code, reason = "gdext's marker for default arguments is an unsafe trait")]
unsafe impl GodotImmutable for WriteMode {}

impl From<ReadyState> for State {
    fn from(state: ReadyState) -> Self {
        match state {
            ReadyState::Connecting => Self::Connecting,
            ReadyState::Open => Self::Open,
            ReadyState::Closing => Self::Closing,
            ReadyState::Closed => Self::Closed,
        }
    }
}

impl From<WriteMode> for MessageKind {
    fn from(mode: WriteMode) -> Self {
        match mode {
            WriteMode::Text => Self::Text,
            WriteMode::Binary => Self::Binary,
        }
    }
}

/// Makes the enums known to the engine, once the class is.
pub(crate) fn register() {
    State::register();
    WriteMode::register();
}
