//! What is read of a single certificate: who it is, from when to when, what it may do, and whether another one signed it.

use std::fmt::{self, Display, Formatter};

use rustls::pki_types::{CertificateDer, SignatureVerificationAlgorithm, SubjectPublicKeyInfoDer, UnixTime};
use webpki::RawPublicKeyEntity;
use x509_parser::asn1_rs::Any;
use x509_parser::oid_registry::{
    OID_SIG_ED25519, OID_X509_EXT_BASIC_CONSTRAINTS, OID_X509_EXT_CERTIFICATE_POLICIES,
    OID_X509_EXT_EXTENDED_KEY_USAGE, OID_X509_EXT_KEY_USAGE, OID_X509_EXT_NAME_CONSTRAINTS,
    OID_X509_EXT_SUBJECT_ALT_NAME, Oid,
};
use x509_parser::prelude::{FromDer, X509Certificate, X509Version};
use x509_parser::public_key::PublicKey;

use crate::error::TlsError;

/// Extensions that may be marked as critical in a certificate whose path is followed here.
const KNOWN_EXTENSIONS: [Oid<'static>; 6] = [
    OID_X509_EXT_BASIC_CONSTRAINTS,
    OID_X509_EXT_CERTIFICATE_POLICIES,
    OID_X509_EXT_EXTENDED_KEY_USAGE,
    OID_X509_EXT_KEY_USAGE,
    OID_X509_EXT_NAME_CONSTRAINTS,
    OID_X509_EXT_SUBJECT_ALT_NAME,
];

/// A certificate, parsed.
#[derive(Debug)]
pub(super) struct Certificate<'der>(X509Certificate<'der>);

impl<'der> Certificate<'der> {
    /// Reads one. Nothing may follow it.
    pub(super) fn parse(der: &'der CertificateDer<'_>) -> Result<Self, TlsError> {
        match X509Certificate::from_der(der) {
            Ok(([], parsed)) => Ok(Self(parsed)),
            _ => Err(TlsError::Certificate("it is damaged".to_owned())),
        }
    }

    /// Whether it is of the first version (or the second), which knows no extensions: neither names of hosts nor marks of
    /// authorities.
    pub(super) fn is_ancient(&self) -> bool {
        self.0.version() != X509Version::V3
    }

    /// Whether it is its own issuer, by name.
    pub(super) fn is_self_issued(&self) -> bool {
        self.0.issuer().as_raw() == self.0.subject().as_raw()
    }

    /// Whether this is the name of its issuer.
    pub(super) fn names_as_issuer(&self, other: &Certificate<'_>) -> bool {
        self.0.issuer().as_raw() == other.0.subject().as_raw()
    }

    /// Whether it has the name and the key of another one, as a renewed certificate may.
    pub(super) fn has_name_and_key_of(&self, other: &Certificate<'_>) -> bool {
        self.0.subject().as_raw() == other.0.subject().as_raw() && self.public_key() == other.public_key()
    }

