//! A link that is slower than its ends: it passes so many bytes per second, each way, and holds little itself, so that what
//! waits does so where it came from.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use socket2::{Domain, Socket, Type};

/// What its sockets hold of what has arrived, in bytes.
const WINDOW: usize = 8 * 1024;

/// How much it passes on at once, in bytes.
const PORTION: usize = 1024;

/// A slow link that nobody uses yet.
#[derive(Debug)]
pub struct Link(TcpListener);

impl Link {
    /// One whose end is this port of this machine; 0 is a free one.
    ///
    /// # Errors
    /// When the port cannot be had.
    pub fn open(port: u16) -> Result<Self> {
        let listener = narrow()?;
        listener.set_reuse_address(true)?;
        listener.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)).into())?;
        listener.listen(1)?;
        Ok(Self(listener.into()))
    }

    /// The port at its end.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn port(&self) -> Result<u16> {
        Ok(self.0.local_addr()?.port())
    }

    /// Carries the bytes of the one that comes to a port of this machine and back, until either of them is gone.
    ///
    /// # Errors
    /// When nobody listens there.
    pub fn carry(self, port: u16, bytes_per_second: u32) -> Result<()> {
        let (near, _) = self.0.accept()?;
        let far = narrow()?;
        far.connect(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)).into())?;
        let far = TcpStream::from(far);
        let (from, to) = (far.try_clone()?, near.try_clone()?);
        let back = thread::spawn(move || carry(from, to, bytes_per_second));
        // The ends know best why they went.
        let _ = carry(near, far, bytes_per_second);
        let _ = back.join();
        Ok(())
    }
}

fn narrow() -> io::Result<Socket> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.set_recv_buffer_size(WINDOW)?;
    Ok(socket)
}

fn carry(mut from: TcpStream, mut to: TcpStream, bytes_per_second: u32) -> io::Result<()> {
    to.set_nodelay(true)?;
    let mut portion = [0; PORTION];
    let mut next = Instant::now();
    while let Ok(count @ 1..) = from.read(&mut portion)
        && to.write_all(portion.get(..count).unwrap_or_default()).is_ok()
    {
        let time = Duration::from_secs(1) * u32::try_from(count).unwrap_or(u32::MAX) / bytes_per_second.max(1);
        next = next.max(Instant::now()) + time;
        thread::sleep(next.saturating_duration_since(Instant::now()));
    }
    to.shutdown(Shutdown::Write)
}
