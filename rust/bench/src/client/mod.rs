//! One client: dialed without waiting, then whatever its workload makes it say, as copies of one prepared frame.

mod frames;
mod stream;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use flate2::{Compress, Compression, FlushCompress};
use mio::net::TcpStream;
use rustls::ClientConfig;

use self::frames::FrameReader;
pub use self::stream::{Stream, trusting};

/// The size of a Godot peer id, which a multiplayer server sends first.
const ID: u64 = 4;

/// How many bytes of copies are prepared, at the least one.
const PATTERN: usize = 64 * 1024;

/// The key that every frame is masked with; a server cannot tell it from a random one.
const MASK: [u8; 4] = [0x37, 0xFA, 0x21, 0x3D];

/// What browsers offer.
const OFFER: &str = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";

/// What is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Godot multiplayer: a WebSocket server that gives an id first.
    Multiplayer,
    /// A WebSocket server that waits to be talked to.
    WebSocket,
    /// TCP; the server sends back the same bytes, frame headers and masks included.
    Bare,
}

/// What every client of a crowd has in common.
#[derive(Debug, Clone)]
pub struct Manner {
    /// What is spoken.
    pub protocol: Protocol,
    /// For `wss://`; whatever the server shows is believed.
    pub tls: Option<Arc<ClientConfig>>,
    /// Compression is offered in the handshake.
    pub offers_compression: bool,
    /// The frame that a client sends, again and again.
    pub frame: Arc<Pattern>,
}

/// Copies of one frame, one after the other.
#[derive(Debug)]
pub struct Pattern {
    bytes: Vec<u8>,
    frame: usize,
}

impl Pattern {
    /// Masked binary messages with a payload of `size` bytes, compressed or as it is.
    #[must_use]
    pub fn new(size: usize, is_compressed: bool) -> Self {
        let payload: Vec<u8> = (0..size).map(|place| place.to_le_bytes()[0]).collect();
        if is_compressed { Self::of(0xC2, &deflate(&payload)) } else { Self::of(0x82, &payload) }
    }

    fn of(first: u8, payload: &[u8]) -> Self {
        let mut frame = vec![first];
        let size = payload.len();
        match size {
            0..=125 => frame.push(0x80 | u8::try_from(size).unwrap_or(0)),
            126..=0xFFFF => {
                frame.push(0x80 | 126);
                frame.extend(u16::try_from(size).unwrap_or(0).to_be_bytes());
            }
            _ => {
                frame.push(0x80 | 127);
                frame.extend((size as u64).to_be_bytes());
            }
        }
        frame.extend(MASK);
        frame.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        let copies = (PATTERN / frame.len()).max(1);
        Self { frame: frame.len(), bytes: frame.repeat(copies) }
    }

    /// The size of one frame, header included.
    #[must_use]
    pub fn frame_size(&self) -> usize {
        self.frame
    }
}

/// A payload as a compressed message has it (RFC 7692 section 7.2.1).
fn deflate(payload: &[u8]) -> Vec<u8> {
    let mut made = Vec::with_capacity(payload.len() + 64);
    // There is room for more than comes of it, so nothing can go wrong.
    let _ = Compress::new(Compression::new(1), false).compress_vec(payload, &mut made, FlushCompress::Sync);
    made.truncate(made.len().saturating_sub(4));
    made
}

/// How far a client is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The request is on its way.
    Opening,
    /// Messages go both ways.
    Joined,
    /// It is over.
    Ended,
}

/// One connection.
#[derive(Debug)]
pub struct Client {
    stream: Stream,
    manner: Manner,
    stage: Stage,
    has_left: bool,
    /// What came of the response's head.
    head: Vec<u8>,
    awaits_id: bool,
    frames: FrameReader,
    /// Bytes of frames that are to be sent.
    unsent: usize,
    /// Where in the pattern the next of them is.
    place: usize,
    /// Bytes of the request that are to be sent.
    request: Vec<u8>,
    /// Messages that came since they were last taken.
    arrived: u64,
    /// Bytes both ways, without TLS.
    carried: u64,
    /// When the frame was sent that has not come back, for who sends one at a time.
    pub asked: Option<Instant>,
}

