//! The lives that members of the crowd lead, one after the other: good ones, bad ones, short ones.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::{Duration, Instant};

use rand::RngExt;
use rand::rngs::StdRng;
use rust_websocket_transport::close_code;
use rust_websocket_transport::config::{Limits, Settings};
use rust_websocket_transport::event::Event;
use rust_websocket_transport::game::{Client, Endpoint, SERVER_ID};
use rust_websocket_transport::stream::tls::client::ClientTls;
use rust_websocket_transport::wire::url::Url;

use super::house::{HOUSES, PLAIN};

/// The first byte of what the server says to everybody; echoes begin with another.
pub(crate) const TO_ALL: u8 = 0;

/// How much a glutton asks for before it reads anything, in bytes: more than the system holds for a connection, and more
/// than the server's queue on top of it.
const GLUTTONY: usize = 8 * 1024 * 1024;

/// How long a glutton that reads waits for more, before it has had enough.
const ENOUGH: Duration = Duration::from_secs(1);

/// Every kind of life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Joins, talks, hears every echo in its order, leaves by the closing handshake.
    Talker,
    /// The same, but it reads little and late.
    SlowReader,
    /// Joins, asks for more than any queue holds, and reads nothing until late. What the server has not refused, and no
    /// more than that, must arrive in its order.
    Glutton,
    /// Joins, talks, and is gone without a word.
    Runaway,
    /// Joins, talks, and says goodbye without waiting.
    Hasty,
    /// Connects and says nothing.
    Silent,
    /// Sends what is no HTTP, or no TLS.
    GarbageHead,
    /// Opens a connection and sends what are no frames.
    GarbageFrames,
    /// Opens a connection and begins a frame that never ends.
    HalfFrame,
}

impl Kind {
    pub(crate) const ALL: [Self; 9] = [
        Self::Talker,
        Self::SlowReader,
        Self::Glutton,
        Self::Runaway,
        Self::Hasty,
        Self::Silent,
        Self::GarbageHead,
        Self::GarbageFrames,
        Self::HalfFrame,
    ];

    /// Half of all are talkers.
    fn draw(rng: &mut StdRng) -> Self {
        if rng.random_ratio(1, 2) { Self::Talker } else { Self::ALL[rng.random_range(1..Self::ALL.len())] }
    }
}

/// One member of the crowd, from its coming to its going.
pub(crate) struct Life {
    pub(crate) kind: Kind,
    until: Instant,
    body: Body,
}

enum Body {
    Client(Box<Talk>),
    Raw(TcpStream),
}

struct Talk {
    client: Client,
    /// The echoes that are due, by their hashes.
    awaited: VecDeque<u64>,
    /// Bytes that were sent.
    asked: usize,
    last_read: Instant,
    is_in: bool,
    is_leaving: bool,
}

/// What a turn of a life has come to.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Turn {
    pub(crate) echoes: u64,
    pub(crate) broadcasts: u64,
    /// It joined in this turn.
    pub(crate) joined: bool,
    /// It has ended.
    pub(crate) over: bool,
    /// It ended before it was in.
    pub(crate) failed: bool,
}

impl Life {
    /// Begins a life; `None` when the system has no connection to give at the moment.
    pub(crate) fn begin(ports: [u16; HOUSES.len()], rng: &mut StdRng) -> Option<Self> {
        let kind = Kind::draw(rng);
        let house = rng.random_range(0..HOUSES.len());
        let (uses_tls, port) = (HOUSES[house].uses_tls, ports[house]);
        let now = Instant::now();
        let until = now + Duration::from_millis(rng.random_range(200..8000));
        let body = match kind {
            Kind::Talker | Kind::SlowReader | Kind::Glutton | Kind::Runaway | Kind::Hasty => {
                let scheme = if uses_tls { "wss" } else { "ws" };
                let url = Url::parse(&format!("{scheme}://127.0.0.1:{port}")).unwrap();
                let limits = Limits {
                    handshake_timeout: Duration::from_secs(30),
                    heartbeat_interval: Some(Duration::from_secs(5)),
                    ..Limits::default()
                };
                let trust = ClientTls { roots: None, ..ClientTls::default() };
                let client = Client::connect(url, Settings { limits, ..Settings::default() }, trust, now).ok()?;
                Body::Client(Box::new(Talk {
                    client,
                    awaited: VecDeque::new(),
                    asked: 0,
                    last_read: now,
                    is_in: false,
                    is_leaving: false,
                }))
            }
            Kind::Silent | Kind::GarbageHead => Body::Raw(raw(port, kind, rng).ok()?),
            // Over TLS this would be another client's work; what is under TLS does not know of it.
            Kind::GarbageFrames | Kind::HalfFrame => Body::Raw(raw(ports[PLAIN], kind, rng).ok()?),
        };
        Some(Self { kind, until, body })
    }

