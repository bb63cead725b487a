//! The lives that members of the crowd lead, one after the other: good ones, bad ones, short ones.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::{Duration, Instant};

use rand::RngExt;
use rand::rngs::StdRng;
use rust_websocket_transport::config::{Limits, Settings};
use rust_websocket_transport::endpoint::client::Client;
use rust_websocket_transport::endpoint::url::Url;
use rust_websocket_transport::event::ClientEvent;
use rust_websocket_transport::tls::client::ClientTls;

/// The first byte of what the server says to everybody; echoes begin with another.
pub(crate) const TO_ALL: u8 = 0;

/// Every kind of life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Joins, talks, hears every echo in its order, leaves by the closing handshake.
    Talker,
    /// The same, but it reads little and late.
    SlowReader,
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
    pub(crate) const ALL: [Self; 8] = [
        Self::Talker,
        Self::SlowReader,
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
    awaited: VecDeque<Vec<u8>>,
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
    pub(crate) fn begin(ports: [u16; 2], rng: &mut StdRng) -> Option<Self> {
        let kind = Kind::draw(rng);
        let uses_tls = rng.random_ratio(1, 2);
        let port = ports[usize::from(uses_tls)];
        let now = Instant::now();
        let until = now + Duration::from_millis(rng.random_range(200..8000));
        let body = match kind {
            Kind::Talker | Kind::SlowReader | Kind::Runaway | Kind::Hasty => {
                let scheme = if uses_tls { "wss" } else { "ws" };
                let url = Url::parse(&format!("{scheme}://127.0.0.1:{port}")).unwrap();
                let limits = Limits {
                    handshake_timeout: Duration::from_secs(30),
                    heartbeat_interval: Some(Duration::from_secs(5)),
                    ..Limits::default()
                };
                let trust = ClientTls { roots: None, ..ClientTls::default() };
                let client = Client::connect(url, Settings { limits, ..Settings::default() }, trust, now).ok()?;
                Body::Client(Box::new(Talk { client, awaited: VecDeque::new(), is_in: false, is_leaving: false }))
            }
            Kind::Silent | Kind::GarbageHead => Body::Raw(raw(port, kind, rng).ok()?),
            // Over TLS this would be another client's work; what is under TLS does not know of it.
            Kind::GarbageFrames | Kind::HalfFrame => Body::Raw(raw(ports[0], kind, rng).ok()?),
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
        let appetite = if kind == Kind::SlowReader { usize::from(rng.random_ratio(1, 8)) } else { usize::MAX };
        for _ in 0..appetite {
            let Some(packet) = self.client.pop() else { break };
            if packet.payload.first() == Some(&TO_ALL) {
                turn.broadcasts += 1;
                continue;
            }
            assert_eq!(Some(packet.payload.to_vec()), self.awaited.pop_front(), "an echo is not the next that is due");
            turn.echoes += 1;
        }
        while let Some(event) = self.client.next_event() {
            match event {
                ClientEvent::Connected { .. } => {
                    self.is_in = true;
                    turn.joined = true;
                }
                ClientEvent::Overflowed { .. } => {}
                ClientEvent::Disconnected { .. } => turn.over = true,
                ClientEvent::Failed { .. } => {
                    turn.over = true;
                    turn.failed = true;
                }
            }
        }
        if !self.is_in || turn.over || self.is_leaving {
            return turn;
        }
        if now < until {
            if rng.random_ratio(1, 10) {
                self.talk(rng);
            }
        } else {
            match kind {
                Kind::Runaway => {
                    self.client.reset(now);
                    turn.over = true;
                }
                Kind::Hasty => {
                    self.client.close();
                    turn.over = true;
                }
                // The others wait for what they are owed. A slow reader gives up at some point.
                _ if self.awaited.is_empty() || now > until + Duration::from_secs(20) => {
                    self.is_leaving = true;
                    self.client.disconnect(1000, "", now);
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
            let mut packet = vec![0; size];
            rng.fill(&mut packet[..]);
            packet[0] = packet[0].max(TO_ALL + 1);
            if self.client.send(&packet).is_ok() {
                self.awaited.push_back(packet);
            }
        }
    }
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
        Kind::Talker | Kind::SlowReader | Kind::Runaway | Kind::Hasty | Kind::Silent => {}
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
