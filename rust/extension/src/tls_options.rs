//! `TLSOptions` as an argument that may be left out.

use godot::classes::TlsOptions;
use godot::meta::conv::ByValue;
use godot::meta::error::ConvertError;
use godot::meta::shape::GodotShape;
use godot::meta::{FromGodot, GodotConvert, GodotImmutable, ToGodot};
use godot::obj::Gd;

/// An optional `TLSOptions`, null by default.
#[derive(Debug, Clone, Default)]
pub(crate) struct OptionalTlsOptions(pub(crate) Option<Gd<TlsOptions>>);

impl GodotConvert for OptionalTlsOptions {
    type Via = Option<Gd<TlsOptions>>;

    fn godot_shape() -> GodotShape {
        Self::Via::godot_shape()
    }
}

impl ToGodot for OptionalTlsOptions {
    type Pass = ByValue;

    fn to_godot(&self) -> Self::Via {
        self.0.clone()
    }
}

impl FromGodot for OptionalTlsOptions {
    fn try_from_godot(via: Self::Via) -> Result<Self, ConvertError> {
        Ok(Self(via))
    }
}

// SAFETY: gdext wants default arguments to be immutable values. The only default that is ever made of this is null.
#[expect(unsafe_code, reason = "gdext's marker for default arguments is an unsafe trait")]
unsafe impl GodotImmutable for OptionalTlsOptions {}
