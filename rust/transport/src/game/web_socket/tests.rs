//! One connection over a pipe in memory: what it holds on to, and how much it does in one poll.

use std::sync::atomic::{AtomicU32, Ordering};

use allocation_counter::measure;

use super::*;
use crate::clock::Clock;
use crate::network::polled::Polled;
use crate::stream::pipe::{Pipe, pipe};

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

/// A message of one byte.
const MESSAGE: &[u8] = &[0x82, 0x81, 0, 0, 0, 0, 7];

/// A server's end, and the other end of its pipe.
struct Line {
    socket: WebSocket,
    far: Pipe,
}

impl Line {
    fn new(limits: Limits, clock: Clock) -> Self {
        let (near, far) = pipe(&[usize::MAX]);
        near.incoming.borrow_mut().capacity = usize::MAX;
        let settings = Settings { limits, ..Settings::default() };
        let (network, entropy) = (Polled::new(clock), Entropy::from_seed(1));
        let socket = WebSocket::adopt(network, entropy, near, settings, EmptyMessages::Keep, Instant::now()).unwrap();
        Self { socket, far }
    }

    fn give(&mut self, bytes: &[u8]) {
        self.far.outgoing.borrow_mut().bytes.extend(bytes);
    }

    /// Polls until that moves nothing any more. How often that was.
    fn read_all(&mut self) -> usize {
        let mut polls = 0;
        loop {
            let before = (self.far.outgoing.borrow().moved, self.socket.available());
            self.socket.poll(Instant::now());
            polls += 1;
            if before == (self.far.outgoing.borrow().moved, self.socket.available()) {
                return polls;
            }
        }
    }
}

/// One that does not stop early, however busy the machine is.
fn line(limits: Limits) -> Line {
    let now = Instant::now();
    Line::new(limits, Clock::new(move || now))
}

/// A close frame with code 1000.
const CLOSE: &[u8] = &[0x88, 0x82, 0, 0, 0, 0, 3, 0xe8];

/// More than any block to read into is long, and nothing that anybody would keep: pongs of 125 bytes.
fn chaff() -> Vec<u8> {
    let mut pong = vec![0x8a, 0xfd, 0, 0, 0, 0];
    pong.extend([0; 125]);
    pong.repeat(300 * 1024 / pong.len())
}

/// How many bytes are held at the end of what is done to many connections in turns, with chaff of another one in between,
/// so that each of them reads into a block of its own.
fn held(lines: &mut [Line], mut turn: impl FnMut(&mut Line)) -> i64 {
    let mut other = line(Limits::default());
    other.give(REQUEST);
    let chaff = chaff();
    measure(|| {
        for line in lines {
            turn(line);
            other.give(&chaff);
            other.read_all();
        }
    })
    .bytes_current
}

#[test]
fn unread_messages_pin_no_blocks() {
    let mut line = line(Limits::default());
    line.give(REQUEST);
    line.socket.poll(Instant::now());
    let chaff = chaff();
    let held = measure(|| {
        for _ in 0..40 {
            line.give(MESSAGE);
            line.give(&chaff);
            line.read_all();
        }
    });
    assert_eq!(line.socket.available(), 40);
    assert!(held.bytes_current < 2 << 20, "{} bytes for 40", held.bytes_current);
    while let Some(message) = line.socket.pop() {
        assert_eq!(message.payload.as_ref(), [7]);
    }
}

#[test]
fn what_waits_to_be_understood_pins_no_blocks() {
    let limits = Limits { max_queued_packets: 1, ..Limits::default() };
    let mut lines: Vec<_> = (0..40).map(|_| line(limits)).collect();
    let held = held(&mut lines, |line| {
        line.give(REQUEST);
        line.give(&MESSAGE.repeat(2));
        // One fills the queue, the other has to wait.
        line.read_all();
    });
    assert!(held < 2 << 20, "{held} bytes for 40");
    for line in &mut lines {
        assert_eq!(line.socket.pop().unwrap().payload.as_ref(), [7]);
        line.read_all();
        assert_eq!(line.socket.pop().unwrap().payload.as_ref(), [7]);
    }
}

#[test]
fn half_a_head_and_half_a_frame_pin_no_blocks() {
    for words in [&REQUEST[..20], &[REQUEST, &MESSAGE[..3]].concat(), &[REQUEST, &[0x82, 0x84, 0, 0, 0, 0, 7]].concat()]
    {
        let mut lines: Vec<_> = (0..40).map(|_| line(Limits::default())).collect();
        let held = held(&mut lines, |line| {
            line.give(words);
            line.read_all();
        });
        assert!(held < 2 << 20, "{held} bytes for 40");
    }
}

