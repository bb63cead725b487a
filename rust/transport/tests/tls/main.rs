//! Servers and clients over loopback, with certificates made on the spot: who is believed, who is not, and what
//! either side is told.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that unwraps says where it failed")]

mod der;
mod identity;
mod raw_server;
#[path = "../support/mod.rs"]
mod support;
mod trust;
mod trust_files;
mod unchecked;
mod unservable;

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rcgen::{
    BasicConstraints, CertifiedIssuer, IsCa, KeyPair, PKCS_ECDSA_P384_SHA384, PKCS_RSA_SHA256, RsaKeySize,
    date_time_ymd,
};
use rust_websocket_transport::config::{Limits, Settings};
use rust_websocket_transport::error::{CloseCause, Phase, ResponseError, TlsConfigError, TlsError};
use rust_websocket_transport::event::Event;
use rust_websocket_transport::excerpt::Excerpt;
use rust_websocket_transport::game::Endpoint;
use rust_websocket_transport::stream::tls::client::{ClientTls, Roots};
use rust_websocket_transport::stream::tls::server::ServerTls;
use rust_websocket_transport::wire::url::Url;

use self::identity::{Identity, ec_key, like_godots, named, self_signed, trusting, trusting_anybody, verdict};
use self::support::{REQUEST, Table, connect, wait_for};

#[test]
fn packets_pass_with_every_kind_of_key() {
    let rsa = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
    let keys = [rsa, ec_key(), KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap()];
    for key in keys {
        let identity = self_signed(&named("localhost"), &key);
        let mut table = Table::with_tls(identity.tls());
        let client = table.join_with(&format!("wss://localhost:{}", table.port()), trusting(&identity));
        assert_eq!(table.outcome(client), Ok(()));
        let payload: Vec<u8> = (0..60_000u32).map(|number| (number % 251) as u8).collect();
        for _ in 0..20 {
            assert_eq!(table.round_trip(client, &payload), payload);
        }
    }
}

#[test]
fn a_chain_is_followed_to_its_root() {
    let mut root = like_godots("the root");
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = CertifiedIssuer::self_signed(root, ec_key()).unwrap();
    let mut middle = like_godots("the middle");
    middle.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let middle = CertifiedIssuer::signed_by(middle, ec_key(), &root).unwrap();
    let key = ec_key();
    let leaf = named("localhost").signed_by(&key, &middle).unwrap();
    let whole = Identity { chain: leaf.pem() + &middle.pem(), key: key.serialize_pem() };
    let torn = Identity { chain: leaf.pem(), key: key.serialize_pem() };
    let trust = || ClientTls { roots: Some(Roots::Pem(root.pem())), ..ClientTls::default() };
    assert_eq!(verdict(&whole, trust()), Ok(()));
    assert_eq!(verdict(&torn, trust()), Err(CloseCause::Tls(TlsError::UnknownIssuer)));
}

#[test]
fn a_certificate_as_godot_makes_it_is_believed_by_those_who_have_it() {
    let godots = self_signed(&like_godots("My Game Server"), &ec_key());
    let named = |name: &str| ClientTls { name_override: Some(name.to_owned()), ..trusting(&godots) };
    assert_eq!(verdict(&godots, named("My Game Server")), Ok(()));
    assert_eq!(verdict(&godots, named("other.example")), Err(CloseCause::Tls(TlsError::WrongName)));
    assert_eq!(verdict(&godots, trusting(&godots)), Err(CloseCause::Tls(TlsError::WrongName)));
    let anonymous = ClientTls { checks_name: false, ..trusting(&godots) };
    assert_eq!(verdict(&godots, anonymous), Ok(()));
}

#[test]
fn what_is_wrong_with_a_certificate_is_said() {
    let good = self_signed(&named("localhost"), &ec_key());
    let other = self_signed(&named("localhost"), &ec_key());
    let elsewhere = self_signed(&named("elsewhere.example"), &ec_key());
    let mut params = named("localhost");
    params.not_after = date_time_ymd(2001, 1, 1);
    params.not_before = date_time_ymd(2000, 1, 1);
    let expired = self_signed(&params, &ec_key());
    let mut params = named("localhost");
    params.not_before = date_time_ymd(4000, 1, 1);
    params.not_after = date_time_ymd(4001, 1, 1);
    let early = self_signed(&params, &ec_key());

    let failed = |error| Err(CloseCause::Tls(error));
    assert_eq!(verdict(&good, ClientTls::default()), failed(TlsError::UnknownIssuer));
    assert_eq!(verdict(&good, trusting(&other)), failed(TlsError::UnknownIssuer));
    assert_eq!(verdict(&elsewhere, trusting(&elsewhere)), failed(TlsError::WrongName));
    let godots = self_signed(&like_godots("localhost"), &ec_key());
    assert_eq!(verdict(&godots, ClientTls::default()), failed(TlsError::UnknownIssuer));
    assert_eq!(verdict(&expired, trusting(&expired)), failed(TlsError::Expired));
    assert_eq!(verdict(&early, trusting(&early)), failed(TlsError::NotValidYet));
    for identity in [&good, &elsewhere, &expired, &early] {
        assert_eq!(verdict(identity, trusting_anybody()), Ok(()));
    }
}

