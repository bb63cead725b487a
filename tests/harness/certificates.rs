//! Certificates made on the spot, for files would expire: good and bad ones, for the roles of a scenario.

use std::{fs, path::Path};

use anyhow::Result;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, IsCa, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_RSA_SHA256, RsaKeySize, date_time_ymd,
};

/// Kinds of private keys.
#[derive(Clone, Copy, Debug)]
pub enum Key {
    /// An elliptic curve of 256 bits.
    P256,
    /// An elliptic curve of 384 bits.
    P384,
    /// RSA with 2048 bits.
    Rsa,
}

/// When a certificate is valid.
#[derive(Clone, Copy, Debug)]
pub enum Validity {
    /// Now and for centuries.
    Now,
    /// Until long ago.
    Past,
    /// In a far future.
    Future,
}

/// What a server's certificate is to say.
#[derive(Clone, Copy, Debug)]
pub struct Server {
    /// The host that it is for.
    pub host: &'static str,
    /// Its key.
    pub key: Key,
    /// Its dates.
    pub validity: Validity,
}

impl Default for Server {
    fn default() -> Self {
        Self { host: "localhost", key: Key::P256, validity: Validity::Now }
    }
}

/// Who issues certificates, and is believed by those who have its own.
#[derive(Debug)]
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    /// One that has issued its own.
    pub fn root(name: &str) -> Result<Self> {
        Ok(Self(CertifiedIssuer::self_signed(authority(name), key(Key::P256)?)?))
    }

    /// One that says that its key is for signing certificates, and for nothing else.
    pub fn signing_only(name: &str) -> Result<Self> {
        let mut params = authority(name);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        Ok(Self(CertifiedIssuer::self_signed(params, key(Key::P256)?)?))
    }

    /// One that another one vouches for.
    pub fn under(name: &str, issuer: &Self) -> Result<Self> {
        Ok(Self(CertifiedIssuer::signed_by(authority(name), key(Key::P256)?, &issuer.0)?))
    }

    /// Its certificate.
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// A server's certificate, with the key to it.
    pub fn issue(&self, server: Server) -> Result<Identity> {
        let key = key(server.key)?;
        let mut params = CertificateParams::new(vec![server.host.to_owned()])?;
        params.distinguished_name = named(server.host);
        match server.validity {
            Validity::Now => {}
            Validity::Past => {
                params.not_before = date_time_ymd(2000, 1, 1);
                params.not_after = date_time_ymd(2001, 1, 1);
            }
            Validity::Future => {
                params.not_before = date_time_ymd(2400, 1, 1);
                params.not_after = date_time_ymd(2401, 1, 1);
            }
        }
        let certificate = params.signed_by(&key, &self.0)?;
        Ok(Identity { certificates: certificate.pem(), key: key.serialize_pem() })
    }
}

/// What a server shows, and the key to it, both in PEM.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The certificate, and the rest of its chain after it.
    pub certificates: String,
    /// The private key.
    pub key: String,
}

impl Identity {
    /// Writes `server.crt` and `server.key`.
    pub fn write(&self, files: &Path) -> Result<()> {
        fs::write(files.join("server.crt"), &self.certificates)?;
        fs::write(files.join("server.key"), &self.key)?;
        Ok(())
    }
}

/// Writes what a client trusts as `trusted.crt`.
pub fn trust(files: &Path, certificates: &str) -> Result<()> {
    Ok(fs::write(files.join("trusted.crt"), certificates)?)
}

fn key(kind: Key) -> Result<KeyPair> {
    Ok(match kind {
        Key::P256 => KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?,
        Key::P384 => KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384)?,
        Key::Rsa => KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)?,
    })
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = named(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

fn named(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished
}
