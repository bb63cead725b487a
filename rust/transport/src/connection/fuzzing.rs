//! Whole connections over a pipe in memory, driven by whatever a fuzzer invents.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a check that fails panics: that is how a fuzzer learns of it"
)]

use arbitrary::{Arbitrary, Unstructured};
use std::collections::VecDeque;
use std::time::Duration;
use tungstenite::handshake::derive_accept_key;

use super::*;
use crate::close_code::{self, CloseCode};
use crate::config::{Limits, Subprotocols};
use crate::error::SendError;
use crate::stream::pipe::{Dice, Pipe, Shared, pipe};
use crate::wire::message::MessageKind;

/// The most acts of one play: a longer one finds nothing that a short one does not.
const MAX_ACTS: usize = 200;

/// What the other side may make us say at any time beyond what [`MAX_CONTROL_PIECES`] counts: the pong that reached
/// the bound, one ping of our own, one close frame, one head.
const MAX_EXTRA_PIECES: usize = 4;

/// The most that one read returns.
const MAX_INPUT: usize = 64 * 1024;

/// What a fuzzer's bytes stand for.
#[derive(Debug, Arbitrary)]
enum Scenario<'data> {
    Play(Play<'data>),
    Stream(Stream<'data>),
}

/// The same bytes arrive at one end twice, cut differently.
#[derive(Debug, Arbitrary)]
struct Stream<'data> {
    at: Side,
    is_open: bool,
    dice: Vec<Throw>,
    bytes: &'data [u8],
}

/// Two ends, or one that hears only what is made up, and what happens to them.
#[derive(Debug, Arbitrary)]
struct Play<'data> {
    cast: Cast,
    is_open: bool,
    /// Whether the server answers a request as soon as it is there.
    answers_at_once: bool,
    bounds: [Bounds; 2],
    dice: Vec<Throw>,
    acts: Vec<Act<'data>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Arbitrary)]
enum Cast {
    Both,
    ServerAlone,
    ClientAlone,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Arbitrary)]
enum Side {
    Client,
    Server,
}

#[derive(Debug, Clone, Copy, Arbitrary)]
enum Throw {
    Nothing,
    Few(u8),
    Everything,
}

impl Throw {
    fn sides(throws: &[Self]) -> Vec<usize> {
        let mut sides: Vec<usize> = throws
            .iter()
            .map(|throw| match throw {
                Self::Nothing => 0,
                Self::Few(count) => usize::from(*count),
                Self::Everything => usize::MAX,
            })
            .collect();
        if sides.iter().all(|side| *side == 0) {
            sides.push(usize::MAX);
        }
        sides
    }
}

#[derive(Debug, Clone, Copy, Arbitrary)]
enum Size {
    Small(u8),
    Large(u16),
}

impl From<Size> for usize {
    fn from(size: Size) -> Self {
        match size {
            Size::Small(size) => size.into(),
            Size::Large(size) => size.into(),
        }
    }
}

#[derive(Debug, Clone, Copy, Arbitrary)]
struct Bounds {
    inbound: Size,
    outbound: Size,
    packets: u8,
    /// In seconds; 0 is none.
    heartbeat: u8,
}

impl From<Bounds> for Limits {
    fn from(bounds: Bounds) -> Self {
        Self {
            inbound_buffer_size: bounds.inbound.into(),
            outbound_buffer_size: bounds.outbound.into(),
            max_queued_packets: bounds.packets.into(),
            heartbeat_interval: Some(Duration::from_secs(bounds.heartbeat.into())),
            ..Self::default()
        }
    }
}

#[derive(Debug, Clone, Copy, Arbitrary)]
enum Act<'data> {
    Turn(Side),
    Read {
        at: Side,
        budget: u16,
    },
    Writable(Side),
    Flush(Side),
    Expire(Side),
    Answer {
        accepts: bool,
    },
    Send {
        at: Side,
        is_text: bool,
        size: Size,
        same_tick: bool,
    },
    Consume {
        at: Side,
        count: u8,
    },
    Close {
        at: Side,
        code: u16,
        reason: &'data str,
    },
    Cut(Side),
    Abandon {
        at: Side,
        code: u16,
    },
    Wait {
        milliseconds: u16,
    },
    WaitForDeadline(Side),
    /// Bytes that nobody sent.
    Inject {
        at: Side,
        bytes: &'data [u8],
    },
    /// A frame that nobody sent, its length right.
    InjectFrame {
        at: Side,
        first: u8,
        is_masked: bool,
        payload: &'data [u8],
    },
    /// What opens an end that hears only what is made up.
    InjectHandshake(Side),
    /// The end of what this side hears.
    EndOfStream(Side),
    /// What this side writes fails from now on.
    Break(Side),
    Capacity {
        at: Side,
        bytes: u16,
    },
    SetLimits {
        at: Side,
        bounds: Bounds,
    },
}

