//! What a server asks the memory allocator for once it is warm: nothing for a poll without news, one piece for each
//! packet it sends, and next to nothing for what it receives. And what it holds on to for packets that nobody reads.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that unwraps says where it failed")]

mod support;

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Instant;

use allocation_counter::{AllocationInfo, measure};
use rust_websocket_transport::config::Limits;
use rust_websocket_transport::event::Event;
use rust_websocket_transport::game::{Endpoint, Recipients};
use support::{REQUEST, Table, wait_for};

const CLIENTS: usize = 8;
const PACKETS: usize = 4;
const PAYLOAD: &[u8] = &[7; 64];

/// A server with clients that are all in, and nothing under way.
fn settled() -> Table {
    let mut table = Table::new();
    let clients: Vec<_> = (0..CLIENTS).map(|_| table.join()).collect();
    for client in clients {
        table.outcome(client).unwrap();
    }
    wait_for("every arrival", || {
        table.turn();
        (table.server.statistics().peers == CLIENTS).then_some(())
    });
    while table.turn().is_some() {}
    table
}

/// Every client sends its packets, and gets them back. How often the server allocated.
fn round(table: &mut Table) -> u64 {
    for client in 0..CLIENTS {
        for _ in 0..PACKETS {
            table.client_mut(client).send(PAYLOAD).unwrap();
        }
        table.client_mut(client).flush(Instant::now());
    }
    let mut allocations = 0;
    wait_for("every packet", || {
        let server = &mut table.server;
        allocations += measure(|| server.poll(Instant::now())).count_total;
        (server.available() == CLIENTS * PACKETS).then_some(())
    });
    let server = &mut table.server;
    allocations += measure(|| {
        while let Some(packet) = server.pop() {
            server.send(Recipients::One(packet.source), &packet.payload).unwrap();
        }
        server.flush(Instant::now());
    })
    .count_total;
    for client in 0..CLIENTS {
        for _ in 0..PACKETS {
            wait_for("an echo", || {
                let client = table.client_mut(client);
                client.poll(Instant::now());
                client.pop()
            });
        }
    }
    allocations
}

#[test]
fn a_poll_without_news_allocates_nothing() {
    let mut table = settled();
    round(&mut table);
    let now = Instant::now();
    let allocations = measure(|| {
        for _ in 0..100 {
            table.server.poll(now);
            assert!(table.server.next_event().is_none());
        }
    });
    assert_eq!(allocations.count_total, 0);
}

#[test]
fn a_packet_costs_one_allocation() {
    const ROUNDS: u64 = 200;
    let mut table = settled();
    for _ in 0..20 {
        round(&mut table);
    }
    let allocations: u64 = (0..ROUNDS).map(|_| round(&mut table)).sum();
    let packets = ROUNDS * (CLIENTS * PACKETS) as u64;
    // The frame that goes out is one; now and then comes a new block to read into.
    assert!(allocations >= packets, "every frame is a piece of memory: something is not counted");
    assert!(allocations < packets + packets / 20, "{allocations} allocations for {packets} packets, in and out");
}

/// What `docs/security.md` promises for one peer without TLS, whatever it sends and does not read.
fn bound(limits: &Limits) -> usize {
    let unread = 2 * limits.inbound_buffer_size;
    let arriving = 2 * limits.inbound_buffer_size;
    let read_together = 64 * 1024;
    let waiting = limits.outbound_buffer_size;
    let each = 100 * 2 * limits.max_queued_packets;
    unread + arriving + read_together + waiting + each + 16 * 1024
}

#[test]
fn a_peer_holds_no_more_than_its_limits_promise() {
    let limits = Limits::default();
    for (size, answer) in [(1, 300), (60_000, 300), (300, 10_000)] {
        let mut table = Table::new();
        let mut frame = vec![0x82];
        match u8::try_from(size).ok().filter(|size| *size < 126) {
            Some(size) => frame.push(0x80 | size),
            None => {
                frame.push(0xfe);
                frame.extend(u16::try_from(size).unwrap().to_be_bytes());
            }
        }
        frame.extend([0; 4]);
        frame.extend(vec![7; size]);
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, table.port())).unwrap();
        stream.set_nonblocking(true).unwrap();
        let held = measure(|| {
            stream.write_all(REQUEST).unwrap();
            let id = wait_for("the peer", || match table.turn() {
                Some(Event::Connected { id }) => Some(id),
                _ => None,
            });
            // It sends until nobody takes any more, and reads nothing.
            let mut bytes = frame.iter().copied().cycle();
            let mut portion: Vec<u8> = bytes.by_ref().take(30_000).collect();
            let mut refusals = 0;
            wait_for("everything to be full", || {
                match stream.write(&portion) {
                    Ok(count) => {
                        portion.drain(..count);
                        portion.extend(bytes.by_ref().take(count));
                    }
                    Err(_) => refusals += 1,
                }
                table.turn();
                let full = (0..2000).any(|_| table.server.send(Recipients::One(id), &vec![0; answer]).is_err());
                (full && refusals > 100).then_some(())
            });
            table.server.poll(Instant::now());
        });
        assert!(table.server.available() > 0);
        // What the server itself needs, its buffer above all.
        let server = 512 * 1024;
        assert!(
            held.bytes_current < i64::try_from(bound(&limits) + server).unwrap(),
            "{} bytes for packets of {size} and {answer}, {} promised",
            held.bytes_current,
            bound(&limits)
        );
    }
}

