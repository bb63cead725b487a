//! Compression between a server and its clients: who agrees on it, what leaves compressed, and what it costs to have it.

#![allow(clippy::unwrap_used, reason = "a test that unwraps says where it failed")]

mod support;

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::time::{Duration, Instant};

use flate2::{Compress, FlushCompress};
use rust_websocket_transport::config::{Compression, CompressionLevel, CompressionMode, Handshake, Limits, Settings};
use rust_websocket_transport::error::{CloseCause, ProtocolError};
use rust_websocket_transport::event::Event;
use rust_websocket_transport::game::{Client, Endpoint, Recipients, Server};
use rust_websocket_transport::network::BindAddress;
use rust_websocket_transport::statistics::Compressed;
use rust_websocket_transport::stream::tls::client::ClientTls;
use rust_websocket_transport::wire::url::Url;

use self::support::{REQUEST, connect, listen, wait_for};

fn settings(mode: CompressionMode) -> Settings {
    let compression = Compression { mode, ..Compression::default() };
    Settings { handshake: Handshake { compression, ..Handshake::default() }, ..Settings::default() }
}

/// A server and clients that have joined it.
struct Room {
    server: Server,
    clients: Vec<Client>,
}

impl Room {
    fn new(server: CompressionMode, clients: &[CompressionMode]) -> Self {
        let mut server = listen(settings(server), None);
        let url = Url::parse(&format!("ws://127.0.0.1:{}", server.local_port().unwrap())).unwrap();
        let client = |mode| connect(url.clone(), settings(mode), ClientTls::default(), Instant::now());
        let mut clients: Vec<_> = clients.iter().map(|mode| client(*mode)).collect();
        wait_for("everybody to join", || {
            server.poll(Instant::now());
            while server.next_event().is_some() {}
            for client in &mut clients {
                client.poll(Instant::now());
            }
            let are_in = clients.iter().all(|client| client.id().is_some());
            (are_in && server.statistics().peers == clients.len()).then_some(())
        });
        Self { server, clients }
    }

    /// Sends to all, and checks that all get it.
    fn broadcast(&mut self, payload: &[u8]) {
        self.server.send(Recipients::All, payload).unwrap();
        self.server.flush(Instant::now());
        for client in &mut self.clients {
            let packet = wait_for("a packet", || {
                self.server.poll(Instant::now());
                client.poll(Instant::now());
                client.pop()
            });
            assert_eq!(packet.payload, payload);
        }
    }

    fn sent(&self) -> Compressed {
        wait_for("what was counted", || {
            let statistics = self.server.statistics();
            (statistics.queues.outbound_packets == 0).then_some(statistics.compressed)
        })
    }
}

/// Something that gets much smaller.
fn words(size: usize) -> Vec<u8> {
    b"player position health ".iter().copied().cycle().take(size).collect()
}

#[test]
fn a_broadcast_is_compressed_for_those_who_agreed() {
    use CompressionMode::{Auto, ByRole, Off};
    let mut room = Room::new(ByRole, &[Auto, Off, ByRole, Auto]);
    let before = room.server.statistics().wire.sent;
    room.broadcast(&words(2000));
    let compressed = room.sent();
    assert_eq!((compressed.packets_sent, compressed.bytes_before_sending), (2, 4000));
    assert!(compressed.bytes_sent < 400, "{compressed:?}");
    let wire = wait_for("the bytes to be counted", || {
        room.server.poll(Instant::now());
        let wire = room.server.statistics().wire.sent - before;
        (wire >= 4000).then_some(wire)
    });
    assert!(wire < 4500, "two get it as it is, two get it compressed: {wire} bytes");
    for (client, packets) in room.clients.iter().zip([1, 0, 0, 1]) {
        let received = client.statistics().compressed;
        assert_eq!((received.packets_received, received.bytes_after_receiving), (packets, packets * 2000));
        assert_eq!(received.bytes_received, compressed.bytes_sent / 2 * packets);
    }
}

#[test]
fn both_sides_have_to_want_it() {
    use CompressionMode::{Auto, ByRole, Off};
    for (server, client, agree) in
        [(Auto, Auto, true), (ByRole, Auto, true), (Off, Auto, false), (Auto, Off, false), (Auto, ByRole, false)]
    {
        let mut room = Room::new(server, &[client]);
        room.broadcast(&words(1000));
        assert_eq!(room.sent().packets_sent, u64::from(agree), "{server:?} {client:?}");
    }
}

#[test]
fn a_client_compresses_what_it_sends() {
    let mut room = Room::new(CompressionMode::Auto, &[CompressionMode::Auto]);
    for size in [1000, 255, 256, 65_535] {
        room.clients[0].send(&words(size)).unwrap();
        room.clients[0].flush(Instant::now());
        let packet = wait_for("a packet", || {
            room.server.poll(Instant::now());
            room.clients[0].poll(Instant::now());
            room.server.pop()
        });
        assert_eq!(packet.payload, words(size));
    }
    let received = room.server.statistics().compressed;
    assert_eq!((received.packets_received, received.bytes_after_receiving), (3, 1000 + 256 + 65_535));
    assert!(received.bytes_received < 1000, "{received:?}");
}