/// Reads `data` as a list of operations on connections, and does them.
///
/// # Panics
/// When a connection breaks a promise: see [`End::note`], [`End::check`] and [`Stage::epilogue`].
pub fn connection(data: &[u8]) {
    match Scenario::arbitrary_take_rest(Unstructured::new(data)) {
        Ok(Scenario::Play(play)) => play.perform(),
        Ok(Scenario::Stream(stream)) => stream.perform(),
        Err(_) => {}
    }
}

/// How far a connection is; it never goes back.
fn progress(connection: &Connection<Pipe>) -> u8 {
    match connection.state {
        State::AwaitingRequest { .. } | State::AwaitingResponse { .. } => 0,
        State::Requested { .. } => 1,
        State::Open { .. } => 2,
        State::Closing { .. } => 3,
        State::Lingering { .. } => 4,
        State::Finished => 5,
    }
}

/// A connection, what it has said, and what it is held to.
struct End {
    connection: Connection<Pipe>,
    outgoing: Outgoing,
    buffer: ReadBuffer,
    tick: u64,
    progress: u8,
    was_requested: bool,
    protocol: Option<Option<String>>,
    closed: Option<CloseCause>,
    is_abandoned: bool,
    /// The largest message that may arrive.
    message_limit: usize,
    /// Sizes of the messages that were not read.
    unread: VecDeque<usize>,
    /// What the other end accepted for sending and has not arrived.
    expected: VecDeque<Message>,
    /// Whether all that arrives is what the other end wrote.
    is_undisturbed: bool,
    /// How many messages have arrived.
    heard: usize,
    /// Every message, for those who compare.
    messages: Vec<Message>,
    keeps_messages: bool,
}

impl End {
    fn new(connection: Connection<Pipe>) -> Self {
        Self {
            connection,
            outgoing: Outgoing::default(),
            buffer: ReadBuffer::default(),
            tick: 1,
            progress: 0,
            was_requested: false,
            protocol: None,
            closed: None,
            is_abandoned: false,
            message_limit: 0,
            unread: VecDeque::new(),
            expected: VecDeque::new(),
            is_undisturbed: true,
            heard: 0,
            messages: Vec::new(),
            keeps_messages: false,
        }
    }

    /// Holds what the connection says against what it may say.
    fn note(&mut self, events: Vec<ConnectionEvent>) {
        for event in events {
            assert_eq!(self.closed, None, "nothing comes after the end: {event:?}");
            assert!(!self.is_abandoned, "nobody is left to hear {event:?}");
            match event {
                ConnectionEvent::Requested => {
                    assert!(!self.was_requested && self.protocol.is_none(), "there is one request, before all else");
                    self.was_requested = true;
                }
                ConnectionEvent::Opened { protocol } => {
                    assert_eq!(self.protocol, None, "opened once");
                    self.protocol = Some(protocol);
                    self.message_limit = self.connection.limits.inbound_buffer_size;
                }
                ConnectionEvent::Message(message) => self.note_message(message),
                ConnectionEvent::Closed(cause) => {
                    if self.is_undisturbed && matches!(cause, CloseCause::ByPeer { .. }) {
                        assert!(self.expected.is_empty(), "what was accepted before a close frame arrives before it");
                    }
                    assert!(!cause.to_string().is_empty());
                    self.closed = Some(cause);
                }
            }
        }
    }