#[test]
fn the_server_learns_that_its_certificate_was_not_believed() {
    let identity = self_signed(&named("localhost"), &ec_key());
    let mut table = Table::with_tls(identity.tls());
    let client = table.join_with(&format!("wss://localhost:{}", table.port()), ClientTls::default());
    assert!(table.outcome(client).is_err());
    let cause = table.failed_handshake();
    assert!(matches!(cause, CloseCause::Tls(TlsError::Alert(_))), "{cause}");
}

#[test]
fn a_key_that_does_not_match_is_refused_before_anything_listens() {
    let identity = self_signed(&named("localhost"), &ec_key());
    let stranger = ec_key().serialize_pem();
    assert_eq!(ServerTls::from_pem(&identity.chain, &stranger).unwrap_err(), TlsConfigError::KeyMismatch);
    assert!(matches!(ServerTls::from_pem("", &stranger), Err(TlsConfigError::NoCertificate)));
    assert!(matches!(ServerTls::from_pem(&identity.chain, "nonsense"), Err(TlsConfigError::NoPrivateKey)));
}

#[test]
fn plain_and_encrypted_do_not_meet_and_both_sides_say_why() {
    let identity = self_signed(&named("localhost"), &ec_key());
    let mut encrypted = Table::with_tls(identity.tls());
    let client = encrypted.join_with(&format!("ws://localhost:{}", encrypted.port()), ClientTls::default());
    let refused = ResponseError::Status {
        status: 400,
        reason: Excerpt::of("Bad Request"),
        text: Excerpt::of("This port speaks TLS only: use wss://"),
    };
    assert_eq!(encrypted.outcome(client), Err(CloseCause::Response(refused)));
    assert_eq!(encrypted.failed_handshake(), CloseCause::Tls(TlsError::PlainClient));

    let mut plain = Table::new();
    let client = plain.join_with(&format!("wss://localhost:{}", plain.port()), trusting_anybody());
    assert_eq!(plain.outcome(client), Err(CloseCause::Tls(TlsError::NotTls)));
    let cause = plain.failed_handshake();
    assert_eq!(cause.to_string(), "handshake refused: the client speaks TLS (wss://), this port does not (ws://)");
}

#[test]
fn a_tls_handshake_that_hangs_ends_with_the_timeout() {
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = Url::parse(&format!("wss://127.0.0.1:{}", silent.local_addr().unwrap().port())).unwrap();
    let limits = Limits { handshake_timeout: Duration::from_millis(200), ..Limits::default() };
    let settings = Settings { limits, ..Settings::default() };
    let mut client = connect(url, settings, ClientTls::default(), Instant::now());
    let event = wait_for("the client's end", || {
        client.poll(Instant::now());
        client.next_event()
    });
    assert_eq!(event, Event::Failed { cause: CloseCause::TimedOut(Phase::Handshake) });

    let identity = self_signed(&named("localhost"), &ec_key());
    let mut table = Table::with_settings(settings_with_timeout(200), Some(identity.tls()));
    let _silent = TcpStream::connect((Ipv4Addr::LOCALHOST, table.port())).unwrap();
    assert_eq!(table.failed_handshake(), CloseCause::TimedOut(Phase::Handshake));
}

fn settings_with_timeout(milliseconds: u64) -> Settings {
    let limits = Limits { handshake_timeout: Duration::from_millis(milliseconds), ..Limits::default() };
    Settings { limits, ..Settings::default() }
}

#[test]
fn garbage_in_tls_touches_nobody_else() {
    let identity = self_signed(&named("localhost"), &ec_key());
    let mut table = Table::with_tls(identity.tls());
    let client = table.join_with(&format!("wss://localhost:{}", table.port()), trusting(&identity));
    assert_eq!(table.outcome(client), Ok(()));
    let mut vandal = TcpStream::connect((Ipv4Addr::LOCALHOST, table.port())).unwrap();
    vandal.write_all(&[0x16, 0x03, 0x01, 0x00, 0x05, 1, 2, 3, 4, 5, 6, 7]).unwrap();
    assert!(matches!(table.failed_handshake(), CloseCause::Tls(_)));
    assert_eq!(table.round_trip(client, b"still here"), b"still here");
}

