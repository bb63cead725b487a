//! Two connections over a pipe in memory, whose dice each test chooses. Time is a number that tests move.

mod budgets;
mod freshness;
mod statistics;
mod throttle;

use std::io;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::close_code::{self, CloseCode};
use crate::config::{Limits, Subprotocols};
use crate::error::{Phase, ProtocolError, QueueLimit, ResponseError, SendError};
use crate::excerpt::Excerpt;
use crate::stream::pipe::{Pipe, pipe};
use crate::wire::message::MessageKind;

/// A connection, and everything it has said so far.
struct End {
    connection: Connection<Pipe>,
    outgoing: Outgoing,
    buffer: ReadBuffer,
    opened: Option<Option<String>>,
    messages: Vec<Message>,
    closed: Option<CloseCause>,
    /// Whether messages are read as they come.
    is_reading: bool,
    /// The time of the last turn.
    now: Instant,
}

impl End {
    fn new(connection: Connection<Pipe>) -> Self {
        Self {
            connection,
            outgoing: Outgoing::default(),
            buffer: ReadBuffer::default(),
            opened: None,
            messages: Vec::new(),
            closed: None,
            is_reading: true,
            now: Instant::now(),
        }
    }

    /// One turn: everything an endpoint would do for it.
    fn turn(&mut self, now: Instant, handshake: &Handshake) {
        let mut events = Vec::new();
        self.now = now;
        self.connection.writable(now, &mut events);
        self.connection.read(now, &mut self.buffer, &mut Budget::of_bytes(1 << 20), &mut events);
        self.connection.expire(now, &mut events);
        self.note(events, now, handshake);
        if self.connection.is_finished() {
            // An endpoint drops it now, which closes the socket.
            self.connection.socket.outgoing.borrow_mut().is_shut = true;
            self.connection.socket.incoming.borrow_mut().is_broken = true;
        }
    }

    fn note(&mut self, events: Vec<ConnectionEvent>, now: Instant, handshake: &Handshake) {
        for event in events {
            match event {
                ConnectionEvent::Requested => {
                    let mut more = Vec::new();
                    self.connection.accept(handshake, now, &mut more);
                    self.note(more, now, handshake);
                }
                ConnectionEvent::Opened { protocol } => {
                    assert_eq!(self.opened, None, "opened once");
                    self.opened = Some(protocol);
                }
                ConnectionEvent::Message(message) => {
                    assert_eq!(self.closed, None, "nothing after the end");
                    if self.is_reading {
                        self.read(message.payload.len());
                    }
                    self.messages.push(message);
                }
                ConnectionEvent::Closed(cause) => {
                    assert_eq!(self.closed, None, "closed once");
                    self.closed = Some(cause);
                }
            }
        }
    }

    /// As the game's half does it: takes room, and lets the connection write if there is none.
    fn send(&mut self, payload: &[u8]) -> Result<(), SendError> {
        self.put(payload, Delivery::Reliable)
    }

    fn put(&mut self, payload: &[u8], delivery: Delivery) -> Result<(), SendError> {
        if !self.connection.is_open() {
            return Err(SendError::NotOpen);
        }
        let meter = Arc::clone(self.connection.meter());
        let limits = *self.connection.limits;
        let now = self.now;
        let make_room = |how| match how {
            MakeRoom::Write => self.connection.flush(now, &mut Vec::new()),
            MakeRoom::Displace(until) => self.connection.displace(until),
        };
        self.outgoing.reserve(payload.len(), delivery, &limits, None, &meter, make_room)?;
        let frame = Frame::message(MessageKind::Binary, payload, self.connection.side.role());
        self.connection.send(frame.delivered(delivery), 1, now);
        Ok(())
    }

    /// The game has read a message of this size.
    fn read(&self, payload: usize) {
        self.connection.meter().read.add(payload);
    }

    fn round_trip_time(&self) -> Option<Duration> {
        self.connection.meter().round_trip().map(|trip| trip.smoothed)
    }

