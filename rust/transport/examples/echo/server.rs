//! An echo server of [`Session`]s on sockets of its own, which waits in mio until there is something to do.

use std::io::{self, IoSlice, Read, Write};
use std::net::{Ipv4Addr, Shutdown};
use std::time::{Duration, Instant};

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use rust_websocket_transport::config::Handshake;
use rust_websocket_transport::connection::session::{EmptyMessages, Session};
use rust_websocket_transport::connection::{ReadBuffer, Socket, discard};
use rust_websocket_transport::error::SendError;
use rust_websocket_transport::wire::message::Message;
use slab::Slab;

use super::limits;

const LISTENER: Token = Token(usize::MAX);

/// How often deadlines are looked at; the longest that one turn waits.
const TICK: Duration = Duration::from_millis(100);

/// How many messages of one peer are echoed before it is the others' turn.
const ROUNDS: usize = 64;

/// A server that echoes every message of every peer.
pub(crate) struct EchoServer {
    poll: Poll,
    events: Events,
    listener: TcpListener,
    peers: Slab<Peer>,
    /// Peers that had more to echo than one turn allows.
    busy: Vec<usize>,
    buffer: ReadBuffer,
    next_tick: Instant,
}

impl EchoServer {
    /// Listens on every IPv4 address of this machine; port 0 takes a free one.
    pub(crate) fn listen(port: u16) -> io::Result<Self> {
        let poll = Poll::new()?;
        let mut listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, port).into())?;
        poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
        Ok(Self {
            poll,
            events: Events::with_capacity(1024),
            listener,
            peers: Slab::new(),
            busy: Vec::new(),
            buffer: ReadBuffer::default(),
            next_tick: Instant::now(),
        })
    }

    /// The port it listens on.
    pub(crate) fn port(&self) -> io::Result<u16> {
        self.listener.local_addr().map(|address| address.port())
    }

    /// Waits a moment for something to do, and does it.
    pub(crate) fn turn(&mut self) -> io::Result<()> {
        let patience = if self.busy.is_empty() { TICK } else { Duration::ZERO };
        match self.poll.poll(&mut self.events, Some(patience)) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(()),
            result => result?,
        }
        let now = Instant::now();
        let mut due = std::mem::take(&mut self.busy);
        let mut is_listener_ready = false;
        for event in &self.events {
            if event.token() == LISTENER {
                is_listener_ready = true;
            } else if let Some(peer) = self.peers.get_mut(event.token().0) {
                if event.is_readable() || event.is_error() {
                    peer.session.readable();
                }
                if event.is_writable() || event.is_error() {
                    peer.session.writable();
                }
                due.push(event.token().0);
            }
        }
        if is_listener_ready {
            self.accept(now, &mut due);
        }
        if now >= self.next_tick {
            self.next_tick = now + TICK;
            due = self.peers.iter().map(|(key, _)| key).collect();
        }
        due.sort_unstable();
        due.dedup();
        for key in due {
            self.drive(key, now);
        }
        Ok(())
    }

    fn accept(&mut self, now: Instant, due: &mut Vec<usize>) {
        loop {
            match self.listener.accept() {
                Ok((mut stream, address)) => {
                    let entry = self.peers.vacant_entry();
                    let interest = Interest::READABLE | Interest::WRITABLE;
                    let watched = self.poll.registry().register(&mut stream, Token(entry.key()), interest);
                    if let Err(error) = watched.and_then(|()| stream.set_nodelay(true)) {
                        eprintln!("the connection from {address} is not served: {error}");
                        continue;
                    }
                    due.push(entry.key());
                    entry.insert(Peer::new(stream, now));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) => {
                    eprintln!("a connection could not be accepted: {error}");
                    return;
                }
            }
        }
    }

    fn drive(&mut self, key: usize, now: Instant) {
        let Some(peer) = self.peers.get_mut(key) else { return };
        if peer.echo(now, &mut self.buffer) {
            self.busy.push(key);
        }
        if peer.session.is_finished() {
            self.peers.remove(key);
        }
    }
}

/// One connection.
struct Peer {
    session: Session<PlainSocket>,
    /// A message for whose echo there is no room yet.
    unsent: Option<Message>,
}

impl Peer {
    fn new(stream: TcpStream, now: Instant) -> Self {
        let socket = PlainSocket { stream, received: 0 };
        let session = Session::accepted(socket, limits(), Handshake::default(), EmptyMessages::Keep, now);
        Self { session, unsent: None }
    }

    /// Echoes what is there. Whether there may be more, of which no event will tell.
    fn echo(&mut self, now: Instant, buffer: &mut ReadBuffer) -> bool {
        for _ in 0..ROUNDS {
            if let Some(message) = self.unsent.take()
                && let Err(SendError::Full { .. }) = self.session.send(message.kind, &message.payload)
            {
                self.unsent = Some(message);
                return false;
            }
            self.session.poll(now, buffer);
            self.unsent = self.session.pop();
            if self.unsent.is_none() && !self.session.needs_poll() {
                return false;
            }
        }
        true
    }
}

/// A TCP connection as a [`Session`] wants it.
struct PlainSocket {
    stream: TcpStream,
    received: u64,
}

impl Read for PlainSocket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(buffer)?;
        self.received += count as u64;
        Ok(count)
    }
}

impl Write for PlainSocket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.stream.write_vectored(slices)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

impl Socket for PlainSocket {
    fn shutdown_write(&mut self) -> io::Result<()> {
        self.stream.shutdown(Shutdown::Write)
    }

    fn received(&self) -> u64 {
        self.received
    }

    fn discard_unread(&mut self) {
        discard(self);
    }
}
