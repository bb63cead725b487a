//! The network half of an endpoint: it listens, dials, and drives connections, and knows nothing of the game. What it has
//! to say are [`Report`]s, what it is told are [`Command`]s; the game's half is in [`crate::game`], and what joins the two
//! in [`crate::link`].
//!
//! - [`half`]: [`NetworkHalf`], which owns all of it; its parts are `turns`, reading and writing; `door`, who is accepted;
//!   `opening`, what handshakes lead to; `asking`, what the game decides; `pages`, what is answered beside WebSocket;
//!   `connecting`, how a client connects; `commands`, what it is told;
//! - `admission`, `deadlines`, `dial`: how many handshakes there may be, when something is due, which address answers first;
//! - [`platform`]: [`Network`], what the half asks of the system, and what a simulated world gives it in its place;
//!   [`threads`] is the same for the thread of a half that has one; [`mio`] and [`resolve`] are the real one, [`polled`] is for
//!   a stream of somebody else's.

#[cfg(unix)]
mod activation;
mod admission;
mod asking;
mod census;
mod command;
mod commands;
mod compressing;
mod conditions;
mod connecting;
mod deadlines;
mod dial;
mod door;
pub mod half;
mod handshake_rate;
mod key;
mod listener;
pub mod mio;
mod opening;
mod pages;
pub mod platform;
mod player;
pub mod polled;
mod report;
pub mod resolve;
#[cfg(test)]
mod tests;
pub mod threads;
mod totals;
mod turns;
#[cfg(unix)]
mod unix_socket;

pub use self::command::Command;
pub use self::half::NetworkHalf;
pub use self::key::PeerKey;
pub use self::platform::{BindAddress, Network, Token, Waker};
pub use self::report::{Opened, Report, Requested};
pub use self::totals::Totals;
pub use self::turns::HANDSHAKE_BUDGET;
