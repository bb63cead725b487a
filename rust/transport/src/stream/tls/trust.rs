//! Whom a client believes: Mozilla's list of authorities, certificates of the game's own, or whom somebody else believes.
//!
//! A certificate of the game's own is believed as it is, byte for byte, while it is valid. It is an authority as well
//! only if it says so ([`Certificate::may_sign`]): else whoever has the key of one server could vouch for others. What
//! an authority says of itself is held against it, which webpki leaves to its callers: its dates, and how many others may
//! stand below it. One of version 1 cannot say that it is an authority, and is only believed as it is.
//!
//! webpki refuses a server whose certificate is marked as an authority's. Godot's own
//! `Crypto.generate_self_signed_certificate` marks all that it makes, so those that the game's own authorities signed
//! are followed here.

use std::{iter, ptr};

use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, ServerName, SignatureVerificationAlgorithm, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, KeyUsage};
use webpki_roots::TLS_SERVER_ROOTS;

use super::certificate::Certificate;
use super::judge::{Answer, SharedJudge};
use super::name;
use crate::error::TlsError;

/// How many authorities may stand between a server's certificate that is marked as one and a trusted one.
const MAX_AUTHORITIES: usize = 5;

/// How many signatures are looked at while such a certificate is followed. A server may send any certificates, all with
/// the same name.
const MAX_SIGNATURES: usize = 32;

/// What a server has sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Presented<'sent> {
    /// Its own certificate.
    pub(super) certificate: &'sent CertificateDer<'sent>,
    /// Those that are to lead from it to one that is trusted.
    pub(super) intermediates: &'sent [CertificateDer<'sent>],
}

/// By what the name of a server that is believed is to be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Naming {
    /// By alternative names alone: somebody else vouches for it.
    AlternativeNames,
    /// By its common name too, if it has no others: it is trusted itself.
    CommonNameToo,
    /// It was found already.
    Checked,
}

/// Whom to believe.
#[derive(Debug)]
pub(super) enum Trust {
    /// Mozilla's list, compiled in.
    Mozilla,
    /// Certificates of the game's own.
    Own(Own),
    /// Whom somebody else believes.
    Judged(SharedJudge),
}

/// Trusted certificates of the game's own.
#[derive(Debug)]
pub(super) struct Own {
    /// All of them.
    certificates: Vec<CertificateDer<'static>>,
    /// Those that may sign others.
    authorities: Vec<CertificateDer<'static>>,
    /// The same, in the same order, as webpki wants them.
    anchors: Vec<TrustAnchor<'static>>,
}

impl Trust {
    /// Whether what was sent is from somebody who is trusted, and by what its name is to be found.
    pub(super) fn check(
        &self,
        sent: Presented<'_>,
        host: &ServerName<'_>,
        now: UnixTime,
        algorithms: &[&dyn SignatureVerificationAlgorithm],
    ) -> Result<Naming, TlsError> {
        match self {
            Self::Mozilla => follow(sent, TLS_SERVER_ROOTS, &|_| Ok(()), now, algorithms)
                .map(|()| Naming::AlternativeNames)
                .map_err(|error| unknown_or(sent, &error)),
            Self::Own(own) => own.check(sent, now, algorithms),
            Self::Judged(judge) => {
                let chain: Vec<_> = iter::once(sent.certificate).chain(sent.intermediates).collect();
                let answer = Answer::with(&chain).ok_or_else(|| TlsError::Certificate("it is too large".to_owned()))?;
                judge.0.check(&answer, &host.to_str()).map(|()| Naming::Checked)
            }
        }
    }

    /// Whether a server that is trusted could have this name, which no host can have.
    pub(super) fn knows(&self, common_name: &str) -> bool {
        match self {
            Self::Mozilla => false,
            Self::Judged(_) => true,
            Self::Own(own) => own
                .certificates
                .iter()
                .any(|der| Certificate::parse(der).is_ok_and(|trusted| name::can_be_called(&trusted, common_name))),
        }
    }
}

impl Own {
    /// Trusts these.
    pub(super) fn new(certificates: Vec<CertificateDer<'static>>) -> Self {
        let (mut authorities, mut anchors) = (Vec::new(), RootCertStore::empty());
        for der in &certificates {
            // Some that bundles of systems hold cannot be used by webpki, and lead nowhere then.
            if Certificate::parse(der).is_ok_and(|certificate| certificate.may_sign())
                && anchors.add(der.clone()).is_ok()
            {
                authorities.push(der.clone());
            }
        }
        Self { certificates, authorities, anchors: anchors.roots }
    }

    fn check(
        &self,
        sent: Presented<'_>,
        now: UnixTime,
        algorithms: &[&dyn SignatureVerificationAlgorithm],
    ) -> Result<Naming, TlsError> {
        let certificate = Certificate::parse(sent.certificate)?;
        if self.certificates.iter().any(|trusted| trusted == sent.certificate) {
            return certificate.check_dates(now).map(|()| Naming::CommonNameToo);
        }
        let check_path = |path: &webpki::VerifiedPath<'_>| self.check_anchor(path, now);
        match follow(sent, &self.anchors, &check_path, now, algorithms) {
            Err(webpki::Error::CaUsedAsEndEntity) => {
                let mut search = Search { own: self, sent, now, algorithms, signatures: MAX_SIGNATURES };
                search.check_server(&certificate)?;
            }
            followed => followed.map_err(|error| unknown_or(sent, &error))?,
        }
        Ok(if self.is_renewal(&certificate) { Naming::CommonNameToo } else { Naming::AlternativeNames })
    }

