//! How connections come about: those that are accepted, those that are dialed, and what their opening handshakes lead to.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use bytes::Bytes;
use rustc_hash::FxHashMap;

use super::admission::{Admission, origin};
use super::half::{Slot, Stage};
use super::platform::Token;
use super::{Network, NetworkHalf, Opened, PeerKey, Report};
use crate::close_code;
use crate::connection::{Connection, Frame, Outgoing, grace};
use crate::error::{CloseCause, SendError, TlsConfigError};
use crate::fault::{Fault, is_planted};
use crate::stream::tls::client::ClientTls;
use crate::stream::tls::server::ServerTls;
use crate::stream::{Socket, Stream};
use crate::wire::Role;
use crate::wire::message::MessageKind;
use crate::wire::request;

/// How many connections are accepted in one drive. Each costs tens of microseconds, handshake included.
const ACCEPT_BUDGET: usize = 256;

/// How long accepting rests when the system has nothing left to accept with.
const REST: Duration = Duration::from_millis(100);

/// Where a server's connections come in, and who is there.
#[derive(Debug)]
pub(super) struct Door<L, S> {
    listener: L,
    /// Edge-triggered events tell once; this remembers.
    pub(super) is_ready: bool,
    /// Who was accepted and waits for room. Without anybody there, nobody has to make room.
    waiting: Option<(S, SocketAddr)>,
    tls: Option<ServerTls>,
    pub(super) admission: Admission,
    pub(super) refuses_new: bool,
    /// Every id that the game may still use. They are ours and random, so nobody can make them collide.
    ids: FxHashMap<i32, PeerKey>,
}

impl<L, S> Door<L, S> {
    pub(super) fn new(listener: L, tls: Option<ServerTls>) -> Self {
        Self {
            listener,
            is_ready: false,
            waiting: None,
            tls,
            admission: Admission::default(),
            refuses_new: false,
            ids: FxHashMap::default(),
        }
    }

    pub(super) fn listener(&self) -> &L {
        &self.listener
    }

    /// Whether there may be connections to accept, now.
    fn wants_to_accept(&self, now: Instant) -> bool {
        self.is_ready && !self.refuses_new && self.admission.rests_until.is_none_or(|until| now >= until)
    }
}

