//! The enums of the class, with the names and values of the built-in one.

use std::borrow::Cow;

use godot::builtin::VariantType;
use godot::meta::conv::ByValue;
use godot::meta::error::ConvertError;
use godot::meta::shape::{EnumeratorShape, GodotShape};
use godot::meta::{FromGodot, GodotConvert, GodotImmutable, ToGodot};
use godot::obj::GodotClass;
use godot::private::{DocsItem, DocsShard, InherentImplDocs};
use godot::register::private::constant::{ConstantKind, ExportConstant, IntegerConstant};
use rust_websocket_transport::connection::session::ReadyState;
use rust_websocket_transport::wire::message::MessageKind;

use super::RustWebSocketPeer;

/// An enum of the class: its Rust side, what registers it with the engine, and its part of the editor's help.
///
/// gdext 0.5 has no attribute for this. Its own attributes end in the same calls.
macro_rules! class_enum {
    (
        $(#[$meta:meta])*
        $name:ident { $($variant:ident = $value:literal, $godot_name:literal, $help:literal;)+ }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum $name {
            $($variant = $value,)+
        }

        impl $name {
            const ENUMERATORS: &[EnumeratorShape] = &[$(EnumeratorShape::new_int($godot_name, $value),)+];

            fn register() {
                let enumerators = vec![$(IntegerConstant::new::<i64>($godot_name, $value),)+];
                let kind = ConstantKind::Enum { name: stringify!($name).into(), enumerators };
                ExportConstant::new(RustWebSocketPeer::class_id(), kind).register();
            }
        }

        impl GodotConvert for $name {
            type Via = i64;

            fn godot_shape() -> GodotShape {
                GodotShape::Enum {
                    variant_type: VariantType::INT,
                    enumerators: Cow::Borrowed(Self::ENUMERATORS),
                    godot_name: Some(Cow::Borrowed(concat!("RustWebSocketPeer.", stringify!($name)))),
                    is_bitfield: false,
                }
            }
        }

        impl ToGodot for $name {
            type Pass = ByValue;

            fn to_godot(&self) -> i64 {
                *self as i64
            }
        }

        godot::sys::shard_add!(godot::private::__GODOT_DOCS_REGISTRY; DocsShard::new::<RustWebSocketPeer>(
            DocsItem::InherentImpl(InherentImplDocs {
                constants_xml: concat!($(
                    "<constant name=\"", $godot_name, "\" value=\"", $value, "\" enum=\"", stringify!($name), "\">",
                    $help,
                    "</constant>",
                )+),
                ..InherentImplDocs::default()
            })
        ));
    };
}

class_enum! {
    /// How far a connection is.
    State {
        Connecting = 0, "STATE_CONNECTING", "The connection is being made: names, TCP, TLS and the opening handshake.";
        Open = 1, "STATE_OPEN", "The connection is open, messages go both ways.";
        Closing = 2, "STATE_CLOSING", "A close frame was sent, the other side has not answered yet.";
        Closed = 3, "STATE_CLOSED", "There is no connection: it has ended, or none was made.";
    }
}

class_enum! {
    /// How a message is marked.
    WriteMode {
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
