//! What fuzzers check: properties that hold for whatever a peer sends. A check panics when one does not.
//!
//! Only with the feature `fuzzing`, which no library is built with that goes to users. The targets in
//! `rust/transport/fuzz` call these functions with what the fuzzer invents, `tests/corpus.rs` with what it found worth
//! keeping.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a check that fails panics: that is how a fuzzer learns of it"
)]

mod compressed;
mod frames;
mod heads;
mod portions;
mod proxies;

pub use self::compressed::compressed;
pub use self::frames::frames;
pub use self::heads::{request_head, response_head};
pub use self::proxies::proxy;
pub use crate::connection::fuzzing::connection;
