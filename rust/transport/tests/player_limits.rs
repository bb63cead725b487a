//! What one player may do: how fast it may send, and how often come back.

#![allow(clippy::unwrap_used, reason = "a test that unwraps says where it failed")]

mod support;

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use rust_websocket_transport::config::{Admission, Limits, Settings};
use rust_websocket_transport::error::CloseCause;
use rust_websocket_transport::event::Event;
use rust_websocket_transport::game::Endpoint as _;

use self::support::{REQUEST, Table, wait_for};

fn limited(limits: Limits) -> Table {
    Table::with_settings(Settings { limits, ..Settings::default() }, None)
}

/// Takes packets until there are so many. The ids of their senders.
fn take(table: &mut Table, count: usize) -> Vec<i32> {
    let mut sources = Vec::new();
    wait_for("the packets", || {
        match table.turn() {
            Some(Event::Disconnected { id, cause }) => panic!("peer {id} has gone: {cause}"),
            _ => {
                while let Some(packet) = table.server.pop() {
                    sources.push(packet.source);
                }
            }
        }
        (sources.len() >= count).then_some(())
    });
    sources
}

#[test]
fn a_flood_of_packets_is_held_back_and_loses_nothing() {
    // Nobody pongs while it waits, and nobody is lost for it.
    let limits = Limits {
        max_packets_per_second: 20,
        heartbeat_interval: Some(Duration::from_millis(200)),
        ..Limits::default()
    };
    let mut table = limited(limits);
    let [flood, other] = [table.join(), table.join()];
    assert_eq!((table.outcome(flood), table.outcome(other)), (Ok(()), Ok(())));
    let began = table.now();
    for _ in 0..200 {
        table.client_mut(flood).send(b"flood").unwrap();
    }
    table.client_mut(other).send(b"hello").unwrap();
    table.hasten(Duration::from_millis(5));
    let sources = take(&mut table, 201);
    let of_other = sources.iter().position(|source| sources.iter().filter(|other| *other == source).count() == 1);
    assert!(of_other.unwrap() < 100, "the others are not held up");
    let took = table.now() - began;
    assert!(took >= Duration::from_secs(8), "{took:?}");
    let throttled = table.server.statistics().throttled;
    assert!(throttled > Duration::from_secs(7) && throttled <= took + Duration::from_secs(1), "{throttled:?}");
}

#[test]
fn a_flood_of_bytes_is_held_back_by_tcp() {
    let mut table = limited(Limits { max_bytes_per_second: 100_000, ..Limits::default() });
    let flood = table.join();
    assert_eq!(table.outcome(flood), Ok(()));
    let began = table.now();
    for _ in 0..8 {
        // A network thread may have sent the last one and not have said so yet.
        wait_for("room", || {
            table.turn();
            table.client_mut(flood).send(&[7; 50_000]).ok()
        });
        take(&mut table, 1);
        table.hasten(Duration::from_millis(5));
    }
    assert!(table.now() - began >= Duration::from_secs(3));
    assert!(!table.server.statistics().throttled.is_zero());
}

/// A bare client, and what it is answered.
fn knock(table: &mut Table) -> (TcpStream, String) {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, table.port())).unwrap();
    stream.write_all(REQUEST).unwrap();
    stream.set_nonblocking(true).unwrap();
    let (mut answer, mut buffer) = (Vec::new(), [0; 1024]);
    wait_for("an answer", || {
        table.turn();
        let count = stream.read(&mut buffer).unwrap_or_default();
        answer.extend_from_slice(&buffer[..count]);
        answer.windows(4).any(|window| window == b"\r\n\r\n").then_some(())
    });
    (stream, String::from_utf8_lossy(&answer).into_owned())
}

#[test]
fn whoever_knocks_too_often_is_told_when_to_come_back() {
    let admission = Admission { max_handshakes_per_minute: 3, ..Admission::default() };
    let mut table = Table::with_settings(Settings { admission, ..Settings::default() }, None);
    let mut peers = Vec::new();
    for _ in 0..3 {
        let (stream, answer) = knock(&mut table);
        assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
        peers.push(stream);
    }
    let (_stream, refused) = knock(&mut table);
    assert!(refused.starts_with("HTTP/1.1 429 Too Many Requests\r\n"), "{refused}");
    let seconds = refused.split("\r\nRetry-After: ").nth(1).unwrap().split("\r\n").next().unwrap();
    assert!((1..=20).contains(&seconds.parse::<u64>().unwrap()), "{refused}");
    assert_eq!(table.failed_handshake(), CloseCause::TooManyHandshakes);
    assert_eq!(table.server.statistics().handshakes.refused, 1);
    table.advance(Duration::from_secs(20));
    assert!(knock(&mut table).1.starts_with("HTTP/1.1 101 "));
    assert!(knock(&mut table).1.starts_with("HTTP/1.1 429 "));
}
