//! A WebSocket server that echoes text as text and binary as binary, for conformance suites and for trying things out.
//!
//! `cargo run --release --example echo_server -- [PORT]` listens on that port, or a free one, and says which.

mod echo;

use std::convert::Infallible;
use std::error::Error;

use self::echo::server::EchoServer;

fn main() -> Result<Infallible, Box<dyn Error>> {
    let port = match std::env::args().nth(1) {
        None => 0,
        Some(port) => port.parse().map_err(|error| format!("'{port}' is no port: {error}"))?,
    };
    let mut server = EchoServer::listen(port)?;
    println!("listening on {}", server.port()?);
    loop {
        server.turn()?;
    }
}
