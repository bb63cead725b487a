//! Reads the certificates that a TLS server shows, from a flight in memory: how the extension learns what is in a
//! certificate object of the engine's, which gives out only the first of several in any other way.
//!
//! A session of TLS 1.2 says hello and takes the answer, in which the certificates are not encrypted yet. It goes no
//! further than to them. Only what the session lets through its parser is looked at: the other bytes are data.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{ActiveKeyExchange, SupportedKxGroup};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::version::TLS12;
use rustls::{
    CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, Error, NamedGroup, SignatureScheme,
};

use super::provider;
use crate::error::TlsConfigError;

/// The curves of certificates that the engine knows. It shows none on a curve that the hello does not name.
static CURVES: [Curve; 6] = [
    Curve(NamedGroup::secp521r1),
    // secp224r1, secp256k1, brainpoolP256r1, brainpoolP384r1 and brainpoolP512r1, which have no names in rustls.
    Curve(NamedGroup::Unknown(21)),
    Curve(NamedGroup::Unknown(22)),
    Curve(NamedGroup::Unknown(26)),
    Curve(NamedGroup::Unknown(27)),
    Curve(NamedGroup::Unknown(28)),
];

/// A session that ends as soon as it knows the server's certificates.
#[derive(Debug)]
pub struct ChainReader {
    session: ClientConnection,
    seen: Arc<Witness>,
}

impl ChainReader {
    /// One that has not said anything yet.
    ///
    /// # Errors
    /// [`TlsConfigError::Other`], if the TLS library cannot begin a session.
    pub fn new() -> Result<Self, TlsConfigError> {
        let other = |error: Error| TlsConfigError::Other(error.to_string());
        let mut provider = Arc::unwrap_or_clone(provider());
        provider.kx_groups.extend(CURVES.iter().map(|curve| curve as &dyn SupportedKxGroup));
        let seen = Arc::new(Witness {
            schemes: provider.signature_verification_algorithms.supported_schemes(),
            chain: Mutex::default(),
        });
        let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(&[&TLS12])
            .map_err(other)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::clone(&seen) as Arc<dyn ServerCertVerifier>)
            .with_no_client_auth();
        config.enable_sni = false;
        let nobody = ServerName::try_from("localhost").map_err(|error| TlsConfigError::Other(error.to_string()))?;
        let session = ClientConnection::new(Arc::new(config), nobody).map_err(other)?;
        Ok(Self { session, seen })
    }

    /// What to send to the server.
    ///
    /// # Errors
    /// None that could be caused from outside; the library's interface has them.
    pub fn hello(&mut self) -> io::Result<Vec<u8>> {
        let mut hello = Vec::new();
        while self.session.wants_write() {
            self.session.write_tls(&mut hello)?;
        }
        Ok(hello)
    }

    /// Takes the server's answer, and returns the certificates in it, the server's own first. Empty if there are none.
    #[must_use]
    pub fn read(mut self, mut answer: &[u8]) -> Vec<CertificateDer<'static>> {
        while self.seen.is_waiting() && self.feed(&mut answer).is_ok_and(|count| count > 0) {}
        self.seen.take()
    }

    fn feed(&mut self, answer: &mut dyn Read) -> io::Result<usize> {
        let count = self.session.read_tls(answer)?;
        self.session.process_new_packets().map_err(io::Error::other)?;
        Ok(count)
    }
}

/// Sees the certificates, and believes none.
#[derive(Debug)]
struct Witness {
    schemes: Vec<SignatureScheme>,
    chain: Mutex<Vec<CertificateDer<'static>>>,
}

impl Witness {
    fn is_waiting(&self) -> bool {
        self.chain.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    fn take(&self) -> Vec<CertificateDer<'static>> {
        std::mem::take(&mut self.chain.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What ends the session.
fn enough() -> Error {
    Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure)
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let chain = std::iter::once(certificate).chain(intermediates);
        *self.chain.lock().unwrap_or_else(PoisonError::into_inner) =
            chain.map(|certificate| certificate.clone().into_owned()).collect();
        Err(enough())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(enough())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(enough())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.schemes.clone()
    }
}

/// A curve that is named in the hello and never used: the session ends before keys are exchanged.
#[derive(Debug)]
struct Curve(NamedGroup);

impl SupportedKxGroup for Curve {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        Err(Error::General("this group is for certificates only".to_owned()))
    }

    fn name(&self) -> NamedGroup {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, RsaKeySize};
    use rustls::ServerConnection;

    use super::*;
    use crate::stream::tls::server::ServerTls;

    fn certificate(key: &KeyPair) -> CertificateDer<'static> {
        CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(key).unwrap().der().clone()
    }

    fn answer(tls: &ServerTls, hello: &[u8]) -> Vec<u8> {
        let mut server = ServerConnection::new(tls.config()).unwrap();
        server.read_tls(&mut &hello[..]).unwrap();
        server.process_new_packets().unwrap();
        let mut answer = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut answer).unwrap();
        }
        answer
    }

    #[test]
    fn all_certificates_are_read_in_their_order() {
        let ec = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let rsa = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
        for key in [&ec, &rsa] {
            for count in [1, 2, 40] {
                let mut chain = vec![certificate(key)];
                chain.extend((1..count).map(|_| certificate(&ec)));
                let tls = ServerTls::new(chain.clone(), &key.serialize_pem()).unwrap();
                let mut reader = ChainReader::new().unwrap();
                let hello = reader.hello().unwrap();
                assert_eq!(reader.read(&answer(&tls, &hello)), chain);
            }
        }
    }

    #[test]
    fn an_answer_that_is_cut_or_broken_has_no_certificates() {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let tls = ServerTls::new(vec![certificate(&key)], &key.serialize_pem()).unwrap();
        let whole = {
            let mut reader = ChainReader::new().unwrap();
            answer(&tls, &reader.hello().unwrap())
        };
        for length in 0..whole.len() {
            let mut reader = ChainReader::new().unwrap();
            reader.hello().unwrap();
            assert!(reader.read(&whole[..length]).is_empty(), "after {length} of {} bytes", whole.len());
            let mut reader = ChainReader::new().unwrap();
            reader.hello().unwrap();
            let mut broken = whole.clone();
            broken[length] ^= 0xff;
            // Any certificates are those bytes, whatever they are now; that it comes to an end is what counts.
            assert!(reader.read(&broken).len() <= 1);
        }
    }
}
