//! A server under pressure: full queues, full houses, floods of connections. Packets that were accepted arrive, and
//! whoever misses one is named.

#![allow(clippy::unwrap_used, reason = "a test that unwraps says where it failed")]

mod support;

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::{Duration, Instant};

use rust_websocket_transport::config::{Admission, Limits, OverflowPolicy, Settings};
use rust_websocket_transport::error::{CloseCause, Phase, QueueLimit, ResponseError, SendError};
use rust_websocket_transport::event::Event;
use rust_websocket_transport::excerpt::Excerpt;
use rust_websocket_transport::game::{Endpoint, Recipients};
use rust_websocket_transport::wire::message::MessageKind;

use self::support::{REQUEST, Table, wait_for};

/// A client that is a peer and never reads, on a server with little room.
fn stuck_peer(table: &mut Table) -> (TcpStream, i32) {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, table.port())).unwrap();
    stream.write_all(REQUEST).unwrap();
    let id = wait_for("the peer to join", || match table.turn() {
        Some(Event::Connected { id }) => Some(id),
        _ => None,
    });
    (stream, id)
}

fn little_room(policy: OverflowPolicy) -> Settings {
    let limits = Limits { outbound_buffer_size: 100_000, ..Limits::default() };
    Settings { limits, overflow_policy: policy, ..Settings::default() }
}

/// Sends until the peer has no more room. How many packets were taken.
fn fill(table: &mut Table, id: i32, packet: &[u8]) -> usize {
    let mut accepted = 0;
    loop {
        match table.server.send(Recipients::One(id), packet) {
            Ok(()) => accepted += 1,
            Err(SendError::Full { .. }) => return accepted,
            Err(other) => panic!("{other}"),
        }
        table.turn();
    }
}

/// Reads messages of one size off a raw connection, past the answer and the id.
fn read_messages(stream: &mut TcpStream, table: &mut Table, size: usize, count: usize) -> Vec<u8> {
    stream.set_nonblocking(true).unwrap();
    let mut bytes = Vec::new();
    let mut buffer = vec![0; 1 << 16];
    let frame = if size < 126 { size + 2 } else { size + 4 };
    let head = |bytes: &[u8]| bytes.windows(4).position(|window| window == b"\r\n\r\n").map(|end| end + 4 + 6);
    wait_for("all messages", || {
        table.turn();
        match stream.read(&mut buffer) {
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
            Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
        }
        (bytes.len() >= head(&bytes)? + frame * count).then_some(())
    });
    let start = head(&bytes).unwrap();
    (0..count).map(|index| bytes[start + frame * index + frame - size]).collect()
}

#[test]
fn a_full_queue_is_reported_and_what_was_accepted_arrives() {
    let mut table = Table::with_settings(little_room(OverflowPolicy::Report), None);
    let (mut stream, id) = stuck_peer(&mut table);
    let accepted = fill(&mut table, id, &[7; 10_000]);
    let overflowed = wait_for("word of the overflow", || table.turn());
    assert_eq!(overflowed, Event::Overflowed { id, size: 10_000, limit: QueueLimit::Bytes });
    let arrived = read_messages(&mut stream, &mut table, 10_000, accepted);
    assert_eq!(arrived, vec![7; accepted]);
    table.server.send(Recipients::One(id), &[8; 10_000]).unwrap();
}

#[test]
fn the_world_that_a_peer_joins_has_room_of_its_own() {
    let Settings { limits, .. } = little_room(OverflowPolicy::Report);
    let settings = Settings { limits: limits.with_join_room(), ..Settings::default() };
    let mut table = Table::with_settings(settings, None);
    let (_stream, id) = stuck_peer(&mut table);
    let waiting = |table: &Table| table.server.peer(id).unwrap().buffered_amount();
    fill(&mut table, id, &[7; 10_000]);
    let early = waiting(&table);
    assert!(early > 8 << 20, "{early}");
    // From now on the ordinary room is what there is, and what was put early takes none of it.
    table.advance(Duration::from_secs(10));
    table.turn();
    fill(&mut table, id, &[7; 10_000]);
    assert!((90_000..=100_000).contains(&(waiting(&table) - early)), "{}", waiting(&table) - early);
}

