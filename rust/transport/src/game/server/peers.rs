//! Which connection is which peer: keys for the network, ids for the game.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustc_hash::FxHashMap;
use slotmap::{Key as _, SecondaryMap};

use super::questions::ticket_of;
use crate::config::{NewMaxAge, SharedLimits};
use crate::connection::{Delivery, MakeRoom, Meter, Outgoing, ReadyState};
use crate::error::{CloseCause, SendError};
use crate::fault::{Fault, is_planted};
use crate::game::PeerView;
use crate::network::{Opened, PeerKey};

/// How far a peer is in the eyes of the game.
#[derive(Debug)]
pub(super) enum Stage {
    /// It is here.
    Joined,
    /// It is gone, and the game has packets of it to read before it is told.
    Leaving(Box<CloseCause>),
    /// The game is about to be told.
    Left(Box<CloseCause>),
}

/// A peer, and what the server knows of it.
#[derive(Debug)]
pub(super) struct Peer {
    pub(super) id: i32,
    pub(super) stage: Stage,
    pub(super) ready_state: ReadyState,
    opened: Box<Opened>,
    /// Its numbers, at hand, as are its limits and its age: every packet asks for them.
    pub(super) meter: Arc<Meter>,
    limits: SharedLimits,
    since: Instant,
    pub(super) outgoing: Outgoing,
    /// Packets of it in the inbox.
    pub(super) unread: usize,
    /// Reading from it has stopped for want of room.
    pub(super) is_paused: bool,
    /// The game has heard of its request.
    pub(super) was_asked_about: bool,
    /// Its place in [`Peers::announced`].
    place: Option<usize>,
}

impl Peer {
    pub(super) fn new(opened: Box<Opened>) -> Self {
        Self {
            id: opened.id.unwrap_or_default(),
            stage: Stage::Joined,
            ready_state: ReadyState::Open,
            meter: Arc::clone(&opened.meter),
            limits: SharedLimits::clone(&opened.limits),
            since: opened.since,
            opened,
            outgoing: Outgoing::default(),
            unread: 0,
            is_paused: false,
            was_asked_about: false,
            place: None,
        }
    }

    /// Why it went, if it has and nothing more is to come of it, packets included.
    pub(super) fn unheard_end(&self) -> Option<CloseCause> {
        match &self.stage {
            Stage::Left(cause) => Some(CloseCause::clone(cause)),
            Stage::Joined | Stage::Leaving(_) => None,
        }
    }

    /// Accepts and drops a packet if this peer has gone, or is being sent away, of which the game was not told yet. To the
    /// game it is still there, so that this is no mistake of the game's.
    pub(super) fn drop_if_over(&mut self) -> bool {
        let is_over = self.ready_state != ReadyState::Open;
        if is_over {
            self.outgoing.drop_one();
        }
        is_over
    }

    pub(super) fn limits(&self) -> &SharedLimits {
        &self.limits
    }

    pub(super) fn address(&self) -> Option<SocketAddr> {
        self.opened.address
    }

    /// Takes room for a packet, as [`Outgoing::reserve`] has it, and takes note of what room is left.
    pub(super) fn reserve(
        &mut self,
        size: usize,
        delivery: Delivery,
        now: Instant,
        mut make_room: impl FnMut(MakeRoom, &Meter),
    ) -> Result<(), SendError> {
        let (limits, meter) = (&self.limits, &self.meter);
        let joining = limits.join_room_at(self.since, now);
        self.outgoing.reserve(size, delivery, limits, joining, meter, |how| make_room(how, meter))?;
        self.outgoing.note_time(delivery, meter, now);
        self.outgoing.know_room(limits, joining, meter, now);
        Ok(())
    }

    pub(super) fn set_limits(&mut self, limits: SharedLimits) {
        self.limits = limits;
        self.outgoing.forget_room();
    }

    pub(super) fn take_max_age(&mut self, new_max_age: &mut NewMaxAge) {
        if let Some(limits) = new_max_age.of(&self.limits) {
            self.limits = limits;
        }
    }

