//! Peers that break the rules: half heads, words of the fuzzers' dictionaries, wrong frames, floods, half-closed streams.

use std::io::{self, Read as _, Write as _};
use std::net::SocketAddr;
use std::time::Duration;

use rust_websocket_transport::stream::Socket as _;

use super::{Context, Mood, Resident};
use crate::dice::Dice;
use crate::fabric::HostId;
use crate::ledger::Ledger;
use crate::network::SimulatedSocket;
use crate::time::nanoseconds;

/// What fuzzers are given to begin with.
const FRAME_WORDS: &str = include_str!("../../../transport/fuzz/dictionaries/frames.dict");
const HEAD_WORDS: &str = include_str!("../../../transport/fuzz/dictionaries/http.dict");

/// A request that is legal.
const REQUEST: &str = "GET / HTTP/1.1\r\nHost: server.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

/// How long one goes on in the calm.
const LAST: Duration = Duration::from_millis(1_500);

/// How much a flood writes in a frame.
const WAVE: usize = 40_000;

/// What one does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// Connects, and says nothing.
    Silent,
    /// A part of a request, and nothing more.
    HalfHead,
    /// Words of requests in any order.
    WrongHead,
    /// A request, and words of frames in any order.
    WrongFrames,
    /// A request, and a frame that never ends.
    HalfFrame,
    /// A request, and messages without end.
    Flood,
    /// A request, and pings without end, whose pongs it does not read.
    Pings,
    /// A request, and the end of its half of the stream.
    HalfClose,
}

/// One of them.
#[derive(Debug)]
pub struct HostilePeer {
    host: HostId,
    server: SocketAddr,
    manner: Manner,
    reads: bool,
    begins_at: u64,
    socket: Option<SimulatedSocket>,
    /// What it is about to write.
    waiting: Vec<u8>,
    has_begun: bool,
    /// How often it comes again.
    lives: usize,
    ends_at: Option<u64>,
    /// It does not go by itself: the other side has to see to that.
    is_stubborn: bool,
}

impl HostilePeer {
    /// One that comes at this moment.
    #[must_use]
    pub fn new(host: HostId, server: SocketAddr, begins_at: u64, is_flood: bool, dice: &mut Dice) -> Self {
        let manner = if is_flood {
            dice.one_of([Manner::Flood, Manner::Pings])
        } else {
            dice.one_of([
                Manner::Silent,
                Manner::HalfHead,
                Manner::WrongHead,
                Manner::WrongFrames,
                Manner::WrongFrames,
                Manner::HalfFrame,
                Manner::HalfClose,
            ])
        };
        Self {
            host,
            server,
            manner,
            reads: manner != Manner::Pings && dice.chance(600),
            begins_at,
            socket: None,
            waiting: Vec::new(),
            has_begun: false,
            lives: dice.size(1, 4),
            ends_at: None,
            is_stubborn: false,
        }
    }

    /// It stays until it is sent away; but for one that floods with messages, whom nobody has a reason to send away.
    #[must_use]
    pub fn stubborn(self) -> Self {
        Self { is_stubborn: self.manner != Manner::Flood, ..self }
    }

    fn begin(&mut self, context: &mut Context<'_>) {
        self.has_begun = true;
        let dice = &mut *context.dice;
        match self.manner {
            Manner::Silent => {}
            Manner::HalfHead => self.waiting.extend(&REQUEST.as_bytes()[..dice.size(0, REQUEST.len() - 1)]),
            Manner::WrongHead => {
                for _ in 0..dice.size(1, 30) {
                    self.waiting.extend(word(HEAD_WORDS, dice));
                }
            }
            _ => self.waiting.extend(REQUEST.as_bytes()),
        }
        match self.manner {
            Manner::WrongFrames => {
                for _ in 0..dice.size(1, 20) {
                    self.waiting.extend(if dice.chance(400) { frame(2, dice) } else { word(FRAME_WORDS, dice) });
                }
            }
            Manner::HalfFrame => self.waiting.extend([0x82, 0xfe, 0x40, 0, 1, 2, 3, 4, 5]),
            _ => {}
        }
    }

