//! A stream that may be encrypted: what lies above need not know.

use std::io::{self, IoSlice, Read, Write};

use super::tls::TlsStream;
use super::{Backlog, Readiness, Socket};
use crate::statistics::WireBytes;

/// A stream that may or may not be encrypted.
#[derive(Debug)]
pub enum Stream<S> {
    /// Bytes go as they are.
    Plain(S),
    /// Bytes go through TLS.
    Tls(Box<TlsStream<S>>),
}

impl<S> Stream<S> {
    /// The socket below.
    pub fn socket(&self) -> &S {
        match self {
            Self::Plain(socket) => socket,
            Self::Tls(stream) => stream.socket(),
        }
    }

    /// The socket below, to be told of its events.
    pub fn socket_mut(&mut self) -> &mut S {
        match self {
            Self::Plain(socket) => socket,
            Self::Tls(stream) => stream.socket_mut(),
        }
    }

    /// Whether a TLS handshake is under way, which costs far more than anything that follows it.
    pub fn is_handshaking(&self) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Tls(stream) => stream.is_handshaking(),
        }
    }

    /// Whether it is encrypted.
    pub fn uses_tls(&self) -> bool {
        matches!(self, Self::Tls(_))
    }

    /// Whether the TLS session went on from an earlier one; `None` without TLS, and before it is known.
    pub fn was_resumed(&self) -> Option<bool> {
        match self {
            Self::Plain(_) => None,
            Self::Tls(stream) => stream.was_resumed(),
        }
    }
}

impl<S: Socket> Read for Stream<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }
}

impl<S: Socket> Write for Stream<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.write_vectored(slices),
            Self::Tls(stream) => stream.write_vectored(slices),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(socket) => socket.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}

impl<S: Socket> Socket for Stream<S> {
    fn shutdown_write(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(socket) => socket.shutdown_write(),
            Self::Tls(stream) => stream.shutdown_write(),
        }
    }

    fn discard_unread(&mut self) {
        match self {
            Self::Plain(socket) => socket.discard_unread(),
            Self::Tls(stream) => stream.discard_unread(),
        }
    }

    fn withheld(&self) -> usize {
        match self {
            Self::Plain(socket) => socket.withheld(),
            Self::Tls(stream) => stream.withheld(),
        }
    }

    fn note(&mut self, readiness: Readiness) {
        match self {
            Self::Plain(socket) => socket.note(readiness),
            Self::Tls(stream) => stream.note(readiness),
        }
    }

    fn carried(&self) -> WireBytes {
        match self {
            Self::Plain(socket) => socket.carried(),
            Self::Tls(stream) => stream.carried(),
        }
    }

    fn set_no_delay(&mut self, enabled: bool) -> io::Result<()> {
        match self {
            Self::Plain(socket) => socket.set_no_delay(enabled),
            Self::Tls(stream) => stream.set_no_delay(enabled),
        }
    }

    fn bound_unsent(&mut self, backlog: Option<Backlog>) -> io::Result<()> {
        match self {
            Self::Plain(socket) => socket.bound_unsent(backlog),
            Self::Tls(stream) => stream.bound_unsent(backlog),
        }
    }
}