impl<N: Network> NetworkHalf<N> {
    /// Accepts who waits, within a budget.
    pub(super) fn accept(&mut self, now: Instant) {
        let Some(door) = &mut self.door else { return };
        if !door.wants_to_accept(now) {
            return;
        }
        door.admission.rests_until = None;
        for _ in 0..ACCEPT_BUDGET {
            let Some(door) = &mut self.door else { return };
            let accepted = door.waiting.take().map_or_else(|| self.network.accept(&mut door.listener), Ok);
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
        let door = self.door.as_ref().filter(|door| door.is_ready && !door.refuses_new)?;
        let rested = door.admission.rests_until.map_or(now, |until| until.max(now));
        if self.is_crowded() { Some(door.admission.next_chance()?.max(rested)) } else { Some(rested) }
    }

    fn is_crowded(&self) -> bool {
        self.door.as_ref().is_some_and(|door| door.admission.total() >= self.settings.admission.max_handshakes)
    }

    fn admit(&mut self, mut socket: N::Socket, address: SocketAddr, now: Instant) {
        self.totals.start_handshake();
        let Some(door) = &self.door else { return };
        let from = origin(&address);
        let is_crowded = door.admission.from(from) >= self.settings.admission.max_handshakes_per_address;
        if is_crowded && !self.make_room(Some(from), now) {
            self.fail(Some(address), CloseCause::Crowded);
            return;
        }
        if let Err(error) = socket.set_no_delay(true) {
            log::debug!("TCP_NODELAY could not be set for {address}: {error}");
        }
        let Self { slots, network, door, settings, .. } = self;
        let inserted = slots.try_insert_with_key(|key| {
            let registered = network.register(&mut socket, Token::Peer(key));
            registered.map_err(|error| log::warn!("a connection from {address} could not be watched: {error}"))?;
            let tls = door.as_ref().and_then(|door| door.tls.as_ref());
            let stream = encrypt(tls, socket)
                .map_err(|error| log::warn!("no TLS for the connection from {address}: {error}"))?;
            Ok::<_, ()>(Slot::new(Connection::accepted(stream, settings.limits, now), Some(address)))
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

    /// Ends the oldest handshake that has had its chance and still has said nothing that waits to be read. Whether there was
    /// one.
    fn make_room(&mut self, from: Option<IpAddr>, now: Instant) -> bool {
        while let Some(door) = &mut self.door
            && let Some((ticket, key)) = door.admission.oldest(from, now)
        {
            let Some(slot) = self.slots.get_mut(key) else {
                door.admission.release(ticket);
                continue;
            };
            if slot.is_readable {
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

    /// Goes on with connecting, until there is a connection to be opened or nothing more to try.
    pub(super) fn dial(&mut self, now: Instant) {
        let Some(dialing) = &mut self.dialing else { return };
        let Some(outcome) = dialing.go_on(&mut self.network, &self.ready, now) else { return };
        let Some(dialing) = self.dialing.take() else { return };
        // A game that was away while it was connected can ask only now.
        let deadline = grace(dialing.deadline, now).unwrap_or(dialing.deadline);
        match outcome.and_then(|socket| self.dialed(socket, &dialing.tls, &dialing.url, deadline)) {
            Ok(key) => self.settle(key, now),
            Err(cause) => self.fail(None, cause),
        }
    }

    /// There is a TCP connection: the request is said.
    fn dialed(
        &mut self,
        mut socket: N::Socket,
        tls: &ClientTls,
        url: &crate::wire::url::Url,
        deadline: Instant,
    ) -> Result<PeerKey, CloseCause> {
        if let Err(error) = socket.set_no_delay(true) {
            log::debug!("TCP_NODELAY could not be set: {error}");
        }
        let address = self.network.peer_address(&mut socket).ok();
        let Self { slots, network, settings, entropy, .. } = self;
        let key = slots.try_insert_with_key(|key| {
            network.rename(&mut socket, Token::Peer(key)).map_err(|error| CloseCause::Io(error.kind()))?;
            let stream = if url.tls { tls.connect(socket, &url.host)? } else { Stream::Plain(socket) };
            let entropy = entropy.fork();
            let connection =
                Connection::connected(stream, settings.limits, &url.target(), &settings.handshake, entropy, deadline);
            let mut slot = Slot::new(connection, address);
            slot.is_known = true;
            Ok::<_, CloseCause>(slot)
        })?;
        if let Some(slot) = self.slots.get(key) {
            let meter = slot.connection.meter().clone();
            self.reports.push(Report::Dialed { key, address, meter });
        }
        Ok(key)
    }

    /// A request is here, whole and legal: it is answered.
    pub(super) fn answer(&mut self, key: PeerKey, now: Instant) {
        let refusal = match &self.door {
            Some(door) if door.refuses_new => Some(CloseCause::Refused),
            Some(door) if self.settings.admission.is_full(door.ids.len()) => Some(CloseCause::ServerFull),
            _ => None,
        };
        let Some(slot) = self.slots.get_mut(key) else { return };
        slot.target = slot.connection.request().map(|request| Box::new(request.into()));
        match refusal {
            // Not now, but maybe later.
            Some(cause) => {
                let answer = request::response(http::StatusCode::SERVICE_UNAVAILABLE, "", &cause.to_string());
                slot.connection.refuse_with(answer, cause, now, &mut self.events);
            }
            None => slot.connection.accept(&self.settings.handshake, now, &mut self.events),
        }
    }

    /// The handshake is done. A server's peer gets its id, in the same segment as the answer. One that cannot have it is no
    /// peer: nobody could send it anything.
    pub(super) fn open(&mut self, key: PeerKey, protocol: Option<String>, now: Instant) {
        if self.door.is_some()
            && let Err(error) = self.greet(key)
        {
            self.turn_away(key, CloseCause::IdUnsent(error), now);
            return;
        }
        let Some(slot) = self.slots.get_mut(key) else { return };
        slot.stage = Stage::Open;
        slot.is_known = true;
        let target = slot.target.take().map(|target| *target);
        let stream = slot.connection.socket();
        self.reports.push(Report::Opened(Box::new(Opened {
            key,
            id: (slot.id != 0).then_some(slot.id),
            address: slot.address,
            tls: stream.uses_tls(),
            was_resumed: stream.was_resumed(),
            protocol,
            target,
            limits: *slot.connection.limits(),
            meter: slot.connection.meter().clone(),
            since: now,
        })));
    }

    /// Says the id, the first message of every connection.
    fn greet(&mut self, key: PeerKey) -> Result<(), SendError> {
        if let (Some(door), Some(slot)) = (&mut self.door, self.slots.get_mut(key))
            && let Some(ticket) = slot.ticket.take()
        {
            door.admission.release(ticket);
        }
        let id = self.give_id(key).to_le_bytes();
        let Some(slot) = self.slots.get_mut(key) else { return Err(SendError::NotOpen) };
        // It takes no room of the game's packets, but where no packet ever has any there can be no peer.
        Outgoing::default().check(id.len(), slot.connection.limits(), None, slot.connection.meter())?;
        slot.connection.send_own(Frame::message(MessageKind::Binary, &id, Role::Server), self.tick);
        self.totals.finish_handshake();
        Ok(())
    }

    /// Closes a connection that the game never heard of.
    fn turn_away(&mut self, key: PeerKey, cause: CloseCause, now: Instant) {
        self.free_id(key);
        let Some(slot) = self.slots.get_mut(key) else { return };
        slot.stage = Stage::Released;
        let address = slot.address;
        slot.connection.close(close_code::INTERNAL_ERROR, "no room for a peer id", now, &mut self.events);
        self.fail(address, cause);
    }

    /// An id that no other connection has: random, 2 or more.
    fn give_id(&mut self, key: PeerKey) -> i32 {
        let Self { door: Some(door), entropy, slots, .. } = self else { return 0 };
        let id = loop {
            let id = entropy.client_id();
            if is_planted(Fault::IdGivenTwice)
                && let Some(id) = door.ids.keys().min()
            {
                break *id;
            }
            if !door.ids.contains_key(&id) {
                break id;
            }
        };
        door.ids.insert(id, key);
        if let Some(slot) = slots.get_mut(key) {
            slot.id = id;
        }
        id
    }

    /// The id of a connection can be given again.
    pub(super) fn free_id(&mut self, key: PeerKey) {
        let Some(door) = &mut self.door else { return };
        if let Some(slot) = self.slots.get(key)
            && door.ids.get(&slot.id) == Some(&key)
        {
            door.ids.remove(&slot.id);
        }
    }

    /// Takes new connections again, or no more.
    pub(super) fn refuse_new(&mut self, refuses: bool) {
        if let Some(door) = &mut self.door {
            door.refuses_new = refuses;
        }
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
    request::response(http::StatusCode::BAD_REQUEST, "", "This port speaks TLS only: use wss://")
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
