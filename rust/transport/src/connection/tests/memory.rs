//! What a connection holds on to: what it has to keep, and not the blocks that this was read into.

use allocation_counter::measure;

use super::session::{EmptyMessages, Session};
use super::*;

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

/// A message of one byte.
const MESSAGE: &[u8] = &[0x82, 0x81, 0, 0, 0, 0, 7];

/// More than any block to read into is long, and nothing that anybody would keep: pongs of 125 bytes.
fn chaff() -> Vec<u8> {
    let mut pong = vec![0x8a, 0xfd, 0, 0, 0, 0];
    pong.extend([0; 125]);
    pong.repeat(300 * 1024 / pong.len())
}

fn session(limits: Limits, now: Instant) -> Session<Pipe> {
    let (_near, far) = pipe(&[usize::MAX]);
    Session::accepted(far, limits, Handshake::default(), EmptyMessages::Keep, now)
}

fn give(session: &mut Session<Pipe>, bytes: &[u8]) {
    session.socket_mut().incoming.borrow_mut().bytes.extend(bytes);
    session.readable();
}

fn read_all(session: &mut Session<Pipe>, buffer: &mut ReadBuffer) {
    while session.needs_poll() {
        session.poll(Instant::now(), buffer);
    }
}

/// How many bytes are held at the end of what is done to many sessions in turns, with chaff of another one in between, so
/// that each of them reads into a block of its own.
fn held(sessions: &mut [Session<Pipe>], mut turn: impl FnMut(&mut Session<Pipe>, &mut ReadBuffer)) -> i64 {
    let now = Instant::now();
    let mut buffer = ReadBuffer::default();
    let mut other = session(Limits::default(), now);
    give(&mut other, REQUEST);
    let chaff = chaff();
    measure(|| {
        for session in sessions {
            turn(session, &mut buffer);
            give(&mut other, &chaff);
            read_all(&mut other, &mut buffer);
        }
    })
    .bytes_current
}

#[test]
fn unread_messages_pin_no_blocks() {
    let now = Instant::now();
    let mut session = session(Limits::default(), now);
    give(&mut session, REQUEST);
    let mut buffer = ReadBuffer::default();
    session.poll(now, &mut buffer);
    let chaff = chaff();
    let held = measure(|| {
        for _ in 0..40 {
            give(&mut session, MESSAGE);
            give(&mut session, &chaff);
            read_all(&mut session, &mut buffer);
        }
    });
    assert_eq!(session.available(), 40);
    assert!(held.bytes_current < 1 << 20, "{} bytes for 40", held.bytes_current);
    while let Some(message) = session.pop() {
        assert_eq!(message.payload.as_ref(), [7]);
    }
}

#[test]
fn what_waits_to_be_understood_pins_no_blocks() {
    let now = Instant::now();
    let limits = Limits { max_queued_packets: 1, ..Limits::default() };
    let mut sessions: Vec<_> = (0..40).map(|_| session(limits, now)).collect();
    let held = held(&mut sessions, |session, buffer| {
        give(session, REQUEST);
        give(session, &MESSAGE.repeat(2));
        // One fills the queue, the other has to wait.
        session.poll(now, buffer);
        session.poll(now, buffer);
    });
    assert!(held < 1 << 20, "{held} bytes for 40");
    let mut buffer = ReadBuffer::default();
    for session in &mut sessions {
        assert_eq!(session.pop().unwrap().payload.as_ref(), [7]);
        session.poll(now, &mut buffer);
        assert_eq!(session.pop().unwrap().payload.as_ref(), [7]);
    }
}

#[test]
fn half_a_head_and_half_a_frame_pin_no_blocks() {
    let now = Instant::now();
    for words in [&REQUEST[..20], &[REQUEST, &MESSAGE[..3]].concat(), &[REQUEST, &[0x82, 0x84, 0, 0, 0, 0, 7]].concat()]
    {
        let mut sessions: Vec<_> = (0..40).map(|_| session(Limits::default(), now)).collect();
        let held = held(&mut sessions, |session, buffer| {
            give(session, words);
            session.poll(now, buffer);
        });
        assert!(held < 2 << 20, "{held} bytes for 40");
    }
}
