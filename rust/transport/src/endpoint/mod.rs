//! Servers and clients: the layer that knows sockets' readiness, listening, names, deadlines, and which connection has
//! which id. What a connection says is the business of [`crate::connection`].
//!
//! - [`server`]: a multiplayer server and its many peers;
//! - [`client`]: a multiplayer client, which is a [`web_socket`] that was given an id;
//! - `listener`, `dial`, [`resolve`], [`url`]: how connections come about;
//! - `io`, `deadlines`: what wakes them.

pub mod client;
mod deadlines;
mod dial;
mod io;
mod listener;
pub mod resolve;
pub mod server;
pub mod url;
pub mod web_socket;
