//! Servers and clients in numbers, over real sockets.

#![allow(clippy::unwrap_used, reason = "a test that unwraps says where it failed")]

mod support;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rust_websocket_transport::close_code;
use rust_websocket_transport::config::{Admission, Limits, OverflowPolicy, Settings};
use rust_websocket_transport::error::SendError;
use rust_websocket_transport::event::Event;
use rust_websocket_transport::game::{Endpoint, Recipients, SERVER_ID};
use rust_websocket_transport::statistics::{Handshakes, Queues, Statistics, Traffic};
use rust_websocket_transport::stream::tls::server::ServerTls;

use self::support::{REQUEST, Table, is_across, wait_for};

/// Lets another client in, and waits until both sides know each other.
fn join(table: &mut Table) -> (usize, i32) {
    let client = table.join();
    let id = wait_for("a peer", || match table.turn() {
        Some(Event::Connected { id }) => Some(id),
        _ => None,
    });
    wait_for("the client to know", || {
        table.turn();
        table.client(client).id()
    });
    (client, id)
}

/// Whether both ends have counted all that went by; on network threads each does so when it comes to it.
fn agree((server, client): &(Statistics, Statistics)) -> bool {
    server.wire.sent == client.wire.received && server.wire.received == client.wire.sent
}

/// Takes packets until so many have arrived in all, by the server's own count.
fn receive(table: &mut Table, total: u64) {
    wait_for("packets", || {
        table.turn();
        while table.server.pop().is_some() {}
        (table.server.statistics().traffic.packets_received == total).then_some(())
    });
}

#[test]
fn both_ends_count_the_same() {
    let mut table = Table::new();
    let (client, id) = join(&mut table);
    let (server_before, client_before) = wait_for("one count", || {
        let both = (table.server.statistics(), table.client(client).statistics());
        agree(&both).then_some(both)
    });
    assert_eq!(server_before.handshakes, Handshakes { started: 1, succeeded: 1, ..Handshakes::default() });
    assert_eq!(client_before.handshakes, server_before.handshakes);
    assert_eq!((server_before.peers, client_before.peers), (1, 1));
    assert_eq!((server_before.traffic, client_before.traffic), Default::default(), "the id is no packet");
    assert_eq!(server_before.wire.sent, client_before.wire.received);
    assert_eq!(server_before.wire.received, client_before.wire.sent);
    assert!(server_before.wire.sent > 100 && server_before.wire.received > 100, "two heads went by");

    for size in [1, 125, 126, 40_000] {
        table.client_mut(client).send(&vec![1; size]).unwrap();
        table.client_mut(client).flush(Instant::now());
    }
    receive(&mut table, 4);
    table.server.send(Recipients::All, &[2; 50]).unwrap();
    table.server.send(Recipients::AllExcept(1), &[2; 200]).unwrap();
    table.server.flush(Instant::now());
    let (server, client) = wait_for("both packets", || {
        table.turn();
        let both = (table.server.statistics(), table.client(client).statistics());
        (both.1.traffic.packets_received == 2 && agree(&both)).then_some(both)
    });
    let payload = 1 + 125 + 126 + 40_000;
    let expected = Traffic {
        packets_received: 4,
        bytes_received: payload,
        packets_sent: 2,
        bytes_sent: 250,
        ..Traffic::default()
    };
    assert_eq!(server.traffic, expected);
    assert_eq!(server.queues, Queues::default());
    let expected = Traffic {
        packets_sent: 4,
        bytes_sent: payload,
        packets_received: 2,
        bytes_received: 250,
        ..Traffic::default()
    };
    assert_eq!(client.traffic, expected);
    assert_eq!(client.queues, Queues { inbound_packets: 2, inbound_bytes: 250, ..Queues::default() });
    // Headers: 2 bytes, from 126 on 4, from a client 4 more for the mask.
    assert_eq!(server.wire.received - server_before.wire.received, payload + 6 + 6 + 8 + 8);
    assert_eq!(client.wire.sent - client_before.wire.sent, payload + 6 + 6 + 8 + 8);
    assert_eq!(server.wire.sent - server_before.wire.sent, 250 + 2 + 4);
    assert_eq!(client.wire.received - client_before.wire.received, 250 + 2 + 4);

    let peer = table.server.peer(id).unwrap().statistics();
    assert_eq!((peer.traffic, peer.wire), (server.traffic, server.wire));
    assert!(peer.opened.unwrap() <= Instant::now());
}

#[test]
fn what_a_peer_has_done_is_remembered_when_it_is_gone() {
    let mut table = Table::new();
    let (first, first_id) = join(&mut table);
    let (second, second_id) = join(&mut table);
    table.client_mut(first).send(b"first").unwrap();
    table.client_mut(second).send(b"second").unwrap();
    receive(&mut table, 2);
    table.client_mut(first).close_peer(SERVER_ID, Some(close_code::NORMAL), "", Instant::now());
    wait_for("the first to go", || {
        table.turn();
        (table.server.statistics().peers == 1).then_some(())
    });
    assert!(table.server.peer(first_id).is_none());
    let Statistics { traffic, handshakes, .. } = table.server.statistics();
    assert_eq!((traffic.packets_received, traffic.bytes_received), (2, 11));
    assert_eq!((handshakes.succeeded, handshakes.pending()), (2, 0));
    let everything = table.server.statistics().wire;

    table.server.abandon_peer(second_id, Instant::now());
    assert_eq!(table.server.statistics().peers, 0);
    let after = wait_for("a close frame", || {
        let after = table.server.statistics().wire;
        (after.sent > everything.sent).then_some(after)
    });
    assert!(after.received >= everything.received, "no step back");
    table.server.shut_down();
    assert_eq!(table.server.statistics().traffic.packets_received, 2);
}

