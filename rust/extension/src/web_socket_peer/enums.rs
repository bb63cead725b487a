//! The enums of the class, with the names and values of the built-in one.

use godot::meta::error::ConvertError;
use godot::meta::{FromGodot, GodotImmutable};
use rust_websocket_transport::config::CompressionMode;
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

class_enum! {
    /// Whether packets are compressed.
    RustWebSocketPeer.Compression {
        Off = 0, "COMPRESSION_OFF", "Packets are neither sent nor taken compressed.";
        Auto = 1, "COMPRESSION_AUTO", "Packets are compressed on connections whose other side can do it too.";
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
    State::register();
    WriteMode::register();
}
