//! Certificates that no library makes any more, put together byte by byte.

use rcgen::{KeyPair, PublicKeyData, SigningKey};
use rustls::pki_types::CertificateDer;

/// `ecdsa-with-SHA256`.
const ECDSA_WITH_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];

/// `rsaEncryption`.
const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

/// `commonName`.
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const NULL: u8 = 0x05;
const OBJECT: u8 = 0x06;
const UTF8: u8 = 0x0c;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;

/// A tag, a length and contents.
fn item(tag: u8, contents: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(contents.len()).unwrap().to_be_bytes();
    let mut bytes = vec![tag];
    match (high, low) {
        (0, 0..128) => bytes.push(low),
        (0, _) => bytes.extend([0x81, low]),
        _ => bytes.extend([0x82, high, low]),
    }
    bytes.extend(contents);
    bytes
}

fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    item(SEQUENCE, &parts.concat())
}

fn name(common_name: &str) -> Vec<u8> {
    let attribute = sequence(&[item(OBJECT, COMMON_NAME), item(UTF8, common_name.as_bytes())]);
    sequence(&[item(SET, &attribute)])
}

fn algorithm() -> Vec<u8> {
    sequence(&[item(OBJECT, ECDSA_WITH_SHA256)])
}

/// A certificate of version 1, as `openssl x509 -req` made them for decades: no extensions.
pub(crate) fn version_1(subject: &str, issuer: &str, public_key: &[u8], signs: &KeyPair) -> CertificateDer<'static> {
    let time = |text: &str| item(GENERALIZED_TIME, text.as_bytes());
    let body = sequence(&[
        item(INTEGER, &[1]),
        algorithm(),
        name(issuer),
        sequence(&[time("20200101000000Z"), time("22000101000000Z")]),
        name(subject),
        public_key.to_vec(),
    ]);
    let mut signature = vec![0];
    signature.extend(signs.sign(&body).unwrap());
    CertificateDer::from(sequence(&[body, algorithm(), item(BIT_STRING, &signature)]))
}

/// The same, as its own issuer.
pub(crate) fn self_signed_version_1(common_name: &str, key: &KeyPair) -> CertificateDer<'static> {
    version_1(common_name, common_name, &key.subject_public_key_info(), key)
}

/// An RSA key of so many bytes, whose number is any number.
pub(crate) fn rsa_public_key(bytes: usize) -> Vec<u8> {
    let mut modulus = vec![0];
    modulus.resize(bytes + 1, 0xa5);
    let key = sequence(&[item(INTEGER, &modulus), item(INTEGER, &[1, 0, 1])]);
    let mut bits = vec![0];
    bits.extend(key);
    sequence(&[sequence(&[item(OBJECT, RSA_ENCRYPTION), item(NULL, &[])]), item(BIT_STRING, &bits)])
}

/// In PEM.
pub(crate) fn pem(der: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::from("-----BEGIN CERTIFICATE-----\n");
    for line in der.chunks(48) {
        for group in line.chunks(3) {
            let bits = group.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
            for index in 0..4 {
                let sextet = (bits >> (18 - 6 * index)) as usize & 63;
                text.push(if index <= group.len() { ALPHABET[sextet] as char } else { '=' });
            }
        }
        text.push('\n');
    }
    text + "-----END CERTIFICATE-----\n"
}
