//! Connections that go on for ever and come to nothing: in the TLS handshake, and in a frame. (Those in the head of a
//! request are in `limits.rs`.)

#![allow(clippy::unwrap_used, reason = "a test that unwraps says where it failed")]

mod support;

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256};
use rust_websocket_transport::config::{Limits, Settings};
use rust_websocket_transport::error::{CloseCause, Phase};
use rust_websocket_transport::event::Event;
use rust_websocket_transport::game::Endpoint;
use rust_websocket_transport::stream::tls::client::ClientTls;
use rust_websocket_transport::stream::tls::server::ServerTls;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, ClientConnection, RootCertStore};

use self::support::{REQUEST, Table, wait_for};

/// The beginning of a masked binary frame of 60,000 bytes.
const FRAME: &[u8] = &[0x82, 0xfe, 0xea, 0x60, 0, 0, 0, 0];

fn server_tls() -> ServerTls {
    server_tls_and_certificate().0
}

fn server_tls_and_certificate() -> (ServerTls, CertificateDer<'static>) {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let certificate = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    (ServerTls::from_pem(&certificate.pem(), &key.serialize_pem()).unwrap(), certificate.der().clone())
}

/// A bare socket that is a peer and has begun a frame.
fn begin_frame(table: &mut Table) -> (TcpStream, i32) {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, table.port())).unwrap();
    stream.write_all(REQUEST).unwrap();
    stream.write_all(FRAME).unwrap();
    let id = wait_for("the peer to join", || match table.turn() {
        Some(Event::Connected { id }) => Some(id),
        _ => None,
    });
    (stream, id)
}

#[test]
fn a_slow_tls_handshake_is_cut_by_the_deadline_and_keeps_nobody_out() {
    let limits = Limits { handshake_timeout: Duration::from_secs(60), ..Limits::default() };
    let mut table = Table::with_settings(Settings { limits, ..Settings::default() }, Some(server_tls()));
    let mut slow = TcpStream::connect((Ipv4Addr::LOCALHOST, table.port())).unwrap();
    // A record with a `ClientHello` of 512 bytes, most of which is still to come when its time is up.
    let mut hello = [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3].iter().copied().chain(std::iter::repeat_n(0, 400));
    let mut drip = |table: &mut Table| {
        // Once it is cut it cannot be written to.
        let _ = slow.write_all(&[hello.next().unwrap()]);
        table.turn();
        table.next_failure()
    };
    let url = format!("wss://localhost:{}", table.port());
    let client = table.join_with(&url, ClientTls { roots: None, ..ClientTls::default() });
    for _ in 0..50 {
        assert_eq!(drip(&mut table), None);
    }
    assert_eq!(table.outcome(client), Ok(()));
    table.advance(Duration::from_secs(20));
    for _ in 0..50 {
        assert_eq!(drip(&mut table), None, "its time is not up");
    }
    table.advance(Duration::from_secs(41));
    // It must not be its silence that ends it.
    let cause = drip(&mut table).unwrap_or_else(|| table.failed_handshake());
    assert_eq!(cause, CloseCause::TimedOut(Phase::Handshake));
    assert_eq!(table.round_trip(client, b"all well"), b"all well");
}

#[test]
fn frames_that_never_end_hurt_nobody() {
    let mut table = Table::new();
    let mut slow: Vec<(TcpStream, i32)> = (0..50).map(|_| begin_frame(&mut table)).collect();
    let client = table.join();
    assert_eq!(table.outcome(client), Ok(()));
    for _ in 0..200 {
        for (stream, _) in &mut slow {
            stream.write_all(&[0]).unwrap();
        }
        assert_eq!(table.round_trip(client, b"all well"), b"all well");
    }
    assert!(slow.iter().all(|(_, id)| table.server.peer(*id).is_some()), "they have not ended yet, and need not");
}

/// A frame that has begun, in which a few bytes follow in every interval or none at all, ends with the heartbeat.
fn ends_with_the_heartbeat(drips: bool) {
    let interval = Duration::from_secs(20);
    let limits = Limits { heartbeat_interval: Some(interval), ..Limits::default() };
    let mut table = Table::with_settings(Settings { limits, ..Settings::default() }, None);
    let (mut slow, slow_id) = begin_frame(&mut table);
    let client = table.join();
    assert_eq!(table.outcome(client), Ok(()));
    table.hasten(interval / 500);
    let mut dripped = table.now();
    let cause = wait_for("the slow one's end", || {
        if drips && table.now() > dripped + interval / 40 {
            dripped = table.now();
            // Once it is cut it cannot be written to.
            let _ = slow.write_all(&[0]);
        }
        match table.turn() {
            Some(Event::Disconnected { id, cause }) => {
                assert_eq!(id, slow_id);
                Some(cause)
            }
            _ => None,
        }
    });
    assert_eq!(cause, CloseCause::TimedOut(Phase::Heartbeat));
    table.hasten(Duration::ZERO);
    // Its socket is closed, and the other client is still here.
    slow.set_nonblocking(true).unwrap();
    wait_for("the end of the stream", || {
        table.turn();
        match slow.read(&mut [0; 1024]) {
            Ok(count) => (count == 0).then_some(()),
            Err(error) => (error.kind() != ErrorKind::WouldBlock).then_some(()),
        }
    });
    assert_eq!(table.round_trip(client, b"all well"), b"all well");
}

#[test]
fn a_frame_in_which_nothing_follows_is_ended_by_the_heartbeat() {
    ends_with_the_heartbeat(false);
}

#[test]
fn a_frame_that_drips_is_ended_by_the_heartbeat() {
    ends_with_the_heartbeat(true);
}

/// A record of TLS is worth nothing until it is whole. Whoever is in the middle of one is there nonetheless.
#[test]
fn a_large_record_on_a_slow_link_is_no_silence() {
    let interval = Duration::from_secs(20);
    let limits = Limits { heartbeat_interval: Some(interval), ..Limits::default() };
    let (tls, certificate) = server_tls_and_certificate();
    let mut table = Table::with_settings(Settings { limits, ..Settings::default() }, Some(tls));
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let mut client = ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap();
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, table.port())).unwrap();
    stream.set_nonblocking(true).unwrap();
    client.writer().write_all(REQUEST).unwrap();
    let id = wait_for("the peer to join", || {
        // What blocks now goes on in the next round.
        let _ = client.write_tls(&mut stream);
        if client.read_tls(&mut stream).is_ok() {
            client.process_new_packets().unwrap();
        }
        match table.turn() {
            Some(Event::Connected { id }) => Some(id),
            _ => None,
        }
    });
    // A whole masked frame of 16,000 bytes, in one record.
    client.writer().write_all(&[0x82, 0xfe, 0x3e, 0x80, 0, 0, 0, 0]).unwrap();
    client.writer().write_all(&[7; 16_000]).unwrap();
    let mut records = Vec::new();
    while client.wants_write() {
        client.write_tls(&mut records).unwrap();
    }
    let started = table.now();
    let mut portions = records.chunks(400);
    let mut sent = started;
    table.hasten(interval / 100);
    let packet = wait_for("the packet", || {
        if table.now() > sent + interval / 4 {
            sent = table.now();
            if let Some(portion) = portions.next() {
                stream.write_all(portion).unwrap();
            }
        }
        assert_eq!(table.turn(), None, "the peer is here, and nothing else happens");
        table.server.pop()
    });
    assert!(table.now() > started + 5 * interval);
    assert_eq!((packet.source, packet.payload.len()), (id, 16_000));
}
