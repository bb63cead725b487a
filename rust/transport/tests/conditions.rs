//! Endpoints under simulated conditions, over real sockets: how late, how slow, how it ends, and that it applies at once.

#![allow(clippy::unwrap_used, reason = "a test that unwraps says where it failed")]

mod support;

use std::time::{Duration, Instant};

use rust_websocket_transport::config::{Conditions, PRESETS, Settings};
use rust_websocket_transport::error::CloseCause;
use rust_websocket_transport::event::Event;
use rust_websocket_transport::game::{Endpoint, Recipients, SERVER_ID};

use self::support::{Table, placed, wait_for};

fn under(numbers: &[(&str, f64)]) -> Settings {
    let conditions = Conditions::parse(numbers.iter().copied()).unwrap();
    placed(Settings { conditions, ..Settings::default() })
}

fn with_one_client(settings: Settings) -> (Table, i32) {
    let mut table = Table::with_settings(settings, None);
    let client = table.join();
    let id = wait_for("its arrival", || match table.turn() {
        Some(Event::Connected { id }) => Some(id),
        _ => None,
    });
    assert_eq!(table.outcome(client), Ok(()));
    (table, id)
}

/// What a round trip takes.
fn round_trip(table: &mut Table) -> Duration {
    let started = Instant::now();
    assert_eq!(table.round_trip(0, b"ping"), b"ping");
    started.elapsed()
}

#[test]
fn a_servers_latency_is_there_both_ways_and_goes_at_once() {
    let (mut table, _) = with_one_client(Settings::default());
    let latency = Duration::from_millis(150);
    let now = table.now();
    table.server.configure(under(&[("latency", 0.15)]), now);
    for _ in 0..2 {
        assert!(round_trip(&mut table) >= 2 * latency);
    }
    table.server.configure(placed(Settings::default()), now);
    // A busy machine has its own latency, but not each time.
    wait_for("a quick round trip", || (round_trip(&mut table) < latency).then_some(()));
}

#[test]
fn a_client_has_conditions_of_its_own() {
    let (mut table, _) = with_one_client(Settings::default());
    let now = table.now();
    table.client_mut(0).configure(under(&[("latency", 0.1)]), now);
    assert!(round_trip(&mut table) >= Duration::from_millis(200));
    assert_eq!(table.client(0).peer(SERVER_ID).unwrap().statistics().traffic.packets_received, 1);
}

#[test]
fn a_handshake_is_under_conditions_too() {
    let started = Instant::now();
    with_one_client(under(&[("latency", 0.1)]));
    assert!(started.elapsed() >= Duration::from_millis(200), "the request and the answer took a latency each");
}

#[test]
fn no_more_passes_than_the_bandwidth() {
    const PACKETS: usize = 12;
    let (mut table, id) = with_one_client(Settings::default());
    let now = table.now();
    table.server.configure(under(&[("bandwidth", 20_000.0)]), now);
    let started = Instant::now();
    for number in 0..PACKETS {
        table.server.send(Recipients::One(id), &[u8::try_from(number).unwrap(); 1_000]).unwrap();
    }
    for number in 0..PACKETS {
        let packet = wait_for("a packet", || {
            table.turn();
            table.client_mut(0).pop()
        });
        assert_eq!(usize::from(packet.payload[0]), number);
    }
    let least = Duration::from_millis(500);
    assert!(started.elapsed() >= least, "12,000 bytes at 20,000 per second in {:?}", started.elapsed());
}

#[test]
fn a_link_that_is_cut_is_told_to_both() {
    let (mut table, id) = with_one_client(Settings::default());
    let now = table.now();
    table.server.configure(under(&[("cut_after", 0.05)]), now);
    let event = wait_for("the end", || table.turn());
    let Event::Disconnected { id: gone, cause } = event else { panic!("{event:?}") };
    assert_eq!((gone, cause), (id, CloseCause::Io(std::io::ErrorKind::ConnectionReset)));
    wait_for("the client's end", || {
        table.turn();
        table.client(0).id().is_none().then_some(())
    });
}

#[test]
fn every_preset_carries_what_is_put() {
    for (name, numbers) in PRESETS {
        let (mut table, id) = with_one_client(under(numbers));
        for number in 0..50_u8 {
            table.server.send(Recipients::One(id), &[number; 200]).unwrap();
            table.client_mut(0).send(&[number; 200]).unwrap();
        }
        for number in 0..50 {
            let packet = wait_for(name, || {
                table.turn();
                table.client_mut(0).pop()
            });
            assert_eq!(packet.payload[0], number, "{name}");
            let packet = wait_for(name, || {
                table.turn();
                table.server.pop()
            });
            assert_eq!(packet.payload[0], number, "{name}");
        }
        let now = table.now();
        table.client_mut(0).close_peer(SERVER_ID, None, "bye", now);
        let cause = wait_for(name, || match table.turn() {
            Some(Event::Disconnected { cause, .. }) => Some(cause),
            _ => None,
        });
        assert_eq!(cause, CloseCause::ByPeer { code: None, reason: String::new() }, "{name}");
    }
}
