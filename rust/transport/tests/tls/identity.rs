//! Certificates with their keys, and what becomes of a client that meets them.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, IsCa, KeyPair,
    PKCS_ECDSA_P256_SHA256,
};
use rust_websocket_transport::error::CloseCause;
use rust_websocket_transport::stream::tls::client::{ClientTls, Roots};
use rust_websocket_transport::stream::tls::server::ServerTls;

use super::support::Table;

/// A certificate and its key, in PEM.
pub(crate) struct Identity {
    pub(crate) chain: String,
    pub(crate) key: String,
}

impl Identity {
    pub(crate) fn tls(&self) -> ServerTls {
        ServerTls::from_pem(&self.chain, &self.key).unwrap()
    }
}

/// One that issues others.
pub(crate) type Authority = CertifiedIssuer<'static, KeyPair>;

pub(crate) fn self_signed(params: &CertificateParams, key: &KeyPair) -> Identity {
    Identity { chain: params.self_signed(key).unwrap().pem(), key: key.serialize_pem() }
}

/// One that somebody else signed, and the issuer's certificate is not in the chain.
pub(crate) fn signed(params: &CertificateParams, issuer: &Authority) -> Identity {
    let key = ec_key();
    Identity { chain: params.signed_by(&key, issuer).unwrap().pem(), key: key.serialize_pem() }
}

pub(crate) fn authority(params: CertificateParams) -> Authority {
    CertifiedIssuer::self_signed(params, ec_key()).unwrap()
}

pub(crate) fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.distinguished_name = called(name);
    params
}

fn called(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common_name);
    name
}

pub(crate) fn ec_key() -> KeyPair {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap()
}

/// What Godot's `Crypto.generate_self_signed_certificate` makes: a common name, no alternative names, and a CA's mark.
pub(crate) fn like_godots(common_name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = called(common_name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params
}

/// An authority that may sign whom it wants.
pub(crate) fn like_a_root(common_name: &str) -> CertificateParams {
    let mut params = like_godots(common_name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

pub(crate) fn trusting(identity: &Identity) -> ClientTls {
    trusting_pem(&identity.chain)
}

pub(crate) fn trusting_pem(pem: &str) -> ClientTls {
    ClientTls { roots: Some(Roots::Pem(pem.to_owned())), ..ClientTls::default() }
}

pub(crate) fn trusting_anybody() -> ClientTls {
    ClientTls { roots: None, ..ClientTls::default() }
}

/// What becomes of a client with this trust at a server with this identity.
pub(crate) fn verdict(identity: &Identity, trust: ClientTls) -> Result<(), CloseCause> {
    verdict_at("localhost", identity, trust)
}

/// The same for a client that calls the server by another name.
pub(crate) fn verdict_at(host: &str, identity: &Identity, trust: ClientTls) -> Result<(), CloseCause> {
    let mut table = Table::with_tls(identity.tls());
    let client = table.join_with(&format!("wss://{host}:{}", table.port()), trust);
    table.outcome(client)
}
