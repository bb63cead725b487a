//! A server that does as it likes to the client under test.

use std::{
    io::{self, Read as _},
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream},
};

use anyhow::{Context as _, Result};
use socket2::{Domain, Socket, Type};
use tungstenite::handshake::derive_accept_key;

use super::wire;
use crate::stage::Stage;

/// A port that clients may connect to.
#[derive(Debug)]
pub struct RawServer {
    listener: TcpListener,
}

impl RawServer {
    /// Listens, and tells its port as `server`.
    pub fn listen(stage: &Stage) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        tell_port(stage, listener.local_addr()?)?;
        Ok(Self { listener })
    }

    /// Waits for a client.
    pub fn accept(&self, stage: &Stage) -> Result<RawPeer> {
        let mut accepted = None;
        stage.wait_until("a client", || match self.listener.accept() {
            Ok((stream, _)) => {
                accepted = Some(stream);
                Ok(true)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
            Err(error) => Err(error).context("accepting"),
        })?;
        let stream = wire::prepare(accepted.context("no client")?)?;
        Ok(RawPeer { stream })
    }
}

/// A client that has come.
#[derive(Debug)]
pub struct RawPeer {
    stream: TcpStream,
}

impl RawPeer {
    /// Reads the client's request, and answers it as a server should.
    pub fn upgrade(&mut self) -> Result<()> {
        let answer = self.read_and_answer()?;
        self.send(answer.as_bytes())
    }

    /// Reads the client's request, and finds the answer that a server should give.
    pub fn read_and_answer(&mut self) -> Result<String> {
        let request = wire::read_head(&mut self.stream)?;
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

    /// Reads the client's request and leaves it unanswered.
    pub fn read_request(&mut self) -> Result<String> {
        wire::read_head(&mut self.stream)
    }

    /// Says something.
    pub fn send(&mut self, bytes: &[u8]) -> Result<()> {
        wire::write(&mut self.stream, bytes)
    }

    /// Says something, one byte at a time.
    pub fn dribble(&mut self, bytes: &[u8]) -> Result<()> {
        bytes.iter().try_for_each(|byte| self.send(&[*byte]))
    }

    /// Reads one short frame: its first byte, and its payload.
    pub fn read_frame(&mut self) -> Result<(u8, Vec<u8>)> {
        wire::read_frame(&mut self.stream)
    }

    /// Has no more to say, and goes on listening.
    pub fn shut_down(&mut self) -> Result<()> {
        Ok(self.stream.shutdown(Shutdown::Write)?)
    }

    /// Ends the connection as a system does whose process has crashed: by a reset.
    pub fn reset(self) -> Result<()> {
        wire::reset(self.stream)
    }

    /// Sends a binary message, unmasked as a server's are.
    pub fn send_message(&mut self, payload: &[u8]) -> Result<()> {
        self.send(&wire::frame(wire::BINARY, None, payload))
    }

    /// Ends the connection without a word.
    pub fn hang_up(&mut self) -> Result<()> {
        match self.stream.shutdown(Shutdown::Both) {
            Err(error) if error.kind() != io::ErrorKind::NotConnected => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Reads until the client says goodbye, by a close frame or by hanging up; it is not answered.
    pub fn read_goodbye(&mut self) -> Result<()> {
        const CLOSE: u8 = 0x88;
        let mut chunk = [0; 256];
        loop {
            match self.stream.read(&mut chunk) {
                Ok(0) => return Ok(()),
                Ok(length) if chunk[..length].first() == Some(&CLOSE) => return Ok(()),
                Ok(_) => {}
                Err(error) if wire::is_end(&error) => return Ok(()),
                Err(error) => return Err(error).context("the client does not say goodbye"),
            }
        }
    }

    /// Reads whatever comes until the client has ended the connection.
    pub fn read_to_end(&mut self) -> Result<Vec<u8>> {
        wire::read_to_end(&mut self.stream)
    }
}

/// A port where connecting neither succeeds nor fails: the way to it leads nowhere.
///
/// Its queue of one connection is full, so the system lets further attempts wait.
#[derive(Debug)]
pub struct BlackHole {
    _listener: Socket,
    _fillers: Vec<Socket>,
}

impl BlackHole {
    /// Opens the hole, and tells its port as `server`.
    pub fn open(stage: &Stage) -> Result<Self> {
        /// More than any system's idea of a queue of nothing.
        const FILLERS: usize = 4;
        let listener = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        listener.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
        listener.listen(0)?;
        let address = listener.local_addr()?;
        let mut fillers = Vec::new();
        for _ in 0..FILLERS {
            let filler = Socket::new(Domain::IPV4, Type::STREAM, None)?;
            filler.set_nonblocking(true)?;
            // It is under way, which is all that it has to be.
            let _ = filler.connect(&address);
            fillers.push(filler);
        }
        tell_port(stage, address.as_socket().context("no address")?)?;
        Ok(Self { _listener: listener, _fillers: fillers })
    }
}

fn tell_port(stage: &Stage, address: SocketAddr) -> Result<()> {
    stage.leave("port.server", &address.port().to_string())
}
