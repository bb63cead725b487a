//! Where the client under test connects to: a port that somebody answers at, and one that leads nowhere.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
};

use anyhow::{Context as _, Result};
use socket2::{Domain, Socket, Type};

use super::{RawSocket, wire};
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
    pub fn accept(&self, stage: &Stage) -> Result<RawSocket> {
        let mut accepted = None;
        stage.wait_until("a client", || match self.listener.accept() {
            Ok((stream, _)) => {
                accepted = Some(stream);
                Ok(true)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
            Err(error) => Err(error).context("accepting"),
        })?;
        Ok(RawSocket { stream: wire::prepare(accepted.context("no client")?)? })
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
