//! A stream under conditions: it lets bytes pass as late, as slowly and as haltingly as [`Conditions`] say, both ways. It lies
//! below TLS, where the network is, and what lies above cannot tell it from a bad link.
//!
//! Time comes from the network's clock, chance from an [`Entropy`]. Under no conditions there is nothing but the socket.
//! `lane` is one direction, `passage` both of them.

mod lane;
mod passage;
#[cfg(test)]
mod tests;

use std::io::{self, IoSlice, Read, Write};
use std::time::Instant;

use self::passage::Passage;
use super::{Backlog, Readiness, Socket};
use crate::clock::Clock;
use crate::config::Conditions;
use crate::entropy::Entropy;
use crate::statistics::WireBytes;

/// A socket, and the conditions under which its bytes travel, if there are any.
///
/// What is under way counts as what a system has taken: it needs no flush, and arrives. But somebody has to call
/// [`Conditioned::arrive`] when it is due.
#[derive(Debug)]
pub struct Conditioned<S> {
    socket: S,
    passage: Option<Box<Passage>>,
}

impl<S> Conditioned<S> {
    /// A socket as it is.
    pub fn new(socket: S) -> Self {
        Self { socket, passage: None }
    }

    /// The socket itself.
    pub fn socket(&self) -> &S {
        &self.socket
    }

    /// The socket itself, to be registered or asked about.
    pub fn socket_mut(&mut self) -> &mut S {
        &mut self.socket
    }

    /// When something is due of which no event of the socket tells.
    #[inline]
    pub fn next_due(&self) -> Option<Instant> {
        self.passage.as_ref()?.next_due()
    }

    /// Whether conditions delay something at this moment.
    pub(crate) fn is_busy(&self) -> bool {
        self.passage.as_ref().is_some_and(|passage| passage.is_busy())
    }
}

impl<S: Socket> Conditioned<S> {
    /// These conditions hold from now on, for what is put on its way from now on. `clock` tells the time, `entropy` decides by
    /// chance.
    pub fn set_conditions(&mut self, conditions: &Conditions, clock: &Clock, entropy: &mut Entropy) {
        match &mut self.passage {
            Some(passage) => passage.change(*conditions),
            None if conditions.is_none() => {}
            None => self.passage = Some(Box::new(Passage::new(*conditions, clock.clone(), *entropy.fork()))),
        }
    }

    /// Time has passed: what is due arrives. Then there may be something to read, and room to write.
    pub fn arrive(&mut self) {
        if let Some(passage) = &mut self.passage {
            passage.arrive(&mut self.socket);
        }
    }

    /// To be called before it is dropped: what was written and is under way is handed to the socket at once.
    pub fn let_go(&mut self) {
        if let Some(passage) = &mut self.passage {
            passage.let_go(&mut self.socket);
        }
    }

    /// The link, if there is more to it than the socket. Conditions that are over have done their part once what was under
    /// way has arrived.
    #[inline]
    fn passage(&mut self) -> Option<(&mut Passage, &mut S)> {
        if self.passage.as_ref().is_some_and(|passage| passage.is_done()) {
            self.passage = None;
        }
        Some((self.passage.as_mut()?, &mut self.socket))
    }
}

impl<S: Socket> Read for Conditioned<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.passage() {
            None => self.socket.read(buffer),
            Some((passage, socket)) => passage.read(socket, buffer),
        }
    }
}

impl<S: Socket> Write for Conditioned<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.passage() {
            None => self.socket.write(bytes),
            Some((passage, socket)) => passage.write(socket, std::iter::once(bytes)),
        }
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match self.passage() {
            None => self.socket.write_vectored(slices),
            Some((passage, socket)) => passage.write(socket, slices.iter().map(|slice| &**slice)),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        if let Some((passage, socket)) = self.passage() {
            passage.push(socket)?;
        }
        self.socket.flush()
    }
}

impl<S: Socket> Socket for Conditioned<S> {
    fn note(&mut self, readiness: Readiness) {
        if let Some(passage) = &mut self.passage {
            passage.note(readiness);
        }
        self.socket.note(readiness);
    }

    fn shutdown_write(&mut self) -> io::Result<()> {
        match self.passage() {
            None => self.socket.shutdown_write(),
            Some((passage, socket)) => passage.shut(socket),
        }
    }

    fn discard_unread(&mut self) {
        match self.passage() {
            None => self.socket.discard_unread(),
            Some((passage, socket)) => passage.discard(socket),
        }
    }

    fn withheld(&self) -> usize {
        self.socket.withheld()
    }

    fn carried(&self) -> WireBytes {
        let WireBytes { received, sent } = self.socket.carried();
        let (incoming, outgoing) = self.passage.as_ref().map_or((0, 0), |passage| passage.held());
        WireBytes { received: received.saturating_sub(incoming), sent: sent + outgoing }
    }

    fn set_no_delay(&mut self, enabled: bool) -> io::Result<()> {
        self.socket.set_no_delay(enabled)
    }

    fn bound_unsent(&mut self, backlog: Option<Backlog>) -> io::Result<()> {
        self.socket.bound_unsent(backlog)
    }
}
