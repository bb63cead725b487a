//! Streams of bytes below a connection, which cannot tell them apart: [`tcp`] carries bytes as they are, [`conditions`] lets
//! them travel as over a bad link, `prefaced` takes off what a proxy has put before them, [`tls`] encrypts them on the way, and
//! whatever else is a [`Socket`] serves as well: a stream of an engine, a pipe in a test.

pub mod conditions;
pub(crate) mod kind;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod pipe;
mod plain_or_tls;
pub(crate) mod prefaced;
mod socket;
pub mod tcp;
pub mod tls;

pub use self::plain_or_tls::Stream;
pub use self::prefaced::{Preface, Prefaced};
pub use self::socket::{Backlog, Readiness, Socket, discard};