#[test]
fn a_returning_client_resumes_its_session() {
    let identity = self_signed(&named("localhost"), &ec_key());
    let mut table = Table::with_tls(identity.tls());
    let url = format!("wss://localhost:{}", table.port());
    let first = table.join_with(&url, trusting(&identity));
    assert_eq!(table.outcome(first), Ok(()));
    // The ticket comes after the handshake; what comes after it shows that it is here.
    table.round_trip(first, b"ticket, please");
    assert_eq!(table.client(first).socket().tls_was_resumed(), Some(false));
    let second = table.join_with(&url, trusting(&identity));
    assert_eq!(table.outcome(second), Ok(()));
    assert_eq!(table.client(second).socket().tls_was_resumed(), Some(true));
}

mod needs_openssl {
    use super::*;

    #[test]
    #[ignore = "needs openssl"]
    fn openssl_gets_through_in_both_versions() {
        for version in ["-tls1_2", "-tls1_3"] {
            let identity = self_signed(&named("localhost"), &ec_key());
            let mut table = Table::with_tls(identity.tls());
            let mut openssl = Command::new("openssl")
                .args(["s_client", "-quiet", version, "-servername", "localhost", "-connect"])
                .arg(format!("127.0.0.1:{}", table.port()))
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .expect("this test needs openssl (Debian: apt-get install openssl)");
            openssl.stdin.as_mut().unwrap().write_all(REQUEST).unwrap();
            let id = wait_for("openssl to join", || match table.turn() {
                Some(Event::Connected { id }) => Some(id),
                _ => None,
            });
            let mut answer = vec![0; 1024];
            let mut length = 0;
            let mut stdout = openssl.stdout.take().unwrap();
            let expected = [&[0x82, 4], id.to_le_bytes().as_slice()].concat();
            while !answer[..length].ends_with(&expected) {
                let count = stdout.read(&mut answer[length..]).unwrap();
                assert!(count > 0, "openssl ended: {}", String::from_utf8_lossy(&answer[..length]));
                length += count;
            }
            assert!(answer.starts_with(b"HTTP/1.1 101 "));
            openssl.kill().unwrap();
            openssl.wait().unwrap();
        }
    }
}

/// A record of TLS 1.0 that begins a `ClientHello` of 508 bytes.
const HALF_A_HELLO: &[u8] = &[0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3];

#[test]
fn a_server_says_that_a_handshake_broke_off() {
    for words in [&HALF_A_HELLO[..3], HALF_A_HELLO] {
        let mut table = Table::with_tls(self_signed(&named("localhost"), &ec_key()).tls());
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, table.port())).unwrap();
        stream.write_all(words).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        assert_eq!(table.failed_handshake(), CloseCause::Tls(TlsError::Ended));
    }
}

#[test]
fn a_client_says_that_a_handshake_broke_off() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = Url::parse(&format!("wss://{}", listener.local_addr().unwrap())).unwrap();
    let mut client = connect(url, Settings::default(), trusting_anybody(), Instant::now());
    let mut stream = listener.accept().unwrap().0;
    stream.set_nonblocking(true).unwrap();
    wait_for("the hello", || {
        client.poll(Instant::now());
        stream.read(&mut [0; 4096]).ok()
    });
    // Nothing is left unread that would make this a reset.
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let event = wait_for("the end", || {
        client.poll(Instant::now());
        client.next_event()
    });
    assert_eq!(event, Event::Failed { cause: CloseCause::Tls(TlsError::Ended) });
}

#[test]
fn another_certificate_is_for_those_who_come() {
    let [old, new] = [(); 2].map(|()| self_signed(&named("localhost"), &ec_key()));
    let mut table = Table::with_tls(old.tls());
    let url = format!("wss://localhost:{}", table.port());
    let first = table.join_with(&url, trusting(&old));
    assert_eq!(table.outcome(first), Ok(()));
    let now = table.now();
    table.server.set_tls(new.tls(), now);
    let second = table.join_with(&url, trusting(&new));
    assert_eq!(table.outcome(second), Ok(()));
    let late = table.join_with(&url, trusting(&old));
    assert_eq!(table.outcome(late), Err(CloseCause::Tls(TlsError::UnknownIssuer)));
    for client in [first, second] {
        assert_eq!(table.round_trip(client, b"still here"), b"still here");
    }
}

#[test]
fn a_server_without_tls_gets_none() {
    let identity = self_signed(&named("localhost"), &ec_key());
    let mut table = Table::new();
    let now = table.now();
    table.server.set_tls(identity.tls(), now);
    let client = table.join();
    assert_eq!(table.outcome(client), Ok(()));
}

#[test]
fn a_key_is_told_to_nobody() {
    let identity = self_signed(&named("localhost"), &ec_key());
    assert_eq!(format!("{:?}", identity.tls()), "ServerTls");
}
