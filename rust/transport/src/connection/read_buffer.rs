//! The one buffer that every connection of an endpoint reads into, and what they inflate with.

use std::io::{self, Read};

use bytes::BytesMut;

use crate::wire::deflate::Inflaters;
use crate::wire::deflate::inflate::Inflated;

/// How much memory is taken from the system at once, in bytes.
const BLOCK: usize = 256 * 1024;

/// The least room worth a system call, in bytes. Less than this left over, and a new block is begun.
const LEAST_ROOM: usize = 16 * 1024;

/// The most that one call reads, in bytes.
pub(super) const MOST: usize = 64 * 1024;

/// Memory to read into. What was read is split off and leaves as it is, so a payload need not be copied; the block
/// goes back to the system, or is used again, when the last payload in it is dropped.
#[derive(Debug, Default)]
pub struct ReadBuffer {
    block: BytesMut,
    pub(super) inflaters: Inflaters,
    inflated: Inflated,
}

impl ReadBuffer {
    /// Reads once, `most` bytes at the most. An empty answer is the end of the stream.
    pub(crate) fn read(&mut self, source: &mut impl Read, most: usize) -> io::Result<BytesMut> {
        if self.block.len() < LEAST_ROOM {
            // The system's zeroed pages cost less than clearing memory that was used before.
            self.block = BytesMut::zeroed(BLOCK);
        }
        let room = self.block.len().min(MOST).min(most);
        let count = source.read(self.block.get_mut(..room).unwrap_or_default())?;
        Ok(self.block.split_to(count.min(room)))
    }

    pub(super) fn note_inflated(&mut self, inflated: Inflated) {
        self.inflated += inflated;
    }

    /// What was inflated with it since this was asked last.
    pub(crate) fn take_inflated(&mut self) -> Inflated {
        std::mem::take(&mut self.inflated)
    }
}
