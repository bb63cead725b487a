//! An echo server of [`WebSocket`]s on streams that it accepts by itself.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::time::{Duration, Instant};

use rust_websocket_transport::config::Settings;
use rust_websocket_transport::connection::EmptyMessages;
use rust_websocket_transport::entropy::Entropy;
use rust_websocket_transport::error::SendError;
use rust_websocket_transport::game::WebSocket;
use rust_websocket_transport::network::mio::Mio;
use rust_websocket_transport::wire::message::Message;

use super::limits;

/// How long a server that has nothing to do leaves its sockets alone.
const PAUSE: Duration = Duration::from_micros(200);

/// How many messages of one peer are echoed before it is the others' turn.
const ROUNDS: usize = 64;

/// How many events of its one socket a peer takes at once.
const EVENTS: usize = 4;

/// A server that echoes every message of every peer.
pub(crate) struct EchoServer {
    listener: TcpListener,
    peers: Vec<Peer>,
}

impl EchoServer {
    /// Listens on every IPv4 address of this machine; port 0 takes a free one.
    pub(crate) fn listen(port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, port))?;
        listener.set_nonblocking(true)?;
        Ok(Self { listener, peers: Vec::new() })
    }

    /// The port it listens on.
    pub(crate) fn port(&self) -> io::Result<u16> {
        self.listener.local_addr().map(|address| address.port())
    }

    /// Does what there is to do, and rests for a moment if that was nothing.
    pub(crate) fn turn(&mut self) -> io::Result<()> {
        let mut is_busy = self.accept()?;
        for peer in &mut self.peers {
            is_busy |= peer.echo();
        }
        self.peers.retain(|peer| !peer.socket.is_finished());
        if !is_busy {
            std::thread::sleep(PAUSE);
        }
        Ok(())
    }

    /// Whether somebody came.
    fn accept(&mut self) -> io::Result<bool> {
        match self.listener.accept() {
            Ok((stream, _)) => {
                stream.set_nonblocking(true)?;
                stream.set_nodelay(true)?;
                let stream = Mio::adopt(mio::net::TcpStream::from_std(stream));
                let settings = Settings { limits: limits(), ..Settings::default() };
                let (network, entropy) = (Mio::new(EVENTS)?, Entropy::from_system()?);
                let socket = WebSocket::adopt(network, entropy, stream, settings, EmptyMessages::Keep, Instant::now())?;
                self.peers.push(Peer { socket, unsent: None });
                Ok(true)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// One connection.
struct Peer {
    socket: WebSocket,
    /// A message for whose echo there is no room yet.
    unsent: Option<Message>,
}

impl Peer {
    /// Echoes what is there. Whether there was something.
    fn echo(&mut self) -> bool {
        for round in 0..ROUNDS {
            if let Some(message) = self.unsent.take()
                && let Err(SendError::Full { .. }) = self.socket.send(message.kind, &message.payload)
            {
                self.unsent = Some(message);
                self.socket.poll(Instant::now());
                return false;
            }
            self.socket.poll(Instant::now());
            self.unsent = self.socket.pop();
            if self.unsent.is_none() {
                return round > 0;
            }
        }
        true
    }
}