#[test]
fn the_id_that_a_client_gets_is_no_packet() {
    let mut table = Table::new();
    let (client, _) = join(&mut table);
    let client = table.client(client);
    assert_eq!(client.peer(SERVER_ID).unwrap().statistics().traffic, Traffic::default());
    assert_eq!(client.statistics().traffic, Traffic::default());
}

#[test]
fn unread_packets_are_counted_until_they_are_read() {
    let mut table = Table::new();
    let (client, id) = join(&mut table);
    table.client_mut(client).send(b"12345").unwrap();
    table.client_mut(client).send(b"123").unwrap();
    table.client_mut(client).flush(Instant::now());
    let waiting = |packets, bytes| Queues { inbound_packets: packets, inbound_bytes: bytes, ..Queues::default() };
    wait_for("both", || {
        table.turn();
        (table.server.statistics().queues == waiting(2, 8)).then_some(())
    });
    assert_eq!(table.server.peer(id).unwrap().statistics().queues, waiting(2, 8));
    table.server.pop();
    assert_eq!(table.server.statistics().queues, waiting(1, 3));
    // A peer that is cut leaves its packets behind.
    table.server.abandon_peer(id, Instant::now());
    assert_eq!(table.server.statistics().queues, waiting(1, 3));
    table.server.pop();
    assert_eq!(table.server.statistics().queues, Queues::default());
}

#[test]
fn refused_waiting_and_dropped_packets_add_up() {
    const SIZE: usize = 10_000;
    let limits = Limits { outbound_buffer_size: 3 * SIZE, ..Limits::default() };
    let settings = Settings { limits, overflow_policy: OverflowPolicy::Report, ..Settings::default() };
    let mut table = Table::with_settings(settings, None);
    let (_, id) = join(&mut table);
    // A packet for nobody is nobody's.
    table.server.send(Recipients::AllExcept(id), &vec![0; limits.outbound_buffer_size + 1]).unwrap();
    // The client is not polled from here on.
    let mut accepted = 0;
    let error = wait_for("the queue to be full", || {
        let sent = table.server.send(Recipients::One(id), &[0; SIZE]);
        accepted += u64::from(sent.is_ok());
        sent.err()
    });
    assert!(matches!(error, SendError::Full { .. }), "{error}");
    let limit = 3 * SIZE;
    assert_eq!(
        table.server.send(Recipients::One(id), &vec![0; limit + 1]),
        Err(SendError::TooLarge { size: limit + 1, limit })
    );
    assert_eq!(table.server.peer(id).unwrap().statistics().traffic.packets_refused, 2);
    table.server.send(Recipients::All, &vec![0; limit + 1]).unwrap_err();
    table.server.send(Recipients::One(id.wrapping_add(1)), b"nobody").unwrap_err();
    let full = table.server.statistics();
    assert_eq!(full.queues.outbound_bytes, full.queues.outbound_packets * SIZE);
    assert_eq!(full.traffic.packets_refused, 3);
    assert_eq!(full.traffic.packets_sent + full.queues.outbound_packets as u64, accepted);
    table.server.cut_peer(id, Instant::now());
    // On a network thread this happens a moment later.
    let cut = wait_for("what waited to be dropped", || {
        let cut = table.server.statistics();
        (cut.queues == Queues::default()).then_some(cut)
    });
    assert_eq!(cut.traffic.packets_sent + cut.traffic.packets_dropped, accepted);
    assert!(cut.traffic.packets_dropped > 0);
}

#[test]
fn handshakes_are_counted_by_their_outcome() {
    let limits = Limits { handshake_timeout: Duration::from_secs(60), ..Limits::default() };
    let admission = Admission { max_peers: 1, ..Admission::default() };
    let mut table = Table::with_settings(Settings { limits, admission, ..Settings::default() }, None);
    let address = ("127.0.0.1", table.port());
    let silent = TcpStream::connect(address).unwrap();
    wait_for("it to be accepted", || {
        table.turn();
        (table.server.statistics().handshakes.pending() == 1).then_some(())
    });
    let mut garbage = TcpStream::connect(address).unwrap();
    garbage.write_all(b"\x01\x02\x03 what is this?\r\n\r\n").unwrap();
    drop(TcpStream::connect(address).unwrap());
    let mut browser = TcpStream::connect(address).unwrap();
    browser.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    join(&mut table);
    let too_many = table.join();
    assert!(table.outcome(too_many).is_err());
    let others = Handshakes { started: 6, succeeded: 1, refused: 2, failed: 2, timed_out: 0, pages: 0 };
    wait_for("all outcomes but that of the silent one", || {
        table.turn();
        (table.server.statistics().handshakes == others).then_some(())
    });
    table.advance(Duration::from_secs(61));
    let expected = Handshakes { timed_out: 1, ..others };
    wait_for("all outcomes", || {
        table.turn();
        (table.server.statistics().handshakes == expected).then_some(())
    });
    let full = table.client(too_many).statistics();
    assert_eq!(full.handshakes, Handshakes { started: 1, refused: 1, ..Handshakes::default() });
    assert_eq!(table.server.statistics().handshakes.pending(), 0);
    drop((silent, garbage));
    let mut head = [0; 12];
    browser.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    browser.read_exact(&mut head).unwrap();
    assert_eq!(&head, b"HTTP/1.1 426");
}

