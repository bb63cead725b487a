//! What the system has for connections: TCP everywhere, and Unix sockets where there are some.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr};

use mio::event::Source;
use mio::net::TcpStream;
#[cfg(unix)]
use mio::net::UnixStream;
use mio::{Interest, Registry, Token};
use socket2::SockRef;

/// A connection of either kind.
#[derive(Debug)]
pub(crate) enum Kind {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
}

/// Does the same with either.
macro_rules! either {
    ($kind:expr, $stream:ident => $act:expr) => {
        match $kind {
            Kind::Tcp($stream) => $act,
            #[cfg(unix)]
            Kind::Unix($stream) => $act,
        }
    };
}

impl From<TcpStream> for Kind {
    fn from(stream: TcpStream) -> Self {
        Self::Tcp(stream)
    }
}

#[cfg(unix)]
impl From<UnixStream> for Kind {
    fn from(stream: UnixStream) -> Self {
        Self::Unix(stream)
    }
}

impl Kind {
    /// Does something with the socket, as readiness allows.
    pub(super) fn try_io<T>(&self, act: impl FnOnce(SockRef<'_>) -> io::Result<T>) -> io::Result<T> {
        either!(self, stream => stream.try_io(|| act(SockRef::from(stream))))
    }

    /// The socket, to be asked what mio does not know.
    pub(super) fn socket(&self) -> SockRef<'_> {
        either!(self, stream => SockRef::from(stream))
    }

    pub(super) fn is_tcp(&self) -> bool {
        matches!(self, Self::Tcp(_))
    }

    pub(crate) fn take_error(&self) -> io::Result<Option<io::Error>> {
        either!(self, stream => stream.take_error())
    }

    /// Where it leads, if it is connected; nowhere, by a Unix socket.
    pub(crate) fn peer_addr(&self) -> io::Result<Option<SocketAddr>> {
        match self {
            Self::Tcp(stream) => stream.peer_addr().map(Some),
            #[cfg(unix)]
            Self::Unix(stream) => stream.peer_addr().map(|_| None),
        }
    }

    pub(super) fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        either!(self, stream => stream.shutdown(how))
    }

    /// A Unix socket delays nothing.
    pub(super) fn set_nodelay(&self, enabled: bool) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.set_nodelay(enabled),
            #[cfg(unix)]
            Self::Unix(_) => Ok(()),
        }
    }
}

impl Read for Kind {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        either!(self, stream => stream.read(buffer))
    }
}

impl Write for Kind {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        either!(self, stream => stream.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        either!(self, stream => stream.flush())
    }
}

impl Source for Kind {
    fn register(&mut self, registry: &Registry, token: Token, interests: Interest) -> io::Result<()> {
        either!(self, stream => stream.register(registry, token, interests))
    }

    fn reregister(&mut self, registry: &Registry, token: Token, interests: Interest) -> io::Result<()> {
        either!(self, stream => stream.reregister(registry, token, interests))
    }

    fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
        either!(self, stream => stream.deregister(registry))
    }
}
