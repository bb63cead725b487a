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

/// Carries the bytes of one connection between these ports of this machine until either end is gone.
///
/// # Errors
/// When one of the ports cannot be had.
pub fn carry_one(own_port: u16, port: u16, bytes_per_second: u32) -> Result<()> {
    let listener = narrow()?;
    listener.set_reuse_address(true)?;
    listener.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, own_port)).into())?;
    listener.listen(1)?;
    let (near, _) = TcpListener::from(listener).accept()?;
    let far = narrow()?;
    far.connect(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)).into())?;
    let far = TcpStream::from(far);
    let (from, to) = (far.try_clone()?, near.try_clone()?);
    let back = thread::spawn(move || carry(from, to, bytes_per_second));
    carry(near, far, bytes_per_second)?;
    let _ = back.join();
    Ok(())
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
