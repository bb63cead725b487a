//! The way in: which connections are taken, how many handshakes may be under way, and what happens when the system
//! has no descriptors left.
//!
//! Whoever connects and says nothing costs a slot until the handshake's deadline. So slots are bounded, in total and
//! per address, and when they run out the oldest connection that has had its chance makes room.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};

use mio::Interest;
use mio::net::TcpStream;

use super::Server;
use super::peers::{Peer, Peers, Stage};
use crate::connection::Connection;
use crate::endpoint::io::TcpSocket;
use crate::error::CloseCause;
use crate::tls::Stream;

/// How many connections are accepted in one poll. Each costs tens of microseconds, handshake included.
const ACCEPT_BUDGET: usize = 256;

/// How long a connection has before it may have to make room for another: several round trips around the world.
const GRACE: Duration = Duration::from_millis(500);

/// How long accepting rests when the system has nothing left to accept with.
const REST: Duration = Duration::from_millis(100);

/// The handshakes under way.
#[derive(Debug, Default)]
pub(super) struct Admission {
    /// Every connection that was accepted and may not be a peer yet, oldest first. Those that are done stay until they
    /// come up.
    queue: VecDeque<Pending>,
    /// How many handshakes are under way in all.
    total: usize,
    /// And from each address that has any.
    by_address: HashMap<IpAddr, usize>,
    /// Accepting rests until then.
    rests_until: Option<Instant>,
}

#[derive(Debug, Clone, Copy)]
struct Pending {
    key: usize,
    since: Instant,
}

impl Admission {
    fn add(&mut self, key: usize, address: &SocketAddr, now: Instant) {
        self.total += 1;
        *self.by_address.entry(origin(address)).or_default() += 1;
        self.queue.push_back(Pending { key, since: now });
    }

    /// A handshake is over, one way or the other.
    pub(super) fn release(&mut self, address: &SocketAddr) {
        self.total = self.total.saturating_sub(1);
        if let Some(count) = self.by_address.get_mut(&origin(address)) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.by_address.remove(&origin(address));
            }
        }
    }

    /// Drops what is done from the queue's front, so that it does not grow with time.
    fn tidy(&mut self, peers: &Peers) {
        while self.queue.front().is_some_and(|pending| !pending.is_under_way(peers)) {
            self.queue.pop_front();
        }
    }

    /// The oldest handshake that has had its chance and still has said nothing that waits to be read; of this address
    /// only, if there is one.
    fn expendable(&self, peers: &Peers, from: Option<IpAddr>, now: Instant) -> Option<usize> {
        self.queue
            .iter()
            .take_while(|pending| now.saturating_duration_since(pending.since) >= GRACE)
            .filter(|pending| pending.is_under_way(peers))
            .filter_map(|pending| peers.get(pending.key).map(|peer| (pending.key, peer)))
            .find(|(_, peer)| !peer.is_readable && from.is_none_or(|address| origin(&peer.address) == address))
            .map(|(key, _)| key)
    }
}

impl Pending {
    /// Whether this still is the connection it was, and no peer. Keys are given again, at a later time.
    fn is_under_way(&self, peers: &Peers) -> bool {
        peers.get(self.key).is_some_and(|peer| peer.is_opening && peer.since == self.since)
    }
}

/// What counts as one address: a household has one of IPv4, and a whole /64 of IPv6.
fn origin(address: &SocketAddr) -> IpAddr {
    match address.ip().to_canonical() {
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        ip @ IpAddr::V4(_) => ip,
    }
}

impl Server {
    pub(super) fn accept(&mut self, now: Instant) {
        if !self.listener.is_ready || self.refuses_new || self.admission.rests_until.is_some_and(|until| now < until) {
            return;
        }
        self.admission.rests_until = None;
        self.admission.tidy(&self.peers);
        for _ in 0..ACCEPT_BUDGET {
            if self.admission.total >= self.settings.admission.max_handshakes && !self.make_room(None, now) {
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
        let from_there = self.admission.by_address.get(&from).copied().unwrap_or(0);
        if from_there >= self.settings.admission.max_handshakes_per_address && !self.make_room(Some(from), now) {
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
        let key = self.peers.insert(Peer::new(connection, address, now));
        self.admission.add(key, &address, now);
        // The request is often here already; its event would cost a frame.
        if let Some(peer) = self.peers.get_mut(key) {
            peer.is_readable = true;
        }
        self.settle(key, now);
    }

    /// Ends the oldest handshake that has had its chance. Whether there was one.
    fn make_room(&mut self, from: Option<IpAddr>, now: Instant) -> bool {
        let Some(key) = self.admission.expendable(&self.peers, from, now) else { return false };
        if let Some(peer) = self.peers.get(key)
            && matches!(peer.stage, Stage::Pending)
        {
            self.fail(peer.address, CloseCause::Crowded);
        }
        self.remove(key);
        true
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