/// A peer that sends packets of one byte, and so much between them that each is read into another block.
#[test]
fn unread_packets_hold_on_to_little_more_than_themselves() {
    const PACKETS: usize = 100;
    let mut table = Table::new();
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, table.port())).unwrap();
    stream.write_all(REQUEST).unwrap();
    wait_for("the peer", || table.turn());
    // Pongs of 125 bytes.
    let mut pong = vec![0x8a, 0xfd, 0, 0, 0, 0];
    pong.extend([0; 125]);
    let pongs = pong.repeat(100);
    let held = measure(|| {
        for packet in 1..=PACKETS {
            for _ in 0..25 {
                stream.write_all(&pongs).unwrap();
                table.server.poll(Instant::now());
            }
            stream.write_all(&[0x82, 0x81, 0, 0, 0, 0, 7]).unwrap();
            wait_for("a packet", || {
                table.server.poll(Instant::now());
                (table.server.available() == packet).then_some(())
            });
        }
        table.server.poll(Instant::now());
    });
    assert!(held.bytes_current < 1 << 20, "{} bytes for {PACKETS} packets of one", held.bytes_current);
    assert_eq!(table.server.pop().unwrap().payload.as_ref(), [7]);
}

/// The largest answer to a request that is refused, head included.
const LARGEST_REFUSAL: usize = 1024;

/// What one request costs the server from accepting it to its event, and how it is answered.
fn refused(request: &str) -> (AllocationInfo, Vec<u8>) {
    let mut table = Table::new();
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, table.port())).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    stream.set_nonblocking(true).unwrap();
    let mut answer = Vec::new();
    let mut total = AllocationInfo::default();
    let mut has_failed = false;
    wait_for("the refusal", || {
        total += measure(|| {
            table.server.poll(Instant::now());
            while let Some(event) = table.server.next_event() {
                assert!(matches!(event, Event::HandshakeFailed { .. }), "{event:?}");
                has_failed = true;
            }
        });
        let mut portion = [0; 4096];
        match stream.read(&mut portion) {
            Ok(0) => has_failed.then_some(()),
            Ok(length) => {
                answer.extend_from_slice(&portion[..length]);
                None
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => None,
            Err(error) => panic!("{error}"),
        }
    });
    (total, answer)
}

fn request(method: &str, target: &str, line: &str) -> String {
    format!(
        "{method} {target} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{line}\r\n\r\n"
    )
}

#[test]
fn a_large_head_costs_no_more_memory_than_its_bytes() {
    let (usual, _) = refused(&request("GET", "/", "Sec-WebSocket-Protocol: chat"));
    assert!(usual.count_total > 0, "nothing is counted");
    let many = "a,".repeat(8000);
    let long = "a".repeat(16_000);
    let heads = [
        request("GET", "/", &format!("Sec-WebSocket-Protocol: {many}")),
        request("GET", "/", &format!("Sec-WebSocket-Protocol: {long}")),
        request("GET", "/", &"Sec-WebSocket-Protocol: a\r\n".repeat(120)),
        request("GET", &long, ""),
        request(&long, "/", ""),
        request("GET", "/", &format!("Connection: {many}\r\nUpgrade: {many}")),
        request("POST", "/", &format!("{}: b", "a".repeat(16_000))),
    ];
    for (number, head) in heads.iter().enumerate() {
        let (cost, answer) = refused(head);
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
        assert!(answer.len() <= LARGEST_REFUSAL, "head {number} is answered with {} bytes", answer.len());
        // The map of up to 128 headers grows and is freed again; that is all that a head of many lines may add.
        assert!(cost.count_total < usual.count_total + 200, "{} allocations for head {number}", cost.count_total);
        // What was read, and once more where it is collected and where a header's value is kept.
        assert!(cost.bytes_total < usual.bytes_total + 4 * 16 * 1024, "{} bytes for head {number}", cost.bytes_total);
    }
}
