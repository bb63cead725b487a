//! The certificates of a certificate object.
//!
//! The engine writes only the first of several. But it shows all of them to a client of TLS, and so they are asked for by
//! a handshake in memory, which costs one signature.

use godot::builtin::PackedByteArray;
use godot::classes::{CryptoKey, StreamPeerBuffer, StreamPeerTls, TlsOptions, X509Certificate};
use godot::global::Error;
use godot::obj::{Gd, NewGd};
use rust_websocket_transport::error::TlsConfigError;
use rust_websocket_transport::stream::tls::CertificateDer;
use rust_websocket_transport::stream::tls::chain_reader::ChainReader;
use rust_websocket_transport::stream::tls::written::Written;

use super::quietly;

/// A key with which the engine shows trusted certificates, whose keys nobody here has. It signs a handshake that nobody
/// takes part in, and protects nothing.
const ANY_KEY: &str = "-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgNAsQXDKk8xyp1wl8
WO9d0W7XrKlK9FHsoTuRKS7podChRANCAARUxWe1c7/K6yHlD5c2417Rr2DSt1Pi
aJySG1o+I1AqSFxV1NYAbXBi7Ux3ijU9djG83GQaZLgcf6ggMG3D8f+2
-----END PRIVATE KEY-----
";

/// A server's certificate, and those after it.
pub(super) fn of_server(
    certificate: &mut Gd<X509Certificate>,
    key: &Gd<CryptoKey>,
) -> Result<Vec<CertificateDer<'static>>, TlsConfigError> {
    let written = write(certificate);
    if let Some(complete) = written.complete() {
        return Ok(complete.to_vec());
    }
    show(certificate, key, &written).ok_or(TlsConfigError::HiddenChain(written.count()))
}

/// Trusted certificates. `None` if the engine keeps all but the first to itself: it shows none if the first is not for
/// servers, as authorities often say of theirs, or if they are many.
pub(super) fn of_trusted(certificate: &mut Gd<X509Certificate>) -> Option<Vec<CertificateDer<'static>>> {
    let written = write(certificate);
    if let Some(complete) = written.complete() {
        return Some(complete.to_vec());
    }
    let mut key = CryptoKey::new_gd();
    if key.load_from_string(ANY_KEY) != Error::OK {
        return None;
    }
    show(certificate, &key, &written)
}

/// The engine takes the end of its text for a character, and complains of it (seen in 4.6.3).
fn write(certificate: &mut Gd<X509Certificate>) -> Written {
    Written::new(&quietly(|| certificate.save_to_string()).to_string())
}

/// The certificates as a server of the engine's shows them.
fn show(
    certificate: &Gd<X509Certificate>,
    key: &Gd<CryptoKey>,
    written: &Written,
) -> Option<Vec<CertificateDer<'static>>> {
    // The engine says on the console when it shows nothing, and there is no way to keep it from that.
    if !written.can_be_shown() {
        return None;
    }
    let mut reader = ChainReader::new().ok()?;
    let hello = reader.hello().ok()?;
    let mut buffer = StreamPeerBuffer::new_gd();
    buffer.set_data_array(&PackedByteArray::from(hello.as_slice()));
    let options = TlsOptions::server(key, certificate)?;
    let mut server = StreamPeerTls::new_gd();
    // It fails only if there is nothing in the buffer either. The server answers behind what it has read.
    quietly(|| server.accept_stream(&buffer, &options));
    let shown = reader.read(buffer.get_data_array().as_slice().get(hello.len()..).unwrap_or_default());
    written.is_what_was_shown(&shown).then_some(shown)
}
