//! What the network half asks of the system: the seam at which a simulated world takes the system's place.

use std::fmt::{self, Debug};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::PeerKey;
use super::threads::{self, Spawn};
use crate::clock::Clock;
use crate::error::ListenError;
use crate::stream::{Readiness, Socket};

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BindAddress {
    /// Every address of this machine, IPv4 and IPv6.
    Any,
    /// One address.
    Ip(IpAddr),
    /// A Unix socket at this path.
    Unix(PathBuf),
    /// A socket that whoever started the process has opened for it, as systemd does: the one of this name, or the first.
    Activated(Option<String>),
}

/// Whom an event is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Token {
    /// The listener: there may be connections to accept.
    Listener,
    /// A client's attempt to connect to one address, by its number.
    Attempt(u32),
    /// A connection.
    Peer(PeerKey),
}

impl Token {
    /// As a number of 64 bits; no two tokens of an endpoint have the same.
    pub(super) fn to_number(self) -> u64 {
        match self {
            Self::Listener => u64::MAX,
            Self::Attempt(number) => u64::from(number),
            Self::Peer(key) => key.to_number(),
        }
    }

    /// The token of such a number.
    pub(super) fn from_number(number: u64) -> Self {
        match u32::try_from(number) {
            Ok(number) => Self::Attempt(number),
            Err(_) if number == u64::MAX => Self::Listener,
            Err(_) => Self::Peer(PeerKey::from_number(number)),
        }
    }
}

/// Ends a [`Network::collect`] that waits, from any thread; if none does, the next one that would wait.
#[derive(Clone)]
pub struct Waker(Arc<dyn Fn() + Send + Sync>);

impl Waker {
    /// One that wakes like this.
    pub fn new(wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Arc::new(wake))
    }

    /// Wakes.
    pub fn wake(&self) {
        (self.0)();
    }
}

impl Debug for Waker {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Waker")
    }
}

/// Addresses of a name that were asked for and may take their time.
pub trait Lookup {
    /// The answer, once it is there. Asked no more after that.
    fn poll(&mut self) -> Option<io::Result<Vec<SocketAddr>>>;
}

/// Sockets, names, readiness and time, as the system has them or a simulated world.
///
/// Readiness is edge-triggered: an event tells of a change, once. Whoever stops reading before `WouldBlock` has to
/// remember that there may be more.
pub trait Network: Debug + Send {
    /// A TCP connection.
    type Socket: Socket + Debug + Send;
    /// A listening socket.
    type Listener: Debug + Send;
    /// A lookup under way.
    type Lookup: Lookup + Debug + Send;

    /// Listens, with [`Token::Listener`] as its token; port 0 takes a free one.
    ///
    /// # Errors
    /// [`ListenError`], when the address cannot be had.
    fn listen(&mut self, address: BindAddress, port: u16) -> Result<Self::Listener, ListenError>;

    /// The port of a listener.
    ///
    /// # Errors
    /// When the system does not say.
    fn local_port(&self, listener: &Self::Listener) -> io::Result<u16>;

    /// The next connection that waits, not registered yet, and where it comes from; nowhere, by a Unix socket.
    ///
    /// # Errors
    /// `WouldBlock` when there is none; anything else is what the system says of one connection or of itself.
    fn accept(&mut self, listener: &mut Self::Listener) -> io::Result<(Self::Socket, Option<SocketAddr>)>;

    /// Starts to connect, with this token. Whether it came about is told by an event, and then by [`Network::is_connected`].
    ///
    /// # Errors
    /// When the system says at once that there is no way.
    fn connect(&mut self, address: SocketAddr, token: Token) -> io::Result<Self::Socket>;

    /// Likewise, to a Unix socket.
    ///
    /// # Errors
    /// When there is none, or nobody who listens on it.
    fn connect_local(&mut self, _path: &Path, _token: Token) -> io::Result<Self::Socket> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Whether a connection that was started has come about; `false` while it is under way.
    ///
    /// # Errors
    /// Why it has not.
    fn is_connected(&mut self, socket: &mut Self::Socket) -> io::Result<bool>;

    /// Where a connected socket leads.
    ///
    /// # Errors
    /// When the system does not say.
    fn peer_address(&mut self, socket: &mut Self::Socket) -> io::Result<SocketAddr>;

    /// Asks for word of an accepted socket under this token.
    ///
    /// # Errors
    /// When the system has no place for it.
    fn register(&mut self, socket: &mut Self::Socket, token: Token) -> io::Result<()>;

    /// Gives a socket that is registered another token. What is ready on it is told anew.
    ///
    /// # Errors
    /// When the system refuses.
    fn rename(&mut self, socket: &mut Self::Socket, token: Token) -> io::Result<()>;

    /// Asks for the addresses of a name, without waiting.
    ///
    /// # Errors
    /// When not even the question can be asked.
    fn look_up(&mut self, host: &str, port: u16) -> io::Result<Self::Lookup>;

    /// Collects what has changed since the last call, and waits for it as long as `patience` says.
    fn collect(&mut self, patience: Duration, ready: &mut Vec<(Token, Readiness)>);

    /// What ends a [`Network::collect`] from another thread. Asked for once.
    ///
    /// # Errors
    /// When there is no such thing, or the system has no means left.
    fn waker(&mut self) -> io::Result<Waker> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// What begins a thread for a network half that is to have one.
    fn spawner(&self) -> Spawn {
        Box::new(threads::spawn)
    }

    /// The clock by which work is measured while it is done.
    fn clock(&self) -> Clock;
}

#[cfg(test)]
mod tests {
    use slotmap::SlotMap;

    use super::*;

    #[test]
    fn tokens_are_what_they_were() {
        let key = SlotMap::with_key().insert(());
        for token in [Token::Listener, Token::Attempt(0), Token::Attempt(u32::MAX), Token::Peer(key)] {
            assert_eq!(Token::from_number(token.to_number()), token);
        }
    }
}
