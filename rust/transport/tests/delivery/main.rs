//! What was accepted is what is delivered, whatever happens in between.
//!
//! Each run is drawn from a seed: a server and a few clients with small buffers, each client behind a [`proxy`] that
//! dribbles, stalls, cuts or dies, owners that read when they like, and an end for each of them. A [`ledger`] per
//! direction knows what was accepted. At the end everything has arrived, once and in order; or both sides were told of
//! the end, and what arrived is the beginning of what was accepted.
//!
//! `DELIVERY_SEED=n` replays one run, as far as the system's scheduling lets it; `DELIVERY_RUNS=n` draws that many.

#![allow(clippy::unwrap_used, reason = "a test that unwraps says where it failed")]

mod ledger;
mod plan;
mod proxy;
mod run;
#[path = "../support/mod.rs"]
mod support;

use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256};
use rust_websocket_transport::stream::tls::server::ServerTls;

use self::run::Run;

/// How many runs there are without a word from outside, for each scheme.
const RUNS: u64 = 30;

/// Names the seed when a run has failed.
struct Confession(u64);

impl Drop for Confession {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the run that failed is DELIVERY_SEED={}", self.0);
        }
    }
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is no number: {text}")))
}

fn play(tls: Option<&ServerTls>) {
    let seeds: Vec<u64> = match number("DELIVERY_SEED") {
        Some(seed) => vec![seed],
        None => (0..number("DELIVERY_RUNS").unwrap_or(RUNS)).map(|_| rand::random()).collect(),
    };
    let mut accepted = 0;
    let mut delivered = 0;
    for &seed in &seeds {
        let _confession = Confession(seed);
        let sums = Run::new(seed, tls.cloned()).play();
        accepted += sums.accepted;
        delivered += sums.delivered;
    }
    eprintln!("{} runs: {accepted} packets accepted, {delivered} delivered, the others' owners told", seeds.len());
    assert!(delivered > 0, "nothing was sent at all");
}

#[test]
fn what_is_accepted_is_delivered() {
    play(None);
}

#[test]
fn what_is_accepted_is_delivered_through_tls() {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let certificate = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    play(Some(&ServerTls::from_pem(&certificate.pem(), &key.serialize_pem()).unwrap()));
}
