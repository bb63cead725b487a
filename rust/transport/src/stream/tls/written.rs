//! What the engine writes of a certificate object, and what can be made of it: it repeats the first certificate once for
//! each of several (seen in Godot 4.6.3).

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::certificate::Certificate;

/// What the engine's Mbed TLS puts into one record, and all certificates that it shows have to fit into one.
const MAX_SHOWN: usize = 1 << 14;

/// What stands before each certificate where they are shown.
const LENGTH: usize = 3;

/// What a certificate begins with.
const BEGIN: &str = "-----BEGIN CERTIFICATE-----";

/// As many certificates as there are, of which the first is known for sure.
#[derive(Debug, Clone)]
pub struct Written(Vec<CertificateDer<'static>>);

impl Written {
    /// Reads what the engine has written, in PEM. Empty for an object that holds nothing.
    #[must_use]
    pub fn new(pem: &str) -> Self {
        // What ends each text of the engine's stands before the first line of the next one.
        let pem = pem.replace(BEGIN, &format!("\n{BEGIN}"));
        let certificates = CertificateDer::pem_slice_iter(pem.as_bytes()).filter_map(Result::ok);
        // An object that holds nothing is written as a certificate of no bytes.
        Self(certificates.filter(|certificate| !certificate.is_empty()).collect())
    }

    /// The certificates, if they are not one and the same several times.
    #[must_use]
    pub fn complete(&self) -> Option<&[CertificateDer<'static>]> {
        let is_repeated = match self.0.as_slice() {
            [first, others @ ..] => !others.is_empty() && others.iter().all(|other| other == first),
            [] => false,
        };
        (!is_repeated).then_some(&self.0)
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Whether the engine can be expected to show them as a server: the first has to be for servers, and all of them must
    /// not be too large, as far as the size of the first tells.
    #[must_use]
    pub fn can_be_shown(&self) -> bool {
        let size: usize = self.0.iter().map(|certificate| certificate.len() + LENGTH).sum();
        let first = self.0.first().map(Certificate::parse);
        size < MAX_SHOWN && matches!(first, Some(Ok(first)) if first.may_sign_handshakes())
    }

    /// Whether those that were shown are these.
    #[must_use]
    pub fn is_what_was_shown(&self, shown: &[CertificateDer<'static>]) -> bool {
        shown.len() == self.0.len() && shown.first() == self.0.first()
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, KeyUsagePurpose};

    use super::*;

    fn pem(usages: &[KeyUsagePurpose]) -> String {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.key_usages = usages.to_vec();
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().pem()
    }

    #[test]
    fn one_several_times_is_not_all_there_is() {
        let (one, other) = (pem(&[]), pem(&[]));
        assert_eq!(Written::new("").complete().unwrap().len(), 0);
        let nothing = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n";
        assert_eq!(Written::new(nothing).complete().unwrap().len(), 0);
        assert_eq!(Written::new(&one).complete().unwrap().len(), 1);
        assert_eq!(Written::new(&(one.clone() + &other)).complete().unwrap().len(), 2);
        let repeated = Written::new(&[one.as_str(); 3].join("\u{fffd}"));
        assert!(repeated.complete().is_none());
        assert_eq!(repeated.count(), 3);
        let all = Written::new(&(one + &other + &other));
        assert!(repeated.is_what_was_shown(all.complete().unwrap()));
        assert!(!repeated.is_what_was_shown(&all.complete().unwrap()[..2]));
        assert!(!repeated.is_what_was_shown(Written::new(&other.repeat(3)).0.as_slice()));
    }

    #[test]
    fn what_is_not_for_servers_or_too_large_is_not_shown() {
        assert!(Written::new(&pem(&[]).repeat(2)).can_be_shown());
        assert!(Written::new(&pem(&[KeyUsagePurpose::DigitalSignature]).repeat(2)).can_be_shown());
        assert!(!Written::new(&pem(&[KeyUsagePurpose::KeyCertSign]).repeat(2)).can_be_shown());
        assert!(!Written::new(&pem(&[]).repeat(100)).can_be_shown());
        assert!(!Written::new("").can_be_shown());
    }
}
