//! Where a server's connections come in: who is accepted, and when. What their requests lead to is in `opening`.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use bytes::Bytes;
use rustc_hash::FxHashMap;

use super::admission::Admission;
use super::conditions::conditioned;
use super::half::{Slot, Stage};
use super::handshake_rate::HandshakeRate;
use super::platform::Token;
use super::{Network, NetworkHalf, PeerKey, Report};
use crate::connection::Connection;
use crate::error::{CloseCause, TlsConfigError};
use crate::fault::{Fault, is_planted};
use crate::stream::tls::server::ServerTls;
use crate::stream::{Preface, Prefaced, Socket, Stream};
use crate::wire::answer;

/// How many connections are accepted in one drive. Each costs tens of microseconds, handshake included.
const ACCEPT_BUDGET: usize = 256;

/// How long accepting rests when the system has nothing left to accept with.
const REST: Duration = Duration::from_millis(100);

/// Where a server's connections come in, and who is there.
#[derive(Debug)]
pub(super) struct Door<L, S> {
    /// Until nobody is to come any more.
    listener: Option<L>,
    /// Edge-triggered events tell once; this remembers.
    pub(super) is_ready: bool,
    /// Who was accepted and waits for room. Without anybody there, nobody has to make room.
    waiting: Option<(S, Option<SocketAddr>)>,
    tls: Option<ServerTls>,
    pub(super) admission: Admission,
    pub(super) rate: HandshakeRate,
    pub(super) refuses_new: bool,
    /// No new peers are taken any more, and the last ones are to be gone by then.
    pub(super) drains_until: Option<Instant>,
    /// Questions that the game has not answered, those about connections that are gone included. So a game that stands still
    /// is not asked more than it can be.
    pub(super) questions: usize,
    /// Every id that the game may still use. They are ours and random, so nobody can make them collide.
    pub(super) ids: FxHashMap<i32, PeerKey>,
}

impl<L, S> Door<L, S> {
    pub(super) fn new(listener: L, tls: Option<ServerTls>) -> Self {
        Self {
            listener: Some(listener),
            is_ready: false,
            waiting: None,
            tls,
            admission: Admission::default(),
            rate: HandshakeRate::default(),
            refuses_new: false,
            drains_until: None,
            questions: 0,
            ids: FxHashMap::default(),
        }
    }

    /// Every id that is taken, and by which connection.
    pub(super) fn ids(&self) -> &FxHashMap<i32, PeerKey> {
        &self.ids
    }

    /// Whether somebody was accepted and waits for room.
    pub(super) fn has_newcomer(&self) -> bool {
        self.waiting.is_some()
    }

    pub(super) fn listener(&self) -> Option<&L> {
        self.listener.as_ref()
    }

    /// Lets nobody in any more, not even those whom the system has accepted already.
    pub(super) fn shut(&mut self) {
        self.listener = None;
        self.waiting = None;
        self.is_ready = false;
    }

    /// Whether there may be connections to accept, now.
    fn wants_to_accept(&self, now: Instant) -> bool {
        self.is_ready && self.admission.rests_until.is_none_or(|until| now >= until)
    }
}

