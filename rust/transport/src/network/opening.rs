//! What opening handshakes lead to: a request gets its answer, and a server's peer its id.

use std::time::Instant;

use bytes::Bytes;
use http::StatusCode;

use super::admission::origin;
use super::half::Stage;
use super::{Network, NetworkHalf, Opened, PeerKey, Report};
use crate::close_code;
use crate::connection::{Frame, Outgoing};
use crate::error::{CloseCause, SendError};
use crate::fault::{Fault, is_planted};
use crate::wire::Role;
use crate::wire::message::MessageKind;
use crate::wire::request;

impl<N: Network> NetworkHalf<N> {
    /// A request is here, whole and legal: it is answered.
    pub(super) fn answer(&mut self, key: PeerKey, now: Instant) {
        if !self.find_player(key, now) {
            return;
        }
        let refusal = self.refusal(key, now);
        let Some(slot) = self.slots.get_mut(key) else { return };
        slot.target = slot.connection.request().map(|request| Box::new(request.into()));
        match refusal {
            Some((answer, cause)) => slot.connection.refuse_with(answer, cause, now, &mut self.events),
            None => slot.connection.accept(&self.settings.handshake, now, &mut self.events),
        }
    }

    /// What a request is told if it is not granted now, but maybe later.
    fn refusal(&mut self, key: PeerKey, now: Instant) -> Option<(Bytes, CloseCause)> {
        let (door, admission) = (self.door.as_mut()?, &self.settings.admission);
        let address = self.slots.get(key)?.address;
        // A proxy that does not say for whom it speaks is not counted: it would be all players in one.
        let counted = address
            .filter(|address| !self.settings.proxies.trusted.has_ip(address.ip()))
            .map_or(Ok(()), |address| door.rate.count(origin(&address), admission.max_handshakes_per_minute, now));
        if let Err(wait) = counted {
            let cause = CloseCause::TooManyHandshakes;
            let line = format!("Retry-After: {}\r\n", wait.as_millis().div_ceil(1000));
            return Some((request::response(StatusCode::TOO_MANY_REQUESTS, &line, &cause.to_string()), cause));
        }
        let cause = match () {
            () if door.refuses_new => CloseCause::Refused,
            () if admission.is_full(door.ids.len()) => CloseCause::ServerFull,
            () => return None,
        };
        Some((request::response(StatusCode::SERVICE_UNAVAILABLE, "", &cause.to_string()), cause))
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
        let target = slot.target.take().map(|target| *target);
        let stream = slot.connection.socket();
        self.reports.push(Report::Opened(Box::new(Opened {
            key,
            id: (slot.id != 0).then_some(slot.id),
            address: slot.address,
            tls: slot.uses_tls(),
            was_resumed: stream.was_resumed(),
            protocol,
            target,
            limits: *slot.connection.limits(),
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
