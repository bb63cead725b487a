//! Roles played without an engine, for what no engine would say: bare sockets that do as they please.
//!
//! [`socket`] says what it likes to a server or a client under test; [`server`] is where clients connect to; [`crowd`] are many
//! clients at once; [`wire`] is the little of WebSocket that all need to get as far as they want.

pub mod crowd;
pub mod server;
pub mod socket;
pub mod wire;

pub use server::{BlackHole, RawServer};
pub use socket::{RawSocket, request};
