//! The system's own network, by mio.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
#[cfg(unix)]
use std::path::Path;
use std::time::Duration;

#[cfg(unix)]
use mio::net::UnixStream;
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll};
use socket2::{Domain, Protocol, Socket, Type};

use super::listener::Listener;
use super::platform::{BindAddress, Network, Token, Waker};
use super::resolve::SystemLookup;
#[cfg(unix)]
use super::{activation, unix_socket::UnixSocket};
use crate::clock::Clock;
use crate::error::ListenError;
use crate::stream::Readiness;
use crate::stream::tcp::TcpSocket;

/// How many connections may wait to be accepted. The system may allow fewer.
const BACKLOG: i32 = 1024;

/// The waker's token. No connection has it: its place would be the last but one of as many as 32 bits can count.
const WAKER: mio::Token = mio::Token(usize::MAX - 1);

#[cfg(not(target_pointer_width = "64"))]
compile_error!("mio's tokens have the size of a pointer, and a connection's key needs 64 bits");

/// Sockets of the system, and its list of those on which something happened.
#[derive(Debug)]
pub struct Mio {
    poll: Poll,
    events: Events,
    /// How many events one system call brings.
    capacity: usize,
    clock: Clock,
}

impl Mio {
    /// For an endpoint on whose sockets as many things happen between two looks, as a rule.
    ///
    /// # Errors
    /// When the system has no means left.
    pub fn new(capacity: usize) -> io::Result<Self> {
        Self::with_clock(capacity, Clock::default())
    }

    /// As [`Mio::new`], with a clock of the caller's that tells how long work has taken.
    ///
    /// # Errors
    /// When the system has no means left.
    pub fn with_clock(capacity: usize, clock: Clock) -> io::Result<Self> {
        Ok(Self { poll: Poll::new()?, events: Events::with_capacity(capacity), capacity, clock })
    }

    /// A connection that was accepted elsewhere, as [`NetworkHalf::adopting`](super::NetworkHalf::adopting) takes it.
    #[must_use]
    pub fn adopt(stream: TcpStream) -> TcpSocket {
        TcpSocket::new(stream)
    }
}

/// The number of a token as mio has it.
fn number(token: Token) -> mio::Token {
    // The guard above says that nothing is lost.
    mio::Token(usize::try_from(token.to_number()).unwrap_or(usize::MAX))
}

impl Network for Mio {
    type Socket = TcpSocket;
    type Listener = Listener;
    type Lookup = SystemLookup;

    fn listen(&mut self, address: BindAddress, port: u16) -> Result<Listener, ListenError> {
        let mut listener = open(address, port)?;
        self.poll.registry().register(&mut listener, number(Token::Listener), Interest::READABLE)?;
        Ok(listener)
    }

    fn local_port(&self, listener: &Listener) -> io::Result<u16> {
        listener.port()
    }

    fn accept(&mut self, listener: &mut Listener) -> io::Result<(TcpSocket, Option<SocketAddr>)> {
        listener.accept()
    }

    fn connect(&mut self, address: SocketAddr, token: Token) -> io::Result<TcpSocket> {
        let mut stream = TcpStream::connect(address)?;
        let interest = Interest::READABLE | Interest::WRITABLE;
        self.poll.registry().register(&mut stream, number(token), interest)?;
        Ok(TcpSocket::new(stream))
    }

    #[cfg(unix)]
    fn connect_local(&mut self, path: &Path, token: Token) -> io::Result<TcpSocket> {
        let mut stream = UnixStream::connect(path)?;
        let interest = Interest::READABLE | Interest::WRITABLE;
        self.poll.registry().register(&mut stream, number(token), interest)?;
        Ok(TcpSocket::new(stream))
    }

