//! The system's own network, which fails where a test wants it to.

use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use super::listener::Listener;
use super::mio::Mio;
use super::resolve::SystemLookup;
use super::*;
use crate::clock::Clock;
use crate::config::Settings;
use crate::connection::ReadBuffer;
use crate::entropy::Entropy;
use crate::error::ListenError;
use crate::stream::Readiness;
use crate::stream::tcp::TcpSocket;

/// Long enough for the busiest machine.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug)]
struct Failing {
    system: Mio,
    /// What the next attempts to accept come to.
    faults: VecDeque<io::Error>,
    /// How often it was asked for a connection.
    asked: usize,
}

impl Failing {
    fn new() -> Self {
        Self { system: Mio::new(16).unwrap(), faults: VecDeque::new(), asked: 0 }
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
        self.system.register(socket, token)
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
        self.system.clock()
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
