//! WebSocket servers and clients on non-blocking sockets, driven by one `poll`.
//!
//! This crate knows nothing of Godot's engine, only of the few bytes that its multiplayer peers exchange: a server
//! gives every client an id as its first message, and from then on a message is a packet. It starts no thread but for
//! name lookups, never waits, and does nothing between two polls; or, if it is asked to, it has a network thread for each
//! endpoint, which waits in place of whoever polls.
//!
//! # Layers
//!
//! Each knows only those below it; `tests/layers.rs` holds this table against the imports.
//!
//! | module | knows | does not know |
//! |---|---|---|
//! | [`game`]: servers, clients, single sockets as the game sees them | ids, packets that wait, what to announce, room | sockets, frames |
//! | [`link`]: between the two halves | where the network half is | what is said |
//! | [`network`]: the network half | readiness, listening, dialing, admission, deadlines | the game |
//! | [`connection`]: one peer's life | its queues and deadlines | where its stream comes from, other peers |
//! | [`stream`]: streams of bytes | TCP, TLS, how a bad link treats them | WebSocket |
//! | [`wire`]: bytes to meaning and back | URLs, HTTP heads, frames, messages | sockets, time |
//! | [`bucket`], [`census`], [`clock`], [`config`], [`error`], [`event`], [`statistics`], [`close_code`], [`entropy`], [`excerpt`], [`fault`] | plain data, random numbers, faults planted for trials | everything else |
//!
//! # Panics
//!
//! Nothing that a peer sends, and no order of calls, makes this crate panic: bad input ends as an [`error`].

#![forbid(unsafe_code)]
#![deny(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unreachable, clippy::unwrap_used)]

pub mod bucket;
#[doc(hidden)]
pub mod census;
pub mod clock;
pub mod close_code;
pub mod config;
pub mod connection;
pub mod entropy;
pub mod error;
pub mod event;
pub mod excerpt;
#[doc(hidden)]
pub mod fault;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
pub mod game;
pub mod link;
pub mod network;
pub mod statistics;
pub mod stream;
pub mod wire;
