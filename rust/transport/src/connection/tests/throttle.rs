//! A peer that sends more than it may is not read from for a while, and loses nothing by it.

use super::*;

const SECOND: Duration = Duration::from_secs(1);

/// A server that lets so many bytes and packets in per second, and how many bytes its handshake took.
fn limited(bytes: usize, packets: usize) -> Pair {
    let limits = Limits { max_bytes_per_second: bytes, max_packets_per_second: packets, ..Limits::default() };
    Pair::open(&[usize::MAX], limits)
}

/// Lets time pass until so many messages are there, as an owner does that comes when it is due. How long it took.
fn run_until(pair: &mut Pair, messages: usize) -> Duration {
    let start = pair.now;
    pair.run();
    while pair.server.messages.len() < messages {
        pair.now = pair.server.connection.deadline().expect("nothing will ever happen");
        pair.run();
        assert!(pair.now - start < 1000 * SECOND);
    }
    pair.now - start
}

fn throttled(pair: &Pair) -> Duration {
    pair.server.connection.meter().throttled()
}

#[test]
fn packets_over_the_rate_wait_and_all_of_them_arrive_in_order() {
    let mut pair = limited(0, 10);
    for number in 0..50_u8 {
        pair.client.send(&[number]).unwrap();
    }
    pair.run();
    assert_eq!(pair.server.messages.len(), 10, "what a second allows comes at once");
    assert!(!pair.server.connection.can_read());
    let took = run_until(&mut pair, 50);
    assert_eq!(took, 4 * SECOND);
    assert_eq!(pair.server.payloads(), (0..50).map(|number| vec![number]).collect::<Vec<_>>());
    assert_eq!(throttled(&pair), 4 * SECOND);
    pair.now += SECOND / 10;
    pair.run();
    assert_eq!(pair.server.connection.deadline(), None, "nothing is due for whoever is silent");
}

#[test]
fn bytes_over_the_rate_wait_where_they_are() {
    let mut pair = limited(1000, 0);
    for _ in 0..50 {
        pair.client.send(&[7; 94]).unwrap();
    }
    pair.run();
    // A frame of a client has 6 bytes beside so short a payload.
    assert_eq!(pair.server.messages.len(), 10);
    let waiting = pair.server.connection.socket.incoming.borrow().bytes.len();
    assert_eq!(waiting, 4000, "nothing is read that may not be");
    assert_eq!(run_until(&mut pair, 50), 4 * SECOND);
}

#[test]
fn a_message_larger_than_the_bucket_passes_and_is_paid_for() {
    let mut pair = limited(1000, 0);
    pair.client.send(&[7; 5000]).unwrap();
    assert_eq!(run_until(&mut pair, 1).as_millis(), 4100, "rounded up to the tenth of a second");
    pair.now += SECOND;
    pair.client.send(b"small").unwrap();
    assert!(run_until(&mut pair, 2).is_zero());
}

#[test]
fn whoever_keeps_to_the_rate_is_not_held_up() {
    let mut pair = limited(10_000, 10);
    for _ in 0..100 {
        pair.client.send(b"packet").unwrap();
        pair.run();
        pair.now += SECOND / 10;
    }
    assert_eq!((pair.server.messages.len(), throttled(&pair)), (100, Duration::ZERO));
}

#[test]
fn pings_count_as_packets() {
    let mut pair = limited(0, 10);
    for _ in 0..30 {
        pair.inject(&[0x89, 0x80, 0, 0, 0, 0]);
    }
    pair.run();
    assert_eq!(pair.server.connection.outbound.control_pieces(), 0);
    let before = pair.client.connection.socket.incoming.borrow().moved;
    pair.now += SECOND;
    pair.run();
    assert_eq!(
        pair.client.connection.socket.incoming.borrow().moved - before,
        2 * 10 * 2,
        "ten pongs of two bytes, in and out"
    );
}

#[test]
fn a_throttled_peer_is_not_taken_for_a_silent_one() {
    let limits = Limits { max_packets_per_second: 1, heartbeat_interval: Some(SECOND / 5), ..Limits::default() };
    let mut pair = Pair::open(&[usize::MAX], limits);
    for _ in 0..20 {
        pair.client.send(b"packet").unwrap();
    }
    let start = pair.now;
    pair.run();
    while pair.server.messages.len() < 20 {
        // The pongs lie behind the packets.
        pair.now = pair.server.connection.deadline().unwrap();
        pair.server.turn(pair.now, &pair.handshake);
        assert_eq!(pair.server.closed, None, "after {:?}", pair.now - start);
    }
    assert_eq!(pair.now - start, 19 * SECOND);
}

#[test]
fn the_end_of_the_game_ends_the_throttling() {
    let mut pair = limited(0, 1);
    for _ in 0..20 {
        pair.client.send(b"packet").unwrap();
    }
    pair.run();
    pair.server.close(1000, pair.now);
    assert!(pair.server.connection.can_read());
    pair.run();
    assert_eq!(pair.server.closed, Some(CloseCause::ByUs { code: 1000, reason: "bye".to_owned(), was_answered: true }));
}

#[test]
fn a_client_hears_its_server_whatever_it_sends() {
    let mut pair = limited(100, 1);
    for _ in 0..50 {
        pair.server.send(&[7; 100]).unwrap();
    }
    pair.run();
    assert_eq!(pair.client.messages.len(), 50);
}

#[test]
fn a_limit_that_is_taken_away_is_gone() {
    let mut pair = limited(0, 1);
    for _ in 0..20 {
        pair.client.send(b"packet").unwrap();
    }
    pair.run();
    assert_eq!(pair.server.messages.len(), 1);
    pair.server.connection.set_limits(Limits::default(), pair.now);
    pair.run();
    assert_eq!(pair.server.messages.len(), 20);
}
