//! Clients that check nothing: whatever a server shows, and whoever signs for it.

use rcgen::{KeyPair, PKCS_ECDSA_P521_SHA512};
use rustls::pki_types::CertificateDer;
use rustls::version::{TLS12, TLS13};

use super::der::{rsa_public_key, self_signed_version_1, version_1};
use super::identity::{ec_key, named, trusting_anybody};
use super::raw_server;

#[test]
fn anything_goes_in_both_versions() {
    let key = ec_key();
    let big = KeyPair::generate_for(&PKCS_ECDSA_P521_SHA512).unwrap();
    let shown = [
        ("version 1", self_signed_version_1("anybody", &key)),
        ("a curve of 521 bits", named("anybody").self_signed(&big).unwrap().der().clone()),
        ("RSA with 512 bits", version_1("anybody", "anybody", &rsa_public_key(64), &key)),
        ("somebody else's", named("anybody").self_signed(&ec_key()).unwrap().der().clone()),
        ("no certificate", CertificateDer::from(b"nonsense".to_vec())),
    ];
    for (what, certificate) in shown {
        for version in [&TLS12, &TLS13] {
            let outcome = raw_server::verdict(vec![certificate.clone()], &key, version, trusting_anybody());
            assert_eq!(outcome, Ok(()), "{what}, {version:?}");
        }
    }
}

#[test]
fn with_trust_nothing_of_the_kind_goes() {
    let key = ec_key();
    let trusted = super::identity::self_signed(&named("localhost"), &ec_key());
    let nonsense = CertificateDer::from(b"nonsense".to_vec());
    for version in [&TLS12, &TLS13] {
        let trust = super::identity::trusting(&trusted);
        assert!(raw_server::verdict(vec![nonsense.clone()], &key, version, trust).is_err());
        // The trusted certificate, and somebody else's key.
        let pem = trusted.chain.as_bytes();
        let certificate = rustls::pki_types::pem::PemObject::from_pem_slice(pem).unwrap();
        let trust = super::identity::trusting(&trusted);
        assert!(raw_server::verdict(vec![certificate], &key, version, trust).is_err());
    }
}