    fn note_message(&mut self, message: Message) {
        assert!(self.protocol.is_some(), "a message comes after the handshake");
        assert!(message.payload.len() <= self.message_limit, "a message is within the limit");
        assert!(self.unread.iter().sum::<usize>() < self.connection.limits.inbound_buffer_size.max(1));
        assert!(self.unread.len() < self.connection.limits.max_queued_packets.max(1));
        if message.kind == MessageKind::Text {
            assert!(std::str::from_utf8(&message.payload).is_ok(), "text is UTF-8");
        }
        if self.is_undisturbed {
            assert_eq!(self.expected.pop_front().as_ref(), Some(&message), "once and in order");
        }
        self.heard += 1;
        self.unread.push_back(message.payload.len());
        if self.keeps_messages {
            self.messages.push(message);
        }
    }

    /// What holds between two calls.
    fn check(&mut self) {
        let connection = &self.connection;
        let now_at = progress(connection);
        assert!(now_at >= self.progress, "a connection does not go back");
        self.progress = now_at;
        let is_closing = matches!(connection.state, State::Closing { .. });
        let is_over = !connection.is_opening() && !connection.is_open() && !is_closing;
        assert_eq!(is_over, self.closed.is_some() || self.is_abandoned, "the end is told when it comes");
        assert_eq!(connection.is_open() || is_closing, self.protocol.is_some() && !is_over);
        assert_eq!(connection.request().is_some(), self.was_requested && now_at == 1);
        if !connection.is_open() && !connection.is_finished() {
            assert!(connection.deadline().is_some(), "nothing but an open connection lasts for ever");
        }
        assert!(connection.outbound.control_pieces() <= MAX_CONTROL_PIECES + MAX_EXTRA_PIECES);
        assert!(connection.input.len() <= MAX_INPUT, "what is not understood is one read at the most");
        assert_eq!(connection.meter().unread_packets(), self.unread.len() as u64);
        assert_eq!(connection.meter().unread_bytes(), self.unread.iter().sum::<usize>() as u64);
        if connection.is_finished() {
            // An endpoint drops it now, which closes the socket.
            connection.socket.outgoing.borrow_mut().is_shut = true;
            connection.socket.incoming.borrow_mut().is_broken = true;
        }
    }

    /// Calls the connection, and notes what it says.
    fn call<T>(&mut self, call: impl FnOnce(&mut Connection<Pipe>, &mut Vec<ConnectionEvent>) -> T) -> T {
        let mut events = Vec::new();
        let answer = call(&mut self.connection, &mut events);
        self.note(events);
        self.check();
        answer
    }

    fn read(&mut self, now: Instant, bytes: usize) -> ReadOutcome {
        let mut buffer = std::mem::take(&mut self.buffer);
        let outcome =
            self.call(|connection, events| connection.read(now, &mut buffer, &mut Budget::of_bytes(bytes), events));
        self.buffer = buffer;
        outcome
    }

    fn expire(&mut self, now: Instant) {
        self.call(|connection, events| connection.expire(now, events));
        assert!(self.connection.deadline().is_none_or(|deadline| deadline > now), "a deadline comes once");
    }

    /// Everything an endpoint would do in one poll.
    fn turn(&mut self, now: Instant, handshake: &Handshake, answers: bool) {
        self.call(|connection, events| connection.writable(now, events));
        self.read(now, 4096);
        if answers && self.connection.request().is_some() {
            self.call(|connection, events| connection.accept(handshake, now, events));
            self.read(now, 4096);
        }
        self.expire(now);
    }

