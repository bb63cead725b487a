//! Both directions of a link, and the socket at its near end.

use std::io::{self, ErrorKind};
use std::time::Instant;

use super::lane::{Lane, Rules};
use crate::clock::Clock;
use crate::config::{Conditions, later};
use crate::entropy::Entropy;
use crate::stream::{Readiness, Socket};

/// How much is read from the socket in one go, and how much for one reading: others want their turn.
const PORTION: usize = 16 * 1024;
const MOST_PORTIONS: usize = 4;

/// A link under conditions.
#[derive(Debug)]
pub(super) struct Passage {
    rules: Rules,
    clock: Clock,
    incoming: Lane,
    outgoing: Lane,
    /// What the socket ended with, to be told after all that came before; `None` is the end of the stream.
    failure: Option<ErrorKind>,
    /// The socket may have bytes that no event will tell of again.
    may_read: bool,
    /// The end of what is written was passed on to the socket.
    is_shut: bool,
    /// When it breaks.
    cut_at: Option<Instant>,
    is_cut: bool,
}

impl Passage {
    pub(super) fn new(conditions: Conditions, clock: Clock, entropy: Entropy) -> Self {
        let now = clock.now();
        Self {
            rules: Rules { conditions, since: now, entropy },
            clock,
            incoming: Lane::new(now),
            outgoing: Lane::new(now),
            failure: None,
            may_read: true,
            is_shut: false,
            cut_at: conditions.cut_after.map(|time| later(now, time)),
            is_cut: false,
        }
    }

    /// Other conditions hold from now on. What is under way keeps its order; under none, it arrives at once.
    pub(super) fn change(&mut self, conditions: Conditions) {
        let now = self.clock.now();
        self.rules.conditions = conditions;
        self.rules.since = now;
        self.cut_at = conditions.cut_after.map(|time| later(now, time));
        self.may_read = true;
        if conditions.is_none() {
            self.incoming.hasten(now);
            self.outgoing.hasten(now);
        }
        // Whoever waits for the old link asks again.
        self.incoming.wait_for_turn(now);
        self.outgoing.wait_for_turn(now);
    }

    /// Whether it does nothing any more that the socket does not do by itself.
    pub(super) fn is_done(&self) -> bool {
        self.rules.conditions.is_none() && !self.is_cut && self.incoming.is_empty() && self.outgoing.is_empty()
    }

    pub(super) fn note(&mut self, readiness: Readiness) {
        self.may_read |= readiness.readable || readiness.ended;
    }

    /// When there is something to do that no event of the socket tells of; then [`Passage::arrive`], and both reading and
    /// writing may go on.
    pub(super) fn next_due(&self) -> Option<Instant> {
        if self.is_cut {
            return None;
        }
        [self.incoming.next(), self.outgoing.next(), self.cut_at].into_iter().flatten().min()
    }

    /// Whether bytes are under way, or wait to be.
    pub(super) fn is_busy(&self) -> bool {
        !self.is_cut && (self.incoming.next().is_some() || self.outgoing.next().is_some())
    }

    /// Something is due: reading and writing are tried again. Until then each direction remembers for itself what it waits for.
    pub(super) fn arrive(&mut self, socket: &mut impl Socket) {
        self.look_for_cut(socket);
        let now = self.clock.now();
        for lane in [&mut self.incoming, &mut self.outgoing] {
            lane.arrive(now);
            lane.wait_no_more();
        }
    }

    fn look_for_cut(&mut self, socket: &mut impl Socket) {
        if self.is_cut || self.cut_at.is_none_or(|at| at > self.clock.now()) {
            return;
        }
        self.is_cut = true;
        self.incoming.clear();
        self.outgoing.clear();
        // The other side hears the end of the stream, and what comes from it is nobody's.
        let _ = socket.shutdown_write();
        socket.discard_unread();
    }

