//! The transport's [`Network`] over the world's network, and plain streams for those who do not use the transport.

use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::net::SocketAddr;
use std::time::Duration;

use rust_websocket_transport::clock::Clock;
use rust_websocket_transport::error::ListenError;
use rust_websocket_transport::network::platform::Lookup;
use rust_websocket_transport::network::threads::{self, Spawn};
use rust_websocket_transport::network::{BindAddress, Network, Token, Waker};
use rust_websocket_transport::statistics::WireBytes;
use rust_websocket_transport::stream::{Readiness, Socket, discard};

use crate::fabric::{EndId, HostId, ListenerId, PollerId, Question, SharedFabric};
use crate::threads::SteppedThread;

/// What one endpoint of ours sees of the network.
#[derive(Debug)]
pub struct SimulatedNetwork {
    fabric: SharedFabric,
    host: HostId,
    poller: PollerId,
    /// What its network half runs on, if it is to have a thread.
    thread: Option<SteppedThread>,
}

impl SimulatedNetwork {
    /// For an endpoint on this machine.
    #[must_use]
    pub fn new(fabric: SharedFabric, host: HostId) -> Self {
        let poller = fabric.lock().add_poller();
        Self { fabric, host, poller, thread: None }
    }

    /// With this thread for its network half.
    #[must_use]
    pub fn on(self, thread: Option<SteppedThread>) -> Self {
        Self { thread, ..self }
    }

    /// By which its sockets are counted.
    #[must_use]
    pub fn poller(&self) -> PollerId {
        self.poller
    }
}

/// A listening socket.
#[derive(Debug)]
pub struct SimulatedListener {
    fabric: SharedFabric,
    id: ListenerId,
}

impl SimulatedListener {
    /// For whoever asks it again and again, and is told of nothing.
    ///
    /// # Errors
    /// When the port is taken.
    pub fn bind(fabric: &SharedFabric, host: HostId, port: u16) -> io::Result<Self> {
        let id = fabric.lock().listen(host, port, None)?;
        Ok(Self { fabric: fabric.clone(), id })
    }

    /// The next connection that waits.
    ///
    /// # Errors
    /// `WouldBlock` when there is none, or what the weather brings.
    pub fn accept(&self) -> io::Result<SimulatedSocket> {
        let (end, _) = self.fabric.lock().accept(self.id)?;
        Ok(SimulatedSocket { fabric: self.fabric.clone(), end })
    }
}

impl Drop for SimulatedListener {
    fn drop(&mut self) {
        self.fabric.lock().stop_listening(self.id);
    }
}

/// A connection's end.
#[derive(Debug)]
pub struct SimulatedSocket {
    fabric: SharedFabric,
    end: EndId,
}

impl SimulatedSocket {
    /// For whoever asks it again and again, and is told of nothing.
    ///
    /// # Errors
    /// When there is no way to that address.
    pub fn dial(fabric: &SharedFabric, host: HostId, address: SocketAddr) -> io::Result<Self> {
        let end = fabric.lock().dial(host, address, None)?;
        Ok(Self { fabric: fabric.clone(), end })
    }

    /// How it is named in the trace.
    #[must_use]
    pub fn end(&self) -> EndId {
        self.end
    }

    /// Whether the connection has come about.
    ///
    /// # Errors
    /// Why it has not.
    pub fn is_connected(&self) -> io::Result<bool> {
        self.fabric.lock().is_connected(self.end)
    }
}

impl Drop for SimulatedSocket {
    fn drop(&mut self) {
        self.fabric.lock().close(self.end);
    }
}

impl Read for SimulatedSocket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.fabric.lock().read(self.end, buffer)
    }
}

impl Write for SimulatedSocket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.fabric.lock().write(self.end, bytes)
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let slices: Vec<&[u8]> = slices.iter().map(|slice| &**slice).collect();
        self.write(&slices.concat())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Socket for SimulatedSocket {
    fn shutdown_write(&mut self) -> io::Result<()> {
        self.fabric.lock().shut(self.end);
        Ok(())
    }

    fn discard_unread(&mut self) {
        discard(self);
    }

    fn carried(&self) -> WireBytes {
        self.fabric.lock().carried_by(self.end)
    }
}

/// A lookup under way.
#[derive(Debug)]
pub struct SimulatedLookup {
    fabric: SharedFabric,
    question: Question,
    port: u16,
}

impl Lookup for SimulatedLookup {
    fn poll(&mut self) -> Option<io::Result<Vec<SocketAddr>>> {
        let answer = self.fabric.lock().hear(&mut self.question)?;
        let port = self.port;
        Some(answer.map(|found| found.into_iter().map(|ip| SocketAddr::new(ip, port)).collect()))
    }
}

impl Network for SimulatedNetwork {
    type Socket = SimulatedSocket;
    type Listener = SimulatedListener;
    type Lookup = SimulatedLookup;

    fn listen(&mut self, _address: BindAddress, port: u16) -> Result<SimulatedListener, ListenError> {
        let id = self.fabric.lock().listen(self.host, port, Some(self.poller))?;
        Ok(SimulatedListener { fabric: self.fabric.clone(), id })
    }

    fn local_port(&self, listener: &SimulatedListener) -> io::Result<u16> {
        Ok(self.fabric.lock().port(listener.id))
    }

    fn accept(&mut self, listener: &mut SimulatedListener) -> io::Result<(SimulatedSocket, Option<SocketAddr>)> {
        let (end, address) = self.fabric.lock().accept(listener.id)?;
        Ok((SimulatedSocket { fabric: self.fabric.clone(), end }, Some(address)))
    }

    fn connect(&mut self, address: SocketAddr, token: Token) -> io::Result<SimulatedSocket> {
        let end = self.fabric.lock().dial(self.host, address, Some((self.poller, token)))?;
        Ok(SimulatedSocket { fabric: self.fabric.clone(), end })
    }

    fn is_connected(&mut self, socket: &mut SimulatedSocket) -> io::Result<bool> {
        socket.is_connected()
    }

    fn peer_address(&mut self, socket: &mut SimulatedSocket) -> io::Result<SocketAddr> {
        self.fabric.lock().peer_address(socket.end)
    }

    fn register(&mut self, socket: &mut SimulatedSocket, token: Token) -> io::Result<()> {
        self.fabric.lock().watch(socket.end, self.poller, token);
        Ok(())
    }

    fn rename(&mut self, socket: &mut SimulatedSocket, token: Token) -> io::Result<()> {
        self.register(socket, token)
    }

    fn look_up(&mut self, host: &str, port: u16) -> io::Result<SimulatedLookup> {
        if host == "nonsense" {
            return Err(ErrorKind::InvalidInput.into());
        }
        let question = self.fabric.lock().ask(host);
        Ok(SimulatedLookup { fabric: self.fabric.clone(), question, port })
    }

    fn collect(&mut self, _patience: Duration, ready: &mut Vec<(Token, Readiness)>) {
        self.fabric.lock().collect(self.poller, ready);
    }

    fn waker(&mut self) -> io::Result<Waker> {
        self.thread.as_ref().map(SteppedThread::waker).ok_or_else(|| ErrorKind::Unsupported.into())
    }

    fn spawner(&self) -> Spawn {
        self.thread.as_ref().map_or_else(|| Box::new(threads::spawn) as Spawn, SteppedThread::spawner)
    }

    fn clock(&self) -> Clock {
        self.fabric.lock().time.clock()
    }
}