    fn is_connected(&mut self, socket: &mut TcpSocket) -> io::Result<bool> {
        let stream = socket.stream_mut();
        if let Some(error) = stream.take_error()? {
            return Err(error);
        }
        match stream.peer_addr() {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(false),
            // What Linux's connect(2) calls EINPROGRESS.
            Err(error) if error.raw_os_error() == Some(115) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn peer_address(&mut self, socket: &mut TcpSocket) -> io::Result<SocketAddr> {
        socket.stream_mut().peer_addr()?.ok_or_else(|| io::ErrorKind::Unsupported.into())
    }

    fn register(&mut self, socket: &mut TcpSocket, token: Token) -> io::Result<()> {
        let interest = Interest::READABLE | Interest::WRITABLE;
        self.poll.registry().register(socket.stream_mut(), number(token), interest)
    }

    fn rename(&mut self, socket: &mut TcpSocket, token: Token) -> io::Result<()> {
        let interest = Interest::READABLE | Interest::WRITABLE;
        self.poll.registry().reregister(socket.stream_mut(), number(token), interest)
    }

    fn look_up(&mut self, host: &str, port: u16) -> io::Result<SystemLookup> {
        SystemLookup::start(host, port)
    }

    fn collect(&mut self, patience: Duration, ready: &mut Vec<(Token, Readiness)>) {
        let mut patience = patience;
        loop {
            if let Err(error) = self.poll.poll(&mut self.events, Some(patience)) {
                if error.kind() != io::ErrorKind::Interrupted {
                    log::error!("the system's readiness queue failed: {error}");
                }
                return;
            }
            // Only the first look waits.
            patience = Duration::ZERO;
            let count = self.events.iter().count();
            ready.extend(self.events.iter().filter(|event| event.token() != WAKER).map(|event| {
                let readiness = Readiness {
                    readable: event.is_readable() || event.is_read_closed() || event.is_error(),
                    writable: event.is_writable() || event.is_write_closed() || event.is_error(),
                    ended: event.is_read_closed() || event.is_error(),
                };
                (Token::from_number(event.token().0 as u64), readiness)
            }));
            if count < self.capacity {
                return;
            }
        }
    }

    fn waker(&mut self) -> io::Result<Waker> {
        let waker = mio::Waker::new(self.poll.registry(), WAKER)?;
        Ok(Waker::new(move || {
            if let Err(error) = waker.wake() {
                log::error!("the network thread could not be woken: {error}");
            }
        }))
    }

    fn clock(&self) -> Clock {
        self.clock.clone()
    }
}

fn open(address: BindAddress, port: u16) -> Result<Listener, ListenError> {
    let socket = match address {
        BindAddress::Any => {
            let everywhere = SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), port);
            match listen(everywhere) {
                // A machine without IPv6.
                Err(error) if is_family_missing(&error) => {
                    listen_on(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), port))?
                }
                Err(source) => return Err(ListenError::Bind { address: everywhere, source }),
                Ok(socket) => socket,
            }
        }
        BindAddress::Ip(ip) => listen_on(SocketAddr::new(ip, port))?,
        #[cfg(unix)]
        BindAddress::Unix(path) => return Ok(Listener::Unix(UnixSocket::bind(&path)?)),
        #[cfg(unix)]
        BindAddress::Activated(name) => return activation::take(name.as_deref()),
        #[cfg(not(unix))]
        BindAddress::Unix(_) | BindAddress::Activated(_) => return Err(ListenError::NotHere),
    };
    Ok(Listener::Tcp(TcpListener::from_std(socket.into())))
}

fn listen_on(address: SocketAddr) -> Result<Socket, ListenError> {
    listen(address).map_err(|source| ListenError::Bind { address, source })
}

fn listen(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        // An explicit IPv6 address is only that; the wildcard takes IPv4 too.
        socket.set_only_v6(!address.ip().is_unspecified())?;
    }
    // Without it a port in TIME_WAIT could not be taken again; on Windows the option would let two servers share it.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    exclusive_port::claim(&socket)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket)
}

fn is_family_missing(error: &io::Error) -> bool {
    // What the systems say where IPv6 is not compiled in or is switched off.
    matches!(error.kind(), io::ErrorKind::Unsupported | io::ErrorKind::AddrNotAvailable)
        || error.raw_os_error().is_some_and(|code| matches!(code, 97 | 47 | 10047))
}
