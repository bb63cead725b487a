//! A connection of mio's as a stream: by TCP, or by a Unix socket.

use std::io::{self, IoSlice, Read, Write};
use std::net::Shutdown;

use arrayvec::ArrayVec;
use socket2::SockRef;

use super::kind::Kind;
use super::{Backlog, Readiness, Socket, discard};
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

/// A connection, and what it has carried.
#[derive(Debug)]
pub struct TcpSocket {
    stream: Kind,
    carried: WireBytes,
    /// There is nothing to read until the next event; asking would be a system call for nothing.
    is_drained: bool,
    /// Whether an end or an error was announced, which is told once: it is read up to. `None` before the first event, when
    /// there may be one that nobody has told of yet.
    has_end: Option<bool>,
    /// The size of the system's send buffer before it was bounded, where that is how it is done.
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    send_buffer: Option<usize>,
}

impl TcpSocket {
    /// A connection that was accepted, or is being made.
    pub(crate) fn new(stream: impl Into<Kind>) -> Self {
        Self {
            stream: stream.into(),
            carried: WireBytes::default(),
            is_drained: false,
            has_end: None,
            #[cfg(not(any(target_os = "linux", target_os = "android")))]
            send_buffer: None,
        }
    }

    /// The stream itself, to be registered or asked how its connecting goes.
    pub(crate) fn stream_mut(&mut self) -> &mut Kind {
        &mut self.stream
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
        let mut gathered = ArrayVec::new();
        let is_gathered = gather(slices, &mut gathered);
        let send = |socket: SockRef<'_>| {
            if is_gathered {
                socket.send_with_flags(&gathered, NO_SIGNAL)
            } else {
                socket.send_vectored_with_flags(slices, NO_SIGNAL)
            }
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

/// Small pieces as one: copying them costs less than the system's walk over each of them. Whether all of them are in `gathered`,
/// which is the caller's: as an answer it would be copied whole.
fn gather(slices: &[IoSlice<'_>], gathered: &mut ArrayVec<u8, MAX_GATHERED>) -> bool {
    slices.len() > 1
        && slices.iter().map(|slice| slice.len()).sum::<usize>() <= MAX_GATHERED
        && slices.iter().all(|slice| gathered.try_extend_from_slice(slice).is_ok())
}

impl Socket for TcpSocket {
    fn shutdown_write(&mut self) -> io::Result<()> {
        self.stream.shutdown(Shutdown::Write)
    }

    fn discard_unread(&mut self) {
        self.is_drained = false;
        discard(self);
    }

    fn note(&mut self, readiness: Readiness) {
        self.is_drained &= !readiness.readable;
        self.has_end = Some(self.has_end.unwrap_or(false) || readiness.ended);
    }

    fn carried(&self) -> WireBytes {
        self.carried
    }

    fn set_no_delay(&mut self, enabled: bool) -> io::Result<()> {
        self.stream.set_nodelay(enabled)
    }

    /// `TCP_NOTSENT_LOWAT`, see tcp(7): with more than that unsent, the socket takes no more. 0 is what the system has by itself.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn bound_unsent(&mut self, backlog: Option<Backlog>) -> io::Result<()> {
        let unsent = backlog.map_or(0, |backlog| u32::try_from(backlog.unsent).unwrap_or(u32::MAX));
        // What a Unix socket holds is with the other side already.
        if self.stream.is_tcp() { self.stream.socket().set_tcp_notsent_lowat(unsent) } else { Ok(()) }
    }

    /// The send buffer, in which bytes stay until they are acknowledged.
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    fn bound_unsent(&mut self, backlog: Option<Backlog>) -> io::Result<()> {
        // As above.
        if !self.stream.is_tcp() {
            return Ok(());
        }
        let socket = self.stream.socket();
        match backlog {
            Some(Backlog { unsent, in_flight }) => {
                if self.send_buffer.is_none() {
                    self.send_buffer = Some(socket.send_buffer_size()?);
                }
                socket.set_send_buffer_size(unsent.saturating_add(in_flight))
            }
            None => self.send_buffer.take().map_or(Ok(()), |size| socket.set_send_buffer_size(size)),
        }
    }
}
