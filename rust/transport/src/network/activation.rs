//! Sockets that whoever started the process has opened for it (systemd's `LISTEN_FDS`, see sd_listen_fds(3)).

use std::env;
use std::io;
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::sync::{Mutex, PoisonError};

use listenfd::ListenFd;

use super::listener::Listener;
use super::unix_socket::UnixSocket;
use crate::error::ListenError;

/// Those of this process, which are taken from the environment once. They stay open: a server may be made anew, and who comes
/// in between waits for it.
static SOCKETS: Mutex<Option<Vec<(String, Activated)>>> = Mutex::new(None);

#[derive(Debug)]
enum Activated {
    Tcp(TcpListener),
    Unix(UnixListener),
}

/// The socket of this name, or the first.
pub(super) fn take(name: Option<&str>) -> Result<Listener, ListenError> {
    let mut sockets = SOCKETS.lock().unwrap_or_else(PoisonError::into_inner);
    let sockets = sockets.get_or_insert_with(from_environment);
    let found = sockets.iter().find(|(other, _)| name.is_none_or(|name| name == other));
    let (_, socket) = found.ok_or_else(|| ListenError::NotActivated { name: name.map(ToOwned::to_owned) })?;
    Ok(share(socket)?)
}

/// How many sockets this process may be given. Each costs a look and maybe a line in the log.
const MOST: usize = 64;

fn from_environment() -> Vec<(String, Activated)> {
    if env::var("LISTEN_FDS").ok().and_then(|count| count.parse().ok()).is_some_and(|count: usize| count > MOST) {
        log::warn!("LISTEN_FDS names more than {MOST} sockets; none of them is taken");
        return Vec::new();
    }
    // Looked at first: taking the sockets clears what belongs to them.
    let names = env::var("LISTEN_FDNAMES").unwrap_or_default();
    let mut names = names.split(':');
    let mut passed = ListenFd::from_env();
    (0..passed.len())
        .filter_map(|index| {
            let name = names.next().unwrap_or_default().to_owned();
            if let Ok(Some(listener)) = passed.take_tcp_listener(index) {
                return Some((name, Activated::Tcp(listener)));
            }
            match passed.take_unix_listener(index) {
                Ok(Some(listener)) => Some((name, Activated::Unix(listener))),
                Ok(None) => None,
                Err(_) => {
                    log::warn!(
                        "the socket {index} ('{name}') that this process was given is passed over: it does not listen for \
                         connections by TCP or on a Unix socket"
                    );
                    None
                }
            }
        })
        .collect()
}

fn share(socket: &Activated) -> io::Result<Listener> {
    match socket {
        Activated::Tcp(listener) => {
            let listener = listener.try_clone()?;
            listener.set_nonblocking(true)?;
            Ok(Listener::Tcp(mio::net::TcpListener::from_std(listener)))
        }
        Activated::Unix(listener) => {
            let listener = listener.try_clone()?;
            listener.set_nonblocking(true)?;
            Ok(Listener::Unix(UnixSocket::adopt(mio::net::UnixListener::from_std(listener))))
        }
    }
}