    /// Whether it is a new edition of one that is trusted: its name and key are the same, and it is its own issuer. That
    /// the key signed it is known by now.
    fn is_renewal(&self, certificate: &Certificate<'_>) -> bool {
        certificate.is_self_issued()
            && self
                .authorities
                .iter()
                .any(|der| Certificate::parse(der).is_ok_and(|trusted| certificate.has_name_and_key_of(&trusted)))
    }

    /// Holds against a trusted authority what it says of itself. An error lets webpki look for another way.
    fn check_anchor(&self, path: &webpki::VerifiedPath<'_>, now: UnixTime) -> Result<(), webpki::Error> {
        let index = self.anchors.iter().position(|anchor| ptr::eq(anchor, path.anchor()));
        let authority = index.and_then(|index| self.authorities.get(index)).ok_or(webpki::Error::UnknownIssuer)?;
        let authority = Certificate::parse(authority).map_err(|_| webpki::Error::BadDer)?;
        authority.check_dates(now).map_err(|error| match error {
            TlsError::Expired => webpki::Error::CertExpired { time: now, not_after: now },
            _ => webpki::Error::CertNotValidYet { time: now, not_before: now },
        })?;
        let between = path.intermediate_certificates().count();
        if authority.allows_below(between) { Ok(()) } else { Err(webpki::Error::PathLenConstraintViolated) }
    }
}

/// A way from a server's certificate that is marked as an authority's to one that is trusted.
struct Search<'a> {
    own: &'a Own,
    sent: Presented<'a>,
    now: UnixTime,
    algorithms: &'a [&'a dyn SignatureVerificationAlgorithm],
    /// How many more signatures are looked at.
    signatures: usize,
}

impl Search<'_> {
    fn check_server(&mut self, certificate: &Certificate<'_>) -> Result<(), TlsError> {
        certificate.check_dates(self.now)?;
        if !certificate.is_for_servers() {
            return Err(TlsError::Certificate("it is not for servers".to_owned()));
        }
        self.find_issuer(certificate, 0)
    }

    /// Looks for who issued a certificate with so many authorities below the issuer, and who issued that one.
    fn find_issuer(&mut self, certificate: &Certificate<'_>, below: usize) -> Result<(), TlsError> {
        let mut found = TlsError::UnknownIssuer;
        for der in &self.own.authorities {
            let Ok(issuer) = Certificate::parse(der) else { continue };
            match self.check_issuer(certificate, &issuer, below) {
                Ok(()) => return Ok(()),
                Err(TlsError::UnknownIssuer) => {}
                Err(error) => found = error,
            }
        }
        if below >= MAX_AUTHORITIES {
            return Err(found);
        }
        for der in self.sent.intermediates {
            let Ok(issuer) = Certificate::parse(der) else { continue };
            let way =
                self.check_issuer(certificate, &issuer, below).and_then(|()| self.find_issuer(&issuer, below + 1));
            match way {
                Ok(()) => return Ok(()),
                Err(TlsError::UnknownIssuer) => {}
                Err(error) => found = error,
            }
        }
        Err(found)
    }

    /// Whether one has issued the other, and may have. Limits on names are webpki's business, which does not follow
    /// such certificates: who has them vouches for no authority.
    fn check_issuer(
        &mut self,
        certificate: &Certificate<'_>,
        issuer: &Certificate<'_>,
        below: usize,
    ) -> Result<(), TlsError> {
        let may = certificate.names_as_issuer(issuer)
            && issuer.may_sign()
            && issuer.allows_below(below)
            && issuer.is_for_servers()
            && !issuer.constrains_names();
        if !may || self.signatures == 0 {
            return Err(TlsError::UnknownIssuer);
        }
        self.signatures -= 1;
        if !certificate.is_signed_by(issuer, self.algorithms) {
            return Err(TlsError::UnknownIssuer);
        }
        issuer.check_dates(self.now)
    }
}

/// Follows what was sent to one of the anchors, by the rules of the web.
fn follow(
    sent: Presented<'_>,
    anchors: &[TrustAnchor<'_>],
    check_path: &dyn Fn(&webpki::VerifiedPath<'_>) -> Result<(), webpki::Error>,
    now: UnixTime,
    algorithms: &[&dyn SignatureVerificationAlgorithm],
) -> Result<(), webpki::Error> {
    let certificate = EndEntityCert::try_from(sent.certificate)?;
    certificate
        .verify_for_usage(algorithms, anchors, sent.intermediates, now, KeyUsage::server_auth(), None, Some(check_path))
        .map(drop)
}

/// The rules of the web find more to say of a certificate that is its own issuer; what matters is that nobody knows it.
fn unknown_or(sent: Presented<'_>, error: &webpki::Error) -> TlsError {
    let is_self_issued = Certificate::parse(sent.certificate).is_ok_and(|certificate| certificate.is_self_issued());
    if is_self_issued { TlsError::UnknownIssuer } else { error_of(error) }
}

/// webpki's word for what is wrong, in ours.
pub(super) fn error_of(error: &webpki::Error) -> TlsError {
    match error {
        webpki::Error::CertExpired { .. } => TlsError::Expired,
        webpki::Error::CertNotValidYet { .. } => TlsError::NotValidYet,
        // A bad signature is what an issuer of the right name and with another key leaves.
        webpki::Error::UnknownIssuer
        | webpki::Error::InvalidSignatureForPublicKey
        | webpki::Error::CaUsedAsEndEntity => TlsError::UnknownIssuer,
        webpki::Error::CertNotValidForName(_) => TlsError::WrongName,
        webpki::Error::UnsupportedCertVersion => {
            TlsError::Certificate("it is of version 1; those of version 3 can be checked".to_owned())
        }
        other => TlsError::Certificate(format!("{other:?}")),
    }
}
