//! Servers and clients: the layer that knows sockets' readiness ([`io`]), listening ([`listener`]), names
//! ([`resolve`], [`dial`]), deadlines ([`deadlines`]), and which connection has which id ([`server`], [`client`]).
//! What a connection says is the business of [`crate::connection`].

pub mod client;
mod deadlines;
mod dial;
mod io;
mod listener;
pub mod resolve;
pub mod server;
pub mod url;
pub mod web_socket;