    /// What there is to know about it at this moment.
    pub(super) fn view(&self, now: Instant) -> PeerView<'_> {
        let cause = match &self.stage {
            Stage::Leaving(cause) | Stage::Left(cause) => Some(&**cause),
            Stage::Joined => None,
        };
        PeerView {
            address: self.opened.address,
            ready_state: self.ready_state,
            cause,
            protocol: self.opened.protocol.as_deref(),
            target: self.opened.request.as_ref().map(|request| request.target()),
            request: self.opened.request.as_ref(),
            ticket: Some(ticket_of(self.opened.key)),
            uses_tls: self.opened.tls,
            limits: self.limits(),
            meter: Some(&self.meter),
            outgoing: &self.outgoing,
            own: (0, 0),
            opened: Some(self.since),
            now,
        }
    }
}

/// Every peer of a server.
#[derive(Debug, Default)]
pub(super) struct Peers {
    slots: SecondaryMap<PeerKey, Peer>,
    /// Peers the game knows.
    ids: FxHashMap<i32, PeerKey>,
    /// The same, to be gone through.
    announced: Vec<PeerKey>,
}

impl Peers {
    pub(super) fn insert(&mut self, key: PeerKey, peer: Peer) {
        self.slots.insert(key, peer);
    }

    pub(super) fn get(&self, key: PeerKey) -> Option<&Peer> {
        let key = self.current(key);
        self.slots.get(key)
    }

    pub(super) fn get_mut(&mut self, key: PeerKey) -> Option<&mut Peer> {
        self.slots.get_mut(key)
    }

    /// See [`Fault::GenerationIgnored`].
    fn current(&self, key: PeerKey) -> PeerKey {
        if !is_planted(Fault::GenerationIgnored) {
            return key;
        }
        let index = |key: PeerKey| key.data().as_ffi() & u64::from(u32::MAX);
        self.slots.keys().find(|other| index(*other) == index(key)).unwrap_or(key)
    }

    /// The key of a peer the game knows.
    pub(super) fn find(&self, id: i32) -> Option<PeerKey> {
        self.ids.get(&id).copied()
    }

    /// How many peers the game knows.
    pub(super) fn announced(&self) -> usize {
        self.announced.len()
    }

    /// One of those, by its place among them.
    pub(super) fn announced_at(&mut self, place: usize) -> Option<(PeerKey, &mut Peer)> {
        let key = *self.announced.get(place)?;
        Some((key, self.slots.get_mut(key)?))
    }

    /// From now on the game knows this peer.
    pub(super) fn announce(&mut self, key: PeerKey) {
        if let Some(peer) = self.slots.get_mut(key)
            && peer.place.is_none()
        {
            peer.place = Some(self.announced.len());
            self.announced.push(key);
            self.ids.insert(peer.id, key);
        }
    }

    /// Takes a peer out: the game knows it no more.
    pub(super) fn remove(&mut self, key: PeerKey) -> Option<Peer> {
        let key = self.current(key);
        let peer = self.slots.remove(key)?;
        if let Some(place) = peer.place {
            self.ids.remove(&peer.id);
            self.announced.swap_remove(place);
            if let Some(moved) = self.announced.get(place).and_then(|moved| self.slots.get_mut(*moved)) {
                moved.place = Some(place);
            }
        }
        Some(peer)
    }

    /// How old unreliable packets may get, for every peer.
    pub(super) fn set_unreliable_max_age(&mut self, max_age: Option<Duration>) {
        let mut new_max_age = NewMaxAge::new(max_age);
        for peer in self.slots.values_mut() {
            peer.take_max_age(&mut new_max_age);
        }
    }

    /// Every peer, those included that the game has not heard of yet.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Peer> {
        self.slots.values()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Ids and places in the list that are not those of the peers they name.
    pub(super) fn strays(&self) -> usize {
        let named = |(id, key): &(&i32, &PeerKey)| self.slots.get(**key).is_some_and(|peer| peer.id == **id);
        let placed =
            |(place, key): &(usize, &PeerKey)| self.slots.get(**key).is_some_and(|peer| peer.place == Some(*place));
        self.ids.iter().filter(|entry| !named(entry)).count()
            + self.announced.iter().enumerate().filter(|entry| !placed(entry)).count()
            + self.ids.len().abs_diff(self.announced.len())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// The keys of all of them.
    pub(super) fn keys(&self) -> Vec<PeerKey> {
        self.slots.keys().collect()
    }
}
