//! What a connection needs of the stream below it.

use std::io::{self, Read, Write};

/// A stream of bytes that never blocks: reading and writing answer `WouldBlock` instead.
///
/// `flush` answers `WouldBlock` while bytes that were taken are not with the operating system yet.
pub trait Socket: Read + Write {
    /// Says that nothing more will be written. What was written still arrives.
    ///
    /// # Errors
    /// When the stream is gone already, which its owner may ignore.
    fn shutdown_write(&mut self) -> io::Result<()>;
}
