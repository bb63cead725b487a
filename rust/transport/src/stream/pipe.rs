//! A stream in memory that gives short reads, takes short writes, and answers `WouldBlock` whenever its dice say so.

use std::collections::VecDeque;
use std::io::{self, IoSlice, Read, Write};
use std::sync::{Arc, Mutex, MutexGuard};

use super::{Socket, discard};
use crate::statistics::WireBytes;

/// How much lies in a direction of a pipe before it takes no more.
pub(crate) const CAPACITY: usize = 64 * 1024;

/// One direction of a pipe.
#[derive(Debug, Default)]
pub(crate) struct Lane {
    pub(crate) bytes: VecDeque<u8>,
    /// The writer has ended its half.
    pub(crate) is_shut: bool,
    /// Both halves are gone: writing fails.
    pub(crate) is_broken: bool,
    /// The most that lies in the pipe, as a socket's buffer.
    pub(crate) capacity: usize,
    /// Bytes that ever came in and went out.
    pub(crate) moved: usize,
}

/// One direction as both ends have it. Only one of them looks at it at a time, whatever threads they are on.
#[derive(Debug, Clone)]
pub(crate) struct Shared(Arc<Mutex<Lane>>);

impl Shared {
    pub(crate) fn borrow(&self) -> MutexGuard<'_, Lane> {
        self.borrow_mut()
    }

    pub(crate) fn borrow_mut(&self) -> MutexGuard<'_, Lane> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// How the pipe treats the next calls: each answers `WouldBlock` for 0, or moves at most so many bytes.
#[derive(Debug, Clone)]
pub(crate) struct Dice {
    sides: Vec<usize>,
    state: u32,
}

impl Dice {
    pub(crate) fn new(sides: &[usize]) -> Self {
        Self { sides: sides.to_vec(), state: 1 }
    }

    /// Not in turn, or a call that comes every other time would get the same answer for ever.
    fn throw(&mut self) -> usize {
        self.state = self.state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        self.sides.get((self.state >> 16) as usize % self.sides.len().max(1)).copied().unwrap_or(usize::MAX)
    }
}

/// One end of a pipe.
#[derive(Debug)]
pub(crate) struct Pipe {
    pub(crate) incoming: Shared,
    pub(crate) outgoing: Shared,
    pub(crate) dice: Dice,
    received: u64,
}

impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut lane = self.incoming.borrow_mut();
        if lane.bytes.is_empty() {
            return if lane.is_shut { Ok(0) } else { Err(io::ErrorKind::WouldBlock.into()) };
        }
        let count = self.dice.throw().min(buffer.len()).min(lane.bytes.len());
        if count == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        for (place, byte) in buffer.iter_mut().zip(lane.bytes.drain(..count)) {
            *place = byte;
        }
        lane.moved += count;
        self.received += count as u64;
        Ok(count)
    }
}

impl Pipe {
    /// Takes as many of these bytes as the dice and the room allow, and looks at no others: a long queue that leaves byte
    /// by byte must not be walked through for each.
    fn put(&mut self, bytes: impl Iterator<Item = u8>, total: usize) -> io::Result<usize> {
        let mut lane = self.outgoing.borrow_mut();
        if lane.is_broken {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let room = lane.capacity.saturating_sub(lane.bytes.len());
        let count = self.dice.throw().min(total).min(room);
        if count == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        lane.bytes.extend(bytes.take(count));
        lane.moved += count;
        Ok(count)
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.put(bytes.iter().copied(), bytes.len())
    }

    /// As a socket does, and what a `Write` does by itself does not: a write may end anywhere, in any of the slices.
    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let total = slices.iter().map(|slice| slice.len()).sum();
        self.put(slices.iter().flat_map(|slice| slice.iter().copied()), total)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Socket for Pipe {
    fn shutdown_write(&mut self) -> io::Result<()> {
        self.outgoing.borrow_mut().is_shut = true;
        Ok(())
    }

    fn discard_unread(&mut self) {
        discard(self);
    }

    fn carried(&self) -> WireBytes {
        WireBytes { received: self.received, sent: 0 }
    }
}

/// Both ends of a new pipe, each with dice of its own.
pub(crate) fn pipe(throws: &[usize]) -> (Pipe, Pipe) {
    let lane = || Shared(Arc::new(Mutex::new(Lane { capacity: CAPACITY, ..Lane::default() })));
    let (there, back) = (lane(), lane());
    let dice = Dice::new(throws);
    let near =
        Pipe { incoming: Shared::clone(&back), outgoing: Shared::clone(&there), dice: dice.clone(), received: 0 };
    (near, Pipe { incoming: there, outgoing: back, dice, received: 0 })
}
