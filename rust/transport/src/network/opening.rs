//! What opening handshakes lead to: a request gets its answer, and a server's peer its id.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::{StatusCode, header};

use super::admission::origin;
use super::half::Stage;
use super::{Network, NetworkHalf, Opened, PeerKey, Report};
use crate::close_code;
use crate::config::Acceptance;
use crate::connection::{Frame, Outgoing};
use crate::error::{CloseCause, SendError};
use crate::excerpt::Excerpt;
use crate::fault::{Fault, is_planted};
use crate::wire::Role;
use crate::wire::answer;
use crate::wire::message::MessageKind;
use crate::wire::request::Asked;

impl<N: Network> NetworkHalf<N> {
    /// A request is here, whole and legal: it is answered, or the game is asked.
    pub(super) fn answer(&mut self, key: PeerKey, now: Instant) {
        let Some(slot) = self.slots.get_mut(key) else { return };
        match slot.connection.request() {
            Some(Asked::Upgrade(request)) => slot.request = Some(Arc::clone(request.head())),
            Some(Asked::Page(page)) => {
                let page = page.clone();
                self.show_page(key, &page, now);
                return;
            }
            None => return,
        }
        if !self.find_player(key, now) {
            return;
        }
        if let Err(wait) = self.count_handshake(key, now) {
            self.turn_down(key, CloseCause::TooManyHandshakes, Some(wait), now);
            return;
        }
        match self.objection(key) {
            Some(cause) => self.turn_down(key, cause, None, now),
            None if self.door.is_some() && self.settings.reception.asks_game => self.ask(key, now),
            None => self.let_in(key, &Acceptance::default(), now),
        }
    }

    /// What speaks against letting a connection in, at this moment.
    pub(super) fn objection(&self, key: PeerKey) -> Option<CloseCause> {
        let (door, slot) = (self.door.as_ref()?, self.slots.get(key)?);
        if door.drains_until.is_some() {
            return Some(CloseCause::Draining);
        }
        if door.refuses_new {
            return Some(CloseCause::Refused);
        }
        if self.settings.admission.is_full(door.ids.len()) {
            return Some(CloseCause::ServerFull);
        }
        let origins = || slot.request.iter().flat_map(|request| request.values(header::ORIGIN.as_str()));
        let is_allowed = self.settings.reception.allowed_origins.allow(origins());
        (!is_allowed).then(|| CloseCause::ForeignOrigin(Excerpt::list(origins())))
    }

    /// Counts a request where it comes from; an error if there are too many, and when there may be one again.
    fn count_handshake(&mut self, key: PeerKey, now: Instant) -> Result<(), Duration> {
        let (Some(door), Some(slot)) = (&mut self.door, self.slots.get(key)) else { return Ok(()) };
        // A proxy that does not say for whom it speaks is not counted: it would be all players in one.
        let player = slot.address.filter(|address| !self.settings.proxies.trusted.has_ip(address.ip()));
        let Some(address) = player else { return Ok(()) };
        door.rate.count(origin(&address), self.settings.admission.max_handshakes_per_minute, now)
    }

    /// Answers with what speaks against it, in words. Once a server drains it does not come back, but one in its place may.
    pub(super) fn turn_down(&mut self, key: PeerKey, cause: CloseCause, wait: Option<Duration>, now: Instant) {
        let status = cause.answer_status().unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
        let ends = self.door.as_ref().and_then(|door| door.drains_until);
        let wait = wait.or_else(|| ends.map(|at| at.saturating_duration_since(now)));
        let line = wait
            .map_or_else(String::new, |wait| format!("Retry-After: {}\r\n", wait.as_millis().div_ceil(1000).max(1)));
        let Some(slot) = self.slots.get_mut(key) else { return };
        let answer = answer::response(status, &line, &cause.to_string());
        slot.connection.refuse_with(answer, cause, now, &mut self.events);
    }

    /// Answers with 101.
    pub(super) fn let_in(&mut self, key: PeerKey, acceptance: &Acceptance, now: Instant) {
        let Some(slot) = self.slots.get_mut(key) else { return };
        slot.connection.accept_with(&self.settings.handshake, acceptance, now, &mut self.events);
    }

    /// The handshake is done. A server's peer gets its id, in the same segment as the answer. One that cannot have it is no
    /// peer: nobody could send it anything.
    pub(super) fn open(&mut self, key: PeerKey, protocol: Option<String>, now: Instant) {
        if self.door.is_some()
            && let Err(error) = self.greet(key, now)
        {
            self.turn_away(key, CloseCause::IdUnsent(error), now);
            return;
        }
        let Some(slot) = self.slots.get_mut(key) else { return };
        slot.stage = Stage::Open;
        slot.is_known = true;
        slot.question = None;
        let request = slot.request.take();
        let stream = slot.connection.socket();
        self.reports.push(Report::Opened(Box::new(Opened {
            key,
            id: (slot.id != 0).then_some(slot.id),
            address: slot.address,
            tls: slot.uses_tls(),
            was_resumed: stream.was_resumed(),
            protocol,
            request,
            limits: slot.connection.limits().clone(),
            meter: slot.connection.meter().clone(),
            since: now,
        })));
    }

    /// Says the id, the first message of every connection.
    fn greet(&mut self, key: PeerKey, now: Instant) -> Result<(), SendError> {
        if let (Some(door), Some(slot)) = (&mut self.door, self.slots.get_mut(key))
            && let Some(ticket) = slot.ticket.take()
        {
            door.admission.release(ticket);
        }
        let id = self.give_id(key).to_le_bytes();
        let Some(slot) = self.slots.get_mut(key) else { return Err(SendError::NotOpen) };
        // It takes no room of the game's packets, but where no packet ever has any there can be no peer.
        Outgoing::default().check(id.len(), slot.connection.limits(), None, slot.connection.meter())?;
        slot.connection.send_own(Frame::message(MessageKind::Binary, &id, Role::Server), self.tick, now);
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
}