#[test]
fn a_broadcast_reaches_everybody_who_has_room() {
    let mut table = Table::with_settings(little_room(OverflowPolicy::Report), None);
    let (_stream, stuck) = stuck_peer(&mut table);
    let reader = table.join();
    assert_eq!(table.outcome(reader), Ok(()));
    fill(&mut table, stuck, &[0; 10_000]);
    wait_for("word of the overflow", || table.turn());
    // A queue was also full for a while when a network thread did not come to write in time.
    wait_for("a queue that stays full", || {
        table.turn();
        let sent = table.server.send(Recipients::All, &[1; 10_000]);
        matches!(sent, Err(SendError::Full { .. })).then_some(())
    });
    let packet = wait_for("the broadcast", || {
        if let Some(event) = table.turn() {
            assert_eq!(event, Event::Overflowed { id: stuck, size: 10_000, limit: QueueLimit::Bytes });
        }
        table.client_mut(reader).pop()
    });
    assert_eq!(packet.payload, vec![1; 10_000]);
}

#[test]
fn a_slow_peer_can_be_disconnected() {
    let mut table = Table::with_settings(little_room(OverflowPolicy::Disconnect), None);
    let (mut stream, id) = stuck_peer(&mut table);
    let accepted = fill(&mut table, id, &[7; 10_000]);
    let overflowed = wait_for("word of the overflow", || table.turn());
    assert_eq!(overflowed, Event::Overflowed { id, size: 10_000, limit: QueueLimit::Bytes });
    let event = wait_for("the end of the peer", || table.turn());
    assert!(
        matches!(event, Event::Disconnected { id: gone, ref cause } if gone == id && cause.close_code() == Some(1013))
    );
    // What was accepted still goes out, and the close frame after it.
    read_messages(&mut stream, &mut table, 10_000, accepted);
}

#[test]
fn a_message_larger_than_the_queue_is_refused_at_once() {
    let mut table = Table::with_settings(little_room(OverflowPolicy::Disconnect), None);
    stuck_peer(&mut table);
    let too_large = SendError::TooLarge { size: 100_001, limit: 100_000 };
    assert_eq!(table.server.send(Recipients::All, &[0; 100_001]), Err(too_large));
    assert!(too_large.to_string().contains("outbound_buffer_size"));
}

#[test]
fn every_peer_has_its_own_limits() {
    let mut table = Table::with_settings(little_room(OverflowPolicy::Report), None);
    let peers: Vec<(TcpStream, i32)> = (0..2).map(|_| stuck_peer(&mut table)).collect();
    let ids = [peers[0].1, peers[1].1];
    let set = |table: &mut Table, id, size| {
        let limits = Limits { outbound_buffer_size: size, ..*table.server.peer(id).unwrap().limits() };
        table.server.set_peer_limits(id, limits, Instant::now());
    };
    set(&mut table, ids[0], 200_000);
    set(&mut table, ids[1], 10);
    let too_large = |size, limit| Err(SendError::TooLarge { size, limit });
    assert_eq!(table.server.send(Recipients::One(ids[0]), &[0; 100_001]), Ok(()), "more than the server's own limit");
    assert_eq!(table.server.send(Recipients::One(ids[1]), &[0; 11]), too_large(11, 10));
    assert_eq!(table.server.send(Recipients::All, &[0; 11]), too_large(11, 10));
    let traffic = |id| table.server.peer(id).unwrap().statistics().traffic;
    assert_eq!((traffic(ids[0]).packets_refused, traffic(ids[1]).packets_refused), (0, 2));
}

#[test]
fn a_packet_for_nobody_is_no_fault_and_costs_nothing() {
    let mut table = Table::new();
    let allocations = allocation_counter::measure(|| {
        for recipients in [Recipients::All, Recipients::AllExcept(7)] {
            assert_eq!(table.server.send(recipients, &[0; 100_001]), Ok(()));
        }
        assert_eq!(table.server.send(Recipients::One(7), &[0; 100_001]), Err(SendError::UnknownPeer(7)));
    });
    assert_eq!(allocations.count_total, 0);
    // Nor does one copy what nobody has room for.
    let (_stream, id) = stuck_peer(&mut table);
    let allocations = allocation_counter::measure(|| {
        table.server.send(Recipients::All, &[0; 100_001]).unwrap_err();
        table.server.send_message(id, MessageKind::Text, &[0; 100_001]).unwrap_err();
    });
    assert_eq!(allocations.count_total, 0);
}

