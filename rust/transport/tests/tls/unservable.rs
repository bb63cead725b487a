//! Keys and certificates that a server cannot use, and what is said of them.

use rcgen::{KeyPair, PKCS_ECDSA_P521_SHA512, PKCS_RSA_SHA256, RsaKeySize};
use rust_websocket_transport::error::TlsConfigError;
use rust_websocket_transport::stream::tls::server::ServerTls;

use super::der::{self, self_signed_version_1};
use super::identity::{ec_key, named, self_signed};

#[test]
fn a_key_of_another_kind_is_named_with_what_it_may_be_instead() {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P521_SHA512).unwrap();
    let identity = self_signed(&named("localhost"), &key);
    let error = ServerTls::from_pem(&identity.chain, &identity.key).unwrap_err();
    assert_eq!(error, TlsConfigError::KeyKind("EC on P-521".to_owned()));
    assert_eq!(
        error.to_string(),
        "the private key cannot be used: it is EC on P-521; use RSA with 2048 to 4096 bits, or EC on P-256 or P-384"
    );
    let fits = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_4096).unwrap();
    let identity = self_signed(&named("localhost"), &fits);
    assert!(ServerTls::from_pem(&identity.chain, &identity.key).is_ok());
}

#[test]
fn a_key_with_a_passphrase_is_named() {
    let identity = self_signed(&named("localhost"), &ec_key());
    for key in [
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIHsMFcG\n-----END ENCRYPTED PRIVATE KEY-----\n",
        "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,87\n\nMIHs\n-----END EC PRIVATE KEY-----\n",
    ] {
        assert_eq!(ServerTls::from_pem(&identity.chain, key).unwrap_err(), TlsConfigError::EncryptedKey);
    }
    assert_eq!(ServerTls::from_pem(&identity.chain, &identity.chain).unwrap_err(), TlsConfigError::NoPrivateKey);
}

#[test]
fn a_certificate_of_version_1_is_named() {
    let key = ec_key();
    let old = der::pem(&self_signed_version_1("localhost", &key));
    assert_eq!(ServerTls::from_pem(&old, &key.serialize_pem()).unwrap_err(), TlsConfigError::Version);
}

#[test]
fn a_chain_is_looked_at_to_its_end() {
    let key = ec_key();
    let identity = self_signed(&named("localhost"), &key);
    let damaged = format!("{}-----BEGIN CERTIFICATE-----\nenp6\n-----END CERTIFICATE-----\n", identity.chain);
    let error = ServerTls::from_pem(&damaged, &identity.key).unwrap_err();
    assert_eq!(error.to_string(), "the certificate cannot be used: number 2 of its chain is damaged");
    let endless = identity.chain.repeat(500);
    let error = ServerTls::from_pem(&endless, &identity.key).unwrap_err();
    assert_eq!(error.to_string(), "the certificate cannot be used: its chain has more than 64 KiB");
}
