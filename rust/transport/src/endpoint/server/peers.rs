//! Which connection is which peer: keys for the system's events, ids for the game.

use std::net::SocketAddr;
use std::time::Instant;

use rustc_hash::FxHashMap;
use slab::Slab;

use super::super::io::TcpSocket;
use super::admission::Ticket;
use crate::connection::Connection;
use crate::error::CloseCause;
use crate::statistics::PeerStatistics;
use crate::tls::Stream;
use crate::wire::response::Target;

/// How far a connection is as a peer.
#[derive(Debug)]
pub(super) enum Stage {
    /// Its handshake is under way.
    Pending,
    /// It has an id.
    Joined,
    /// It is gone, and the game has packets of it to read before it is told.
    Leaving(CloseCause),
    /// The game is about to be told.
    Left(CloseCause),
    /// The game was told; the last bytes leave.
    Gone,
}

/// A connection, and what the server remembers of it.
#[derive(Debug)]
pub(super) struct Peer {
    pub(super) connection: Connection<Stream<TcpSocket>>,
    pub(super) address: SocketAddr,
    /// Its place among the handshakes under way: until it is a peer, or is dropped.
    pub(super) ticket: Option<Ticket>,
    /// 0 until it has one.
    pub(super) id: i32,
    pub(super) stage: Stage,
    pub(super) protocol: Option<String>,
    /// What it asked for, once it has.
    pub(super) target: Option<Box<Target>>,
    /// The deadline that is in the heap.
    pub(super) scheduled: Option<Instant>,
    /// The socket may have bytes that no event will tell of again.
    pub(super) is_readable: bool,
    /// It waits for its turn to be read from.
    pub(super) is_queued: bool,
    /// The tick of its last turn.
    pub(super) last_turn: u64,
    /// It waits to be flushed.
    pub(super) is_unflushed: bool,
    /// Its place in [`Peers::announced`].
    place: Option<usize>,
}

impl Peer {
    pub(super) fn new(connection: Connection<Stream<TcpSocket>>, address: SocketAddr) -> Self {
        Self {
            connection,
            address,
            ticket: None,
            id: 0,
            stage: Stage::Pending,
            protocol: None,
            target: None,
            scheduled: None,
            is_readable: false,
            is_queued: false,
            last_turn: 0,
            is_unflushed: false,
            place: None,
        }
    }

    /// The connection in numbers.
    pub(super) fn statistics(&self) -> PeerStatistics {
        self.connection.statistics(self.connection.socket().socket().carried())
    }

    /// Where it came from and why it went, if it has and nothing more is to come of it, packets included.
    pub(super) fn unheard_end(&self) -> Option<(SocketAddr, CloseCause)> {
        match &self.stage {
            Stage::Left(cause) => Some((self.address, cause.clone())),
            Stage::Pending | Stage::Joined | Stage::Leaving(_) | Stage::Gone => None,
        }
    }
}

/// Every connection of a server.
#[derive(Debug, Default)]
pub(super) struct Peers {
    slots: Slab<Peer>,
    /// Every id in use, announced or not. They are ours and random, so nobody can make them collide.
    ids: FxHashMap<i32, usize>,
    /// Keys of the peers the game knows.
    announced: Vec<usize>,
}

impl Peers {
    /// The key that the next [`Peers::insert`] gives.
    pub(super) fn vacant(&self) -> usize {
        self.slots.vacant_key()
    }

    pub(super) fn insert(&mut self, peer: Peer) -> usize {
        self.slots.insert(peer)
    }

    pub(super) fn get(&self, key: usize) -> Option<&Peer> {
        self.slots.get(key)
    }

    pub(super) fn get_mut(&mut self, key: usize) -> Option<&mut Peer> {
        self.slots.get_mut(key)
    }

    /// The key of a peer the game knows.
    pub(super) fn find(&self, id: i32) -> Option<usize> {
        let key = *self.ids.get(&id)?;
        self.slots.get(key)?.place.map(|_| key)
    }

    /// Keys of the peers the game knows.
    pub(super) fn announced(&self) -> &[usize] {
        &self.announced
    }

    /// Whether this key still is the peer with this id.
    pub(super) fn holds(&self, key: usize, id: i32) -> bool {
        self.ids.get(&id) == Some(&key)
    }

    /// Gives a connection an id that no other has: random, 2 or more, as Godot's `generate_unique_id`.
    pub(super) fn assign_id(&mut self, key: usize) -> i32 {
        let id = loop {
            let id = rand::random_range(2..=i32::MAX);
            if !self.ids.contains_key(&id) {
                break id;
            }
        };
        self.ids.insert(id, key);
        if let Some(peer) = self.slots.get_mut(key) {
            peer.id = id;
            peer.stage = Stage::Joined;
        }
        id
    }

    /// From now on the game knows this peer.
    pub(super) fn announce(&mut self, key: usize) {
        if let Some(peer) = self.slots.get_mut(key)
            && peer.place.is_none()
        {
            peer.place = Some(self.announced.len());
            self.announced.push(key);
        }
    }

    /// The id is free again, and the game knows the peer no more.
    pub(super) fn forget_id(&mut self, key: usize) {
        let Some(peer) = self.slots.get_mut(key) else { return };
        if self.ids.get(&peer.id) == Some(&key) {
            self.ids.remove(&peer.id);
        }
        if let Some(place) = peer.place.take() {
            self.announced.swap_remove(place);
            if let Some(moved) = self.announced.get(place).and_then(|moved| self.slots.get_mut(*moved)) {
                moved.place = Some(place);
            }
        }
    }

    /// Takes a connection out.
    pub(super) fn remove(&mut self, key: usize) -> Option<Peer> {
        self.forget_id(key);
        self.slots.try_remove(key)
    }

    /// Every connection, those that are no peers (any more) included.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Peer> {
        self.slots.iter().map(|(_, peer)| peer)
    }

    /// How many have an id.
    pub(super) fn joined(&self) -> usize {
        self.ids.len()
    }

    /// Every connection, out of here.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = Peer> + '_ {
        self.ids.clear();
        self.announced.clear();
        self.slots.drain()
    }
}
