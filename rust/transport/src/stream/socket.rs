//! What a connection needs of the stream below it.

use std::io::{self, Read, Write};

use crate::statistics::WireBytes;

/// A stream of bytes that never blocks: reading and writing answer `WouldBlock` instead.
///
/// `flush` answers `WouldBlock` while bytes that were taken are not with the operating system yet.
pub trait Socket: Read + Write {
    /// Takes note of what the network says of this stream. Most streams have no use for it.
    fn note(&mut self, _readiness: Readiness) {}

    /// Says that nothing more will be written. What was written still arrives.
    ///
    /// # Errors
    /// When the stream is gone already, which its owner may ignore.
    fn shutdown_write(&mut self) -> io::Result<()>;

    /// Throws away what has arrived and was not read, up to a limit: a socket that is closed with unread bytes in it
    /// makes the system send a reset, which can overtake what was just written.
    fn discard_unread(&mut self);

    /// How many of the bytes that it took by writing the system has not taken yet: what is held back to be encrypted, or is
    /// encrypted and did not fit. They are not sent before they are with the system.
    fn withheld(&self) -> usize {
        0
    }

    /// How many bytes went over the network so far, those included that make no sense yet, as half a record of TLS:
    /// whoever sends them is there.
    fn carried(&self) -> WireBytes;

    /// Sets whether small writes leave at once, without waiting for an acknowledgement of the last (`TCP_NODELAY`). A
    /// stream that knows no such thing has nothing to do.
    ///
    /// # Errors
    /// When the system refuses.
    fn set_no_delay(&mut self, _enabled: bool) -> io::Result<()> {
        Ok(())
    }

    /// Bounds what the system holds of what was written, so that the rest waits where it can still be dropped; `None`: as
    /// much as it likes. A stream that knows no such thing has nothing to do.
    ///
    /// # Errors
    /// When the system refuses.
    fn bound_unsent(&mut self, _backlog: Option<Backlog>) -> io::Result<()> {
        Ok(())
    }
}

/// How much of what was written the system may hold, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backlog {
    /// What is not sent yet.
    pub unsent: usize,
    /// What may be sent and not acknowledged, for a system that can only bound both together.
    pub in_flight: usize,
}

/// What became possible on a stream.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Readiness {
    /// There is something to read, be it the end or an error.
    pub readable: bool,
    /// There is room to write, or an error to find.
    pub writable: bool,
    /// There is an end to read, or an error.
    pub ended: bool,
}

/// How much is thrown away at the most, so that whoever never stops sending keeps nobody busy.
const MAX_DISCARDED: usize = 256 * 1024;

/// [`Socket::discard_unread`] for a stream that needs nothing special.
pub fn discard(stream: &mut impl Read) {
    let mut sink = [0; 16 * 1024];
    let mut discarded = 0;
    while discarded < MAX_DISCARDED
        && let Ok(count @ 1..) = stream.read(&mut sink)
    {
        discarded += count;
    }
}
