//! What has arrived and was not read by the game.

use std::collections::VecDeque;

use bytes::Bytes;

use super::read_buffer::MOST;
use crate::wire::message::Message;

/// Messages that wait for the game, oldest first. Most are taken soon after they came. Those that are not must not hold on
/// to the blocks that they were read into: one byte would be 256 KiB.
#[derive(Debug)]
pub(crate) struct Inbox<T> {
    queue: VecDeque<T>,
    /// How many of them, from the front, have memory of their own.
    kept: usize,
}

/// What has a payload that may be a slice of a block.
pub(crate) trait Payload {
    /// The payload.
    fn payload(&mut self) -> &mut Bytes;
}

impl Payload for Message {
    fn payload(&mut self) -> &mut Bytes {
        &mut self.payload
    }
}

impl<T> Default for Inbox<T> {
    fn default() -> Self {
        Self { queue: VecDeque::new(), kept: 0 }
    }
}

impl<T: Payload> Inbox<T> {
    pub(crate) fn len(&self) -> usize {
        self.queue.len()
    }

    /// All of them, oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.queue.iter()
    }

    pub(crate) fn front(&self) -> Option<&T> {
        self.queue.front()
    }

    pub(crate) fn push(&mut self, message: T) {
        self.queue.push_back(message);
    }

    pub(crate) fn pop(&mut self) -> Option<T> {
        self.kept = self.kept.saturating_sub(1);
        self.queue.pop_front()
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Gives memory of their own to those that wait. To be called before more is read: then what is in blocks is never
    /// more than one poll brings.
    pub(crate) fn keep(&mut self) {
        for message in self.queue.iter_mut().skip(self.kept) {
            keep(message.payload());
        }
        self.kept = self.queue.len();
    }
}

/// Gives a payload memory of its own, if it may be a slice of a block.
pub(crate) fn keep(payload: &mut Bytes) {
    // What is longer was put together from several reads, and is no slice.
    if payload.len() < MOST {
        *payload = Bytes::copy_from_slice(payload);
    }
}
