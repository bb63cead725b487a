//! The way out: messages find room in the queue, and leave at once or with the flush.

use std::time::Instant;

use super::state::State;
use super::{Connection, ConnectionEvent, Frame, Tally};
use crate::error::CloseCause;
use crate::stream::Socket;

impl<S: Socket> Connection<S> {
    /// Queues a message, for which room was taken already; unless it is open, the message counts as dropped. The first of
    /// a `tick` is written at once, unless there were several in the last one; the rest waits for [`Connection::flush`].
    /// So a lone message waits for nothing, a game's frame costs two writes per peer at the most, and one where a frame
    /// has many messages.
    pub fn send(&mut self, frame: Frame, tick: u64, now: Instant) {
        if !self.is_open() {
            self.meter.drop_one(frame.delivery(), frame.payload_size());
            return;
        }
        let mask = self.side.mask();
        self.outbound.push_message(frame, mask, &self.meter);
        self.flush_first(tick, now);
    }

    /// As [`Connection::send`], for what is said beside the game's packets: it does not count as one of them.
    pub fn send_own(&mut self, frame: Frame, tick: u64, now: Instant) {
        if self.is_open() {
            let mask = self.side.mask();
            self.outbound.push_own(frame, mask);
            self.flush_first(tick, now);
        }
    }

    fn flush_first(&mut self, tick: u64, now: Instant) {
        let had_several = self.in_tick > 1;
        if self.last_tick == tick {
            self.in_tick += 1;
            return;
        }
        self.last_tick = tick;
        self.in_tick = 1;
        if !had_several {
            self.flush_quietly(now);
        }
    }

    /// Whether a message that waits may grow too old.
    pub fn drops_the_old(&self) -> bool {
        self.outbound.drops_the_old()
    }

    /// Makes room for a message by dropping the oldest unreliable ones that wait, until so many are gone in all. One whose first
    /// byte has left is never dropped.
    pub fn displace(&mut self, until: Tally) {
        self.outbound.displace(until, &self.meter);
    }

    /// The socket takes bytes again.
    pub fn writable(&mut self, now: Instant, events: &mut Vec<ConnectionEvent>) {
        self.outbound.unblock();
        self.flush(now, events);
    }

    /// Writes what waits, as far as the socket takes it.
    pub fn flush(&mut self, now: Instant, events: &mut Vec<ConnectionEvent>) {
        self.flush_quietly(now);
        if let State::Lingering { shut, ended, .. } = &mut self.state {
            if self.outbound.failure().is_some() {
                self.finish(CloseCause::Cut, events);
            } else if self.outbound.is_empty() {
                if *ended {
                    self.finish(CloseCause::EndOfStream, events);
                } else if !*shut {
                    *shut = true;
                    let _ = self.socket.shutdown_write();
                }
            }
        }
    }

    /// A failure of writing is told by the next [`Connection::read`]: what arrived before it comes first.
    pub(super) fn flush_quietly(&mut self, now: Instant) {
        self.outbound.flush(&mut self.socket, &self.meter, now);
        self.publish();
    }

    /// Whether writing failed, so that a [`Connection::read`] is due to find out what is left to say.
    pub fn has_failed(&self) -> bool {
        self.outbound.failure().is_some() && !self.is_finished()
    }
}
