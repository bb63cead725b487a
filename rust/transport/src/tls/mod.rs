//! TLS by rustls, between a socket and a connection: [`Stream`] is either the socket itself or a TLS session on it,
//! and a connection cannot tell. [`server`] and [`client`] make the sessions out of certificates and keys. What a client
//! checks is asked for in `verifier`; `trust` says whom it believes, `name` whether that is the server that is meant.
//! [`written`] and [`chain_reader`] learn what the engine holds, [`judge`] leaves the judgement to it.

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
pub mod written;

use std::io::{self, IoSlice, Read, Write};
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::{CertificateError, Error};

pub use rustls::pki_types::CertificateDer;

pub use self::session::TlsStream;
use crate::connection::Socket;
use crate::error::TlsError;

/// The implementation of the algorithms. `ARCHITECTURE.md` has the figures behind the choice.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// A stream that may or may not be encrypted.
#[derive(Debug)]
pub enum Stream<S> {
    /// Bytes go as they are.
    Plain(S),
    /// Bytes go through TLS.
    Tls(Box<TlsStream<S>>),
}

impl<S> Stream<S> {
    /// The socket below.
    pub fn socket(&self) -> &S {
        match self {
            Self::Plain(socket) => socket,
            Self::Tls(stream) => stream.socket(),
        }
    }

    /// The socket below, to be told of its events.
    pub fn socket_mut(&mut self) -> &mut S {
        match self {
            Self::Plain(socket) => socket,
            Self::Tls(stream) => stream.socket_mut(),
        }
    }

    /// Whether a TLS handshake is under way, which costs far more than anything that follows it.
    pub fn is_handshaking(&self) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Tls(stream) => stream.is_handshaking(),
        }
    }

    /// Whether the TLS session went on from an earlier one; `None` without TLS, and before it is known.
    pub fn was_resumed(&self) -> Option<bool> {
        match self {
            Self::Plain(_) => None,
            Self::Tls(stream) => stream.was_resumed(),
        }
    }
}

impl<S: Socket> Read for Stream<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }
}

impl<S: Socket> Write for Stream<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.write_vectored(slices),
            Self::Tls(stream) => stream.write_vectored(slices),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(socket) => socket.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}

impl<S: Socket> Socket for Stream<S> {
    fn shutdown_write(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(socket) => socket.shutdown_write(),
            Self::Tls(stream) => stream.shutdown_write(),
        }
    }

    fn discard_unread(&mut self) {
        match self {
            Self::Plain(socket) => socket.discard_unread(),
            Self::Tls(stream) => stream.discard_unread(),
        }
    }

    fn withheld(&self) -> usize {
        match self {
            Self::Plain(socket) => socket.withheld(),
            Self::Tls(stream) => stream.withheld(),
        }
    }

    fn received(&self) -> u64 {
        match self {
            Self::Plain(socket) => socket.received(),
            Self::Tls(stream) => stream.received(),
        }
    }
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
