//! Many clients on one thread, driven by mio.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use mio::{Events, Interest, Poll, Token};
use slab::Slab;

use crate::client::{Client, Manner, Stage};

/// How much one call reads, in bytes.
const BUFFER: usize = 256 * 1024;

/// The longest that one look at the sockets waits.
const PATIENCE: Duration = Duration::from_millis(10);

/// What happened to a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// It is in.
    Joined,
    /// So many messages came.
    Messages(u64),
    /// Its connection is over.
    Ended,
}

/// Many clients of one server.
#[derive(Debug)]
pub struct Crowd {
    poll: Poll,
    events: Events,
    address: SocketAddr,
    manner: Manner,
    clients: Slab<Client>,
    buffer: Vec<u8>,
}

impl Crowd {
    /// Nobody yet; they will join the server on this port of this machine.
    ///
    /// # Errors
    /// When the system has no more descriptors.
    pub fn new(port: u16, manner: Manner) -> Result<Self> {
        // As many sockets as the system allows.
        rlimit::increase_nofile_limit(u64::MAX).context("cannot raise the limit of descriptors")?;
        Ok(Self {
            poll: Poll::new()?,
            events: Events::with_capacity(4096),
            address: (Ipv4Addr::LOCALHOST, port).into(),
            manner,
            clients: Slab::new(),
            buffer: vec![0; BUFFER],
        })
    }

    /// One more client.
    ///
    /// # Errors
    /// When the system has no socket left.
    pub fn dial(&mut self) -> io::Result<()> {
        let mut client = Client::dial(self.address, &self.manner)?;
        let entry = self.clients.vacant_entry();
        let interest = Interest::READABLE | Interest::WRITABLE;
        self.poll.registry().register(client.socket(), Token(entry.key()), interest)?;
        entry.insert(client);
        Ok(())
    }

    /// So many clients, all in. They are dialed a few at a time, as many as the
    /// built-in class has room for in its backlog.
    ///
    /// # Errors
    /// When one does not get in, or not all do in `limit`.
    pub fn join(&mut self, count: usize, limit: Duration) -> Result<()> {
        const AT_ONCE: usize = 8;
        let deadline = Instant::now() + limit;
        let mut joined = 0;
        while joined < count {
            while self.clients.len() < count && self.clients.len() - joined < AT_ONCE {
                self.dial()?;
            }
            let mut lost = false;
            self.step(|_, news| match news {
                News::Joined => joined += 1,
                News::Ended => lost = true,
                News::Messages(_) => {}
            })?;
            if lost || Instant::now() > deadline {
                bail!("{joined} of {count} clients got in, {}", if lost { "one was refused" } else { "in time" });
            }
        }
        Ok(())
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.clients.len()
    }

    /// Whether there is nobody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.clients.is_empty()
    }

    /// One of them by number, the first being 0.
    pub fn get_mut(&mut self, number: usize) -> Option<&mut Client> {
        self.clients.get_mut(number)
    }

    /// All of them.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Client> {
        self.clients.iter_mut().map(|(_, client)| client)
    }

    /// Waits a moment for something to happen, and tells of it. Whoever has ended is dropped afterwards.
    ///
    /// # Errors
    /// When mio fails.
    pub fn step(&mut self, tell: impl FnMut(&mut Client, News)) -> Result<()> {
        self.step_within(PATIENCE, tell)
    }

    /// As [`Crowd::step`], and waits no longer than this.
    ///
    /// # Errors
    /// When mio fails.
    pub fn step_within(&mut self, patience: Duration, mut tell: impl FnMut(&mut Client, News)) -> Result<()> {
        match self.poll.poll(&mut self.events, Some(patience)) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error.into()),
            _ => {}
        }
        for event in &self.events {
            let key = event.token().0;
            let Some(client) = self.clients.get_mut(key) else { continue };
            let before = client.stage();
            if event.is_readable() || event.is_read_closed() || event.is_error() {
                client.read(&mut self.buffer);
            }
            if event.is_writable() {
                client.writable();
            }
            if before == Stage::Opening && client.stage() == Stage::Joined {
                tell(client, News::Joined);
            }
            let arrived = client.take_arrived();
            if arrived > 0 {
                tell(client, News::Messages(arrived));
            }
            if client.stage() == Stage::Ended {
                tell(client, News::Ended);
                self.clients.remove(key);
            }
        }
        Ok(())
    }
}
