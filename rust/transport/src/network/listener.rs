//! Where the system lets connections in: a port, a Unix socket, or a socket that was there when the process began.

use std::io;
use std::net::SocketAddr;

use mio::event::Source;
use mio::net::TcpListener;
use mio::{Interest, Registry, Token};

#[cfg(unix)]
use super::unix_socket::UnixSocket;
use crate::stream::tcp::TcpSocket;

/// A listening socket of the system's.
#[derive(Debug)]
pub enum Listener {
    /// On a port.
    Tcp(TcpListener),
    /// On a path.
    #[cfg(unix)]
    Unix(UnixSocket),
}

impl Listener {
    /// The next connection that waits, and where it comes from.
    pub(super) fn accept(&self) -> io::Result<(TcpSocket, Option<SocketAddr>)> {
        match self {
            Self::Tcp(listener) => {
                let (stream, address) = listener.accept()?;
                // A socket for both families has IPv4 mapped into IPv6; nobody wants to read it so.
                let address = SocketAddr::new(address.ip().to_canonical(), address.port());
                Ok((TcpSocket::new(stream), Some(address)))
            }
            #[cfg(unix)]
            Self::Unix(socket) => Ok((TcpSocket::new(socket.accept()?), None)),
        }
    }

    /// Its port.
    pub(super) fn port(&self) -> io::Result<u16> {
        match self {
            Self::Tcp(listener) => listener.local_addr().map(|address| address.port()),
            #[cfg(unix)]
            Self::Unix(_) => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    fn source(&mut self) -> &mut dyn Source {
        match self {
            Self::Tcp(listener) => listener,
            #[cfg(unix)]
            Self::Unix(socket) => socket.listener_mut(),
        }
    }
}

impl Source for Listener {
    fn register(&mut self, registry: &Registry, token: Token, interests: Interest) -> io::Result<()> {
        self.source().register(registry, token, interests)
    }

    fn reregister(&mut self, registry: &Registry, token: Token, interests: Interest) -> io::Result<()> {
        self.source().reregister(registry, token, interests)
    }

    fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
        self.source().deregister(registry)
    }
}