impl<N: Network> NetworkHalf<N> {
    /// Accepts who waits, within a budget.
    pub(super) fn accept(&mut self, now: Instant) {
        let is_locked = self.is_locked();
        let Some(door) = &mut self.door else { return };
        if is_locked || !door.wants_to_accept(now) {
            return;
        }
        door.admission.rests_until = None;
        for _ in 0..ACCEPT_BUDGET {
            let Some(door) = &mut self.door else { return };
            let Some(listener) = &mut door.listener else { return };
            let accepted = door.waiting.take().map_or_else(|| self.network.accept(listener), Ok);
            match accepted {
                Ok(newcomer) if self.is_crowded() && !self.make_room(None, now) => {
                    // All others wait in the system's backlog.
                    if let Some(door) = &mut self.door {
                        door.waiting = Some(newcomer);
                    }
                    return;
                }
                Ok((socket, address)) => {
                    self.admit(socket, address, now);
                    if is_planted(Fault::AcceptStopsAfterOne)
                        && let Some(door) = &mut self.door
                    {
                        door.is_ready = false;
                        return;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if let Some(door) = &mut self.door {
                        door.is_ready = false;
                    }
                    return;
                }
                Err(error) if is_exhaustion(&error) => {
                    if !self.make_room(None, now) {
                        log::warn!("no connection can be accepted for the moment: {error}");
                        if let Some(door) = &mut self.door {
                            door.admission.rests_until = Some(now + REST);
                            door.is_ready = !is_planted(Fault::RestForEver);
                        }
                        return;
                    }
                }
                // That one has gone already; there may be more behind it.
                Err(error) => log::debug!("a connection could not be accepted: {error}"),
            }
        }
    }

    /// When accepting is to go on, if nothing happens before. Whoever cannot be let in waits until there is somebody who may
    /// have to make room.
    pub(super) fn next_accept(&self, now: Instant) -> Option<Instant> {
        let door = self.door.as_ref().filter(|door| door.is_ready && !self.is_locked())?;
        let rested = door.admission.rests_until.map_or(now, |until| until.max(now));
        if self.is_crowded() { Some(door.admission.next_chance()?.max(rested)) } else { Some(rested) }
    }

    /// Whether whoever comes waits in the system's backlog, as with the built-in class. Where there are pages, somebody has to
    /// answer those who ask for them.
    fn is_locked(&self) -> bool {
        self.door.as_ref().is_some_and(|door| door.refuses_new) && !self.settings.reception.has_pages()
    }

    fn is_crowded(&self) -> bool {
        self.door.as_ref().is_some_and(|door| door.admission.total() >= self.settings.admission.max_handshakes)
    }

    fn admit(&mut self, mut socket: N::Socket, address: Option<SocketAddr>, now: Instant) {
        self.totals.start_handshake();
        let preface = match self.preface(address) {
            Ok(preface) => preface,
            Err(error) => return self.fail(address, error.into()),
        };
        // Who has to say whose connection it is speaks for somebody.
        let from = if preface == Preface::Required { None } else { self.counted(address) };
        if self.is_crowded_from(from) && !self.make_room(from, now) {
            self.fail(address, CloseCause::Crowded);
            return;
        }
        let place = address.map_or_else(|| "the Unix socket".to_owned(), |address| address.to_string());
        if let Err(error) = socket.set_no_delay(true) {
            log::debug!("TCP_NODELAY could not be set for {place}: {error}");
        }
        let Self { slots, network, door, settings, limits, entropy, .. } = self;
        let inserted = slots.try_insert_with_key(|key| {
            let registered = network.register(&mut socket, Token::Peer(key));
            registered.map_err(|error| log::warn!("a connection from {place} could not be watched: {error}"))?;
            let tls = door.as_ref().and_then(|door| door.tls.as_ref());
            let socket = conditioned(network, socket, &settings.conditions, entropy);
            let stream = encrypt(tls, Prefaced::new(socket, preface))
                .map_err(|error| log::warn!("no TLS for the connection from {place}: {error}"))?;
            Ok::<_, ()>(Slot::new(Connection::accepted(stream, limits.clone(), now), address))
        });
        match inserted {
            Ok(key) => {
                if let (Some(door), Some(slot)) = (&mut self.door, self.slots.get_mut(key)) {
                    slot.ticket = Some(door.admission.add(key, from, now));
                }
                self.settle(key, now);
            }
            // Said already.
            Err(()) => self.totals.fail_for_want_of_means(),
        }
    }

    /// Connections that are accepted from now on have this certificate. Those that are there keep theirs, and a server without
    /// TLS stays one: its clients would not understand.
    pub(super) fn set_tls(&mut self, tls: ServerTls) {
        if let Some(door) = &mut self.door
            && door.tls.is_some()
        {
            door.tls = Some(tls);
        }
    }

    /// Ends the oldest handshake that has had its chance and still has said nothing that waits to be read. Whether there was
    /// one.
    pub(super) fn make_room(&mut self, from: Option<IpAddr>, now: Instant) -> bool {
        while let Some(door) = &mut self.door
            && let Some((ticket, key)) = door.admission.oldest(from, now)
        {
            let Some(slot) = self.slots.get_mut(key) else {
                door.admission.release(ticket);
                continue;
            };
            // Whoever the game thinks about has had its say.
            if slot.is_readable || slot.question.is_some() {
                slot.ticket = door.admission.renew(ticket, now);
                continue;
            }
            if matches!(slot.stage, Stage::Opening) {
                let address = slot.address;
                self.fail(address, CloseCause::Crowded);
            }
            self.remove(key);
            return true;
        }
        false
    }

    /// Takes new connections again, or no more.
    pub(super) fn refuse_new(&mut self, refuses: bool) {
        if let Some(door) = &mut self.door {
            door.refuses_new = refuses;
        }
    }

    /// Takes no new peers any more. Without pages to show there is nothing left to listen for.
    pub(super) fn drain(&mut self, until: Instant, now: Instant) {
        let Some(door) = &mut self.door else { return };
        door.drains_until = Some(until);
        if !self.settings.reception.has_pages() {
            door.shut();
        }
        self.turn_down_undecided(now);
        self.reports.push(Report::Shut);
    }

    /// A connection is over that the game never heard of.
    pub(super) fn fail(&mut self, address: Option<SocketAddr>, cause: CloseCause) {
        if self.door.is_some() {
            self.totals.fail_handshake(&cause);
        }
        self.reports.push(Report::Failed { address, cause: Box::new(cause) });
    }
}

/// The server's end of a stream, encrypted if the server is `wss://`.
fn encrypt<S: Socket>(tls: Option<&ServerTls>, socket: S) -> Result<Stream<S>, TlsConfigError> {
    match tls {
        None => Ok(Stream::Plain(socket)),
        Some(tls) => tls.accept(socket, plain_answer()),
    }
}

/// What a plain HTTP request to a TLS port is told, in plain HTTP.
fn plain_answer() -> Bytes {
    answer::response(http::StatusCode::BAD_REQUEST, "", "This port speaks TLS only: use wss://")
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
