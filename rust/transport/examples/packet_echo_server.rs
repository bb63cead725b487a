//! A multiplayer server that sends every packet back to its sender, as fast as one thread can: the transport alone, as
//! `cargo xtask bench` measures it. Prints `LISTENING <port>`.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Instant;

use rust_websocket_transport::config::Settings;
use rust_websocket_transport::error::{ListenError, SendError};
use rust_websocket_transport::game::{Endpoint, Recipients, Server};
use rust_websocket_transport::network::BindAddress;

fn main() -> Result<(), ListenError> {
    let address = BindAddress::Ip(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let mut server = Server::listen(address, 0, Settings::default(), None)?;
    println!("LISTENING {}", server.local_port().unwrap_or_default());
    loop {
        server.poll(Instant::now());
        while server.next_event().is_some() {}
        while let Some(packet) = server.pop() {
            match server.send(Recipients::One(packet.source), &packet.payload) {
                // Whoever has gone in the middle of it wants no answer.
                Ok(()) | Err(SendError::NotOpen | SendError::UnknownPeer(_)) => {}
                Err(error) => eprintln!("peer {} missed a packet: {error}", packet.source),
            }
        }
    }
}
