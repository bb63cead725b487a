//! Takes a port for this process alone. On Windows another program may otherwise bind the port of one that listens, and get
//! its connections. The option that forbids it has no name in socket2, and a call to the system is `unsafe`, which the
//! transport must not be: so this is a crate of its own.

/// Says that the port this socket is about to be bound to is nobody else's. Only Windows has to be told.
///
/// # Errors
/// When the system refuses.
#[cfg(not(windows))]
pub fn claim(_socket: &socket2::Socket) -> std::io::Result<()> {
    Ok(())
}

/// Says that the port this socket is about to be bound to is nobody else's.
///
/// # Errors
/// When the system refuses.
#[cfg(windows)]
#[expect(unsafe_code, reason = "this one call is what the crate is for")]
pub fn claim(socket: &socket2::Socket) -> std::io::Result<()> {
    use std::os::windows::io::AsRawSocket;

    use windows_sys::Win32::Networking::WinSock::{SO_EXCLUSIVEADDRUSE, SOCKET, SOL_SOCKET, setsockopt};

    let on = 1_i32.to_ne_bytes();
    let handle = SOCKET::try_from(socket.as_raw_socket()).map_err(std::io::Error::other)?;
    // SAFETY: the socket is open for as long as it is borrowed, and the option is the 4 bytes of `on`, which the system only
    // reads, and only during the call.
    let result = unsafe { setsockopt(handle, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, on.as_ptr(), 4) };
    if result == 0 { Ok(()) } else { Err(std::io::Error::last_os_error()) }
}

#[cfg(all(test, windows))]
mod tests {
    use std::net::{Ipv4Addr, SocketAddr};

    use socket2::{Domain, Socket, Type};

    #[test]
    fn nobody_else_gets_the_port() {
        let new = || Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        let first = new();
        super::claim(&first).unwrap();
        first.bind(&SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)).into()).unwrap();
        first.listen(1).unwrap();
        let port = first.local_addr().unwrap().as_socket().unwrap().port();
        for address in [Ipv4Addr::UNSPECIFIED, Ipv4Addr::LOCALHOST] {
            let second = new();
            second.set_reuse_address(true).unwrap();
            assert!(second.bind(&SocketAddr::from((address, port)).into()).is_err());
        }
    }
}
