//! A peer that belongs to a multiplayer peer, which has its connection and drives it.
//!
//! The multiplayer peer keeps the [`super::RustWebSocketPeer`], so this side only knows its id. It tells of the end
//! before it goes, see [`super::RustWebSocketPeer::end`]; should it be gone all the same, the connection is closed.

use std::io;
use std::time::Instant;

use godot::builtin::GString;
use godot::obj::{Gd, InstanceId};
use rust_websocket_transport::config::Limits;
use rust_websocket_transport::connection::session::ReadyState;
use rust_websocket_transport::error::SendError;
use rust_websocket_transport::wire::message::MessageKind;

use super::backend::{Close, Farewell};
use crate::convert;
use crate::multiplayer_peer::RustWebSocketMultiplayerPeer;
use crate::multiplayer_peer::endpoint::PeerView;

/// Which peer of which multiplayer peer.
#[derive(Debug)]
pub(super) struct Link {
    owner: InstanceId,
    id: i32,
}

impl Link {
    pub(super) fn new(owner: InstanceId, id: i32) -> Self {
        Self { owner, id }
    }

    fn owner(&self) -> Option<Gd<RustWebSocketMultiplayerPeer>> {
        Gd::try_from_instance_id(self.owner).ok()
    }

    /// Asks something of the connection, if it is there.
    fn ask<T>(&self, question: impl FnOnce(PeerView<'_>) -> T) -> Option<T> {
        let owner = self.owner()?;
        let owner = owner.bind();
        owner.endpoint().peer(self.id).map(question)
    }

    pub(super) fn ready_state(&self) -> ReadyState {
        self.ask(|peer| peer.ready_state()).unwrap_or(ReadyState::Closed)
    }

    pub(super) fn close_frame(&self) -> Close {
        self.ask(|peer| Close::of(peer.cause())).unwrap_or_default()
    }

    pub(super) fn requested_url(&self) -> GString {
        let Some(owner) = self.owner() else { return GString::new() };
        let owner = owner.bind();
        owner.endpoint().peer(self.id).map(|peer| owner.requested_url(peer)).unwrap_or_default()
    }

    pub(super) fn protocol(&self) -> GString {
        self.ask(|peer| GString::from(peer.protocol().unwrap_or_default())).unwrap_or_default()
    }

    pub(super) fn remote(&self) -> Option<(GString, i32)> {
        self.ask(|peer| convert::remote(peer.address()))
    }

    pub(super) fn buffered_amount(&self) -> usize {
        self.ask(|peer| peer.buffered_amount()).unwrap_or(0)
    }

    pub(super) fn limits(&self) -> Option<Limits> {
        self.ask(|peer| *peer.limits())
    }

    pub(super) fn set_no_delay(&self, enabled: bool) -> io::Result<()> {
        self.ask(|peer| peer.set_no_delay(enabled)).unwrap_or(Ok(()))
    }

    pub(super) fn set_limits(&self, limits: Limits, now: Instant) {
        if let Some(mut owner) = self.owner() {
            owner.bind_mut().endpoint_mut().set_peer_limits(self.id, limits, now);
        }
    }

    pub(super) fn send(&self, kind: MessageKind, payload: &[u8]) -> Result<(), SendError> {
        self.owner().map_or(Err(SendError::NotOpen), |mut owner| owner.bind_mut().send_to_peer(self.id, kind, payload))
    }

    pub(super) fn close(&self, farewell: Farewell, reason: &str) {
        if let Some(mut owner) = self.owner() {
            owner.bind_mut().endpoint_mut().close_peer(self.id, farewell, reason, Instant::now());
        }
    }
}
