//! Listening sockets.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use mio::net::{TcpListener, TcpStream};
use mio::{Interest, event::Source};
use socket2::{Domain, Protocol, Socket, Type};

use super::io::Io;
use crate::error::ListenError;

/// How many connections may wait to be accepted. The system may allow fewer.
const BACKLOG: i32 = 1024;

/// Where a server listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BindAddress {
    /// Every address of this machine, IPv4 and IPv6.
    Any,
    /// One address.
    Ip(IpAddr),
}

/// A listening socket and whether it may have connections to accept.
#[derive(Debug)]
pub(super) struct Listener {
    socket: TcpListener,
    /// Edge-triggered events tell once; this remembers.
    pub(super) is_ready: bool,
}

impl Listener {
    /// Listens; port 0 takes a free one.
    pub(super) fn bind(address: BindAddress, port: u16, io: &Io, token: usize) -> Result<Self, ListenError> {
        let socket = match address {
            BindAddress::Any => match listen(SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), port)) {
                // A machine without IPv6.
                Err(error) if is_family_missing(&error) => {
                    listen_on(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), port))?
                }
                Err(source) => {
                    return Err(ListenError::Bind {
                        address: SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), port),
                        source,
                    });
                }
                Ok(socket) => socket,
            },
            BindAddress::Ip(ip) => listen_on(SocketAddr::new(ip, port))?,
        };
        let mut socket = TcpListener::from_std(socket.into());
        register(io, &mut socket, token)?;
        Ok(Self { socket, is_ready: false })
    }

    /// The port it listens on.
    pub(super) fn port(&self) -> io::Result<u16> {
        self.socket.local_addr().map(|address| address.port())
    }

    /// The next connection that waits; `None` when there is none.
    pub(super) fn accept(&mut self) -> io::Result<Option<(TcpStream, SocketAddr)>> {
        match self.socket.accept() {
            Ok(accepted) => Ok(Some(accepted)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.is_ready = false;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

fn register(io: &Io, socket: &mut impl Source, token: usize) -> io::Result<()> {
    io.register(socket, token, Interest::READABLE)
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