    fn close(&mut self, code: u16, now: Instant) {
        let mut events = Vec::new();
        self.connection.close(CloseCode::new(code).ok(), "bye", now, &mut events);
        self.note(events, now, &Handshake::default());
    }

    fn payloads(&self) -> Vec<Vec<u8>> {
        self.messages.iter().map(|message| message.payload.to_vec()).collect()
    }
}

/// A client and a server on the two ends of a pipe.
struct Pair {
    client: End,
    server: End,
    handshake: Handshake,
    now: Instant,
}

impl Pair {
    fn new(throws: &[usize], limits: Limits) -> Self {
        let handshake =
            Handshake { supported_protocols: Subprotocols::parse(["game"]).unwrap(), ..Handshake::default() };
        let now = Instant::now();
        let (near, far) = pipe(throws);
        let target = Target { host: "test".to_owned(), path: "/".to_owned() };
        let deadline = now + limits.handshake_timeout;
        let client = End::new(Connection::connected(
            near,
            limits,
            &target,
            &handshake,
            Box::new(Entropy::from_seed(1)),
            deadline,
        ));
        let server = End::new(Connection::accepted(far, limits, now));
        Self { client, server, handshake, now }
    }

    fn open(throws: &[usize], limits: Limits) -> Self {
        let mut pair = Self::new(throws, limits);
        pair.run();
        assert_eq!(pair.client.opened, Some(Some("game".to_owned())));
        assert_eq!(pair.server.opened, Some(Some("game".to_owned())));
        pair
    }

    /// Turns until nothing moves any more. Dice may say "nothing" a few times in a row.
    fn run(&mut self) {
        let mut idle = 0;
        let mut before = self.fingerprint();
        while idle < 20 {
            self.client.turn(self.now, &self.handshake);
            self.server.turn(self.now, &self.handshake);
            let after = self.fingerprint();
            idle = if after == before { idle + 1 } else { 0 };
            before = after;
        }
    }

    fn fingerprint(&self) -> (usize, usize, bool, bool) {
        (
            self.client.connection.socket.incoming.borrow().moved,
            self.server.connection.socket.incoming.borrow().moved,
            self.client.connection.is_finished(),
            self.server.connection.is_finished(),
        )
    }

    /// Bytes on their way to the server that no client of ours would send.
    fn inject(&mut self, bytes: &[u8]) {
        self.server.connection.socket.incoming.borrow_mut().bytes.extend(bytes);
    }
}

#[test]
fn a_close_handshake_ends_both_with_the_same_code() {
    let mut pair = Pair::open(&[usize::MAX], Limits::default());
    pair.client.send(b"last words").unwrap();
    pair.client.close(4001, pair.now);
    assert_eq!(pair.client.send(b"too late"), Err(SendError::NotOpen));
    pair.run();
    assert_eq!(pair.server.payloads(), [b"last words"]);
    assert_eq!(pair.server.closed, Some(CloseCause::ByPeer { code: Some(4001), reason: "bye".to_owned() }));
    assert_eq!(pair.client.closed, Some(CloseCause::ByUs { code: 4001, reason: "bye".to_owned(), was_answered: true }));
    assert!(pair.client.connection.is_finished() && pair.server.connection.is_finished());
}

/// A close frame of a client, with code 1000 and no mask to speak of.
const CLOSE_FRAME: &[u8] = &[0x88, 0x82, 0, 0, 0, 0, 3, 0xe8];

