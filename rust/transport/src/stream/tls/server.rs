//! A server's certificate and key.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use rustls::pki_types::pem::{Error as PemError, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{Error, InconsistentKeys, ServerConfig, ServerConnection};

use super::certificate::Certificate;
use super::{TlsStream, pem, provider};
use crate::error::TlsConfigError;
use crate::stream::{Socket, Stream};

/// What a server needs to speak TLS. Cheap to clone.
#[derive(Clone)]
pub struct ServerTls {
    config: Arc<ServerConfig>,
}

impl fmt::Debug for ServerTls {
    /// Nothing of what is in it: there is a key.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ServerTls")
    }
}

impl ServerTls {
    /// Takes a certificate, the rest of its chain after it, and the certificate's private key, all in PEM: RSA or EC,
    /// in PKCS#8, PKCS#1 or SEC 1.
    ///
    /// Clients that return resume their session by a ticket (RFC 8446 section 4.6.1, RFC 5077).
    ///
    /// # Errors
    /// [`TlsConfigError`], when the PEM is none, or when key and certificate do not belong together.
    pub fn from_pem(chain: &str, key: &str) -> Result<Self, TlsConfigError> {
        Self::new(pem::chain(chain)?, key)
    }

    /// The same with a chain in DER, the server's own certificate first.
    ///
    /// # Errors
    /// As [`Self::from_pem`].
    pub fn new(chain: Vec<CertificateDer<'static>>, key: &str) -> Result<Self, TlsConfigError> {
        let key = parse_key(key)?;
        let own = chain.first().ok_or(TlsConfigError::NoCertificate)?.clone();
        check_servable(&own)?;
        check_rest(&chain)?;
        let provider = provider();
        let ticketer =
            rustls::crypto::ring::Ticketer::new().map_err(|error| TlsConfigError::Other(error.to_string()))?;
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| TlsConfigError::Other(error.to_string()))?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(|error| match error {
                Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => TlsConfigError::KeyMismatch,
                Error::InvalidCertificate(error) => TlsConfigError::Certificate(format!("{error:?}")),
                other => unservable_key(&own).unwrap_or_else(|| TlsConfigError::PrivateKey(other.to_string())),
            })?;
        config.ticketer = ticketer;
        // One ticket is enough for a game that reconnects; each costs a record.
        config.send_tls13_tickets = 1;
        Ok(Self { config: Arc::new(config) })
    }

    /// As rustls knows it.
    #[cfg(test)]
    pub(super) fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.config)
    }

    /// The server's end of a session on a socket that was just accepted. What is no TLS is told `plain_answer`.
    pub(crate) fn accept<S: Socket>(&self, socket: S, plain_answer: Bytes) -> Result<Stream<S>, TlsConfigError> {
        let session = ServerConnection::new(Arc::clone(&self.config))
            .map_err(|error| TlsConfigError::Other(error.to_string()))?;
        Ok(Stream::Tls(Box::new(TlsStream::server(socket, session, plain_answer))))
    }
}

/// The lines by which PEM says that a passphrase is needed: that of PKCS#8, and that of the older forms (RFC 1421).
const ENCRYPTED: [&str; 2] = ["-----BEGIN ENCRYPTED PRIVATE KEY-----", "Proc-Type: 4,ENCRYPTED"];

fn parse_key(text: &str) -> Result<PrivateKeyDer<'static>, TlsConfigError> {
    PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(|error| match error {
        _ if ENCRYPTED.iter().any(|line| text.contains(line)) => TlsConfigError::EncryptedKey,
        PemError::NoItemsFound => TlsConfigError::NoPrivateKey,
        other => TlsConfigError::PrivateKey(other.to_string()),
    })
}

/// Whether clients could read this certificate.
fn check_servable(own: &CertificateDer<'_>) -> Result<(), TlsConfigError> {
    let certificate = Certificate::parse(own).map_err(|_| TlsConfigError::Certificate("it is damaged".to_owned()))?;
    if certificate.is_ancient() { Err(TlsConfigError::Version) } else { Ok(()) }
}

/// The largest chain in DER, in bytes: clients take no larger one, for all of it is one handshake message.
const MAX_CHAIN: usize = 64 * 1024;

/// Whether clients could read what comes after the server's own certificate.
fn check_rest(chain: &[CertificateDer<'_>]) -> Result<(), TlsConfigError> {
    if chain.iter().map(|certificate| certificate.len()).sum::<usize>() > MAX_CHAIN {
        return Err(TlsConfigError::Certificate("its chain has more than 64 KiB".to_owned()));
    }
    for (number, certificate) in (1..).zip(chain).skip(1) {
        Certificate::parse(certificate)
            .map_err(|_| TlsConfigError::Certificate(format!("number {number} of its chain is damaged")))?;
    }
    Ok(())
}

/// What is wrong with the key, as far as the certificate shows it.
fn unservable_key(own: &CertificateDer<'_>) -> Option<TlsConfigError> {
    let kind = Certificate::parse(own).ok()?.key_kind();
    (!kind.is_served()).then(|| TlsConfigError::KeyKind(kind.to_string()))
}
