//! Compression of messages: the extension `permessage-deflate` (RFC 7692). What both ends agree on is in `agreement`, how it
//! is written in a header in `extensions`; `inflate` and `deflater` are the two directions.
//!
//! Our messages never refer to those before them. So the bytes of a broadcast are the same for every peer, a message that
//! is dropped while it waits leaves nothing behind, and there is nothing to keep for a peer between two messages. A server
//! asks the same of its clients; a client lets its server do as it likes, for it has only the one.

pub(crate) mod agreement;
mod deflater;
mod extensions;
pub(crate) mod inflate;

pub use self::agreement::WindowBits;
pub(crate) use self::agreement::{Agreement, OFFER};
pub(crate) use self::deflater::Deflater;
pub use self::inflate::Inflaters;

/// What a sync flush (RFC 1951 section 3.2.4) ends with, which a sender takes off a message and a receiver puts back
/// (RFC 7692 section 7.2).
const TAIL: [u8; 4] = [0x00, 0x00, 0xFF, 0xFF];

#[cfg(test)]
mod tests;
