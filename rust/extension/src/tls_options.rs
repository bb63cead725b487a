//! `TLSOptions`: as an argument that may be left out, and as what the transport makes of it.

use godot::builtin::GString;
use godot::classes::{FileAccess, ProjectSettings, TlsOptions, X509Certificate};
use godot::meta::conv::ByValue;
use godot::meta::error::ConvertError;
use godot::meta::shape::GodotShape;
use godot::meta::{FromGodot, GodotConvert, GodotImmutable, ToGodot};
use godot::obj::{Gd, Singleton};
use rust_websocket_transport::error::TlsConfigError;
use rust_websocket_transport::tls::client::{ClientTls, Roots};
use rust_websocket_transport::tls::server::ServerTls;

/// The project setting that names a file of trusted certificates.
const BUNDLE_OVERRIDE: &str = "network/tls/certificate_bundle_override";

/// The line that every certificate in PEM starts with.
const PEM_START: &str = "-----BEGIN CERTIFICATE-----";

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
    let certificate = options.get_own_certificate().ok_or_else(|| missing("certificate"))?;
    let mut key = options.get_private_key().ok_or_else(|| missing("private key"))?;
    ServerTls::from_pem(&certificate_pem(certificate), &key.save_to_string().to_string())
}

/// Whom a client trusts. Without options, what the engine's own classes trust by default but for its list of
/// certificates, which is Mozilla's.
pub(crate) fn client(options: Option<&Gd<TlsOptions>>) -> ClientTls {
    let Some(options) = options else {
        return ClientTls { roots: Some(default_roots()), ..ClientTls::default() };
    };
    let chain = options.get_trusted_ca_chain().map(|chain| Roots::Pem(certificate_pem(chain)));
    if options.is_unsafe_client() {
        // With a chain it is held against it, whatever name it has; without, anything goes.
        return ClientTls { roots: chain, checks_name: false, name_override: None };
    }
    let name = options.get_common_name_override().to_string();
    ClientTls {
        roots: Some(chain.unwrap_or_else(default_roots)),
        checks_name: true,
        name_override: (!name.is_empty()).then_some(name),
    }
}

fn default_roots() -> Roots {
    let path = ProjectSettings::singleton().get_setting(BUNDLE_OVERRIDE).try_to::<GString>().unwrap_or_default();
    if path.is_empty() { Roots::WebPki } else { Roots::Pem(FileAccess::get_file_as_string(&path).to_string()) }
}

/// A certificate with its whole chain, in PEM.
///
/// The engine's `save_to_string` (seen in 4.6.3) repeats the first certificate once for each of a chain. The file that
/// a certificate was loaded from has them all.
fn certificate_pem(mut certificate: Gd<X509Certificate>) -> String {
    let pem = certificate.save_to_string().to_string();
    let mut blocks = pem.split(PEM_START).skip(1).map(str::trim);
    let first = blocks.next();
    let (mut repetitions, mut others) = (0, 0);
    for block in blocks {
        if Some(block) == first { repetitions += 1 } else { others += 1 }
    }
    if repetitions == 0 || others > 0 {
        return pem;
    }
    let path = certificate.get_path();
    let file = if path.is_empty() { String::new() } else { FileAccess::get_file_as_string(&path).to_string() };
    if file.contains(PEM_START) {
        return file;
    }
    log::warn!(
        "only the first of {} certificates of a chain can be used: the engine does not give the others out. Load the \
         chain as a resource, load(\"res://chain.crt\"), so that its file can be read",
        repetitions + 1
    );
    pem
}
