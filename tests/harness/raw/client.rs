//! A client that says what it likes to the server under test.

use std::net::{Shutdown, TcpStream};

use anyhow::{Context as _, Result, ensure};

use super::wire;
use crate::stage::Stage;

/// A connection to the server under test.
#[derive(Debug)]
pub struct RawClient {
    stream: TcpStream,
}

impl RawClient {
    /// Connects to whoever has told its port as `server`.
    pub fn connect(stage: &Stage) -> Result<Self> {
        Self::connect_to(stage.wait_for_port("server")?)
    }

    /// Connects to a port of this machine.
    pub fn connect_to(port: u16) -> Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).context("connecting")?;
        Ok(Self { stream: wire::prepare(stream)? })
    }

    /// Says something.
    pub fn send(&mut self, bytes: &[u8]) -> Result<()> {
        wire::write(&mut self.stream, bytes)
    }

    /// Asks to be upgraded, without waiting for the answer.
    pub fn send_request(&mut self) -> Result<()> {
        self.send(request(&[]).as_bytes())
    }

    /// Reads the answer to the request.
    pub fn read_head(&mut self) -> Result<String> {
        wire::read_head(&mut self.stream)
    }

    /// Reads the answer to the request, and the id that follows.
    pub fn read_id(&mut self) -> Result<i32> {
        let head = self.read_head()?;
        ensure!(head.starts_with("HTTP/1.1 101 "), "not let in: {head}");
        let (_, payload) = wire::read_frame(&mut self.stream)?;
        let id = payload.try_into().map_err(|payload| anyhow::anyhow!("no id: {payload:02x?}"))?;
        Ok(i32::from_le_bytes(id))
    }

    /// Becomes a peer of the server, and tells the others its id under this name.
    pub fn join(&mut self, stage: &Stage, name: &str) -> Result<()> {
        self.send_request()?;
        let id = self.read_id()?;
        ensure!(id >= 2, "the id is {id}");
        stage.leave(&format!("id.{name}"), &id.to_string())
    }

    /// Says something, one byte at a time.
    pub fn dribble(&mut self, bytes: &[u8]) -> Result<()> {
        bytes.iter().try_for_each(|byte| self.send(&[*byte]))
    }

    /// Reads one short frame: its first byte, and its payload.
    pub fn read_frame(&mut self) -> Result<(u8, Vec<u8>)> {
        wire::read_frame(&mut self.stream)
    }

    /// Ends the connection as a system does whose process has crashed: by a reset.
    pub fn reset(self) -> Result<()> {
        wire::reset(self.stream)
    }

    /// Has no more to say.
    pub fn shut_down(&mut self) -> Result<()> {
        Ok(self.stream.shutdown(Shutdown::Write)?)
    }

    /// Reads whatever comes until the server has ended the connection.
    pub fn read_to_end(&mut self) -> Result<Vec<u8>> {
        wire::read_to_end(&mut self.stream)
    }
}

/// A proper request, with these lines added.
pub fn request(more_lines: &[&str]) -> String {
    let mut request = format!(
        "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: {}\r\nSec-WebSocket-Version: 13\r\n",
        wire::KEY
    );
    for line in more_lines {
        request.push_str(line);
        request.push_str("\r\n");
    }
    request + "\r\n"
}
