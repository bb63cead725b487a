//! A client of a multiplayer server as `docs/protocol.md` describes it, on another implementation of WebSocket.

use std::{
    net::{Ipv4Addr, TcpStream},
    time::Instant,
};

use anyhow::{Context as _, Result, bail, ensure};
use tungstenite::{Message, WebSocket};

/// The bits of a packet's first byte that say its kind.
const KIND: u8 = 0x07;

/// A client that has its id.
pub(super) struct Client {
    socket: WebSocket<TcpStream>,
}

impl Client {
    /// Connects, and takes the id.
    pub(super) fn join(port: u16, deadline: Instant) -> Result<Self> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_read_timeout(Some(deadline.saturating_duration_since(Instant::now())))?;
        let (mut socket, _) = tungstenite::client(format!("ws://127.0.0.1:{port}"), stream)?;
        let Message::Binary(id) = socket.read()? else { bail!("the first message is not binary") };
        let id = i32::from_le_bytes(id.as_ref().try_into().context("the id is not 4 bytes")?);
        ensure!(id >= 2, "the id is {id}");
        Ok(Self { socket })
    }

    pub(super) fn send(&mut self, packet: &[u8]) -> Result<()> {
        Ok(self.socket.send(Message::binary(packet.to_vec()))?)
    }

    /// The next packet of this kind; others are dropped.
    pub(super) fn packet_of_kind(&mut self, kind: u8) -> Result<Vec<u8>> {
        loop {
            if let Message::Binary(packet) = self.socket.read()?
                && packet.first().is_some_and(|first| first & KIND == kind)
            {
                return Ok(packet.to_vec());
            }
        }
    }

    /// Reads until the server closes, and answers the close frame's code.
    pub(super) fn end(mut self) -> Result<Option<u16>> {
        loop {
            if let Message::Close(close) = self.socket.read()? {
                return Ok(close.map(|close| close.code.into()));
            }
        }
    }

    /// Closes with a close frame, and waits for the answer.
    pub(super) fn leave(mut self) -> Result<()> {
        self.socket.close(None)?;
        while self.socket.read().is_ok() {}
        Ok(())
    }
}

/// The bytes of the fenced block that follows a mark: each line has some in hexadecimal, and words after two spaces.
pub(super) fn bytes_of(page: &str, mark: &str) -> Result<Vec<u8>> {
    let (_, rest) = page.split_once(mark).with_context(|| format!("the page has no {mark}"))?;
    let block = rest.split("```").nth(1).context("no block follows")?;
    let digits = block.lines().map(|line| line.split("  ").next().unwrap_or_default());
    digits.flat_map(str::split_whitespace).map(|byte| Ok(u8::from_str_radix(byte, 16)?)).collect()
}