    /// Reads what has arrived.
    pub(super) fn read(&mut self, socket: &mut impl Socket, buffer: &mut [u8]) -> io::Result<usize> {
        self.look_for_cut(socket);
        if self.is_cut {
            return Err(ErrorKind::ConnectionReset.into());
        }
        self.incoming.wait_no_more();
        self.incoming.arrive(self.clock.now());
        if self.rules.conditions.is_none() && self.incoming.is_empty() {
            return socket.read(buffer);
        }
        self.pull(socket);
        let arrived = self.incoming.arrived();
        let count = arrived.len().min(buffer.len());
        if let (Some(place), Some(bytes @ [_, ..])) = (buffer.get_mut(..count), arrived.get(..count)) {
            place.copy_from_slice(bytes);
            self.incoming.take(count);
            return Ok(count);
        }
        match self.failure {
            _ if !self.incoming.is_over() => Err(ErrorKind::WouldBlock.into()),
            Some(kind) => Err(kind.into()),
            None => Ok(0),
        }
    }

    /// Lets what the socket has begin its way, as far as there is room.
    fn pull(&mut self, socket: &mut impl Socket) {
        let now = self.clock.now();
        let mut portions = 0;
        while self.may_read && !self.rules.conditions.is_none() {
            let room = self.incoming.room(now, &self.rules).min(PORTION);
            if room == 0 {
                self.incoming.wait_for_room(now);
                break;
            }
            if portions == MOST_PORTIONS {
                self.incoming.wait_for_turn(now);
                break;
            }
            portions += 1;
            match self.incoming.fill(room, now, &mut self.rules, |place| socket.read(place)) {
                Ok(1..) => continue,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Ok(0) => self.incoming.end(now, &mut self.rules),
                Err(error) => {
                    self.failure = Some(error.kind());
                    self.incoming.end(now, &mut self.rules);
                }
            }
            self.may_read = false;
        }
        self.incoming.arrive(now);
    }

    /// Takes what is written, as far as there is room.
    pub(super) fn write<'a>(
        &mut self,
        socket: &mut impl Socket,
        pieces: impl Iterator<Item = &'a [u8]>,
    ) -> io::Result<usize> {
        self.push(socket)?;
        self.outgoing.wait_no_more();
        let now = self.clock.now();
        let count = self.outgoing.put(pieces, now, &mut self.rules);
        if count == 0 {
            self.outgoing.wait_for_room(now);
            return Err(ErrorKind::WouldBlock.into());
        }
        self.push(socket)?;
        Ok(count)
    }

    /// Hands to the socket what has come so far. What it does not take stays, and its next event tells when to try again.
    pub(super) fn push(&mut self, socket: &mut impl Socket) -> io::Result<()> {
        self.look_for_cut(socket);
        if self.is_cut {
            return Err(ErrorKind::ConnectionReset.into());
        }
        self.outgoing.arrive(self.clock.now());
        while let arrived @ [_, ..] = self.outgoing.arrived() {
            match socket.write(arrived) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(count) => self.outgoing.take(count),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        if self.outgoing.is_over() && !self.is_shut {
            self.is_shut = true;
            socket.shutdown_write()?;
        }
        Ok(())
    }

    /// Nothing more will be written.
    pub(super) fn shut(&mut self, socket: &mut impl Socket) -> io::Result<()> {
        if self.is_cut {
            return Ok(());
        }
        let now = self.clock.now();
        self.outgoing.end(now, &mut self.rules);
        self.push(socket)
    }

    /// Throws away what has come, on its way or not.
    pub(super) fn discard(&mut self, socket: &mut impl Socket) {
        self.incoming.clear();
        self.may_read = false;
        socket.discard_unread();
    }

    /// The socket is about to go. What was written arrives all the same, as what a system has taken does; only sooner, for
    /// there is nobody left to wait.
    pub(super) fn let_go(&mut self, socket: &mut impl Socket) {
        self.outgoing.hasten(self.clock.now());
        let _ = self.push(socket);
    }

    /// How many bytes the socket has read that have not arrived, and how many were written that it has not.
    pub(super) fn held(&self) -> (u64, u64) {
        (self.incoming.held() as u64, self.outgoing.held() as u64)
    }
}