#[test]
fn a_close_frame_is_answered_though_the_stream_ends_with_it() {
    for room in [usize::MAX, 1] {
        let mut pair = Pair::open(&[usize::MAX], Limits::default());
        pair.inject(CLOSE_FRAME);
        pair.server.connection.socket.incoming.borrow_mut().is_shut = true;
        pair.server.connection.socket.outgoing.borrow_mut().capacity = room;
        pair.server.turn(pair.now, &pair.handshake);
        assert_eq!(pair.server.closed, Some(CloseCause::ByPeer { code: Some(1000), reason: String::new() }));
        assert_eq!(pair.server.connection.is_finished(), room > 1, "what did not fit leaves as soon as there is room");
        pair.server.connection.socket.outgoing.borrow_mut().capacity = 64;
        pair.server.turn(pair.now, &pair.handshake);
        assert!(pair.server.connection.is_finished());
        let lane = pair.client.connection.socket.incoming.borrow();
        assert_eq!((lane.bytes.iter().copied().collect::<Vec<_>>(), lane.is_shut), (vec![0x88, 2, 3, 0xe8], true));
    }
}

#[test]
fn a_peer_that_breaks_the_protocol_is_told_so_though_the_stream_ends_with_it() {
    let mut pair = Pair::open(&[usize::MAX], Limits::default());
    pair.inject(&[0x82, 0x01, 0x00]);
    pair.server.connection.socket.incoming.borrow_mut().is_shut = true;
    pair.server.turn(pair.now, &pair.handshake);
    assert_eq!(pair.server.closed, Some(CloseCause::Protocol(ProtocolError::Unmasked)));
    pair.client.turn(pair.now, &pair.handshake);
    let reason = ProtocolError::Unmasked.to_string();
    assert_eq!(pair.client.closed, Some(CloseCause::ByPeer { code: Some(1002), reason }));
}

#[test]
fn a_close_frame_that_is_not_answered_ends_by_a_timeout() {
    let mut pair = Pair::open(&[usize::MAX], Limits::default());
    pair.client.close(1000, pair.now);
    pair.client.turn(pair.now, &pair.handshake);
    assert_eq!(pair.client.closed, None);
    pair.client.turn(pair.client.connection.deadline().unwrap(), &pair.handshake);
    assert_eq!(pair.client.closed, Some(CloseCause::TimedOut(Phase::Close)));
    assert!(pair.client.connection.is_finished());
}

#[test]
fn a_handshake_that_hangs_ends_by_a_timeout_on_either_side() {
    let mut pair = Pair::new(&[usize::MAX], Limits::default());
    let deadline = pair.now + Limits::default().handshake_timeout;
    // Neither hears from the other.
    let mut other = Pair::new(&[usize::MAX], Limits::default());
    other.inject(b"GET / HTTP/1.1\r\nHost: a\r\n");
    for end in [&mut other.server, &mut pair.client] {
        end.turn(pair.now, &pair.handshake);
        assert_eq!(end.closed, None);
        end.turn(deadline.max(other.now + Limits::default().handshake_timeout), &pair.handshake);
        assert_eq!(end.closed, Some(CloseCause::TimedOut(Phase::Handshake)));
    }
}

#[test]
fn whoever_is_heard_only_after_the_deadline_gets_a_moment_to_go_on() {
    let request = b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
        Sec-WebSocket-Protocol: game\r\n\r\n";
    let (begin, rest) = request.split_at(30);
    for goes_on in [true, false] {
        let mut pair = Pair::new(&[usize::MAX], Limits::default());
        pair.server.turn(pair.now, &pair.handshake);
        pair.inject(begin);
        // The game was away meanwhile.
        pair.now += Duration::from_secs(10);
        pair.server.turn(pair.now, &pair.handshake);
        assert_eq!(pair.server.closed, None, "what came has lain there for long, perhaps");
        pair.now += Duration::from_millis(900);
        pair.server.turn(pair.now, &pair.handshake);
        assert_eq!(pair.server.closed, None, "a moment has a length");
        if goes_on {
            pair.inject(rest);
        } else {
            // Once is enough.
            pair.inject(&begin[..1]);
            pair.now += Duration::from_secs(10);
        }
        pair.server.turn(pair.now, &pair.handshake);
        assert_eq!((pair.server.opened.is_some(), pair.server.closed.is_some()), (goes_on, !goes_on));
    }
}