#[test]
fn a_poll_that_stopped_early_goes_on_with_the_next() {
    const STEP: Duration = Duration::from_millis(1);
    let (start, looks) = (Instant::now(), AtomicU32::new(0));
    let mut line =
        Line::new(Limits::default(), Clock::new(move || start + STEP * looks.fetch_add(1, Ordering::Relaxed)));
    line.give(REQUEST);
    line.give(&MESSAGE.repeat(2000));
    let polls = line.read_all();
    assert_eq!(line.socket.available(), 2000);
    assert!(polls > 3, "all in {polls}");
}

#[test]
fn what_is_over_is_driven_until_its_last_words_have_left() {
    let mut line = line(Limits::default());
    line.give(REQUEST);
    line.read_all();
    line.far.incoming.borrow_mut().capacity = 0;
    line.give(CLOSE);
    line.far.outgoing.borrow_mut().is_shut = true;
    line.read_all();
    let by_peer = CloseCause::ByPeer { code: Some(1000), reason: String::new() };
    assert_eq!((line.socket.ready_state(), line.socket.cause()), (ReadyState::Closed, Some(&by_peer)));
    assert!(!line.socket.is_finished(), "the answer waits");
    line.far.incoming.borrow_mut().capacity = usize::MAX;
    line.read_all();
    assert!(line.socket.is_finished());
    let said: Vec<_> = line.far.incoming.borrow().bytes.iter().copied().collect();
    assert!(said.ends_with(&[0x88, 2, 3, 0xe8]), "{said:?}");
}

#[test]
fn what_is_sent_leaves_with_the_flush_and_needs_no_poll() {
    let mut line = line(Limits::default());
    line.give(REQUEST);
    line.read_all();
    assert!(!line.socket.needs_flush());
    for payload in [b"1", b"2"] {
        line.socket.send(MessageKind::Binary, payload).unwrap();
    }
    assert!(line.socket.needs_flush());
    line.socket.flush(Instant::now());
    assert!(!line.socket.needs_flush());
    let said: Vec<_> = line.far.incoming.borrow().bytes.iter().copied().collect();
    assert!(said.ends_with(&[0x82, 1, b'1', 0x82, 1, b'2']), "{said:?}");
}

#[test]
fn whoever_is_heard_after_the_deadline_gets_one_more_moment_and_nobody_else_does() {
    for speaks in [false, true] {
        let mut line = line(Limits::default());
        line.give(REQUEST);
        line.read_all();
        // The game was away meanwhile.
        let now = Instant::now() + Limits::default().handshake_timeout + Duration::from_secs(1);
        if speaks {
            line.give(MESSAGE);
        }
        line.socket.poll(now);
        assert_eq!(line.socket.is_late(now), !speaks);
        if speaks {
            line.give(MESSAGE);
            let now = now + Duration::from_secs(2);
            line.socket.poll(now);
            assert!(line.socket.is_late(now), "once");
        }
    }
}

#[test]
fn a_link_is_as_good_as_its_pings_say_and_no_better_than_what_waits() {
    const BEAT: Duration = Duration::from_secs(1);
    let (short, long) = (Duration::from_millis(40), Duration::from_millis(300));
    let mut line = line(Limits { heartbeat_interval: Some(BEAT), ..Limits::default() });
    line.give(REQUEST);
    let start = Instant::now();
    line.socket.poll(start);
    line.socket.poll(start + BEAT);
    assert!(line.socket.view().link().is_none(), "a ping was sent and not answered");
    let said: Vec<_> = line.far.incoming.borrow().bytes.iter().copied().collect();
    line.give(&[0x8a, 0x84, 0, 0, 0, 0]);
    line.give(&said[said.len() - 4..]);
    line.socket.poll(start + BEAT + short);
    let link = line.socket.view().link().unwrap();
    assert_eq!((link.round_trip, link.jitter, link.queue_delay), (short, Duration::ZERO, Duration::ZERO));

    // From here on nothing comes, and nothing leaves.
    line.far.incoming.borrow_mut().capacity = 0;
    line.socket.poll(start + 2 * BEAT);
    line.socket.send(MessageKind::Binary, b"late").unwrap();
    line.socket.poll(start + 2 * BEAT + long);
    let link = line.socket.view().link().unwrap();
    assert_eq!((link.round_trip, link.jitter, link.queue_delay), (long, Duration::ZERO, long));
}