    /// Queues a message, and holds the queue against its limits. Returns the message if it was accepted.
    fn send(&mut self, kind: MessageKind, size: usize, same_tick: bool, now: Instant) -> Option<Message> {
        if !same_tick {
            self.tick += 1;
        }
        let Limits { outbound_buffer_size: limit, max_queued_packets, .. } = *self.connection.limits;
        // Neighbours differ, so that one that is lost or doubled is missed.
        let letter = b'a' + u8::try_from(self.tick % 26).unwrap_or(0);
        let payload = Bytes::from(vec![letter; size]);
        if !self.connection.is_open() {
            return None;
        }
        let meter = Arc::clone(self.connection.meter());
        let limits = *self.connection.limits;
        if matches!(self.outgoing.check(size, &limits, None, &meter), Err(SendError::Full { .. })) {
            self.call(|connection, events| connection.flush(now, events));
        }
        match self.outgoing.reserve(size, Delivery::Reliable, &limits, None, &meter, |_| ()) {
            Ok(()) => {
                let frame = Frame::message(kind, &payload, self.connection.side.role());
                let tick = self.tick;
                self.call(|connection, _| connection.send(frame, tick, now));
                assert!(limit == 0 || self.waiting() <= limit, "the queue is within its limit");
                assert!(self.queued() <= max_queued_packets);
                Some(Message { kind, payload })
            }
            Err(SendError::TooLarge { .. }) => {
                assert!(limit > 0 && size > limit);
                None
            }
            Err(SendError::Full { queued, .. }) => {
                assert!(queued + size > limit && limit > 0 || self.queued() >= max_queued_packets);
                None
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// Messages that wait to be sent.
    fn queued(&self) -> usize {
        self.outgoing.queued_packets(self.connection.meter())
    }

    /// Payload bytes that wait to be sent.
    fn waiting(&self) -> usize {
        self.outgoing.queued_bytes(self.connection.meter())
    }

    fn consume(&mut self, count: usize) {
        for size in self.unread.drain(..count.min(self.unread.len())) {
            self.connection.meter().read.add(size);
        }
        self.check();
    }

    /// Makes this end hear what nobody wrote.
    fn hear(&mut self, bytes: &[u8]) {
        self.is_undisturbed = false;
        self.connection.socket.incoming.borrow_mut().bytes.extend(bytes);
    }
}

/// Both ends of a pipe.
struct Stage {
    client: End,
    server: End,
    has_client: bool,
    has_server: bool,
    handshake: Handshake,
    answers_at_once: bool,
    now: Instant,
}

impl Stage {
    fn new(cast: Cast, client_limits: Limits, server_limits: Limits, answers_at_once: bool) -> Self {
        let supported_protocols = Subprotocols::parse(["game"]).expect("a token");
        let handshake = Handshake { supported_protocols, ..Handshake::default() };
        let now = Instant::now();
        let (near, far) = pipe(&[usize::MAX]);
        let target = Target { host: "test".to_owned(), path: "/".to_owned() };
        let deadline = client_limits.handshake_deadline(now);
        let client = End::new(Connection::connected(
            near,
            client_limits,
            &target,
            &handshake,
            Box::new(Entropy::from_seed(1)),
            deadline,
        ));
        let server = End::new(Connection::accepted(far, server_limits, now));
        let (has_client, has_server) = (cast != Cast::ServerAlone, cast != Cast::ClientAlone);
        Self { client, server, has_client, has_server, handshake, answers_at_once, now }
    }

    /// Does the handshake, whoever plays on.
    fn open(&mut self) {
        for _ in 0..3 {
            self.client.turn(self.now, &self.handshake, true);
            self.server.turn(self.now, &self.handshake, true);
        }
        assert!(self.client.connection.is_open() && self.server.connection.is_open());
        assert_eq!(self.client.protocol, self.server.protocol);
    }

    fn throw(&mut self, sides: &[usize]) {
        self.client.connection.socket.dice = Dice::new(sides);
        self.server.connection.socket.dice = Dice::new(sides);
    }

    /// The end on this side, and the one across, if they play.
    fn ends(&mut self, side: Side) -> Option<(&mut End, Option<&mut End>)> {
        let client = self.has_client.then_some(&mut self.client);
        let server = self.has_server.then_some(&mut self.server);
        match side {
            Side::Client => client.map(|client| (client, server)),
            Side::Server => server.map(|server| (server, client)),
        }
    }

    fn act(&mut self, act: Act<'_>) {
        let now = self.now;
        let handshake = self.handshake.clone();
        let side = match act {
            Act::Turn(at)
            | Act::Read { at, .. }
            | Act::Writable(at)
            | Act::Flush(at)
            | Act::Expire(at)
            | Act::Send { at, .. }
            | Act::Consume { at, .. }
            | Act::Close { at, .. }
            | Act::Cut(at)
            | Act::Abandon { at, .. }
            | Act::WaitForDeadline(at)
            | Act::Inject { at, .. }
            | Act::InjectFrame { at, .. }
            | Act::InjectHandshake(at)
            | Act::EndOfStream(at)
            | Act::Break(at)
            | Act::Capacity { at, .. }
            | Act::SetLimits { at, .. } => at,
            Act::Answer { .. } | Act::Wait { .. } => Side::Server,
        };
        let answers_at_once = self.answers_at_once;
        let is_alone = !(self.has_client && self.has_server);
        if let Act::Wait { milliseconds } = act {
            self.now += Duration::from_millis(milliseconds.into());
            return;
        }
        let Some((end, across)) = self.ends(side) else { return };
        match act {
            Act::Turn(_) => end.turn(now, &handshake, answers_at_once),
            Act::Read { budget, .. } => {
                end.read(now, budget.into());
            }
            Act::Writable(_) => end.call(|connection, events| connection.writable(now, events)),
            Act::Flush(_) => end.call(|connection, events| connection.flush(now, events)),
            Act::Expire(_) => end.expire(now),
            Act::Answer { accepts: true } => end.call(|connection, events| connection.accept(&handshake, now, events)),
            Act::Answer { accepts: false } => {
                end.call(|connection, events| connection.refuse(&RequestError::Key, now, events));
            }
            Act::Send { is_text, size, same_tick, .. } => {
                let kind = if is_text { MessageKind::Text } else { MessageKind::Binary };
                let accepted = end.send(kind, size.into(), same_tick, now);
                if let (Some(message), Some(across)) = (accepted, across) {
                    across.expected.push_back(message);
                }
            }
            Act::Consume { count, .. } => end.consume(count.into()),
            Act::Close { code, reason, .. } => {
                end.call(|connection, events| connection.close(CloseCode::new(code).ok(), reason, now, events));
                assert!(!end.connection.is_open() && !end.connection.is_opening());
            }
            Act::Cut(_) => {
                end.call(Connection::cut);
                assert!(end.connection.is_finished());
            }
            Act::Abandon { code, .. } => {
                end.connection.abandon(CloseCode::new(code).unwrap_or(close_code::GOING_AWAY), "over", now);
                end.is_abandoned = true;
                end.check();
            }
            Act::Inject { bytes, .. } => end.hear(bytes),
            Act::InjectFrame { first, is_masked, payload, .. } => end.hear(&made_up_frame(first, is_masked, payload)),
            Act::InjectHandshake(_) if is_alone => {
                let bytes = match side {
                    Side::Client => made_up_answer(&end.connection.socket.outgoing.borrow().bytes),
                    Side::Server => Some(made_up_request()),
                };
                end.hear(&bytes.unwrap_or_default());
            }
            Act::EndOfStream(_) => end.connection.socket.incoming.borrow_mut().is_shut = true,
            Act::Break(_) => end.connection.socket.outgoing.borrow_mut().is_broken = true,
            Act::Capacity { bytes, .. } => end.connection.socket.outgoing.borrow_mut().capacity = bytes.into(),
            Act::SetLimits { bounds, .. } => end.call(|connection, _| connection.set_limits(Limits::from(bounds), now)),
            Act::WaitForDeadline(_) => {
                let deadline = end.connection.deadline().unwrap_or(now);
                self.now = now.max(deadline);
            }
            Act::InjectHandshake(_) | Act::Wait { .. } => {}
        }
    }

    /// Turns until nothing moves any more. Both sides read all there is, and the pipe takes everything.
    fn settle(&mut self) {
        let mut before = None;
        loop {
            let mut after = Vec::new();
            for side in [Side::Client, Side::Server] {
                let (now, handshake) = (self.now, self.handshake.clone());
                let Some((end, _)) = self.ends(side) else { continue };
                end.connection.socket.outgoing.borrow_mut().capacity = usize::MAX;
                end.consume(usize::MAX);
                end.turn(now, &handshake, true);
                let moved = |lane: &Shared| lane.borrow().moved;
                let socket = &end.connection.socket;
                after.push((moved(&socket.incoming), moved(&socket.outgoing), end.progress, end.heard));
            }
            let after = Some(after);
            if before == after {
                return;
            }
            before = after;
        }
    }

    /// When the play is over: nothing is lost, nothing is stuck.
    fn epilogue(&mut self) {
        self.throw(&[usize::MAX]);
        self.settle();
        if self.client.connection.is_open() && self.server.connection.is_open() {
            for end in [&self.client, &self.server] {
                if end.is_undisturbed && self.has_client && self.has_server {
                    assert!(end.expected.is_empty(), "what was accepted has arrived");
                }
            }
        }
        // Handshake, close and linger have their deadlines, one after the other at the most.
        for _ in 0..4 {
            self.now += Duration::from_secs(10);
            self.settle();
        }
        for side in [Side::Client, Side::Server] {
            let Some((end, across)) = self.ends(side) else { continue };
            assert!(end.connection.is_open() || end.connection.is_finished(), "nothing is stuck: {:?}", end.connection);
            if let Some(across) = across {
                assert!(!across.connection.is_finished() || end.connection.is_finished(), "one end alone is open");
            }
            if end.connection.is_open() {
                assert_eq!(end.waiting(), 0, "nothing waits for ever");
            }
        }
    }
}

impl Play<'_> {
    fn perform(&self) {
        let [client, server] = self.bounds.map(Limits::from);
        let mut stage = Stage::new(self.cast, client, server, self.answers_at_once);
        if self.is_open {
            stage.open();
        }
        stage.throw(&Throw::sides(&self.dice));
        for act in self.acts.iter().take(MAX_ACTS) {
            stage.act(*act);
        }
        stage.epilogue();
    }
}

/// Everything that an end made of a stream.
#[derive(Debug, PartialEq)]
struct Account {
    was_requested: bool,
    protocol: Option<Option<String>>,
    messages: Vec<Message>,
    closed: Option<CloseCause>,
}

impl Stream<'_> {
    fn perform(&self) {
        let at_once = self.tell(&[usize::MAX]);
        let in_portions = self.tell(&Throw::sides(&self.dice));
        // A head is not looked at with each small portion: the stream may end before its fault shows.
        let is_undecided = in_portions.protocol.is_none()
            && in_portions.closed == Some(CloseCause::EndOfStream)
            && matches!(at_once.closed, Some(CloseCause::Request(_) | CloseCause::Response(_)));
        assert!(is_undecided || at_once == in_portions, "{at_once:?} at once, {in_portions:?} in portions");
    }

    fn tell(&self, sides: &[usize]) -> Account {
        let cast = if self.at == Side::Client { Cast::ClientAlone } else { Cast::ServerAlone };
        let limits = Limits { inbound_buffer_size: 1000, ..Limits::default() };
        let mut stage = Stage::new(cast, limits, limits, true);
        if self.is_open {
            stage.open();
        }
        stage.throw(sides);
        let (now, handshake) = (stage.now, stage.handshake.clone());
        let Some((end, _)) = stage.ends(self.at) else { panic!("the end that hears plays") };
        end.keeps_messages = true;
        end.hear(self.bytes);
        end.connection.socket.incoming.borrow_mut().is_shut = true;
        // As the stream ends, so does the connection; dice that often say no need more turns.
        for _ in 0..100_000 {
            if end.closed.is_some() {
                break;
            }
            end.turn(now, &handshake, true);
            end.consume(usize::MAX);
        }
        let End { was_requested, protocol, messages, closed, .. } = stage.into_end(self.at);
        assert!(closed.is_some(), "the end of the stream is the end of the connection");
        Account { was_requested, protocol, messages, closed }
    }
}

impl Stage {
    fn into_end(self, side: Side) -> End {
        match side {
            Side::Client => self.client,
            Side::Server => self.server,
        }
    }
}

fn made_up_frame(first: u8, is_masked: bool, payload: &[u8]) -> Vec<u8> {
    let mask_bit = if is_masked { 0x80 } else { 0 };
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..126 => frame.push(mask_bit | u8::try_from(length).unwrap()),
        length => {
            frame.push(mask_bit | 126);
            frame.extend(u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes());
        }
    }
    if is_masked {
        // A mask of zeros changes nothing, which leaves the payload to the fuzzer.
        frame.extend([0; 4]);
    }
    frame.extend(payload);
    frame
}

fn made_up_request() -> Vec<u8> {
    b"GET /chat HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
      Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
      Sec-WebSocket-Protocol: game\r\n\r\n"
        .to_vec()
}

/// The right answer to the request that a client has written, if it is all there.
fn made_up_answer(written: &VecDeque<u8>) -> Option<Vec<u8>> {
    let request = String::from_utf8(written.iter().copied().collect()).ok()?;
    let key = request.strip_suffix("\r\n\r\n")?.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: "))?;
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {}\r\nSec-WebSocket-Protocol: game\r\n\r\n",
        derive_accept_key(key.as_bytes())
    );
    Some(answer.into_bytes())
}
