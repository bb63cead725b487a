//! The checks of a client, as rustls asks for them.
//!
//! Two habits of games go beyond the web's rules. A certificate made by Godot's own
//! `Crypto.generate_self_signed_certificate` is its own issuer, calls itself a CA, and has its name in the subject's
//! common name alone. Games ship it and trust it by `TLSOptions.client(certificate)`. So a certificate that is among
//! the trusted ones is believed as it is, while it is valid; and its common name counts where it has no subject
//! alternative names at all.

use std::fmt;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{
    WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature, verify_tls13_signature_with_raw_key,
};
use rustls::pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme};
use webpki::RawPublicKeyEntity;

use super::certificate::Certificate;
use super::name::{self, Expected};
use super::trust::{Naming, Presented, Trust};
use crate::error::TlsError;

/// What a server may sign with whom nobody checks, beyond what could be checked.
const UNCHECKED_SCHEMES: [SignatureScheme; 2] = [SignatureScheme::ECDSA_NISTP521_SHA512, SignatureScheme::ED448];

/// A client's view of certificates.
pub(super) struct Verifier {
    /// Without trust anything goes, which is what `TLSOptions.client_unsafe()` asks for.
    pub(super) trust: Option<Trust>,
    pub(super) checks_name: bool,
    /// The name to find in the certificate, if it is one that no host can have.
    pub(super) other_name: Option<String>,
    pub(super) algorithms: WebPkiSupportedAlgorithms,
}

/// rustls wants it, and never asks.
impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Verifier")
    }
}

impl Verifier {
    fn check(&self, trust: &Trust, sent: Presented<'_>, host: &ServerName<'_>, now: UnixTime) -> Result<(), TlsError> {
        let naming = trust.check(sent, host, now, self.algorithms.all)?;
        if !self.checks_name || naming == Naming::Checked {
            return Ok(());
        }
        let expected = self.other_name.as_deref().map_or(Expected::Host(host), Expected::Other);
        name::check(sent.certificate, &Certificate::parse(sent.certificate)?, expected, naming)
    }

    /// Checks a signature by the certificate, or by its key alone where rustls cannot read the certificate.
    fn check_signature(
        &self,
        certificate: &CertificateDer<'_>,
        by_certificate: impl FnOnce() -> Result<HandshakeSignatureValid, Error>,
        by_key: impl FnOnce(&SubjectPublicKeyInfoDer<'_>) -> Result<HandshakeSignatureValid, Error>,
    ) -> Result<HandshakeSignatureValid, Error> {
        // Without trust, a signature shows only that nobody knows whose key it is.
        if self.trust.is_none() {
            return Ok(HandshakeSignatureValid::assertion());
        }
        let parsed = Certificate::parse(certificate).map_err(refusal)?;
        // One of version 1 is here because it is trusted itself. rustls reads none, but their keys are like all others.
        if parsed.is_ancient() { by_key(&parsed.public_key()) } else { by_certificate() }
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if let Some(trust) = &self.trust {
            self.check(trust, Presented { certificate, intermediates }, server_name, now).map_err(refusal)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.check_signature(
            certificate,
            || verify_tls12_signature(message, certificate, signed, &self.algorithms),
            |key| {
                let key = RawPublicKeyEntity::try_from(key).map_err(|_| bad_signature())?;
                let mapping = self.algorithms.mapping.iter().find(|(scheme, _)| *scheme == signed.scheme);
                let candidates = mapping.map(|(_, candidates)| *candidates).unwrap_or_default();
                let fits = |algorithm| key.verify_signature(algorithm, message, signed.signature()).is_ok();
                if candidates.iter().copied().any(fits) {
                    return Ok(HandshakeSignatureValid::assertion());
                }
                Err(bad_signature())
            },
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.check_signature(
            certificate,
            || verify_tls13_signature(message, certificate, signed, &self.algorithms),
            |key| verify_tls13_signature_with_raw_key(message, key, signed, &self.algorithms),
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let mut schemes = self.algorithms.supported_schemes();
        if self.trust.is_none() {
            let more = UNCHECKED_SCHEMES.into_iter().filter(|scheme| !schemes.contains(scheme)).collect::<Vec<_>>();
            schemes.extend(more);
        }
        schemes
    }
}

/// As an error of rustls, which tells the server in an alert.
fn refusal(error: TlsError) -> Error {
    Error::InvalidCertificate(match error {
        TlsError::Expired => CertificateError::Expired,
        TlsError::NotValidYet => CertificateError::NotValidYet,
        TlsError::UnknownIssuer => CertificateError::UnknownIssuer,
        TlsError::WrongName => CertificateError::NotValidForName,
        other => CertificateError::Other(OtherError(Arc::new(other))),
    })
}

fn bad_signature() -> Error {
    Error::InvalidCertificate(CertificateError::BadSignature)
}
