//! Many bare clients that come in the same instant, for which engines would be too slow.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use super::RawSocket;

/// Clients that are all in.
#[derive(Debug)]
pub struct Crowd {
    _clients: Vec<RawSocket>,
    /// From the first one's first packet to the last one's id.
    pub took: Duration,
}

impl Crowd {
    /// Lets so many clients connect and ask at once, and waits until each has its id.
    pub fn rush_in(port: u16, size: usize) -> Result<Self> {
        let began = Instant::now();
        let mut clients = Vec::with_capacity(size);
        for number in 0..size {
            let mut client = RawSocket::connect_to(port).with_context(|| format!("client {number}"))?;
            client.send_request()?;
            clients.push(client);
        }
        for (number, client) in clients.iter_mut().enumerate() {
            client.read_id().with_context(|| format!("client {number}"))?;
        }
        Ok(Self { _clients: clients, took: began.elapsed() })
    }
}
