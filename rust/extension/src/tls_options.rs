//! `TLSOptions`: as an argument that may be left out, and as what the transport makes of it.

mod chain;
mod judge;

use std::sync::{Arc, Mutex, PoisonError};

use godot::builtin::GString;
use godot::classes::{Engine, FileAccess, ProjectSettings, TlsOptions};
use godot::meta::conv::ByValue;
use godot::meta::error::ConvertError;
use godot::meta::shape::GodotShape;
use godot::meta::{FromGodot, GodotConvert, GodotImmutable, ToGodot};
use godot::obj::{Gd, Singleton};
use rust_websocket_transport::error::TlsConfigError;
use rust_websocket_transport::stream::tls::client::{ClientTls, Roots};
use rust_websocket_transport::stream::tls::judge::SharedJudge;
use rust_websocket_transport::stream::tls::server::ServerTls;

use self::judge::EngineJudge;

/// The project setting that names a file of trusted certificates.
const BUNDLE_OVERRIDE: &str = "network/tls/certificate_bundle_override";

/// Only one at a time turns the engine's complaints off, so that the last one turns them on again.
static QUIET: Mutex<()> = Mutex::new(());

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

/// A server's certificate chain and key.
pub(crate) fn server(options: &Gd<TlsOptions>) -> Result<ServerTls, TlsConfigError> {
    let missing = |what: &str| TlsConfigError::Other(format!("the TLS options have no {what}"));
    let mut certificate = options.get_own_certificate().ok_or_else(|| missing("certificate"))?;
    let mut key = options.get_private_key().ok_or_else(|| missing("private key"))?;
    let chain = chain::of_server(&mut certificate, &key)?;
    ServerTls::new(chain, &key.save_to_string().to_string())
}

/// Whom a client trusts. Without options, what the engine's own classes trust by default but for its list of
/// certificates, which is Mozilla's.
pub(crate) fn client(options: Option<&Gd<TlsOptions>>) -> ClientTls {
    let Some(options) = options else {
        return ClientTls { roots: Some(default_roots()), ..ClientTls::default() };
    };
    let trusted = options.get_trusted_ca_chain().map(|mut certificates| match chain::of_trusted(&mut certificates) {
        Some(certificates) => Roots::Der(certificates),
        None => Roots::Judged(SharedJudge(Arc::new(EngineJudge::new(options)))),
    });
    if options.is_unsafe_client() {
        // With trusted certificates it is held against them, whatever name it has; without, anything goes.
        return ClientTls { roots: trusted, checks_name: false, name_override: None };
    }
    let name = options.get_common_name_override().to_string();
    ClientTls {
        roots: Some(trusted.unwrap_or_else(default_roots)),
        checks_name: true,
        name_override: (!name.is_empty()).then_some(name),
    }
}

fn default_roots() -> Roots {
    let path = ProjectSettings::singleton().get_setting(BUNDLE_OVERRIDE).try_to::<GString>().unwrap_or_default();
    if path.is_empty() { Roots::WebPki } else { Roots::Pem(FileAccess::get_file_as_string(&path).to_string()) }
}

/// Lets the engine do something of which it would complain in vain. Others' complaints of the same moment are lost too, so
/// it must be short.
fn quietly<T>(ask: impl FnOnce() -> T) -> T {
    struct Quiet {
        was_printing: bool,
    }

    impl Drop for Quiet {
        fn drop(&mut self) {
            Engine::singleton().set_print_error_messages(self.was_printing);
        }
    }

    let _alone = QUIET.lock().unwrap_or_else(PoisonError::into_inner);
    let mut engine = Engine::singleton();
    let _quiet = Quiet { was_printing: engine.is_printing_error_messages() };
    engine.set_print_error_messages(false);
    ask()
}
