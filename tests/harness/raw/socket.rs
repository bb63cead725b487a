//! A connection to the server or the client under test, on which a test says what it likes.

use std::{
    io::{self, Read as _},
    net::{Shutdown, TcpStream},
};

use anyhow::{Context as _, Result, ensure};
use tungstenite::handshake::derive_accept_key;

use super::wire;
use crate::stage::Stage;

/// A connection, on which a client's words or a server's can be said.
#[derive(Debug)]
pub struct RawSocket {
    pub(super) stream: TcpStream,
}

/// What either end does.
impl RawSocket {
    /// Says something.
    pub fn send(&mut self, bytes: &[u8]) -> Result<()> {
        wire::write(&mut self.stream, bytes)
    }

    /// Says something, one byte at a time.
    pub fn dribble(&mut self, bytes: &[u8]) -> Result<()> {
        bytes.iter().try_for_each(|byte| self.send(&[*byte]))
    }

    /// Reads a head: the answer to a client's request, or the request, which is left unanswered.
    pub fn read_head(&mut self) -> Result<String> {
        wire::read_head(&mut self.stream)
    }

    /// Reads one short frame: its first byte, and its payload.
    pub fn read_frame(&mut self) -> Result<(u8, Vec<u8>)> {
        wire::read_frame(&mut self.stream)
    }

    /// Reads whatever comes until the other side has ended the connection.
    pub fn read_to_end(&mut self) -> Result<Vec<u8>> {
        wire::read_to_end(&mut self.stream)
    }

    /// Has no more to say, and goes on listening.
    pub fn shut_down(&mut self) -> Result<()> {
        Ok(self.stream.shutdown(Shutdown::Write)?)
    }

    /// Ends the connection without a word.
    pub fn hang_up(&mut self) -> Result<()> {
        match self.stream.shutdown(Shutdown::Both) {
            Err(error) if error.kind() != io::ErrorKind::NotConnected => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Ends the connection as a system does whose process has crashed: by a reset.
    pub fn reset(self) -> Result<()> {
        wire::reset(self.stream)
    }
}

/// What a client does.
impl RawSocket {
    /// Connects to whoever has told its port as `server`.
    pub fn connect(stage: &Stage) -> Result<Self> {
        Self::connect_to(stage.wait_for_port("server")?)
    }

    /// Connects to a port of this machine.
    pub fn connect_to(port: u16) -> Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).context("connecting")?;
        Ok(Self { stream: wire::prepare(stream)? })
    }

    /// Asks to be upgraded, without waiting for the answer.
    pub fn send_request(&mut self) -> Result<()> {
        self.send(request(&[]).as_bytes())
    }

    /// Reads the answer to the request, and the id that follows.
    pub fn read_id(&mut self) -> Result<i32> {
        let head = self.read_head()?;
        ensure!(head.starts_with("HTTP/1.1 101 "), "not let in: {head}");
        let (_, payload) = self.read_frame()?;
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
}

/// What a server does.
impl RawSocket {
    /// Reads the client's request, and answers it as a server should.
    pub fn upgrade(&mut self) -> Result<()> {
        let answer = self.read_and_answer()?;
        self.send(answer.as_bytes())
    }

    /// Reads the client's request, and finds the answer that a server should give.
    pub fn read_and_answer(&mut self) -> Result<String> {
        let request = self.read_head()?;
        let key = request
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find_map(|(name, value)| name.eq_ignore_ascii_case("sec-websocket-key").then_some(value))
            .context("the request has no key")?;
        let accept = derive_accept_key(key.as_bytes());
        Ok(format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {accept}\r\n\r\n"
        ))
    }

    /// Sends a binary message, unmasked as a server's are.
    pub fn send_message(&mut self, payload: &[u8]) -> Result<()> {
        self.send(&wire::frame(wire::BINARY, None, payload))
    }

    /// Reads until the client says goodbye, by a close frame or by hanging up; it is not answered.
    pub fn read_goodbye(&mut self) -> Result<()> {
        let mut chunk = [0; 256];
        loop {
            match self.stream.read(&mut chunk) {
                Ok(0) => return Ok(()),
                Ok(_) if chunk.first() == Some(&wire::CLOSE) => return Ok(()),
                Ok(_) => {}
                Err(error) if wire::is_end(&error) => return Ok(()),
                Err(error) => return Err(error).context("the client does not say goodbye"),
            }
        }
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