    /// Its public key, as a DER-encoded `SubjectPublicKeyInfo`.
    pub(super) fn public_key(&self) -> SubjectPublicKeyInfoDer<'_> {
        SubjectPublicKeyInfoDer::from(self.0.public_key().raw)
    }

    /// Whether it may issue others: it says that it is an authority, and if it says what its key is for, then for signing
    /// certificates. One of version 1 cannot say so, and so may not.
    pub(super) fn may_sign(&self) -> bool {
        let is_authority = matches!(self.0.basic_constraints(), Ok(Some(constraints)) if constraints.value.ca);
        let signs = match self.0.key_usage() {
            Ok(Some(usage)) => usage.value.key_cert_sign(),
            Ok(None) => true,
            Err(_) => false,
        };
        !self.is_ancient() && is_authority && signs
    }

    /// Whether a server may sign a handshake with its key, as Mbed TLS sees it.
    pub(super) fn may_sign_handshakes(&self) -> bool {
        let signs = match self.0.key_usage() {
            Ok(Some(usage)) => usage.value.digital_signature(),
            Ok(None) => true,
            Err(_) => false,
        };
        let serves = match self.0.extended_key_usage() {
            Ok(Some(usage)) => usage.value.server_auth || usage.value.any,
            Ok(None) => true,
            Err(_) => false,
        };
        signs && serves
    }

    /// Whether so many authorities may stand between it and a server's certificate (RFC 5280 section 4.2.1.9).
    pub(super) fn allows_below(&self, authorities: usize) -> bool {
        match self.0.basic_constraints() {
            Ok(Some(constraints)) => constraints
                .value
                .path_len_constraint
                .is_none_or(|most| usize::try_from(most).is_ok_and(|most| authorities <= most)),
            _ => false,
        }
    }

    /// Whether it says, rightly or brokenly, which names those that it issues may have.
    pub(super) fn constrains_names(&self) -> bool {
        self.has(&OID_X509_EXT_NAME_CONSTRAINTS)
    }

    /// Whether it is for servers of TLS, and holds nothing that must be understood and is not.
    pub(super) fn is_for_servers(&self) -> bool {
        let usage = match self.0.extended_key_usage() {
            Ok(Some(usage)) => usage.value.server_auth || usage.value.any,
            Ok(None) => true,
            Err(_) => false,
        };
        usage
            && self
                .0
                .iter_extensions()
                .all(|extension| !extension.critical || KNOWN_EXTENSIONS.contains(&extension.oid))
    }

    /// Whether it has alternative names of its subject, be they broken ones.
    pub(super) fn has_alternative_names(&self) -> bool {
        self.has(&OID_X509_EXT_SUBJECT_ALT_NAME)
    }

    /// The common names of its subject.
    pub(super) fn common_names(&self) -> impl Iterator<Item = &str> {
        self.0.subject().iter_common_name().filter_map(|name| name.as_str().ok())
    }

    /// Whether it is valid at this time.
    pub(super) fn check_dates(&self, now: UnixTime) -> Result<(), TlsError> {
        let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        let validity = self.0.validity();
        if now < validity.not_before.timestamp() {
            return Err(TlsError::NotValidYet);
        }
        if now > validity.not_after.timestamp() {
            return Err(TlsError::Expired);
        }
        Ok(())
    }

    /// Whether the key of the other one signed it.
    pub(super) fn is_signed_by(
        &self,
        issuer: &Certificate<'_>,
        algorithms: &[&dyn SignatureVerificationAlgorithm],
    ) -> bool {
        let key = issuer.public_key();
        // An algorithm that is not the one named in the certificate finds no valid signature.
        RawPublicKeyEntity::try_from(&key).is_ok_and(|key| {
            algorithms.iter().any(|algorithm| {
                key.verify_signature(*algorithm, self.0.tbs_certificate.as_ref(), &self.0.signature_value.data).is_ok()
            })
        })
    }

    /// What kind of key it has.
    pub(super) fn key_kind(&self) -> KeyKind {
        let key = self.0.public_key();
        match key.parsed() {
            Ok(PublicKey::RSA(rsa)) => KeyKind::Rsa(bits(rsa.modulus)),
            Ok(PublicKey::EC(_)) => KeyKind::Ec(curve(key.algorithm.parameters.as_ref())),
            _ if key.algorithm.algorithm == OID_SIG_ED25519 => KeyKind::Ed25519,
            _ => KeyKind::Other,
        }
    }

    fn has(&self, extension: &Oid<'_>) -> bool {
        self.0.iter_extensions().any(|found| found.oid == *extension)
    }
}

/// A kind of key, as far as it matters to whether it can be served.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum KeyKind {
    /// RSA, with so many bits.
    Rsa(usize),
    /// On an elliptic curve, if it has a name.
    Ec(Option<String>),
    /// Ed25519.
    Ed25519,
    /// None of them.
    Other,
}

impl KeyKind {
    /// Whether the provider can sign with it.
    pub(super) fn is_served(&self) -> bool {
        match self {
            Self::Rsa(bits) => (2048..=4096).contains(bits),
            Self::Ec(curve) => matches!(curve.as_deref(), Some("P-256" | "P-384")),
            Self::Ed25519 => true,
            Self::Other => false,
        }
    }
}

impl Display for KeyKind {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa(bits) => write!(formatter, "RSA with {bits} bits"),
            Self::Ec(Some(curve)) => write!(formatter, "EC on {curve}"),
            Self::Ec(None) => formatter.write_str("EC on a curve without a name"),
            Self::Ed25519 => formatter.write_str("Ed25519"),
            Self::Other => formatter.write_str("neither RSA nor EC"),
        }
    }
}

/// How many bits a number has, in bytes with the highest first.
fn bits(number: &[u8]) -> usize {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let rest = number.get(zeros..).unwrap_or_default();
    let unused = rest.first().map_or(0, |byte| byte.leading_zeros() as usize);
    (rest.len() * 8).saturating_sub(unused)
}

/// What people call a curve.
fn curve(parameters: Option<&Any<'_>>) -> Option<String> {
    let oid = parameters?.as_oid().ok()?;
    Some(match oid.to_id_string().as_str() {
        "1.2.840.10045.3.1.1" => "P-192".to_owned(),
        "1.2.840.10045.3.1.7" => "P-256".to_owned(),
        "1.3.132.0.33" => "P-224".to_owned(),
        "1.3.132.0.34" => "P-384".to_owned(),
        "1.3.132.0.35" => "P-521".to_owned(),
        "1.3.132.0.10" => "secp256k1".to_owned(),
        other => format!("curve {other}"),
    })
}