#[test]
fn small_packets_and_noise_leave_as_they_are() {
    let mut room = Room::new(CompressionMode::Auto, &[CompressionMode::Auto]);
    let noise: Vec<u8> = (0..500_u32).flat_map(|number| number.wrapping_mul(2_654_435_761).to_be_bytes()).collect();
    room.broadcast(&words(255));
    room.broadcast(&noise);
    room.broadcast(&[7]);
    assert_eq!(room.sent().packets_sent, 0);
    room.broadcast(&words(256));
    assert_eq!(room.sent().packets_sent, 1);
}

#[test]
fn threshold_and_level_change_at_once_on_a_server() {
    let mut room = Room::new(CompressionMode::Auto, &[CompressionMode::Auto]);
    let mut changed = settings(CompressionMode::Auto);
    changed.handshake.compression.threshold = 0;
    changed.handshake.compression.level = CompressionLevel::new(9).unwrap();
    room.server.configure(changed, Instant::now());
    room.broadcast(&words(100));
    assert_eq!(room.sent().packets_sent, 1);
}

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

#[test]
fn a_server_asks_that_nothing_is_kept() {
    let mut server = listen(settings(CompressionMode::ByRole), None);
    let mut stream = offering(&mut server);
    let mut answer = [0; 300];
    let count = stream.read(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer[..count]).into_owned();
    let expected = "\r\nSec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; \
                    client_no_context_takeover\r\n";
    assert!(answer.contains(expected), "{answer}");
}

/// A payload as a client's compressed message, with a mask of zeros.
fn compressed_frame(payload: &[u8]) -> Vec<u8> {
    let mut deflated = Vec::with_capacity(payload.len() + 100);
    let mut compress = Compress::new(flate2::Compression::new(9), false);
    compress.compress_vec(payload, &mut deflated, FlushCompress::Sync).unwrap();
    deflated.truncate(deflated.len() - 4);
    let mut frame = vec![0xC2, 0xFE];
    frame.extend(u16::try_from(deflated.len()).unwrap().to_be_bytes());
    frame.extend([0; 4]);
    frame.extend(deflated);
    // Its shortest form, as the protocol wants it.
    if let Ok(length @ ..=125) = u8::try_from(frame.len() - 8) {
        frame.splice(1..4, [0x80 | length]);
    }
    frame
}

#[test]
fn a_peers_pace_is_of_what_its_packets_are() {
    let mut paced = settings(CompressionMode::ByRole);
    paced.limits.max_bytes_per_second = 10_000;
    // In place everywhere: time is a number here, and a network thread has a clock.
    let mut server = Server::listen(BindAddress::Any, 0, paced, None).unwrap();
    let mut stream = offering(&mut server);
    let frames = compressed_frame(&[0; 5000]).repeat(20);
    assert!(frames.len() < 1000, "by what is on the wire nobody would hold it up");
    stream.write_all(&frames).unwrap();
    let began = Instant::now();
    let mut heard = 0;
    wait_for("the first packets", || {
        server.poll(began);
        heard += std::iter::from_fn(|| server.pop()).count();
        (heard >= 2).then_some(())
    });
    for tenths in 0..=95 {
        server.poll(began + Duration::from_millis(100 * tenths));
        heard += std::iter::from_fn(|| server.pop()).count();
        // Two at once, and two in each second; whatever is begun is heard to its end.
        let most = usize::try_from(2 + 1 + tenths / 5).unwrap();
        assert!(heard <= most && heard + 2 >= most.min(20), "{heard} packets after {tenths} tenths of a second");
    }
    assert_eq!(heard, 20, "all of them arrive");
    assert!(server.statistics().throttled > Duration::from_secs(5));
}

#[test]
fn a_bomb_ends_its_connection_alone() {
    let mut server = listen(settings(CompressionMode::Auto), None);
    let mut stream = offering(&mut server);
    let _witness = offering(&mut server);
    let mut bomb = Vec::with_capacity(100_000);
    let mut compress = Compress::new(flate2::Compression::new(9), false);
    compress.compress_vec(&vec![0; 10 << 20], &mut bomb, FlushCompress::Sync).unwrap();
    let mut frame = vec![0xC2, 0xFE];
    frame.extend(u16::try_from(bomb.len()).unwrap().to_be_bytes());
    frame.extend([0; 4]);
    frame.extend(bomb);
    stream.write_all(&frame).unwrap();
    let cause = wait_for("its end", || {
        server.poll(Instant::now());
        match server.next_event() {
            Some(Event::Disconnected { cause, .. }) => Some(cause),
            _ => None,
        }
    });
    let limit = Limits::default().inbound_buffer_size;
    assert_eq!(cause, CloseCause::Protocol(ProtocolError::MessageTooBig { limit }));
    assert_eq!(cause.close_code(), Some(1009));
    wait_for("the others to be all that is left", || {
        server.poll(Instant::now());
        while server.next_event().is_some() {}
        (server.statistics().peers == 1).then_some(())
    });
}
