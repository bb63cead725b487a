//! The way in: which connections are taken, how many handshakes may be under way, and what happens when the system
//! has no descriptors left.
//!
//! Whoever connects and says nothing costs a slot until the handshake's deadline. So slots are bounded, in total and
//! per address, and when they run out the oldest connection that has had its chance makes room.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use mio::Interest;
use mio::net::TcpStream;

use super::Server;
use super::admission::origin;
use super::peers::{Peer, Stage};
use crate::connection::Connection;
use crate::endpoint::io::TcpSocket;
use crate::error::CloseCause;
use crate::tls::Stream;

/// How many connections are accepted in one poll. Each costs tens of microseconds, handshake included.
const ACCEPT_BUDGET: usize = 256;

/// How long accepting rests when the system has nothing left to accept with.
const REST: Duration = Duration::from_millis(100);

impl Server {
    pub(super) fn accept(&mut self, now: Instant) {
        if !self.listener.is_ready || self.refuses_new || self.admission.rests_until.is_some_and(|until| now < until) {
            return;
        }
        self.admission.rests_until = None;
        for _ in 0..ACCEPT_BUDGET {
            if self.admission.total() >= self.settings.admission.max_handshakes && !self.make_room(None, now) {
                // They wait in the system's backlog.
                return;
            }
            match self.listener.accept() {
                Ok(Some((stream, address))) => self.take_in(stream, address, now),
                Ok(None) => return,
                Err(error) if is_exhaustion(&error) => {
                    if !self.make_room(None, now) {
                        log::warn!("no connection can be accepted for the moment: {error}");
                        self.admission.rests_until = Some(now + REST);
                        return;
                    }
                }
                // That one has gone already; there may be more behind it.
                Err(error) => log::debug!("a connection could not be accepted: {error}"),
            }
        }
    }

    fn take_in(&mut self, mut stream: TcpStream, address: SocketAddr, now: Instant) {
        self.counts.handshakes.started += 1;
        let from = origin(&address);
        let is_crowded = self.admission.from(from) >= self.settings.admission.max_handshakes_per_address;
        if is_crowded && !self.make_room(Some(from), now) {
            self.fail(address, CloseCause::Crowded);
            return;
        }
        if let Err(error) = stream.set_nodelay(true) {
            log::debug!("TCP_NODELAY could not be set for {address}: {error}");
        }
        let interest = Interest::READABLE | Interest::WRITABLE;
        if let Err(error) = self.io.register(&mut stream, self.peers.vacant(), interest) {
            log::warn!("a connection from {address} could not be watched: {error}");
            self.counts.handshakes.failed += 1;
            return;
        }
        let socket = TcpSocket::new(stream);
        let stream = match &self.tls {
            None => Stream::Plain(socket),
            Some(tls) => match tls.accept(socket) {
                Ok(stream) => stream,
                Err(error) => {
                    log::warn!("no TLS for the connection from {address}: {error}");
                    self.counts.handshakes.failed += 1;
                    return;
                }
            },
        };
        let connection = Connection::accepted(stream, self.settings.limits, now);
        let key = self.peers.insert(Peer::new(connection, address));
        if let Some(peer) = self.peers.get_mut(key) {
            peer.ticket = Some(self.admission.add(key, from, now));
            // The request is often here already; its event would cost a frame.
            peer.is_readable = true;
        }
        self.settle(key, now);
    }

    /// Ends the oldest handshake that has had its chance and still has said nothing that waits to be read. Whether there was
    /// one.
    fn make_room(&mut self, from: Option<IpAddr>, now: Instant) -> bool {
        while let Some((ticket, key)) = self.admission.oldest(from, now) {
            let Some(peer) = self.peers.get_mut(key) else {
                self.admission.release(ticket);
                continue;
            };
            if peer.is_readable {
                peer.ticket = self.admission.renew(ticket, now);
                continue;
            }
            if matches!(peer.stage, Stage::Pending) {
                let address = peer.address;
                self.fail(address, CloseCause::Crowded);
            }
            self.remove(key);
            return true;
        }
        false
    }
}

/// Whether the system has run out of descriptors or memory, rather than one connection gone wrong.
fn is_exhaustion(error: &io::Error) -> bool {
    // EMFILE, ENFILE, ENOBUFS, ENOMEM, which the standard library has no names for, and Windows' WSAEMFILE, WSAENOBUFS.
    #[cfg(unix)]
    let codes = [libc::EMFILE, libc::ENFILE, libc::ENOBUFS, libc::ENOMEM];
    #[cfg(not(unix))]
    let codes = [10024, 10055];
    error.raw_os_error().is_some_and(|code| codes.contains(&code))
}