#[test]
fn a_server_that_closes_leaves_no_handshake_open() {
    let mut table = Table::new();
    let _silent = TcpStream::connect(("127.0.0.1", table.port())).unwrap();
    wait_for("it to be accepted", || {
        table.turn();
        (table.server.statistics().handshakes.pending() == 1).then_some(())
    });
    table.server.shut_down();
    let handshakes = table.server.statistics().handshakes;
    assert_eq!(handshakes, Handshakes { started: 1, failed: 1, ..Handshakes::default() });
}

/// What the TLS library has taken is not with the system yet: a peer that goes now never sees it.
#[test]
fn with_tls_too_a_packet_is_sent_when_the_system_has_it() {
    const SIZE: usize = 10_000;
    let limit = 10 * SIZE;
    let limits = Limits { outbound_buffer_size: limit, ..Limits::default() };
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    let tls = ServerTls::from_pem(&certificate.pem(), &key.serialize_pem()).unwrap();
    let mut table = Table::with_settings(Settings { limits, ..Settings::default() }, Some(tls));
    let mut roots = rustls::RootCertStore::empty();
    roots.add(certificate.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_root_certificates(roots).with_no_client_auth());
    let mut client = rustls::ClientConnection::new(config, "localhost".try_into().unwrap()).unwrap();
    let mut stream = TcpStream::connect(("127.0.0.1", table.port())).unwrap();
    stream.set_nonblocking(true).unwrap();
    client.writer().write_all(REQUEST).unwrap();
    let mut read = 0;
    let mut listen = |client: &mut rustls::ClientConnection, stream: &mut TcpStream| {
        // What blocks now goes on in the next round.
        let _ = client.write_tls(stream);
        if let Ok(count) = client.read_tls(stream) {
            read += count as u64;
            client.process_new_packets().unwrap();
        }
        read
    };
    let id = wait_for("the peer to join", || {
        listen(&mut client, &mut stream);
        match table.turn() {
            Some(Event::Connected { id }) => Some(id),
            _ => None,
        }
    });
    // The client reads no more, until the system takes no more either.
    let mut accepted = 0;
    let full = wait_for("the queue to be full", || {
        table.turn();
        let sent = table.server.send(Recipients::One(id), &[7; SIZE]);
        accepted += u64::from(sent.is_ok());
        sent.err()
    });
    let queued = table.server.peer(id).unwrap().buffered_amount();
    assert!(matches!(full, SendError::Full { .. }) && queued > limit - SIZE && queued <= limit, "{full}, {queued}");
    let mut numbers = table.server.peer(id).unwrap().statistics();
    assert_eq!(numbers.traffic.packets_sent + numbers.queues.outbound_packets as u64, accepted);
    // Now it reads what the system has, and nobody writes more.
    let mut arrived = Vec::new();
    wait_for("all that was sent", || {
        let read = listen(&mut client, &mut stream);
        // What is not there yet comes later.
        let _ = client.reader().read_to_end(&mut arrived);
        if is_across() {
            // Whatever is read makes room for more, and nobody has to ask for it to be written.
            numbers = table.server.peer(id).unwrap().statistics();
        }
        let is_done = !is_across() || numbers.queues.outbound_packets == 0;
        (is_done && read == numbers.wire.sent).then_some(())
    });
    let head = arrived.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
    let id_frame = 2 + 4;
    assert_eq!(((arrived.len() - head - id_frame) / (4 + SIZE)) as u64, numbers.traffic.packets_sent);
    // All of it: a peer that is cut has lost the rest.
    table.server.cut_peer(id, Instant::now());
    let traffic = table.server.statistics().traffic;
    assert_eq!(traffic.packets_sent + traffic.packets_dropped, accepted);
}

#[test]
fn what_has_left_is_counted_though_nobody_answers() {
    let mut table = Table::new();
    let (_, id) = join(&mut table);
    let before = table.server.statistics().wire.sent;
    let sent = table.server.send(Recipients::One(id), &[0; 100]);
    assert!(sent.is_ok(), "{sent:?}");
    // A head of two bytes. Nothing is polled in between; on a network thread it leaves with the flush.
    let now = table.now();
    table.server.flush(now);
    wait_for("the count", || (table.server.statistics().wire.sent == before + 102).then_some(()));
}
