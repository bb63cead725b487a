//! One poll of a server takes no longer than it may, whatever its peers have sent; and nobody is forgotten over it.

#![allow(clippy::unwrap_used, reason = "a test that unwraps says where it failed")]

mod support;

use std::io::Write;
use std::net::{Ipv4Addr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rust_websocket_transport::clock::Clock;
use rust_websocket_transport::config::Settings;
use rust_websocket_transport::entropy::Entropy;
use rust_websocket_transport::event::Event;
use rust_websocket_transport::game::Endpoint;
use rust_websocket_transport::game::Server;
use rust_websocket_transport::network::BindAddress;
use rust_websocket_transport::network::mio::Mio;

use self::support::{REQUEST, Table, wait_for};

const PEERS: usize = 8;
const PONGS: usize = 5000;

#[test]
fn a_poll_ends_in_time_and_the_next_one_goes_on() {
    // Once it is set off, every look at the clock takes a fifth of what a poll may take.
    let (start, looks) = (Instant::now(), Arc::new(AtomicU32::new(0)));
    let ticking = Arc::new(AtomicBool::new(false));
    let (counted, is_ticking) = (Arc::clone(&looks), Arc::clone(&ticking));
    let clock = Clock::new(move || {
        if !is_ticking.load(Ordering::Relaxed) {
            return start;
        }
        start + Duration::from_millis(2) * looks.fetch_add(1, Ordering::Relaxed)
    });
    let network = Mio::with_clock(1024, clock).unwrap();
    let entropy = Entropy::from_seed(1);
    let server = Server::listen_on(network, entropy, BindAddress::Any, 0, Settings::default(), None).unwrap();
    let mut table = Table::of(server);
    let mut streams = Vec::new();
    for _ in 0..PEERS {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, table.port())).unwrap();
        stream.write_all(REQUEST).unwrap();
        wait_for("a peer", || table.turn().filter(|event| matches!(event, Event::Connected { .. })));
        streams.push(stream);
    }
    // Much that means nothing, and one packet at its end.
    for stream in &mut streams {
        stream.write_all(&[0x8a, 0x80, 0, 0, 0, 0].repeat(PONGS)).unwrap();
        stream.write_all(&[0x82, 0x81, 0, 0, 0, 0, 7]).unwrap();
    }
    ticking.store(true, Ordering::Relaxed);
    let mut polls = 0;
    wait_for("every packet", || {
        let before = counted.load(Ordering::Relaxed);
        table.server.poll(start);
        let looked = counted.load(Ordering::Relaxed) - before;
        assert!(looked < 10, "a poll went on for {looked} looks at the clock");
        polls += 1;
        (table.server.available() == PEERS).then_some(())
    });
    assert!(polls > 20, "{PEERS} times {PONGS} frames in {polls} polls");
    let mut sources: Vec<i32> = std::iter::from_fn(|| table.server.pop()).map(|packet| packet.source).collect();
    sources.sort_unstable();
    sources.dedup();
    assert_eq!(sources.len(), PEERS);
}
