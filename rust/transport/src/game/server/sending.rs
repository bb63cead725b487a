//! The way out: packets to peers, and peers out of the door.

use std::time::Instant;

use super::peers::Peer;
use super::{Announcement, Server, Stage};
use crate::close_code::{self, CloseCode};
use crate::config::OverflowPolicy;
use crate::connection::{Delivery, Frame, ReadyState};
use crate::error::{CloseCause, QueueLimit, SendError};
use crate::fault::{Fault, is_planted};
use crate::game::{MAX_OVERFLOWS, Recipients, TOO_SLOW};
use crate::network::{Command, PeerKey};
use crate::wire::message::MessageKind;
use crate::wire::{Role, close};

/// A packet that a peer missed, because its queue was full.
#[derive(Debug)]
pub(super) struct Overflow {
    key: PeerKey,
    size: usize,
    limit: QueueLimit,
}

impl Server {
    /// As [`Endpoint::send`](crate::game::Endpoint::send), reliably.
    ///
    /// # Errors
    /// As there.
    pub fn send(&mut self, recipients: Recipients, payload: &[u8]) -> Result<(), SendError> {
        self.send_packet(recipients, payload, Delivery::Reliable)
    }

    pub(super) fn send_packet(
        &mut self,
        recipients: Recipients,
        payload: &[u8],
        delivery: Delivery,
    ) -> Result<(), SendError> {
        let except = match recipients {
            Recipients::One(id) => {
                let key = self.peers.find(id).ok_or(SendError::UnknownPeer(id))?;
                if self.peers.get_mut(key).is_some_and(Peer::drop_if_over) {
                    return Ok(());
                }
                return self.send_to(key, MessageKind::Binary, payload, delivery);
            }
            Recipients::All => None,
            Recipients::AllExcept(id) => Some(id),
        };
        let mut result = Ok(());
        let mut keys = std::mem::take(&mut self.recipients);
        keys.clear();
        for place in 0..self.peers.announced() {
            let Some((key, peer)) = self.peers.announced_at(place) else { continue };
            if Some(peer.id) == except || peer.drop_if_over() {
                continue;
            }
            if peer.outgoing.reserve_known(payload.len(), delivery, self.now) {
                keys.push(key);
                continue;
            }
            match self.find_room(key, payload.len(), delivery) {
                Ok(()) => keys.push(key),
                Err(error) => result = result.and(Err(error)),
            }
        }
        if !keys.is_empty() {
            let frame = Frame::message(MessageKind::Binary, payload, Role::Server).delivered(delivery);
            self.link.send(&keys, frame, self.now);
        }
        self.recipients = keys;
        result
    }

    pub(super) fn send_to(
        &mut self,
        key: PeerKey,
        kind: MessageKind,
        payload: &[u8],
        delivery: Delivery,
    ) -> Result<(), SendError> {
        self.reserve_room(key, payload.len(), delivery)?;
        self.link.send(&[key], Frame::message(kind, payload, Role::Server).delivered(delivery), self.now);
        Ok(())
    }

    /// Takes room for a packet in one peer's queue; nothing was copied for it yet.
    fn reserve_room(&mut self, key: PeerKey, size: usize, delivery: Delivery) -> Result<(), SendError> {
        let Some(peer) = self.peers.get_mut(key).filter(|peer| peer.ready_state == ReadyState::Open) else {
            return Err(SendError::NotOpen);
        };
        if peer.outgoing.reserve_known(size, delivery, self.now) { Ok(()) } else { self.find_room(key, size, delivery) }
    }

    /// The same where the room that is known is not enough: by what the other half counts.
    fn find_room(&mut self, key: PeerKey, size: usize, delivery: Delivery) -> Result<(), SendError> {
        let Some(peer) = self.peers.get_mut(key) else { return Err(SendError::NotOpen) };
        let (link, now) = (&mut self.link, self.now);
        let reserved = peer.reserve(size, delivery, now, |how, meter| link.make_room(key, how, meter, now));
        if let Err(SendError::Full { limit, .. }) = reserved
            && self.overflows.len() < MAX_OVERFLOWS
        {
            self.overflows.push(Overflow { key, size, limit });
        }
        reserved
    }

    /// Tells the game of the packets that were missed, of all of them before anybody goes, and does with the peers what it
    /// wants done.
    pub(super) fn report_overflows(&mut self, now: Instant) {
        let overflows = std::mem::take(&mut self.overflows);
        for &Overflow { key, size, limit } in &overflows {
            if is_planted(Fault::OverflowNotTold) && size > 500 {
                continue;
            }
            if let Some(peer) = self.peers.get(key) {
                self.announcements.push_back(Announcement::Overflowed { key, id: peer.id, size, limit });
            }
        }
        if self.settings.overflow_policy == OverflowPolicy::Disconnect {
            for Overflow { key, .. } in overflows {
                self.close_key(key, Some(close_code::TRY_AGAIN_LATER), TOO_SLOW, now);
            }
        }
    }

    pub(super) fn close_key(&mut self, key: PeerKey, code: Option<CloseCode>, reason: &str, now: Instant) {
        let reason = close::fitting(reason);
        let Some(peer) = self.peers.get_mut(key) else { return };
        if peer.ready_state == ReadyState::Open {
            peer.ready_state = ReadyState::Closing;
        }
        let is_here = matches!(peer.stage, Stage::Joined);
        self.link.command(Command::Close { key, code, reason: reason.to_owned() }, now);
        if is_here {
            let code = code.map_or(0, CloseCode::get);
            self.leave(key, CloseCause::ByUs { code, reason: reason.to_owned(), was_answered: false });
        }
    }
}
