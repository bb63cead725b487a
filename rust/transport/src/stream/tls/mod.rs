//! TLS by rustls, between a socket and a connection. [`server`] and [`client`] make sessions out of certificates and keys,
//! `session` runs one on a socket. What a client checks is asked for in `verifier`; `trust` says whom it believes, `name` whether that is the server that is meant.
//! [`watch`] sees when files change. [`written`] and [`chain_reader`] learn what the engine holds, [`judge`] leaves the judgement to it.

mod certificate;
pub mod chain_reader;
pub mod client;
pub mod judge;
mod name;
mod pem;
pub mod server;
mod session;
mod trust;
mod verifier;
pub mod watch;
pub mod written;

use std::io;
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::{CertificateError, Error};

pub use rustls::pki_types::CertificateDer;

pub use self::session::TlsStream;
use crate::error::TlsError;

/// The implementation of the algorithms. `ARCHITECTURE.md` has the figures behind the choice.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// rustls's word for what went wrong, in ours.
fn tls_error(error: &Error) -> TlsError {
    match error {
        Error::InvalidCertificate(error) => match error {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => TlsError::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => TlsError::NotValidYet,
            // A bad signature is what an issuer of the right name and with another key leaves.
            CertificateError::UnknownIssuer | CertificateError::BadSignature => TlsError::UnknownIssuer,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => TlsError::WrongName,
            CertificateError::Other(other) if other.0.is::<TlsError>() => {
                other.0.downcast_ref::<TlsError>().cloned().unwrap_or(TlsError::UnknownIssuer)
            }
            other => TlsError::Certificate(format!("{other:?}")),
        },
        // A record of no known type: the other side speaks something else.
        Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType) => TlsError::NotTls,
        Error::AlertReceived(alert) => TlsError::Alert(format!("{alert:?}")),
        Error::PeerIncompatible(_) => TlsError::Incompatible(error.to_string()),
        other => TlsError::Other(other.to_string()),
    }
}

/// A TLS fault that came up through reading or writing, if this is one.
pub(crate) fn fault_of(error: &io::Error) -> Option<TlsError> {
    error.get_ref()?.downcast_ref::<TlsError>().cloned()
}
