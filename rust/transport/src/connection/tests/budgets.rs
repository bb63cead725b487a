//! How much is done in one go: bounded by bytes off the socket and by time, whatever they mean. The clock here moves by a
//! millisecond whenever somebody looks at it.

use std::io::{Read, Write};
use std::sync::atomic::{AtomicU32, Ordering};

use flate2::{Compress, Compression, FlushCompress};

use super::*;
use crate::clock::Clock;
use crate::statistics::WireBytes;
use crate::wire::deflate::Agreement;

const STEP: Duration = Duration::from_millis(1);

fn clock_that_moves() -> Clock {
    let (start, looks) = (Instant::now(), AtomicU32::new(0));
    Clock::new(move || start + STEP * looks.fetch_add(1, Ordering::Relaxed))
}

/// An open connection over such a stream.
fn open<S: Socket>(socket: S) -> Connection<S> {
    let now = Instant::now();
    let mut connection = Connection::new(socket, Side::Server, Limits::default().into(), State::awaiting_request(now));
    let compression = Agreement { window: WindowBits::MAX, takes_over: false };
    connection.open(None, Some(compression), now, &mut Vec::new());
    connection
}

/// A stream without an end, of which each read brings so many bytes off the network and none or one that means anything.
struct Costly {
    cost: u64,
    meaning: std::iter::Cycle<std::slice::Iter<'static, u8>>,
    is_empty: bool,
    reads: u64,
}

impl Costly {
    fn new(cost: u64, is_empty: bool) -> Self {
        // Pongs that nobody has asked for.
        Self { cost, meaning: [0x8a, 0x80, 0, 0, 0, 0].iter().cycle(), is_empty, reads: 0 }
    }
}

impl Read for Costly {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reads += 1;
        assert!(self.reads < 100_000, "this goes on for ever");
        if self.is_empty {
            return Err(io::ErrorKind::Interrupted.into());
        }
        buffer[0] = *self.meaning.next().unwrap();
        Ok(1)
    }
}

impl Write for Costly {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Socket for Costly {
    fn shutdown_write(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn discard_unread(&mut self) {}

    fn carried(&self) -> WireBytes {
        WireBytes { received: self.cost * self.reads, sent: 0 }
    }
}

#[test]
fn bytes_are_counted_where_they_come_off_the_socket() {
    // Each byte in a record of its own, after 32 records without any.
    for is_empty in [false, true] {
        let mut connection = open(Costly::new(727, is_empty));
        let mut budget = Budget::of_bytes(64 * 1024);
        let outcome = connection.read(Instant::now(), &mut ReadBuffer::default(), &mut budget, &mut Vec::new());
        assert_eq!((outcome, budget.bytes), (ReadOutcome::Paused, 0));
        assert_eq!(connection.socket.reads, 64 * 1024 / 727 + 1);
    }
}

#[test]
fn bytes_that_mean_more_count_as_what_they_mean_though_their_message_is_not_through() {
    const MEANT: usize = 60_000;
    let mut deflated = Vec::with_capacity(1024);
    let mut deflater = Compress::new(Compression::default(), false);
    deflater.compress_vec(&[0; MEANT], &mut deflated, FlushCompress::Sync).unwrap();
    let (near, far) = pipe(&[usize::MAX]);
    // The first of several frames.
    let header = [0x42, 0x80 | u8::try_from(deflated.len()).unwrap(), 0, 0, 0, 0];
    far.outgoing.borrow_mut().bytes.extend(header.iter().chain(&deflated));
    let mut connection = open(near);
    let mut budget = Budget::of_bytes(1 << 20);
    connection.read(Instant::now(), &mut ReadBuffer::default(), &mut budget, &mut Vec::new());
    assert!(budget.bytes <= (1 << 20) - MEANT, "{} bytes left", budget.bytes);
}

#[test]
fn reads_that_bring_nothing_end_with_the_time() {
    let mut connection = open(Costly::new(0, true));
    let mut budget = Budget::start(64 * 1024, 5 * STEP, clock_that_moves());
    let outcome = connection.read(Instant::now(), &mut ReadBuffer::default(), &mut budget, &mut Vec::new());
    assert_eq!((outcome, budget.is_over()), (ReadOutcome::Paused, true));
    assert!(connection.socket.reads < 1000, "{} reads", connection.socket.reads);
}

#[test]
fn frames_end_with_the_time_and_none_is_lost() {
    const MESSAGES: u32 = 2000;
    let mut pair = Pair::open(&[usize::MAX], Limits::default());
    let clock = clock_that_moves();
    for number in 0..MESSAGES {
        let [.., high, low] = number.to_be_bytes();
        pair.inject(&[0x82, 0x82, 0, 0, 0, 0, high, low]);
    }
    let mut turns = 0;
    let mut arrived = 0;
    loop {
        let mut budget = Budget::start(1 << 20, 5 * STEP, clock.clone());
        let mut events = Vec::new();
        let outcome = pair.server.connection.read(pair.now, &mut pair.server.buffer, &mut budget, &mut events);
        pair.server.note(events, pair.now, &pair.handshake);
        let before = std::mem::replace(&mut arrived, pair.server.messages.len());
        turns += 1;
        if outcome == ReadOutcome::Drained {
            break;
        }
        // All of the time is used: a few looks at the clock, and 64 frames before each.
        assert!((200..400).contains(&(arrived - before)), "{} in one turn", arrived - before);
    }
    assert!(turns > 4);
    let expected: Vec<_> = (0..MESSAGES).map(|number| number.to_be_bytes()[2..].to_vec()).collect();
    assert_eq!(pair.server.payloads(), expected);
}