#[test]
fn a_plain_request_gets_an_answer_before_the_stream_ends() {
    let mut pair = Pair::new(&[3, 0, 7], Limits::default());
    pair.inject(b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
    for _ in 0..500 {
        pair.server.turn(pair.now, &pair.handshake);
    }
    assert_eq!(pair.server.closed, Some(CloseCause::Request(RequestError::NotAnUpgrade)));
    let lane = pair.client.connection.socket.incoming.borrow();
    let answer: Vec<u8> = lane.bytes.iter().copied().collect();
    assert!(answer.starts_with(b"HTTP/1.1 426 Upgrade Required\r\n"));
    assert!(lane.is_shut, "the answer is followed by the end of the stream");
    assert!(!pair.server.connection.is_finished(), "a reset must not overtake the answer");
}

#[test]
fn a_refusal_is_one_however_it_ends() {
    let head = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 100\r\n\r\nbanned until";
    let text = Excerpt::of("banned until");
    let refused = CloseCause::Response(ResponseError::Status { status: 403, reason: Excerpt::of("Forbidden"), text });
    for ends_by_deadline in [false, true] {
        let mut pair = Pair::new(&[usize::MAX], Limits::default());
        pair.client.connection.socket.incoming.borrow_mut().bytes.extend(head);
        pair.client.turn(pair.now, &pair.handshake);
        assert_eq!(pair.client.closed, None, "the rest may come");
        if ends_by_deadline {
            pair.now += Limits::default().handshake_timeout;
        } else {
            pair.client.connection.socket.incoming.borrow_mut().is_shut = true;
        }
        pair.client.turn(pair.now, &pair.handshake);
        assert_eq!(pair.client.closed, Some(refused.clone()));
    }
}

#[test]
fn a_client_learns_why_it_was_refused() {
    let mut pair = Pair::new(&[usize::MAX], Limits::default());
    pair.handshake.supported_protocols = Subprotocols::parse(["another-game"]).unwrap();
    pair.run();
    let text = Excerpt::of("client and server share no subprotocol (the client offers game)");
    let refused = ResponseError::Status { status: 400, reason: Excerpt::of("Bad Request"), text };
    assert_eq!(pair.client.closed, Some(CloseCause::Response(refused)));
    let offered = Excerpt::of("game");
    assert_eq!(pair.server.closed, Some(CloseCause::Request(RequestError::NoCommonProtocol { offered })));
}

#[test]
fn a_peer_that_breaks_the_protocol_is_told_so() {
    let mut pair = Pair::open(&[usize::MAX], Limits::default());
    pair.client.send(b"fine").unwrap();
    pair.inject(&[0x82, 0x01, 0x00]);
    pair.run();
    assert_eq!(pair.server.payloads(), [b"fine"]);
    assert_eq!(pair.server.closed, Some(CloseCause::Protocol(ProtocolError::Unmasked)));
    let reason = ProtocolError::Unmasked.to_string();
    assert_eq!(pair.client.closed, Some(CloseCause::ByPeer { code: Some(1002), reason }));
}

#[test]
fn a_message_over_the_limit_ends_with_1009_on_both_sides() {
    let limits = Limits { inbound_buffer_size: 100, ..Limits::default() };
    let mut pair = Pair::open(&[usize::MAX], limits);
    pair.client.send(&[7; 100]).unwrap();
    pair.client.send(&[7; 101]).unwrap();
    pair.run();
    assert_eq!(pair.server.payloads(), [vec![7; 100]]);
    assert_eq!(pair.server.closed.as_ref().unwrap().close_code(), Some(1009));
    assert_eq!(pair.client.closed.as_ref().unwrap().close_code(), Some(1009));
}

#[test]
fn the_end_of_the_stream_without_a_close_frame_is_1006() {
    let mut pair = Pair::open(&[usize::MAX], Limits::default());
    pair.client.send(b"and gone").unwrap();
    pair.client.connection.socket.shutdown_write().unwrap();
    pair.server.turn(pair.now, &pair.handshake);
    assert_eq!(pair.server.payloads(), [b"and gone"]);
    assert_eq!(pair.server.closed, Some(CloseCause::EndOfStream));
    assert_eq!(CloseCause::EndOfStream.close_code(), Some(1006));
}

#[test]
fn what_arrived_before_a_broken_pipe_is_delivered() {
    let mut pair = Pair::open(&[usize::MAX], Limits::default());
    pair.client.send(b"before").unwrap();
    pair.server.connection.socket.outgoing.borrow_mut().is_broken = true;
    pair.server.send(b"into the void").unwrap();
    pair.server.turn(pair.now, &pair.handshake);
    assert_eq!(pair.server.payloads(), [b"before"]);
    assert_eq!(pair.server.closed, Some(CloseCause::Io(io::ErrorKind::BrokenPipe)));
}

#[test]
fn a_peer_that_is_not_read_stops_being_read_and_loses_nothing() {
    let limits = Limits { max_queued_packets: 3, ..Limits::default() };
    let mut pair = Pair::open(&[usize::MAX], limits);
    pair.server.is_reading = false;
    for number in 0..10u8 {
        pair.client.send(&[number]).unwrap();
        pair.run();
    }
    assert_eq!(pair.server.payloads(), [[0], [1], [2]]);
    pair.server.is_reading = true;
    for _ in 0..3 {
        pair.server.read(1);
    }
    pair.run();
    assert_eq!(pair.server.payloads(), (0..10).map(|number| vec![number]).collect::<Vec<_>>());
}

#[test]
fn a_peer_whose_bytes_are_not_read_stops_being_read_and_loses_nothing() {
    let limits = Limits { inbound_buffer_size: 100, ..Limits::default() };
    let mut pair = Pair::open(&[usize::MAX], limits);
    pair.server.is_reading = false;
    for number in 0..5 {
        pair.client.send(&[number; 50]).unwrap();
        pair.run();
    }
    assert_eq!(pair.server.payloads(), [[0; 50], [1; 50]], "a full buffer is full");
    pair.server.read(50);
    pair.run();
    assert_eq!(pair.server.messages.len(), 3, "and has room for what was read");
    pair.server.is_reading = true;
    pair.server.read(100);
    pair.run();
    assert_eq!(pair.server.payloads(), (0..5).map(|number| vec![number; 50]).collect::<Vec<_>>());
}

#[test]
fn a_full_queue_refuses_and_keeps_what_it_took() {
    let limits = Limits { outbound_buffer_size: 1000, ..Limits::default() };
    let mut pair = Pair::open(&[usize::MAX], limits);
    assert_eq!(pair.client.send(&[0; 1001]), Err(SendError::TooLarge { size: 1001, limit: 1000 }));
    pair.client.connection.socket.outgoing.borrow_mut().capacity = 0;
    let mut accepted = 0;
    let error = loop {
        match pair.client.send(&[accepted; 90]) {
            Ok(()) => accepted += 1,
            Err(error) => break error,
        }
    };
    assert_eq!((accepted, error), (11, SendError::Full { queued: 990, limit: QueueLimit::Bytes }));
    pair.client.connection.socket.outgoing.borrow_mut().capacity = 64 * 1024;
    pair.run();
    assert_eq!(pair.server.payloads(), (0..11).map(|number| vec![number; 90]).collect::<Vec<_>>());
    assert_eq!(pair.client.outgoing.queued_bytes(pair.client.connection.meter()), 0);
}

#[test]
fn the_first_message_of_a_tick_leaves_at_once_and_the_rest_with_the_flush() {
    let mut pair = Pair::open(&[usize::MAX], Limits::default());
    let on_the_wire = |pair: &Pair| pair.server.connection.socket.incoming.borrow().bytes.len();
    pair.client.send(b"first").unwrap();
    let after_first = on_the_wire(&pair);
    assert!(after_first > 0);
    pair.client.send(b"second").unwrap();
    assert_eq!(on_the_wire(&pair), after_first);
    assert!(pair.client.connection.needs_flush());
    pair.client.connection.flush(pair.now, &mut Vec::new());
    assert!(on_the_wire(&pair) > after_first);
    assert!(!pair.client.connection.needs_flush());
}

#[test]
fn after_a_tick_of_several_messages_the_first_waits_for_the_others() {
    let mut pair = Pair::open(&[usize::MAX], Limits::default());
    let frame = Frame::message(MessageKind::Binary, b"a message", Role::Client);
    let mut tick = 100;
    // What has left once each message was put, and then once the tick was over.
    let mut tick_of = |messages: usize| -> Vec<usize> {
        tick += 1;
        let client = &mut pair.client.connection;
        let mut seen = Vec::new();
        for _ in 0..messages {
            client.send(frame.clone(), tick, pair.now);
            seen.push(client.meter().sent().packets);
        }
        client.flush(pair.now, &mut Vec::new());
        seen.push(client.meter().sent().packets);
        seen.into_iter().map(|count| usize::try_from(count).unwrap()).collect()
    };
    assert_eq!(tick_of(1), [1, 1]);
    assert_eq!(tick_of(3), [2, 2, 2, 4], "the first at once");
    assert_eq!(tick_of(3), [4, 4, 4, 7], "all together");
    assert_eq!(tick_of(1), [7, 8], "it might have been the first of several");
    assert_eq!(tick_of(1), [9, 9], "at once again");
}

#[test]
fn a_peer_that_pings_and_does_not_read_is_not_read_either() {
    let mut pair = Pair::open(&[usize::MAX], Limits::default());
    pair.server.connection.socket.outgoing.borrow_mut().capacity = 0;
    pair.inject(&[0x89, 0x80, 0, 0, 0, 0].repeat(10_000));
    for _ in 0..10 {
        pair.server.turn(pair.now, &pair.handshake);
    }
    assert!(pair.server.connection.outbound.control_pieces() <= MAX_CONTROL_PIECES + 1);
    pair.server.connection.socket.outgoing.borrow_mut().capacity = usize::MAX;
    pair.run();
    assert_eq!(pair.server.closed, None, "every ping was answered in the end");
    assert_eq!(pair.server.connection.outbound.control_pieces(), 0);
}

#[test]
fn a_frame_in_the_same_segment_as_the_request_is_not_lost() {
    let mut pair = Pair::new(&[usize::MAX], Limits::default());
    let mut stream = b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
        Sec-WebSocket-Protocol: game\r\n\r\n"
        .to_vec();
    stream.extend([0x82, 0x81, 0, 0, 0, 0, 42]);
    pair.inject(&stream);
    for _ in 0..3 {
        pair.server.turn(pair.now, &pair.handshake);
    }
    assert_eq!(pair.server.payloads(), [[42]]);
}

#[test]
fn abandoning_says_goodbye() {
    let mut pair = Pair::open(&[usize::MAX], Limits::default());
    pair.server.send(b"one").unwrap();
    pair.server.send(b"two").unwrap();
    pair.server.connection.abandon(close_code::GOING_AWAY, "over", pair.now);
    pair.client.turn(pair.now, &pair.handshake);
    assert_eq!(pair.client.payloads(), [b"one", b"two"]);
    assert_eq!(pair.client.closed, Some(CloseCause::ByPeer { code: Some(1001), reason: "over".to_owned() }));
}

const BEAT: Duration = Duration::from_secs(5);

fn beating() -> Pair {
    Pair::open(&[usize::MAX], Limits { heartbeat_interval: Some(BEAT), ..Limits::default() })
}

#[test]
fn heartbeats_keep_a_silent_connection_and_measure_it() {
    let mut pair = beating();
    assert_eq!(pair.server.round_trip_time(), None);
    for _ in 0..10 {
        pair.now += BEAT;
        pair.server.turn(pair.now, &pair.handshake);
        pair.now += Duration::from_millis(40);
        pair.run();
    }
    assert_eq!((&pair.client.closed, &pair.server.closed), (&None, &None));
    assert_eq!(pair.server.round_trip_time(), Some(Duration::from_millis(40)));
    assert!(pair.server.messages.is_empty() && pair.client.messages.is_empty());
}

#[test]
fn a_peer_that_vanished_is_noticed_after_two_intervals() {
    let mut pair = beating();
    let open = pair.now;
    while pair.server.closed.is_none() {
        pair.now = pair.server.connection.deadline().unwrap();
        pair.server.turn(pair.now, &pair.handshake);
    }
    assert_eq!(pair.server.closed, Some(CloseCause::TimedOut(Phase::Heartbeat)));
    let silence = pair.now - open;
    assert!(silence >= 2 * BEAT && silence < 2 * BEAT + Duration::from_secs(1), "{silence:?}");
    assert!(pair.server.connection.is_finished());
    assert_eq!(pair.server.connection.deadline(), None, "nothing is due any more");
}

/// The beginning of a masked binary frame of 60,000 bytes, whose mask changes nothing.
const LONG_FRAME: &[u8] = &[0x82, 0xfe, 0xea, 0x60, 0, 0, 0, 0];

/// So many bytes of it in every interval, until the frame is through or the connection is over.
fn long_frame(portion: usize) -> Pair {
    let mut pair = beating();
    pair.inject(LONG_FRAME);
    for _ in 0..60_000 / portion {
        pair.inject(&vec![7; portion]);
        pair.now += BEAT;
        while pair.server.connection.deadline().is_some_and(|deadline| deadline <= pair.now) {
            // The client is busy with its frame and answers no ping.
            pair.server.turn(pair.now, &pair.handshake);
        }
        if pair.server.closed.is_some() {
            break;
        }
    }
    pair
}

#[test]
fn a_large_message_on_a_slow_link_is_no_silence() {
    let pair = long_frame(500);
    assert_eq!(pair.server.closed, None);
    assert_eq!(pair.server.payloads(), [vec![7; 60_000]]);
}

#[test]
fn a_frame_that_drips_is_silence() {
    for portion in [1, 100] {
        let pair = long_frame(portion);
        assert_eq!(pair.server.closed, Some(CloseCause::TimedOut(Phase::Heartbeat)));
        assert!(pair.server.messages.is_empty());
    }
}

#[test]
fn whole_frames_are_no_silence_however_small() {
    let mut pair = beating();
    for _ in 0..20 {
        // A pong that nobody has asked for.
        pair.inject(&[0x8a, 0x80, 0, 0, 0, 0]);
        pair.now += BEAT;
        pair.server.turn(pair.now, &pair.handshake);
    }
    assert_eq!(pair.server.closed, None);
}

#[test]
fn a_game_that_does_not_read_loses_no_peer_to_its_heartbeat() {
    let limits = Limits { heartbeat_interval: Some(BEAT), max_queued_packets: 1, ..Limits::default() };
    let mut pair = Pair::open(&[usize::MAX], limits);
    pair.server.is_reading = false;
    pair.client.send(b"unread").unwrap();
    pair.run();
    for _ in 0..10 {
        pair.now += BEAT;
        pair.server.turn(pair.now, &pair.handshake);
    }
    assert_eq!(pair.server.closed, None);
    pair.server.read(6);
    pair.run();
    assert!(pair.server.round_trip_time().is_some());
}

#[test]
fn a_peer_that_pings_and_does_not_read_is_lost_to_the_heartbeat_once_it_is_silent() {
    let mut pair = beating();
    pair.server.connection.socket.outgoing.borrow_mut().capacity = 0;
    pair.inject(&[0x89, 0x80, 0, 0, 0, 0].repeat(10_000));
    for _ in 0..5 {
        pair.now += BEAT;
        pair.server.turn(pair.now, &pair.handshake);
    }
    assert_eq!(pair.server.closed, Some(CloseCause::TimedOut(Phase::Heartbeat)));
}

#[test]
fn a_heartbeat_can_start_and_stop_on_an_open_connection() {
    let mut pair = Pair::open(&[usize::MAX], Limits::default());
    assert_eq!(pair.client.connection.deadline(), None);
    pair.client.connection.set_limits(Limits { heartbeat_interval: Some(BEAT), ..Limits::default() }, pair.now);
    assert_eq!(pair.client.connection.deadline(), Some(pair.now + BEAT));
    pair.client.connection.set_limits(Limits::default(), pair.now);
    assert_eq!(pair.client.connection.deadline(), None);
}

#[test]
fn a_heartbeat_ends_with_its_connection() {
    let mut pair = beating();
    pair.client.connection.abandon(close_code::GOING_AWAY, "over", pair.now);
    let mut events = Vec::new();
    pair.server.connection.cut(&mut events);
    for end in [&pair.client, &pair.server] {
        assert!(end.connection.is_finished());
        assert_eq!(end.connection.deadline(), None);
    }
}

#[test]
fn cutting_says_nothing() {
    let mut pair = Pair::open(&[usize::MAX], Limits::default());
    let mut events = Vec::new();
    pair.client.connection.cut(&mut events);
    pair.client.note(events, pair.now, &Handshake::default());
    assert_eq!(pair.client.closed, Some(CloseCause::Cut));
    assert!(pair.client.connection.is_finished());
    pair.run();
    assert_eq!(pair.server.closed, Some(CloseCause::EndOfStream));
}

#[test]
fn a_close_frame_without_a_code_is_1005_on_both_sides() {
    let mut pair = Pair::open(&[usize::MAX], Limits::default());
    pair.client.close(0, pair.now);
    pair.run();
    assert_eq!(pair.server.closed, Some(CloseCause::ByPeer { code: None, reason: String::new() }));
    let clean = Some((1005, String::new()));
    assert_eq!(pair.client.closed.unwrap().clean_close(), clean);
    assert_eq!(pair.server.closed.unwrap().clean_close(), clean);
}

#[test]
fn a_close_frame_that_is_met_with_silence_is_not_clean() {
    let mut pair = Pair::open(&[usize::MAX], Limits::default());
    pair.client.close(1000, pair.now);
    pair.server.connection.socket.shutdown_write().unwrap();
    pair.client.turn(pair.now, &pair.handshake);
    let cause = pair.client.closed.unwrap();
    assert_eq!((cause.close_code(), cause.clean_close()), (Some(1000), None));
}

proptest! {
    #[test]
    fn every_accepted_message_arrives_once_and_in_order_whatever_the_portions(
        throws in prop::collection::vec(prop_oneof![0usize..4, 1usize..200, Just(usize::MAX)], 1..12),
        there in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..20),
        back in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..20),
    ) {
        prop_assume!(throws.iter().any(|throw| *throw > 0));
        let mut pair = Pair::open(&throws, Limits::default());
        for payload in &there {
            pair.client.send(payload).unwrap();
        }
        for payload in &back {
            pair.server.send(payload).unwrap();
        }
        pair.client.close(1000, pair.now);
        pair.run();
        prop_assert_eq!(pair.server.payloads(), there);
        // What the server sent before it saw the close frame may come too late for a client that is closing.
        prop_assert!(back.starts_with(&pair.client.payloads()));
        prop_assert_eq!(pair.server.closed.as_ref().unwrap().close_code(), Some(1000));
        prop_assert_eq!(pair.client.closed.as_ref().unwrap().close_code(), Some(1000));
    }

    #[test]
    fn no_bytes_make_a_connection_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..500),
        throws in prop::collection::vec(1usize..40, 1..5),
        is_open: bool,
    ) {
        let mut pair =
            if is_open { Pair::open(&throws, Limits::default()) } else { Pair::new(&throws, Limits::default()) };
        pair.inject(&bytes);
        pair.client.connection.socket.incoming.borrow_mut().bytes.extend(&bytes);
        pair.run();
        pair.now += Duration::from_secs(60);
        pair.run();
    }
}