impl Client {
    /// Dials; the answer comes by mio's events.
    ///
    /// # Errors
    /// When the system has no socket left, or TLS cannot start.
    pub fn dial(address: SocketAddr, manner: &Manner) -> io::Result<Self> {
        let socket = TcpStream::connect(address)?;
        let stream = match &manner.tls {
            None => Stream::Plain(socket),
            Some(config) => Stream::tls(socket, config)?,
        };
        let request = match manner.protocol {
            Protocol::Bare => Vec::new(),
            Protocol::Multiplayer | Protocol::WebSocket => format!(
                "GET / HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                 Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{}\r\n",
                if manner.offers_compression { OFFER } else { "" }
            )
            .into_bytes(),
        };
        Ok(Self {
            stream,
            manner: manner.clone(),
            stage: Stage::Opening,
            has_left: false,
            head: Vec::new(),
            awaits_id: manner.protocol == Protocol::Multiplayer,
            frames: FrameReader::default(),
            unsent: 0,
            place: 0,
            request,
            arrived: 0,
            carried: 0,
            asked: None,
        })
    }

    /// The socket, to be registered.
    pub fn socket(&mut self) -> &mut TcpStream {
        self.stream.socket()
    }

    /// How far it is.
    #[must_use]
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// Messages that came since the last call.
    pub fn take_arrived(&mut self) -> u64 {
        std::mem::take(&mut self.arrived)
    }

    /// Bytes that went both ways, without TLS.
    #[must_use]
    pub fn carried(&self) -> u64 {
        self.carried
    }

    /// Says `count` more frames, as far as the socket takes them now.
    pub fn say(&mut self, count: usize) {
        self.unsent += count * self.manner.frame.frame_size();
        self.write();
    }

    /// Hangs up.
    pub fn leave(&mut self) {
        self.stage = Stage::Ended;
        self.has_left = true;
    }

    /// Whether it was this end that hung up.
    #[must_use]
    pub fn has_left(&self) -> bool {
        self.has_left
    }

    /// Reads all there is.
    pub fn read(&mut self, buffer: &mut [u8]) {
        while self.stage != Stage::Ended {
            match self.stream.read(buffer) {
                Ok(0) => self.stage = Stage::Ended,
                Ok(count) => {
                    self.carried += count as u64;
                    self.digest(buffer.get(..count).unwrap_or_default());
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => self.stage = Stage::Ended,
            }
        }
    }

    fn digest(&mut self, bytes: &[u8]) {
        if self.manner.protocol == Protocol::Bare {
            self.arrived += self.frames.count_bytes(bytes.len(), self.manner.frame.frame_size());
            return;
        }
        let rest;
        let mut bytes = bytes;
        if self.stage == Stage::Opening && !self.awaits_only_id() {
            self.head.extend_from_slice(bytes);
            let Some(end) = self.head.windows(4).position(|window| window == b"\r\n\r\n") else { return };
            if !self.head.starts_with(b"HTTP/1.1 101") {
                self.stage = Stage::Ended;
                return;
            }
            rest = self.head.split_off(end + 4);
            self.head.clear();
            self.head.shrink_to_fit();
            self.frames.begin();
            if !self.awaits_id {
                self.stage = Stage::Joined;
            }
            bytes = &rest;
        }
        let mut tally = self.frames.feed(bytes);
        if self.awaits_id && tally.messages > 0 {
            tally.messages -= 1;
            self.awaits_id = false;
            self.stage = if tally.first == ID { Stage::Joined } else { Stage::Ended };
        }
        self.arrived += tally.messages;
        if tally.has_closed {
            self.stage = Stage::Ended;
        }
    }

    /// The head has come, the id has not.
    fn awaits_only_id(&self) -> bool {
        self.awaits_id && self.frames.has_begun()
    }

    /// The socket takes bytes; the first time, that is because it is connected.
    pub fn writable(&mut self) {
        if self.manner.protocol == Protocol::Bare && self.stage == Stage::Opening {
            self.stage = Stage::Joined;
        }
        self.write();
    }

    /// Writes what waits, as far as the socket takes it.
    fn write(&mut self) {
        if let Err(error) = self.try_write()
            && !matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::NotConnected)
        {
            self.stage = Stage::Ended;
        }
    }

    fn try_write(&mut self) -> io::Result<()> {
        while !self.request.is_empty() {
            let count = self.stream.write(&self.request)?;
            self.request.drain(..count);
        }
        let pattern = &self.manner.frame.bytes;
        while self.unsent > 0 {
            let end = pattern.len().min(self.place + self.unsent);
            let count = self.stream.write(pattern.get(self.place..end).unwrap_or_default())?;
            self.unsent -= count;
            self.carried += count as u64;
            self.place = (self.place + count) % pattern.len();
        }
        self.stream.flush()
    }
}
