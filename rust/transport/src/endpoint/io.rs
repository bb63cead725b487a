//! Readiness of an endpoint's sockets, by mio, and what a mio stream is to a connection.

use std::io::{self, IoSlice, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::time::Duration;

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use socket2::SockRef;

use crate::connection::Socket;
use crate::statistics::WireBytes;

/// Says to the system that a write to a connection that is gone is an error, not a signal that ends the process. The
/// standard library says so for a plain write only; a game's process does not ignore the signal.
#[cfg(any(target_os = "linux", target_os = "android"))]
const NO_SIGNAL: i32 = libc::MSG_NOSIGNAL;
/// Windows has no such signal, and Apple's systems are told when the socket is made.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const NO_SIGNAL: i32 = 0;

/// A TCP connection as an endpoint has it, and what it has carried.
#[derive(Debug)]
pub(crate) struct TcpSocket {
    stream: TcpStream,
    carried: WireBytes,
}

impl TcpSocket {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self { stream, carried: WireBytes::default() }
    }

    /// The bytes that went through it so far.
    pub(super) fn carried(&self) -> WireBytes {
        self.carried
    }

    pub(super) fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.peer_addr()
    }

    pub(super) fn set_nodelay(&self, enabled: bool) -> io::Result<()> {
        self.stream.set_nodelay(enabled)
    }
}

impl Read for TcpSocket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(buffer)?;
        self.carried.received += count as u64;
        Ok(count)
    }
}

impl Write for TcpSocket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.stream.write(bytes)?;
        self.carried.sent += count as u64;
        Ok(count)
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let send = || SockRef::from(&self.stream).send_vectored_with_flags(slices, NO_SIGNAL);
        let count = self.stream.try_io(send)?;
        self.carried.sent += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Socket for TcpSocket {
    fn shutdown_write(&mut self) -> io::Result<()> {
        self.stream.shutdown(Shutdown::Write)
    }
}

/// What became possible on a socket.
#[derive(Debug, Clone, Copy)]
pub(super) struct Readiness {
    /// The token the socket was registered with.
    pub(super) token: usize,
    /// There is something to read, be it the end or an error.
    pub(super) readable: bool,
    /// There is room to write, or an error to find.
    pub(super) writable: bool,
}

/// The system's list of an endpoint's sockets.
#[derive(Debug)]
pub(super) struct Io {
    poll: Poll,
    events: Events,
    /// How many events one system call brings.
    capacity: usize,
}

impl Io {
    pub(super) fn new(capacity: usize) -> io::Result<Self> {
        Ok(Self { poll: Poll::new()?, events: Events::with_capacity(capacity), capacity })
    }

    /// Asks for word of a socket. Events are edge-triggered: they tell of changes, once.
    pub(super) fn register(
        &self,
        source: &mut impl mio::event::Source,
        token: usize,
        interest: Interest,
    ) -> io::Result<()> {
        self.poll.registry().register(source, Token(token), interest)
    }

    /// Collects, without waiting, what has changed since the last call.
    pub(super) fn collect(&mut self, ready: &mut Vec<Readiness>) {
        ready.clear();
        loop {
            if let Err(error) = self.poll.poll(&mut self.events, Some(Duration::ZERO)) {
                if error.kind() != io::ErrorKind::Interrupted {
                    log::error!("the system's readiness queue failed: {error}");
                }
                return;
            }
            let before = ready.len();
            ready.extend(self.events.iter().map(|event| Readiness {
                token: event.token().0,
                readable: event.is_readable() || event.is_read_closed() || event.is_error(),
                writable: event.is_writable() || event.is_write_closed() || event.is_error(),
            }));
            if ready.len() - before < self.capacity {
                return;
            }
        }
    }
}
