//! A world in which the transport is tried: real endpoints, and everything around them made up. Time is virtual and stands
//! still while somebody works, all chance comes from one seed, and so every failure can be seen again: two runs of a seed
//! write the same trace. (Not of worlds with TLS, whose random numbers are its own; what tungstenite's clients mask their
//! frames with is its own as well, but shows nowhere.)
//!
//! | module | what it is |
//! |---|---|
//! | [`campaign`] | many worlds |
//! | [`world`] | one world from its beginning to its end |
//! | [`plan`] | what world a seed makes |
//! | [`fabric`], [`network`], [`threads`] | the network, the transport's view of it, and its network threads |
//! | [`residents`] | who lives there: games on our endpoints, peers made of tungstenite, peers that break rules |
//! | [`ledger`], [`packet`] | what must hold |
//! | [`tls`] | certificates, for worlds with TLS |
//! | [`dice`], [`time`], [`trace`] | chance, time, and what happened |
//!
//! `docs/simulation.md` tells what must hold and how to replay.

#![allow(
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a tool for tests: what is impossible panics, and the world that did it is named"
)]

pub mod campaign;
pub mod dice;
pub mod fabric;
pub mod ledger;
pub mod network;
pub mod packet;
pub mod plan;
pub mod residents;
pub mod threads;
pub mod time;
pub mod tls;
pub mod trace;
pub mod world;

pub use self::trace::Keep;
pub use self::world::{Outcome, run};
