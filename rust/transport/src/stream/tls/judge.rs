//! Certificates that somebody else judges: another implementation of TLS, which knows the trusted ones and gives them out
//! to nobody. It is shown a server's certificates in the first answer of a handshake that never happens.

use std::fmt::Debug;
use std::ops::Range;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;

use crate::error::TlsError;

/// Somebody who judges whether a server is to be believed, its name included.
pub trait Judge: Debug + Send + Sync {
    /// Judges the answer to a hello that asked for this host.
    ///
    /// # Errors
    /// Why the server is not to be believed.
    fn check(&self, answer: &Answer, host: &str) -> Result<(), TlsError>;
}

/// A judge that several configurations share. Two are the same if it is one and the same.
#[derive(Debug, Clone)]
pub struct SharedJudge(pub Arc<dyn Judge>);

impl PartialEq for SharedJudge {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for SharedJudge {}

/// The largest record (RFC 5246 section 6.2.1).
const MAX_RECORD: usize = 1 << 14;

/// Content types of records (RFC 5246 section 6.2.1), and of handshake messages (section 7.4).
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const SERVER_HELLO: u8 = 2;
const CERTIFICATE: u8 = 11;

/// TLS 1.2, as records and messages name it.
const VERSION: [u8; 2] = [3, 3];

/// `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`, which everybody offers. What kind of key the certificate has is looked at only
/// after it.
const CIPHER_SUITE: [u8; 2] = [0xc0, 0x2f];

/// What a server of TLS 1.2 says first: its hello, its certificates, and the head of one more record, whose body never
/// comes. Who goes on to read that head has taken the certificates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    bytes: Vec<u8>,
    head_of_next: Range<usize>,
}

impl Answer {
    /// The answer of a server with these certificates, its own first. `None` if they are too large for any.
    pub(super) fn with(chain: &[&CertificateDer<'_>]) -> Option<Self> {
        let mut hello = VERSION.to_vec();
        // Random bytes that are none: nothing is kept secret by this handshake. No session id, no compression.
        hello.extend([0x5a; 32]);
        hello.push(0);
        hello.extend(CIPHER_SUITE);
        hello.push(0);

        let mut list = Vec::new();
        for certificate in chain {
            list.extend(length_of_3(certificate)?);
            list.extend_from_slice(certificate);
        }
        let mut certificates = length_of_3(&list)?.to_vec();
        certificates.extend(list);

        let mut bytes = record(&message(SERVER_HELLO, &hello)?);
        for part in message(CERTIFICATE, &certificates)?.chunks(MAX_RECORD) {
            bytes.extend(record(part));
        }
        let start = bytes.len();
        let mut next = record(&[0; 4]);
        next.truncate(5);
        bytes.extend(next);
        let head_of_next = start..bytes.len();
        Some(Self { bytes, head_of_next })
    }

    /// What to show to the judge.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What the judge thinks, by what it has left of the bytes: it writes into the same buffer where it has stopped
    /// reading. `is_waiting` is whether it has read everything and wants more.
    ///
    /// # Errors
    /// Its reason for not believing the server, as far as its alert tells it.
    pub fn verdict(&self, left: &[u8], is_waiting: bool) -> Result<(), TlsError> {
        if is_waiting && left == self.bytes {
            return Ok(());
        }
        let alert = left.get(self.head_of_next.start..).unwrap_or_default();
        Err(match alert {
            [ALERT, _, _, 0, 2, _, description, ..] => reason(*description),
            _ => TlsError::Certificate("the engine does not take it".to_owned()),
        })
    }
}

/// What alerts say (RFC 5246 section 7.2.2), in the way of Mbed TLS: a bad certificate is one with another name, an unknown
/// fault is that it is not valid yet.
fn reason(description: u8) -> TlsError {
    match description {
        42 => TlsError::WrongName,
        45 => TlsError::Expired,
        46 => TlsError::NotValidYet,
        48 => TlsError::UnknownIssuer,
        other => TlsError::Certificate(format!("the engine's alert is {other}")),
    }
}

fn length_of_3(bytes: &[u8]) -> Option<[u8; 3]> {
    match u32::try_from(bytes.len()).ok()?.to_be_bytes() {
        [0, high, middle, low] => Some([high, middle, low]),
        _ => None,
    }
}

fn message(kind: u8, body: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = vec![kind];
    bytes.extend(length_of_3(body)?);
    bytes.extend_from_slice(body);
    Some(bytes)
}

/// A record of a handshake. Callers see to it that the contents fit.
fn record(contents: &[u8]) -> Vec<u8> {
    let length = u16::try_from(contents.len()).unwrap_or(u16::MAX);
    let mut bytes = vec![HANDSHAKE];
    bytes.extend(VERSION);
    bytes.extend(length.to_be_bytes());
    bytes.extend_from_slice(contents);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer() -> Answer {
        Answer::with(&[&CertificateDer::from(vec![7; 20_000]), &CertificateDer::from(vec![8; 100])]).unwrap()
    }

    #[test]
    fn who_waits_for_more_has_taken_the_certificates() {
        let answer = answer();
        assert_eq!(answer.verdict(answer.bytes(), true), Ok(()));
        // Who has stopped, or has left something else behind, has not.
        assert!(answer.verdict(answer.bytes(), false).is_err());
        for length in 0..answer.bytes().len() {
            assert!(answer.verdict(&answer.bytes()[..length], true).is_err());
        }
    }

    #[test]
    fn an_alert_says_what_is_wrong() {
        let answer = answer();
        for (description, error) in [
            (42, TlsError::WrongName),
            (45, TlsError::Expired),
            (46, TlsError::NotValidYet),
            (48, TlsError::UnknownIssuer),
            (43, TlsError::Certificate("the engine's alert is 43".to_owned())),
        ] {
            let mut left = answer.bytes()[..answer.head_of_next.start].to_vec();
            left.extend([ALERT, 3, 3, 0, 2, 2, description]);
            assert_eq!(answer.verdict(&left, false), Err(error));
        }
    }

    #[test]
    fn every_record_is_of_a_legal_length() {
        let answer = answer();
        let mut rest = answer.bytes();
        while let [HANDSHAKE, 3, 3, high, low, more @ ..] = rest {
            let length = usize::from(u16::from_be_bytes([*high, *low]));
            assert!((1..=MAX_RECORD).contains(&length));
            rest = more.get(length..).unwrap_or_default();
        }
        assert!(rest.is_empty());
    }
}
