//! The system's own network, which fails where a test wants it to.

use std::collections::VecDeque;
use std::io::{self, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::listener::Listener;
use super::mio::Mio;
use super::resolve::SystemLookup;
use super::*;
use crate::clock::Clock;
use crate::config::Settings;
use crate::connection::{READ_TIME, ReadBuffer};
use crate::entropy::Entropy;
use crate::error::ListenError;
use crate::statistics::Handshakes;
use crate::stream::Readiness;
use crate::stream::tcp::TcpSocket;

/// Long enough for the busiest machine.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug)]
struct Failing {
    system: Mio,
    /// What the next attempts to accept come to.
    faults: VecDeque<io::Error>,
    /// Whether it has no place for another socket in its list.
    is_full: bool,
    /// How often it was asked for a connection.
    asked: usize,
    /// The time that work takes.
    clock: Clock,
}

impl Failing {
    fn new() -> Self {
        Self {
            system: Mio::new(16).unwrap(),
            faults: VecDeque::new(),
            is_full: false,
            asked: 0,
            clock: Clock::default(),
        }
    }
}

impl Network for Failing {
    type Socket = TcpSocket;
    type Listener = Listener;
    type Lookup = SystemLookup;

    fn listen(&mut self, address: BindAddress, port: u16) -> Result<Listener, ListenError> {
        self.system.listen(address, port)
    }

    fn local_port(&self, listener: &Listener) -> io::Result<u16> {
        self.system.local_port(listener)
    }

    fn accept(&mut self, listener: &mut Listener) -> io::Result<(TcpSocket, Option<SocketAddr>)> {
        self.asked += 1;
        self.faults.pop_front().map_or_else(|| self.system.accept(listener), Err)
    }

    fn connect(&mut self, address: SocketAddr, token: Token) -> io::Result<TcpSocket> {
        self.system.connect(address, token)
    }

    fn is_connected(&mut self, socket: &mut TcpSocket) -> io::Result<bool> {
        self.system.is_connected(socket)
    }

    fn peer_address(&mut self, socket: &mut TcpSocket) -> io::Result<SocketAddr> {
        self.system.peer_address(socket)
    }

    fn register(&mut self, socket: &mut TcpSocket, token: Token) -> io::Result<()> {
        if self.is_full { Err(exhausted()) } else { self.system.register(socket, token) }
    }

    fn rename(&mut self, socket: &mut TcpSocket, token: Token) -> io::Result<()> {
        self.system.rename(socket, token)
    }

    fn look_up(&mut self, host: &str, port: u16) -> io::Result<SystemLookup> {
        self.system.look_up(host, port)
    }

    fn collect(&mut self, patience: Duration, ready: &mut Vec<(Token, Readiness)>) {
        self.system.collect(patience, ready);
    }

    fn clock(&self) -> Clock {
        self.clock.clone()
    }
}

fn listening() -> NetworkHalf<Failing> {
    let here = BindAddress::Ip(Ipv4Addr::LOCALHOST.into());
    NetworkHalf::listening(Failing::new(), Entropy::from_seed(1), here, 0, Settings::default(), None).unwrap()
}

/// Somebody knocks, and the half knows.
fn knock(half: &mut NetworkHalf<Failing>) -> TcpStream {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, half.local_port().unwrap())).unwrap();
    half.wait(PATIENCE);
    stream
}

/// Nothing is left to accept with.
fn exhausted() -> io::Error {
    #[cfg(unix)]
    let code = libc::EMFILE;
    #[cfg(not(unix))]
    let code = 10024;
    io::Error::from_raw_os_error(code)
}

#[test]
fn a_system_that_has_nothing_left_is_left_alone_for_a_while() {
    let mut half = listening();
    let mut buffer = ReadBuffer::default();
    let _stream = knock(&mut half);
    half.network.faults.extend([exhausted(), exhausted()]);
    let mut now = Instant::now();
    for asked in [1, 2] {
        let again = half.drive(now, &mut buffer).unwrap();
        assert_eq!((half.slots.len(), half.network.asked), (0, asked));
        assert!(again > now, "a server without descriptors does not spin");
        half.drive(now, &mut buffer);
        assert_eq!(half.network.asked, asked, "nor is it asked before");
        now = again;
    }
    half.drive(now, &mut buffer);
    assert_eq!(half.slots.len(), 1, "nobody has to knock again");
}

#[test]
fn the_oldest_makes_room_where_the_system_has_none() {
    let mut half = listening();
    let mut buffer = ReadBuffer::default();
    let _first = knock(&mut half);
    let now = Instant::now();
    half.drive(now, &mut buffer);
    let first = half.slots.keys().next().unwrap();
    let _second = knock(&mut half);
    half.network.faults.push_back(exhausted());
    half.drive(now + Duration::from_secs(1), &mut buffer);
    assert_eq!((half.slots.len(), half.slots.contains_key(first)), (1, false), "at once");
}

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

#[test]
fn whoever_has_spoken_in_time_and_waits_for_its_turn_is_not_late() {
    let mut half = listening();
    let mut buffer = ReadBuffer::default();
    let mut now = Instant::now();
    let mut flood = knock(&mut half);
    half.drive(now, &mut buffer);
    flood.write_all(REQUEST).unwrap();
    half.wait(PATIENCE);
    half.drive(now, &mut buffer);
    let mut newcomer = knock(&mut half);
    half.drive(now, &mut buffer);
    assert_eq!(half.slots.len(), 2);

    // From here on all the time that there is for reading has passed whenever somebody looks.
    let (start, looks) = (now, AtomicU32::new(0));
    half.network.clock = Clock::new(move || start + READ_TIME * looks.fetch_add(1, Ordering::Relaxed));
    // Pongs that nobody has asked for, so many that they take a few turns.
    flood.write_all(&[0x8a, 0x80, 0, 0, 0, 0].repeat(1000)).unwrap();
    half.wait(PATIENCE);
    half.drive(now, &mut buffer);
    newcomer.write_all(REQUEST).unwrap();
    half.wait(PATIENCE);
    now += half.settings.limits.handshake_timeout;
    half.drive(now, &mut buffer);
    let open = |half: &NetworkHalf<Failing>| half.slots.values().filter(|slot| slot.connection.is_open()).count();
    assert_eq!((half.slots.len(), open(&half)), (2, 1), "the flood had its turn, and the newcomer waits for its own");
    half.drive(now, &mut buffer);
    assert_eq!(open(&half), 2);
}

#[test]
fn a_connection_that_has_gone_already_keeps_nobody_waiting() {
    let mut half = listening();
    let _stream = knock(&mut half);
    half.network.faults.push_back(io::ErrorKind::ConnectionAborted.into());
    half.drive(Instant::now(), &mut ReadBuffer::default());
    assert_eq!(half.slots.len(), 1, "behind it");
}

#[test]
fn a_handshake_for_which_there_are_no_means_counts_as_failed() {
    let mut half = listening();
    let _stream = knock(&mut half);
    half.network.is_full = true;
    half.drive(Instant::now(), &mut ReadBuffer::default());
    let counted = Handshakes { started: 1, failed: 1, ..Handshakes::default() };
    assert_eq!((half.slots.len(), half.totals().handshakes()), (0, counted));
}
