//! Certificates out of PEM (RFC 7468): a server's chain, in which each of them matters, and files of trusted ones, in
//! which those that cannot be read are passed over.

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{Error, PemObject};

use super::certificate::Certificate;
use crate::error::TlsConfigError;

/// How many blocks of a file are named that cannot be read. A file that is broken throughout says so in its first ones.
const MAX_NAMED: usize = 8;

/// A server's certificate and those after it.
pub(super) fn chain(text: &str) -> Result<Vec<CertificateDer<'static>>, TlsConfigError> {
    let chain = CertificateDer::pem_slice_iter(text.as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| TlsConfigError::Certificate(reason(&error)))?;
    if chain.is_empty() { Err(TlsConfigError::NoCertificate) } else { Ok(chain) }
}

/// The certificates that are to be trusted. Those that cannot be read are trusted by nobody, which is no reason to
/// distrust the rest.
pub(super) fn trusted(text: &str) -> Result<Vec<CertificateDer<'static>>, TlsConfigError> {
    let (mut found, mut skipped) = (Vec::new(), 0);
    let mut first_reason = None;
    for (index, block) in CertificateDer::pem_slice_iter(text.as_bytes()).enumerate() {
        let why = match block {
            Ok(der) if Certificate::parse(&der).is_ok() => {
                found.push(der);
                continue;
            }
            Ok(_) => "it is no certificate".to_owned(),
            Err(error) => reason(&error),
        };
        if skipped < MAX_NAMED {
            log::warn!("trusted certificate {} is passed over: {why}", index + 1);
        }
        skipped += 1;
        first_reason.get_or_insert(why);
    }
    if skipped > MAX_NAMED {
        log::warn!("{} more trusted certificates are passed over", skipped - MAX_NAMED);
    }
    match first_reason {
        _ if !found.is_empty() => Ok(found),
        Some(why) => Err(TlsConfigError::Certificate(why)),
        None => Err(TlsConfigError::NoCertificate),
    }
}

/// The library shows what it found as numbers.
fn reason(error: &Error) -> String {
    match error {
        Error::Base64Decode(_) => "it is not base64".to_owned(),
        Error::MissingSectionEnd { .. } => "its last line, -----END CERTIFICATE-----, is missing".to_owned(),
        Error::IllegalSectionStart { line } => {
            format!("its first line is '{}'", String::from_utf8_lossy(line).escape_debug())
        }
        other => other.to_string(),
    }
}
