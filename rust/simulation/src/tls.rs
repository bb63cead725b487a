//! The certificate of every server that speaks TLS, made once per process.
//!
//! What rustls and rcgen draw by chance is the system's, and lengths depend on it, so a world with TLS is another one each time
//! that its seed is run: what happens is as the seed says, not each byte of it.

use std::net::IpAddr;
use std::sync::OnceLock;

use rcgen::{CertificateParams, KeyPair, SanType};
use rust_websocket_transport::stream::tls::client::{ClientTls, Roots};
use rust_websocket_transport::stream::tls::server::ServerTls;

use crate::dice::Dice;

/// More inhabitants than a world has; their servers' names have their numbers.
const MOST: usize = 100;

static IDENTITY: OnceLock<Identity> = OnceLock::new();

#[derive(Debug)]
struct Identity {
    server: ServerTls,
    pem: String,
}

fn identity() -> &'static Identity {
    IDENTITY.get_or_init(|| {
        let names: Vec<String> = (0..MOST).map(|number| format!("server-{number}.test")).collect();
        let key = KeyPair::generate().expect("the system has chance to give");
        let mut params = CertificateParams::new(names).expect("these are names");
        let addresses = ["10.0.0.0", "fd00::1"].map(|address| address.parse::<IpAddr>().expect("it is an address"));
        params.subject_alt_names.extend(addresses.map(SanType::IpAddress));
        let pem = params.self_signed(&key).expect("a certificate can be made").pem();
        let server = ServerTls::from_pem(&pem, &key.serialize_pem()).expect("the two belong together");
        Identity { server, pem }
    })
}

/// What a server speaks TLS with. It is the first machine of its world, whose addresses are in the certificate.
#[must_use]
pub fn server() -> ServerTls {
    identity().server.clone()
}

/// Whom a client trusts: that server, or anybody.
#[must_use]
pub fn client(dice: &mut Dice) -> ClientTls {
    let roots = dice.chance(700).then(|| Roots::Pem(identity().pem.clone()));
    ClientTls { roots, ..ClientTls::default() }
}
