//! The way out: packets to peers, and peers out of the door.

use std::time::Instant;

use super::{Announcement, Server, Stage};
use crate::close_code::{self, CloseCode};
use crate::config::OverflowPolicy;
use crate::connection::Frame;
use crate::endpoint::client::{MAX_OVERFLOWS, TOO_SLOW};
use crate::error::{CloseCause, SendError};
use crate::wire::message::MessageKind;
use crate::wire::{Role, close};

/// Who gets a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recipients {
    /// Every peer.
    All,
    /// Every peer but this one.
    AllExcept(i32),
    /// This peer.
    One(i32),
}

/// A packet that a peer missed, because its queue was full.
#[derive(Debug)]
pub(super) struct Overflow {
    id: i32,
    size: usize,
}

impl Server {
    /// Sends a packet. It is framed once, however many get it, and not at all if nobody has room for it.
    ///
    /// # Errors
    /// [`SendError`] of the recipient, or of the first of many that did not get it; the others did. Each peer that
    /// missed the packet for want of room is named by a [`crate::event::ServerEvent::Overflowed`] as well.
    pub fn send(&mut self, recipients: Recipients, payload: &[u8]) -> Result<(), SendError> {
        match recipients {
            Recipients::One(id) => self.send_message(id, MessageKind::Binary, payload),
            Recipients::All => self.send_to_all(None, payload),
            Recipients::AllExcept(id) => self.send_to_all(Some(id), payload),
        }
    }

    fn send_to_all(&mut self, except: Option<i32>, payload: &[u8]) -> Result<(), SendError> {
        let mut frame = None;
        let mut result = Ok(());
        for index in 0..self.peers.announced().len() {
            let Some(&key) = self.peers.announced().get(index) else { break };
            if self.peers.get(key).is_none_or(|peer| Some(peer.id) == except || !peer.connection.is_open()) {
                continue;
            }
            let shared =
                || frame.get_or_insert_with(|| Frame::message(MessageKind::Binary, payload, Role::Server)).clone();
            let sent = self.send_to(key, payload.len(), shared);
            result = result.and(sent);
        }
        result
    }

    /// Sends to one connection a frame of such a payload.
    pub(super) fn send_to(&mut self, key: usize, size: usize, frame: impl FnOnce() -> Frame) -> Result<(), SendError> {
        let Some(peer) = self.peers.get_mut(key) else { return Err(SendError::NotOpen) };
        let sent = peer.connection.send_with(size, frame, self.tick);
        if matches!(sent, Err(SendError::Full { .. })) && self.overflows.len() < MAX_OVERFLOWS {
            self.overflows.push(Overflow { id: peer.id, size });
        }
        if peer.connection.has_failed() {
            peer.is_readable = true;
            if !peer.is_queued {
                peer.is_queued = true;
                self.readable.push_back(key);
            }
        }
        if peer.connection.needs_flush() && !peer.is_unflushed {
            peer.is_unflushed = true;
            self.unflushed.push(key);
        }
        sent
    }

    /// Tells the game of the packets that were missed, and does with the peers what it wants done.
    pub(super) fn report_overflows(&mut self, now: Instant) {
        for Overflow { id, size } in std::mem::take(&mut self.overflows) {
            let Some(key) = self.peers.find(id) else { continue };
            self.announcements.push_back(Announcement::Overflowed { key, id, size });
            if self.settings.overflow_policy == OverflowPolicy::Disconnect {
                self.disconnect(id, close_code::TRY_AGAIN_LATER, TOO_SLOW, now);
            }
        }
    }

    /// Whether [`Server::flush`] has something to do.
    #[must_use]
    pub fn needs_flush(&self) -> bool {
        !self.unflushed.is_empty()
    }

    /// Writes what waits, as far as the sockets take it: the end of a tick.
    pub fn flush(&mut self, now: Instant) {
        self.tick += 1;
        self.write_unflushed(now);
    }

    pub(super) fn write_unflushed(&mut self, now: Instant) {
        let mut keys = std::mem::replace(&mut self.unflushed, std::mem::take(&mut self.spare_keys));
        for key in keys.drain(..) {
            let Some(peer) = self.peers.get_mut(key) else { continue };
            peer.is_unflushed = false;
            peer.connection.flush(&mut self.events);
            if peer.connection.has_failed() {
                peer.is_readable = true;
            }
            self.settle(key, now);
        }
        self.spare_keys = keys;
    }

    /// Starts the closing handshake with a peer: queued packets go out first. [`crate::event::ServerEvent::Disconnected`]
    /// follows in the next poll, whether the peer answers or not.
    pub fn disconnect(&mut self, id: i32, code: impl Into<Option<CloseCode>>, reason: &str, now: Instant) {
        let (code, reason) = (code.into(), close::fitting(reason));
        let Some(key) = self.peers.find(id) else { return };
        let Some(peer) = self.peers.get_mut(key) else { return };
        peer.connection.close(code, reason, now, &mut self.events);
        if matches!(peer.stage, Stage::Joined) {
            self.leave(
                key,
                CloseCause::ByUs {
                    code: code.map_or(0, CloseCode::get),
                    reason: reason.to_owned(),
                    was_answered: false,
                },
            );
        }
        self.settle(key, now);
    }

    /// Ends a peer's connection at once, without an event.
    pub fn cut(&mut self, id: i32) {
        let Some(key) = self.peers.find(id) else { return };
        if let Some(peer) = self.peers.get_mut(key) {
            peer.connection.abandon(close_code::NORMAL, "");
        }
        self.remove(key);
    }
}
