//! WebSocket servers and clients on non-blocking sockets, driven by one `poll`.
//!
//! This crate knows nothing of Godot's engine, only of the few bytes that its multiplayer peers exchange: a server
//! gives every client an id as its first message, and from then on a message is a packet. It starts no thread but for
//! name lookups, never waits, and does nothing between two polls.
//!
//! # Layers
//!
//! Each knows only those below it.
//!
//! | module | knows | does not know |
//! |---|---|---|
//! | [`endpoint`]: servers and clients | mio, the clock, listeners, names, which connection has which id | frames |
//! | [`connection`]: one peer's life | its queues and deadlines | mio, other peers |
//! | [`tls`]: between a socket and a connection | rustls, certificates | WebSocket |
//! | [`wire`]: bytes to meaning and back | HTTP heads, frames, messages | sockets, time |
//! | [`clock`], [`config`], [`error`], [`event`], [`excerpt`], [`statistics`], [`close_code`] | plain data | everything else |
//!
//! # Panics
//!
//! Nothing that a peer sends, and no order of calls, makes this crate panic: bad input ends as an [`error`].

#![forbid(unsafe_code)]
#![deny(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unreachable, clippy::unwrap_used)]

pub mod clock;
pub mod close_code;
pub mod config;
pub mod connection;
pub mod endpoint;
pub mod error;
pub mod event;
pub mod excerpt;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
pub mod statistics;
pub mod tls;
pub mod wire;
