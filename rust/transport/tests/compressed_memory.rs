//! What a server holds on to for peers that send and get compressed packets: nothing between two messages.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that unwraps says where it failed")]

mod support;

use std::io::Write as _;
use std::net::{Ipv4Addr, TcpStream};
use std::time::Instant;

use allocation_counter::measure;
use rust_websocket_transport::config::Settings;
use rust_websocket_transport::event::Event;
use rust_websocket_transport::game::{Endpoint, Recipients, Server};

use self::support::{REQUEST, listen, wait_for};

/// "Hello", compressed, as RFC 7692 section 7.2.3.1 has it, in a client's frame whose mask is 0.
const HELLO: [u8; 13] = [0xC2, 0x87, 0, 0, 0, 0, 0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00];

/// A peer made by hand, which offers compression.
fn offering(server: &mut Server) -> TcpStream {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, server.local_port().unwrap())).unwrap();
    let head = REQUEST.strip_suffix(b"\r\n").unwrap();
    stream.write_all(head).unwrap();
    stream.write_all(b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n").unwrap();
    wait_for("the peer", || {
        server.poll(Instant::now());
        server.next_event().filter(|event| matches!(event, Event::Connected { .. }))
    });
    stream
}

/// Something that gets much smaller.
fn words(size: usize) -> Vec<u8> {
    b"player position health ".iter().copied().cycle().take(size).collect()
}

/// What a server holds on to for so many peers, by `act`, in bytes for each.
fn held(peers: usize, mut act: impl FnMut(&mut Server, &mut TcpStream)) -> i64 {
    let mut server = listen(Settings::default(), None);
    let mut streams: Vec<_> = (0..peers).map(|_| offering(&mut server)).collect();
    let held = measure(|| {
        for stream in &mut streams {
            act(&mut server, stream);
        }
        server.poll(Instant::now());
    });
    held.bytes_current / i64::try_from(peers).unwrap()
}

/// Kept in step with what docs/security.md says of compressed peers.
#[test]
fn a_thousand_compressed_peers_cost_nothing_between_messages() {
    const PEERS: usize = 1000;
    rlimit::increase_nofile_limit(4 * PEERS as u64).unwrap();
    let exchange = |server: &mut Server, stream: &mut TcpStream| {
        stream.write_all(&HELLO).unwrap();
        let packet = wait_for("a packet", || {
            server.poll(Instant::now());
            server.pop()
        });
        assert_eq!(packet.payload.as_ref(), b"Hello");
        server.send(Recipients::One(packet.source), &words(1024)).unwrap();
        server.flush(Instant::now());
        assert_eq!(server.statistics().queues.outbound_packets, 0);
    };
    let idle = held(PEERS, exchange);
    let unfinished = held(PEERS, |server, stream| {
        let before = server.statistics().wire.received;
        stream.write_all(&HELLO[..HELLO.len() - 1]).unwrap();
        wait_for("most of it", || {
            server.poll(Instant::now());
            (server.statistics().wire.received > before).then_some(())
        });
    });
    println!("{idle} bytes for a compressed peer between two messages, {unfinished} within one");
    // The server's own block, compressor and inflater are among these.
    assert!(idle < 1024, "{idle} bytes for each");
    assert!(unfinished < 64 * 1024, "{unfinished} bytes for each");
}
