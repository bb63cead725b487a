//! Which certificates a client believes.
//!
//! Two habits of games go beyond the web's rules. A certificate made by Godot's own
//! `Crypto.generate_self_signed_certificate` is its own issuer, calls itself a CA, and has its name in the subject's
//! common name alone. Games ship it and trust it by `TLSOptions.client(certificate)`. So a certificate that is among
//! the trusted ones is believed as it is, while it is valid; and the common name counts where a certificate has no
//! subject alternative names at all (RFC 6125 section 6.4.4).

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme};
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::error::TlsError;

/// Whom to believe.
#[derive(Debug)]
pub(super) struct Trust {
    /// Issuers.
    pub(super) roots: RootCertStore,
    /// Certificates that are believed as they are.
    pub(super) pinned: Vec<CertificateDer<'static>>,
}

/// A client's view of certificates. Without trust anything goes, which is what `TLSOptions.client_unsafe()` asks for.
#[derive(Debug)]
pub(super) struct Verifier {
    pub(super) trust: Option<Trust>,
    pub(super) checks_name: bool,
    /// The name to find in the certificate, if it is not the one that was asked for.
    pub(super) name_override: Option<String>,
    pub(super) algorithms: WebPkiSupportedAlgorithms,
}

impl Verifier {
    fn check_issuer(
        &self,
        trust: &Trust,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Error> {
        if trust.pinned.iter().any(|pinned| pinned == certificate) {
            return check_dates(certificate, now);
        }
        let parsed = ParsedCertificate::try_from(certificate)?;
        let algorithms = self.algorithms.all;
        verify_server_cert_signed_by_trust_anchor(&parsed, &trust.roots, intermediates, now, algorithms).map_err(
            |error| {
                // The web's rules find more to say of a certificate that is its own issuer; what matters is that nobody
                // knows it.
                if is_self_issued(certificate) {
                    Error::InvalidCertificate(CertificateError::UnknownIssuer)
                } else {
                    error
                }
            },
        )
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
            self.check_issuer(trust, certificate, intermediates, now)?;
            if self.checks_name {
                check_name(certificate, server_name, self.name_override.as_deref())?;
            }
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

fn parse<'certificate>(certificate: &'certificate CertificateDer<'_>) -> Result<X509Certificate<'certificate>, Error> {
    X509Certificate::from_der(certificate)
        .map(|(_, parsed)| parsed)
        .map_err(|_| Error::InvalidCertificate(CertificateError::BadEncoding))
}

fn is_self_issued(certificate: &CertificateDer<'_>) -> bool {
    parse(certificate).is_ok_and(|parsed| parsed.issuer() == parsed.subject())
}

fn check_dates(certificate: &CertificateDer<'_>, now: UnixTime) -> Result<(), Error> {
    let parsed = parse(certificate)?;
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    let validity = parsed.validity();
    if now < validity.not_before.timestamp() {
        return Err(Error::InvalidCertificate(CertificateError::NotValidYet));
    }
    if now > validity.not_after.timestamp() {
        return Err(Error::InvalidCertificate(CertificateError::Expired));
    }
    Ok(())
}

/// The name among the alternative names, or where there are none, the common name.
fn check_name(
    certificate: &CertificateDer<'_>,
    expected: &ServerName<'_>,
    name_override: Option<&str>,
) -> Result<(), Error> {
    let parsed = parse(certificate)?;
    let has_alternative_names = parsed.subject_alternative_name().is_ok_and(|extension| extension.is_some());
    if has_alternative_names {
        return verify_server_name(&ParsedCertificate::try_from(certificate)?, expected);
    }
    let asked_for = expected.to_str();
    let expected = name_override.unwrap_or(&asked_for);
    let common_names = parsed.subject().iter_common_name().filter_map(|name| name.as_str().ok());
    for common_name in common_names {
        if matches_name(common_name, expected) {
            return Ok(());
        }
    }
    Err(Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(TlsError::WrongName)))))
}

/// Whether a common name, whose first label may be `*`, is this name (RFC 6125 section 6.4.3).
fn matches_name(common_name: &str, expected: &str) -> bool {
    match common_name.strip_prefix("*.") {
        Some(domain) => expected.split_once('.').is_some_and(|(label, rest)| {
            !label.is_empty() && domain.contains('.') && rest.eq_ignore_ascii_case(domain)
        }),
        None => common_name.eq_ignore_ascii_case(expected),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_stands_for_one_label() {
        assert!(matches_name("play.example.com", "PLAY.example.com"));
        assert!(matches_name("*.example.com", "play.example.com"));
        assert!(!matches_name("*.example.com", "a.play.example.com"));
        assert!(!matches_name("*.example.com", "example.com"));
        assert!(!matches_name("*.com", "example.com"));
        assert!(!matches_name("*", "localhost"));
    }
}
