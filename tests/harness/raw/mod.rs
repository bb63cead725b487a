//! Roles played without an engine: bare sockets that do as they please.
//!
//! [`client`] is a client that says what it likes to a server under test; [`server`] is a server that
//! does so to a client; [`wire`] is the little of WebSocket that both need to get as far as they want.

pub mod client;
pub mod crowd;
pub mod server;
pub mod wire;