    pub(crate) fn turn(&mut self, now: Instant, rng: &mut StdRng) -> Turn {
        match &mut self.body {
            Body::Client(talk) => talk.turn(self.kind, self.until, now, rng),
            Body::Raw(stream) => Turn { over: now >= self.until || has_ended(stream), ..Turn::default() },
        }
    }
}

impl Talk {
    fn turn(&mut self, kind: Kind, until: Instant, now: Instant, rng: &mut StdRng) -> Turn {
        let mut turn = Turn::default();
        self.client.poll(now);
        let appetite = match kind {
            Kind::SlowReader => usize::from(rng.random_ratio(1, 8)),
            Kind::Glutton if now < until => 0,
            _ => usize::MAX,
        };
        for _ in 0..appetite {
            let Some(packet) = self.client.pop() else { break };
            if packet.payload.first() == Some(&TO_ALL) {
                turn.broadcasts += 1;
                continue;
            }
            self.last_read = now;
            let echo = hash(&packet.payload);
            let mut is_due = self.awaited.pop_front() == Some(echo);
            // The server had no room for some of what a glutton asked for.
            while kind == Kind::Glutton && !is_due && !self.awaited.is_empty() {
                is_due = self.awaited.pop_front() == Some(echo);
            }
            assert!(is_due, "an echo is not the next that is due");
            turn.echoes += 1;
        }
        while let Some(event) = self.client.next_event() {
            match event {
                Event::Joined { .. } => {
                    self.is_in = true;
                    turn.joined = true;
                }
                Event::Disconnected { .. } => turn.over = true,
                Event::Failed { .. } => {
                    turn.over = true;
                    turn.failed = true;
                }
                _ => {}
            }
        }
        if !self.is_in || turn.over || self.is_leaving {
            return turn;
        }
        if now < until {
            if kind == Kind::Glutton && self.asked < GLUTTONY {
                self.ask(rng);
            } else if rng.random_ratio(1, 10) {
                self.talk(rng);
            }
        } else {
            match kind {
                Kind::Runaway => {
                    self.client.cut_peer(SERVER_ID, now);
                    turn.over = true;
                }
                Kind::Hasty => {
                    self.client.shut_down();
                    turn.over = true;
                }
                Kind::Glutton if now < until + ENOUGH || now < self.last_read + ENOUGH => {}
                Kind::Glutton => {
                    self.is_leaving = true;
                    self.client.close_peer(SERVER_ID, close_code::NORMAL.into(), "", now);
                }
                // The others wait for what they are owed. A slow reader gives up at some point.
                _ if self.awaited.is_empty() || now > until + Duration::from_secs(20) => {
                    self.is_leaving = true;
                    self.client.close_peer(SERVER_ID, close_code::NORMAL.into(), "", now);
                }
                _ => {}
            }
        }
        self.client.flush(now);
        turn
    }

    fn talk(&mut self, rng: &mut StdRng) {
        for _ in 0..rng.random_range(1..4) {
            let size = if rng.random_ratio(1, 50) { rng.random_range(1000..20_000) } else { rng.random_range(1..300) };
            self.say(size, rng);
        }
    }

    /// As much as there is room for.
    fn ask(&mut self, rng: &mut StdRng) {
        for _ in 0..3 {
            self.say(20_000, rng);
        }
    }

    fn say(&mut self, size: usize, rng: &mut StdRng) {
        let mut packet = vec![0; size];
        rng.fill(&mut packet[..]);
        packet[0] = packet[0].max(TO_ALL + 1);
        if self.client.send(&packet).is_ok() {
            self.asked += size;
            self.awaited.push_back(hash(&packet));
        }
    }
}

fn hash(packet: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    packet.hash(&mut hasher);
    hasher.finish()
}

fn raw(port: u16, kind: Kind, rng: &mut StdRng) -> std::io::Result<TcpStream> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_nonblocking(true)?;
    let mut garbage = vec![0; rng.random_range(1..3000)];
    rng.fill(&mut garbage[..]);
    let upgrade = b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    match kind {
        Kind::GarbageHead => stream.write_all(&garbage)?,
        Kind::GarbageFrames => {
            stream.write_all(upgrade)?;
            stream.write_all(&garbage)?;
        }
        Kind::HalfFrame => {
            stream.write_all(upgrade)?;
            stream.write_all(&[0x82, 0xfe, 0x40, 0x00, 1, 2, 3, 4, 5, 6])?;
        }
        Kind::Talker | Kind::SlowReader | Kind::Glutton | Kind::Runaway | Kind::Hasty | Kind::Silent => {}
    }
    Ok(stream)
}

fn has_ended(stream: &mut TcpStream) -> bool {
    let mut buffer = [0; 4096];
    match stream.read(&mut buffer) {
        Ok(count) => count == 0,
        Err(error) => error.kind() != ErrorKind::WouldBlock,
    }
}