    /// Writes and reads what it can. The connection may end by that.
    fn go_on(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        let Some(socket) = &mut self.socket else { return Ok(()) };
        if !socket.is_connected()? {
            return Ok(());
        }
        if !self.has_begun {
            self.begin(context);
        }
        let opcode = match self.manner {
            Manner::Flood => Some(2),
            Manner::Pings => Some(9),
            _ => None,
        };
        if let Some(opcode) = opcode {
            while self.waiting.len() < WAVE {
                let frame = frame(opcode, context.dice);
                self.waiting.extend(frame);
            }
        }
        let Some(socket) = &mut self.socket else { return Ok(()) };
        while !self.waiting.is_empty() {
            match socket.write(&self.waiting) {
                Ok(count) => drop(self.waiting.drain(..count)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        if self.manner == Manner::HalfClose && self.waiting.is_empty() {
            socket.shutdown_write()?;
        }
        let mut sink = [0; 4096];
        if !self.reads {
            return Ok(());
        }
        loop {
            match socket.read(&mut sink) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }

    fn drop_socket(&mut self) {
        self.socket = None;
        self.waiting.clear();
        self.has_begun = false;
    }
}

/// A short masked frame with this opcode.
fn frame(opcode: u8, dice: &mut Dice) -> Vec<u8> {
    let size = u8::try_from(dice.below(40)).unwrap_or(0);
    let mut frame = vec![0x80 | opcode, 0x80 | size];
    frame.extend(dice.number().to_le_bytes().iter().take(4));
    frame.extend(std::iter::repeat_n(0x55, size.into()));
    frame
}

/// One word of a dictionary.
fn word(dictionary: &str, dice: &mut Dice) -> Vec<u8> {
    let words: Vec<&str> = dictionary.lines().filter_map(|line| line.strip_prefix('"')?.strip_suffix('"')).collect();
    unescape(dice.pick(&words).copied().unwrap_or_default())
}

/// The bytes of a word: `\xNN` is one, and what else follows a backslash is itself.
fn unescape(word: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = word.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'\\' {
            bytes.push(*first);
        } else if let Some([b'x', high, low]) = rest.first_chunk::<3>() {
            let digit =
                |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok()).unwrap_or(0);
            bytes.push(digit(*high) * 16 + digit(*low));
            rest = &rest[3..];
        }
    }
    bytes
}

impl Resident for HostilePeer {
    fn host(&self) -> HostId {
        self.host
    }

    fn frame(&mut self, context: &mut Context<'_>) -> Duration {
        let wait = context.dice.milliseconds(5, 80);
        let now = context.time.nanoseconds();
        if context.mood > Mood::Active {
            let ends_at = *self.ends_at.get_or_insert(now + context.dice.below(nanoseconds(LAST)));
            if now >= ends_at {
                self.lives = 0;
                if !self.is_stubborn {
                    self.drop_socket();
                }
            }
        }
        if self.socket.is_none() && self.lives > 0 && now >= self.begins_at {
            self.lives -= 1;
            self.socket = SimulatedSocket::dial(context.fabric, self.host, self.server).ok();
        }
        let goes = !(self.is_stubborn && context.mood > Mood::Active) && context.dice.chance(3);
        if self.go_on(context).is_err() || goes {
            self.drop_socket();
            self.begins_at = now + nanoseconds(context.dice.milliseconds(0, 500));
        }
        wait
    }

    fn look(&mut self, _context: &mut Context<'_>) {}

    fn is_settled(&self) -> bool {
        self.lives == 0 && (self.is_stubborn || self.socket.is_none())
    }

    fn vanish(&mut self, _ledger: &mut Ledger) {}

    fn is_alone(&self) -> bool {
        self.is_stubborn || self.socket.is_none()
    }

    fn leave(&mut self, _ledger: &mut Ledger) {
        self.drop_socket();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_bytes() {
        assert_eq!(unescape(r"\x81\x80a"), [0x81, 0x80, b'a']);
        assert!(FRAME_WORDS.lines().filter(|line| line.starts_with('"')).count() > 20);
        assert!(HEAD_WORDS.lines().filter(|line| line.starts_with('"')).count() > 20);
    }
}
