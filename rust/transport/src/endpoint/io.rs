//! Readiness of an endpoint's sockets, by mio, and what a mio stream is to a connection.

use std::io;
use std::net::Shutdown;
use std::time::Duration;

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use crate::connection::Socket;

impl Socket for TcpStream {
    fn shutdown_write(&mut self) -> io::Result<()> {
        self.shutdown(Shutdown::Write)
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
