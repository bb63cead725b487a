//! Readiness of an endpoint's sockets, by mio, and what a mio stream is to a connection.

use std::io::{self, IoSlice, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::time::Duration;

use arrayvec::ArrayVec;
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use socket2::SockRef;

use crate::connection::{Socket, discard};
use crate::statistics::WireBytes;

/// Says to the system that a write to a connection that is gone is an error, not a signal that ends the process. The
/// standard library says so for a plain write only; a game's process does not ignore the signal.
#[cfg(any(target_os = "linux", target_os = "android"))]
const NO_SIGNAL: i32 = libc::MSG_NOSIGNAL;
/// Windows has no such signal, and Apple's systems are told when the socket is made.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const NO_SIGNAL: i32 = 0;

/// How much is copied together for one write, in bytes.
const MAX_GATHERED: usize = 16 * 1024;

/// Whether a read that brings less than it had room for has brought all there was, so that the next event will tell of
/// more: so it is with epoll (see its manual, epoll(7)) and kqueue. Elsewhere only `WouldBlock` says so.
const SHORT_READ_DRAINS: bool = cfg!(any(target_os = "linux", target_os = "android", target_vendor = "apple"));

/// A TCP connection as an endpoint has it, and what it has carried.
#[derive(Debug)]
pub(crate) struct TcpSocket {
    stream: TcpStream,
    carried: WireBytes,
    /// There is nothing to read until the next event; asking would be a system call for nothing.
    is_drained: bool,
    /// Whether an end or an error was announced, which is told once: it is read up to. `None` before the first event, when
    /// there may be one that nobody has told of yet.
    has_end: Option<bool>,
}

impl TcpSocket {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self { stream, carried: WireBytes::default(), is_drained: false, has_end: None }
    }

    /// Takes note of an event.
    pub(super) fn note(&mut self, readiness: &Readiness) {
        self.is_drained &= !readiness.readable;
        self.has_end = Some(self.has_end.unwrap_or(false) || readiness.ended);
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
        if self.is_drained {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let count = self.stream.read(buffer)?;
        self.carried.received += count as u64;
        self.is_drained = SHORT_READ_DRAINS && self.has_end == Some(false) && (1..buffer.len()).contains(&count);
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
        let gathered = gather(slices);
        let send = || match &gathered {
            Some(bytes) => SockRef::from(&self.stream).send_with_flags(bytes, NO_SIGNAL),
            None => SockRef::from(&self.stream).send_vectored_with_flags(slices, NO_SIGNAL),
        };
        let count = self.stream.try_io(send).inspect_err(|error| {
            // What the other side still had to say is read, whether its event has come or not.
            self.is_drained &= error.kind() == io::ErrorKind::WouldBlock;
        })?;
        self.carried.sent += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Small pieces as one: copying them costs less than the system's walk over each of them.
fn gather(slices: &[IoSlice<'_>]) -> Option<ArrayVec<u8, MAX_GATHERED>> {
    if slices.len() < 2 || slices.iter().map(|slice| slice.len()).sum::<usize>() > MAX_GATHERED {
        return None;
    }
    let mut bytes = ArrayVec::new();
    for slice in slices {
        bytes.try_extend_from_slice(slice).ok()?;
    }
    Some(bytes)
}

impl Socket for TcpSocket {
    fn shutdown_write(&mut self) -> io::Result<()> {
        self.stream.shutdown(Shutdown::Write)
    }

    fn discard_unread(&mut self) {
        self.is_drained = false;
        discard(self);
    }

    fn received(&self) -> u64 {
        self.carried.received
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
    /// There is an end to read, or an error.
    pub(super) ended: bool,
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
                ended: event.is_read_closed() || event.is_error(),
            }));
            if ready.len() - before < self.capacity {
                return;
            }
        }
    }
}
