//! What a connection counts, to the last byte.

use super::*;
use crate::statistics::{Queues, RoundTrip, Traffic};

/// What an end counts.
struct Numbers {
    traffic: Traffic,
    queues: Queues,
    round_trip: Option<RoundTrip>,
}

fn numbers(end: &End) -> Numbers {
    let meter = end.connection.meter();
    Numbers { traffic: end.outgoing.traffic(meter), queues: end.outgoing.queues(meter), round_trip: meter.round_trip() }
}

/// A server whose pipe takes so many more bytes, and then nothing.
fn stuffed(room: usize, limits: Limits) -> Pair {
    let pair = Pair::open(&[usize::MAX], limits);
    pair.server.connection.socket.outgoing.borrow_mut().capacity = room;
    pair
}

#[test]
fn packets_and_payload_are_counted_whatever_the_portions() {
    for throws in [&[usize::MAX][..], &[1, 0], &[7, 0, 3]] {
        let mut pair = Pair::open(throws, Limits::default());
        assert_eq!((numbers(&pair.client).traffic, numbers(&pair.server).traffic), Default::default());
        for payload in [&b"one"[..], b"four", &[0; 300]] {
            pair.client.send(payload).unwrap();
        }
        pair.server.send(b"answer").unwrap();
        pair.now += Duration::from_secs(1);
        pair.run();
        let client = numbers(&pair.client);
        let up =
            Traffic { packets_sent: 3, bytes_sent: 307, packets_received: 1, bytes_received: 6, ..Traffic::default() };
        assert_eq!((client.traffic, client.queues, client.round_trip), (up, Queues::default(), None));
        let down =
            Traffic { packets_received: 3, bytes_received: 307, packets_sent: 1, bytes_sent: 6, ..Traffic::default() };
        assert_eq!(numbers(&pair.server).traffic, down, "{throws:?}");
    }
}

#[test]
fn what_is_no_packet_does_not_count_as_one() {
    let mut pair = Pair::open(&[usize::MAX], Limits { heartbeat_interval: Some(BEAT), ..Limits::default() });
    let id = Frame::message(MessageKind::Binary, &[2, 0, 0, 0], Role::Server);
    pair.server.connection.send_own(id, 1, pair.now);
    pair.client.is_reading = false;
    pair.now += BEAT;
    pair.run();
    assert_eq!(pair.client.payloads(), [[2, 0, 0, 0]]);
    pair.client.connection.discard(4);
    assert!(numbers(&pair.server).round_trip.is_some(), "a ping went through");
    for end in [&pair.client, &pair.server] {
        assert_eq!((numbers(end).traffic, numbers(end).queues), Default::default());
    }
}

#[test]
fn the_unread_wait_in_the_inbound_queue() {
    let mut pair = Pair::open(&[usize::MAX], Limits::default());
    pair.server.is_reading = false;
    pair.client.send(b"12345").unwrap();
    pair.client.send(b"123").unwrap();
    pair.run();
    let waiting = |packets, bytes| Queues { inbound_packets: packets, inbound_bytes: bytes, ..Queues::default() };
    assert_eq!(numbers(&pair.server).queues, waiting(2, 8));
    pair.server.read(5);
    assert_eq!(numbers(&pair.server).queues, waiting(1, 3));
    assert_eq!(numbers(&pair.server).traffic.bytes_received, 8, "what was read still has arrived");
}

#[test]
fn what_was_accepted_was_sent_waits_or_was_dropped() {
    let limits = Limits { outbound_buffer_size: 250, ..Limits::default() };
    // Room for one whole frame of 102 bytes and a part of the second.
    let mut pair = stuffed(150, limits);
    for _ in 0..3 {
        pair.server.send(&[7; 100]).unwrap();
        pair.server.connection.flush(pair.now, &mut Vec::new());
    }
    assert!(matches!(pair.server.send(&[7; 100]), Err(SendError::Full { .. })));
    assert!(matches!(pair.server.send(&[7; 251]), Err(SendError::TooLarge { .. })));
    let expected = Traffic { packets_sent: 1, bytes_sent: 100, packets_refused: 2, ..Traffic::default() };
    let queued = Queues { outbound_packets: 2, outbound_bytes: 200, ..Queues::default() };
    assert_eq!((numbers(&pair.server).traffic, numbers(&pair.server).queues), (expected, queued));

    pair.server.connection.cut(&mut Vec::new());
    assert_eq!(pair.server.send(b"late"), Err(SendError::NotOpen));
    let expected = Traffic { packets_dropped: 2, ..expected };
    assert_eq!((numbers(&pair.server).traffic, numbers(&pair.server).queues), (expected, Queues::default()));
}

#[test]
fn when_writing_has_failed_nothing_asks_to_be_flushed_however_long_the_game_does_not_read() {
    let mut pair = stuffed(0, Limits::default());
    pair.server.send(b"never").unwrap();
    pair.server.connection.socket.outgoing.borrow_mut().is_broken = true;
    // A socket that has failed is reported to be writable.
    for _ in 0..2 {
        pair.server.connection.writable(pair.now, &mut Vec::new());
        assert!(pair.server.connection.has_failed());
        assert!(!pair.server.connection.needs_flush());
    }
}

/// How a connection with packets in its queue can end.
#[test]
fn whatever_ends_a_connection_drops_what_it_had_accepted() {
    type End = fn(&mut Pair);
    let ends: [(&str, End); 5] = [
        ("abandoned", |pair| pair.server.connection.abandon(close_code::GOING_AWAY, "", pair.now)),
        ("the other side has gone", |pair| {
            pair.server.connection.socket.incoming.borrow_mut().is_shut = true;
            pair.server.turn(pair.now, &Handshake::default());
        }),
        ("writing fails", |pair| {
            pair.server.connection.socket.outgoing.borrow_mut().is_broken = true;
            pair.server.turn(pair.now, &Handshake::default());
        }),
        ("writing has failed", |pair| {
            pair.server.connection.socket.outgoing.borrow_mut().is_broken = true;
            pair.server.connection.writable(pair.now, &mut Vec::new());
            pair.server.send(b"accepted: nobody has looked yet").unwrap();
        }),
        ("the close frame is not answered", |pair| {
            pair.server.close(1000, pair.now);
            pair.now += Duration::from_secs(60);
            pair.server.turn(pair.now, &Handshake::default());
        }),
    ];
    for (name, end) in ends {
        let mut pair = stuffed(0, Limits::default());
        pair.server.send(b"never").unwrap();
        pair.server.send(b"to be read").unwrap();
        end(&mut pair);
        let dropped = if name == "writing has failed" { 3 } else { 2 };
        let expected = Traffic { packets_dropped: dropped, ..Traffic::default() };
        assert_eq!(
            (numbers(&pair.server).traffic, numbers(&pair.server).queues),
            (expected, Queues::default()),
            "{name}"
        );
    }
}
