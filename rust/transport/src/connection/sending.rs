//! The way out: messages find room in the queue, and leave at once or with the flush.

use super::state::State;
use super::{Connection, ConnectionEvent, Frame, Socket};
use crate::error::{CloseCause, SendError};

impl<S: Socket> Connection<S> {
    /// Queues a message. The first of a `tick` is written at once, unless there were several in the last one; the rest
    /// waits for [`Connection::flush`]. So a lone message waits for nothing, a game's frame costs two writes per peer at
    /// the most, and one where a frame has many messages.
    ///
    /// # Errors
    /// [`SendError`]; the message is then not queued.
    pub fn send(&mut self, frame: Frame, tick: u64) -> Result<(), SendError> {
        self.send_with(frame.payload_size(), || frame, tick)
    }

    /// As [`Connection::send`], for a frame of such a payload that is only made if there is room for it.
    ///
    /// # Errors
    /// [`SendError`]; the message is then not made.
    pub fn send_with(&mut self, size: usize, frame: impl FnOnce() -> Frame, tick: u64) -> Result<(), SendError> {
        if let Err(error) = self.find_room(size) {
            if error != SendError::NotOpen {
                self.refused += 1;
            }
            return Err(error);
        }
        self.outbound.push_message(frame());
        self.flush_first(tick);
        Ok(())
    }

    /// As [`Connection::send`], for what is said beside the game's packets: it does not count as one of them.
    ///
    /// # Errors
    /// [`SendError`]; the message is then not queued.
    pub fn send_own(&mut self, frame: Frame, tick: u64) -> Result<(), SendError> {
        self.find_room(frame.payload_size())?;
        self.outbound.push_own(frame);
        self.flush_first(tick);
        Ok(())
    }

    fn flush_first(&mut self, tick: u64) {
        let had_several = self.in_tick > 1;
        if self.last_tick == tick {
            self.in_tick += 1;
            return;
        }
        self.last_tick = tick;
        self.in_tick = 1;
        if !had_several {
            self.flush_quietly();
        }
    }

    /// Whether a message of this size can be queued; makes room for it if it can.
    fn find_room(&mut self, size: usize) -> Result<(), SendError> {
        if !self.is_open() {
            return Err(SendError::NotOpen);
        }
        let limit = self.limits.outbound_buffer_size;
        if limit > 0 && size > limit {
            return Err(SendError::TooLarge { size, limit });
        }
        if !self.has_room(size) {
            self.flush_quietly();
            if !self.has_room(size) {
                return Err(SendError::Full { queued: self.outbound.message_bytes() });
            }
        }
        Ok(())
    }

    fn has_room(&self, size: usize) -> bool {
        let limit = self.limits.outbound_buffer_size;
        self.outbound.messages() < self.limits.max_queued_packets
            && (limit == 0 || self.outbound.message_bytes() + size <= limit)
    }

    /// The socket takes bytes again.
    pub fn writable(&mut self, events: &mut Vec<ConnectionEvent>) {
        self.outbound.unblock();
        self.flush(events);
    }

    /// Writes what waits, as far as the socket takes it.
    pub fn flush(&mut self, events: &mut Vec<ConnectionEvent>) {
        self.flush_quietly();
        if let State::Lingering { shut, ended, .. } = &mut self.state {
            if self.outbound.failure().is_some() {
                self.end(CloseCause::Cut, events);
            } else if self.outbound.is_empty() {
                if *ended {
                    self.end(CloseCause::EndOfStream, events);
                } else if !*shut {
                    *shut = true;
                    let _ = self.socket.shutdown_write();
                }
            }
        }
    }

    /// A failure of writing is told by the next [`Connection::read`]: what arrived before it comes first.
    pub(super) fn flush_quietly(&mut self) {
        self.outbound.flush(&mut self.socket);
    }

    /// Whether writing failed, so that a [`Connection::read`] is due to find out what is left to say.
    pub fn has_failed(&self) -> bool {
        self.outbound.failure().is_some() && !self.is_finished()
    }
}
