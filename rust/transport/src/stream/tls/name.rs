//! Whether a certificate is for the server that was asked for.

use std::net::IpAddr;

use rustls::pki_types::{CertificateDer, ServerName};
use webpki::EndEntityCert;

use super::certificate::Certificate;
use super::trust::{Naming, error_of};
use crate::error::TlsError;

/// The server that a certificate has to be for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Expected<'name> {
    /// A host.
    Host(&'name ServerName<'name>),
    /// What no host can be called, as in `CN=My Game`. Only a common name can say it.
    Other(&'name str),
}

/// Looks among the alternative names. Where there are none at all, and only in a certificate that is trusted itself, the
/// common name counts: an authority may be limited in the names that it signs for, and such limits do not cover common
/// names.
pub(super) fn check(
    der: &CertificateDer<'_>,
    certificate: &Certificate<'_>,
    expected: Expected<'_>,
    naming: Naming,
) -> Result<(), TlsError> {
    if certificate.has_alternative_names() {
        let Expected::Host(host) = expected else { return Err(TlsError::WrongName) };
        let parsed = EndEntityCert::try_from(der).map_err(|error| error_of(&error))?;
        return parsed.verify_is_valid_for_subject_name(host).map_err(|error| error_of(&error));
    }
    if naming == Naming::CommonNameToo && is_called(certificate, expected) {
        return Ok(());
    }
    Err(TlsError::WrongName)
}

/// Whether one of the common names is this one.
fn is_called(certificate: &Certificate<'_>, expected: Expected<'_>) -> bool {
    certificate.common_names().any(|name| match expected {
        Expected::Host(host) => matches_host(name, &host.to_str()),
        Expected::Other(expected) => name == expected,
    })
}

/// Whether a certificate that is trusted itself can be for what no host is called.
pub(super) fn can_be_called(certificate: &Certificate<'_>, name: &str) -> bool {
    !certificate.has_alternative_names() && is_called(certificate, Expected::Other(name))
}

/// Whether a common name is this host. Its first label may be `*` (RFC 6125 section 6.4.3), which stands for a label of a
/// name and never for a part of an address.
fn matches_host(common_name: &str, host: &str) -> bool {
    if let Ok(address) = host.parse::<IpAddr>() {
        return common_name.parse() == Ok(address);
    }
    match common_name.strip_prefix("*.") {
        Some(domain) => host.split_once('.').is_some_and(|(label, rest)| {
            !label.is_empty() && domain.contains('.') && rest.eq_ignore_ascii_case(domain)
        }),
        None => common_name.eq_ignore_ascii_case(host),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_stands_for_one_label() {
        assert!(matches_host("play.example.com", "PLAY.example.com"));
        assert!(matches_host("*.example.com", "play.example.com"));
        assert!(!matches_host("*.example.com", "a.play.example.com"));
        assert!(!matches_host("*.example.com", "example.com"));
        assert!(!matches_host("*.com", "example.com"));
        assert!(!matches_host("*", "localhost"));
    }

    #[test]
    fn a_wildcard_stands_for_no_part_of_an_address() {
        assert!(matches_host("127.0.0.1", "127.0.0.1"));
        assert!(matches_host("0:0:0:0:0:0:0:1", "::1"));
        assert!(!matches_host("*.0.0.1", "127.0.0.1"));
        assert!(!matches_host("*.1", "::1.1"));
    }
}
