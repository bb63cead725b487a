//! A network that is one stream of somebody else's, of which no event tells: it is asked whenever it is driven.

use std::fmt::Debug;
use std::io::{self, ErrorKind};
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::time::Duration;

use super::platform::{BindAddress, Lookup, Network, Token};
use crate::clock::Clock;
use crate::error::ListenError;
use crate::stream::{Readiness, Socket};

/// For [`NetworkHalf::adopting`](super::NetworkHalf::adopting) alone: it neither listens nor dials.
#[derive(Debug)]
pub struct Polled<S> {
    token: Option<Token>,
    clock: Clock,
    stream: PhantomData<S>,
}

impl<S> Polled<S> {
    /// For one stream; `clock` tells how long work has taken.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self { token: None, clock, stream: PhantomData }
    }
}

impl<S: Socket + Debug + Send> Network for Polled<S> {
    type Socket = S;
    type Listener = Never;
    type Lookup = Never;

    fn listen(&mut self, _address: BindAddress, _port: u16) -> Result<Never, ListenError> {
        Err(ListenError::System(ErrorKind::Unsupported.into()))
    }

    fn local_port(&self, listener: &Never) -> io::Result<u16> {
        match *listener {}
    }

    fn accept(&mut self, listener: &mut Never) -> io::Result<(S, Option<SocketAddr>)> {
        match *listener {}
    }

    fn connect(&mut self, _address: SocketAddr, _token: Token) -> io::Result<S> {
        Err(ErrorKind::Unsupported.into())
    }

    fn is_connected(&mut self, _socket: &mut S) -> io::Result<bool> {
        Ok(true)
    }

    fn peer_address(&mut self, _socket: &mut S) -> io::Result<SocketAddr> {
        Err(ErrorKind::Unsupported.into())
    }

    fn register(&mut self, _socket: &mut S, token: Token) -> io::Result<()> {
        self.token = Some(token);
        Ok(())
    }

    fn rename(&mut self, _socket: &mut S, token: Token) -> io::Result<()> {
        self.token = Some(token);
        Ok(())
    }

    fn look_up(&mut self, _host: &str, _port: u16) -> io::Result<Never> {
        Err(ErrorKind::Unsupported.into())
    }

    fn collect(&mut self, _patience: Duration, ready: &mut Vec<(Token, Readiness)>) {
        let anything = Readiness { readable: true, writable: true, ended: false };
        ready.extend(self.token.map(|token| (token, anything)));
    }

    fn clock(&self) -> Clock {
        self.clock.clone()
    }
}

/// What there never is.
#[derive(Debug, Clone, Copy)]
pub enum Never {}

impl Lookup for Never {
    fn poll(&mut self) -> Option<io::Result<Vec<SocketAddr>>> {
        match *self {}
    }
}