#[test]
fn a_full_house_answers_503() {
    let admission = Admission { max_peers: 2, ..Admission::default() };
    let mut table = Table::with_settings(Settings { admission, ..Settings::default() }, None);
    let members = [table.join(), table.join()];
    for member in members {
        assert_eq!(table.outcome(member), Ok(()));
    }
    let late = table.join();
    let full = ResponseError::Status {
        status: 503,
        reason: Excerpt::of("Service Unavailable"),
        text: Excerpt::of("the server is full"),
    };
    assert_eq!(table.outcome(late), Err(CloseCause::Response(full)));
    assert_eq!(table.failed_handshake(), CloseCause::ServerFull);
    table.client_mut(members[0]).shut_down();
    wait_for("the member's leave", || match table.turn() {
        Some(Event::Disconnected { .. }) => Some(()),
        _ => None,
    });
    // Its place is free once the game has dealt with its leave, which asking for the next event says.
    assert_eq!(table.turn(), None);
    let next = table.join();
    assert_eq!(table.outcome(next), Ok(()));
}

#[test]
fn handshakes_are_bounded_and_the_oldest_makes_room() {
    let admission = Admission { max_handshakes_per_address: 20, ..Admission::default() };
    let mut table = Table::with_settings(Settings { admission, ..Settings::default() }, None);
    let silent: Vec<TcpStream> =
        (0..60).map(|_| TcpStream::connect((Ipv4Addr::LOCALHOST, table.port())).unwrap()).collect();
    // 20 are taken in, the other 40 turned away.
    for _ in 0..40 {
        assert_eq!(table.failed_handshake(), CloseCause::Crowded);
    }
    // Once those had their chance, they make room for one who speaks.
    wait_for("a real client's welcome", || {
        let client = table.join();
        table.outcome(client).ok()
    });
    assert_eq!(table.failed_handshake(), CloseCause::Crowded);
    drop(silent);
}

#[test]
fn a_slow_head_is_cut_by_the_deadline() {
    let limits = Limits { handshake_timeout: Duration::from_secs(60), ..Limits::default() };
    let mut table = Table::with_settings(Settings { limits, ..Settings::default() }, None);
    let mut slow = TcpStream::connect((Ipv4Addr::LOCALHOST, table.port())).unwrap();
    table.hasten(Duration::from_secs(1));
    let started = table.now();
    let mut head = b"GET / HTTP/1.1\r\nHost: localhost\r\n".iter();
    let cause = wait_for("the slow one's end", || {
        // A byte now and then is no reason for patience.
        if let Some(byte) = head.next() {
            let _ = slow.write_all(&[*byte]);
        }
        table.turn();
        table.next_failure()
    });
    assert_eq!(cause, CloseCause::TimedOut(Phase::Handshake));
    assert!(table.now() >= started + Duration::from_secs(60));
}

#[test]
fn two_thousand_silent_connections_keep_nobody_out() {
    allow_descriptors(5000);
    let mut table = Table::new();
    let silent: Vec<TcpStream> = (0..2000)
        .map(|_| {
            let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, table.port())).unwrap();
            table.turn();
            stream
        })
        .collect();
    let client = wait_for("a real client's welcome", || {
        let client = table.join();
        table.outcome(client).ok().map(|()| client)
    });
    assert_eq!(table.round_trip(client, b"all well"), b"all well");
    drop(silent);
}

/// Both ends of a connection are this process's here.
#[cfg(unix)]
fn allow_descriptors(count: u64) {
    let allowed = rlimit::increase_nofile_limit(count).unwrap();
    assert!(allowed >= count, "this process may have {allowed} descriptors of {count}: see `ulimit -Hn`");
}

/// Windows has no such limit.
#[cfg(not(unix))]
fn allow_descriptors(_: u64) {}
