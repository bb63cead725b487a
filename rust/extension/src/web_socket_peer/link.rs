//! A peer that belongs to a multiplayer peer, which has its connection and drives it. Everything is asked through the bond
//! of the two; once the connection is over, that knows how it ended.

use std::sync::Arc;
use std::time::Instant;

use godot::builtin::GString;
use rust_websocket_transport::config::Limits;
use rust_websocket_transport::connection::ReadyState;
use rust_websocket_transport::error::SendError;
use rust_websocket_transport::game::PeerView;
use rust_websocket_transport::wire::message::MessageKind;

use crate::bond::{Bond, Close};
use crate::convert;
use crate::endpoint::{self, Farewell};

/// Which peer of which multiplayer peer.
#[derive(Debug)]
pub(super) struct Link(Arc<Bond>);

impl Link {
    pub(super) fn new(bond: Arc<Bond>) -> Self {
        Self(bond)
    }

    /// Asks something of the connection, if it is there.
    fn ask<T>(&self, question: impl FnOnce(PeerView<'_>) -> T) -> Option<T> {
        self.0.look(|endpoint| endpoint.peer(self.0.id()).map(question)).flatten()
    }

    pub(super) fn ready_state(&self) -> ReadyState {
        self.ask(|peer| peer.ready_state()).unwrap_or(ReadyState::Closed)
    }

    pub(super) fn close_frame(&self) -> Close {
        match self.0.ending() {
            Some(ending) => ending.close.clone(),
            None => self.ask(|peer| Close::of(peer.cause())).unwrap_or_default(),
        }
    }

    pub(super) fn requested_url(&self) -> GString {
        let url = match self.0.ending() {
            Some(ending) => Some(ending.url.clone()),
            None => self.ask(|peer| endpoint::requested_url(peer, self.0.url())),
        };
        GString::from(url.unwrap_or_default().as_str())
    }

    pub(super) fn protocol(&self) -> GString {
        match self.0.ending() {
            Some(ending) => GString::from(ending.protocol.as_str()),
            None => self.ask(|peer| GString::from(peer.protocol().unwrap_or_default())).unwrap_or_default(),
        }
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

    pub(super) fn set_no_delay(&self, enabled: bool, now: Instant) {
        self.0.act(|endpoint| endpoint.set_peer_no_delay(self.0.id(), enabled, now));
    }

    pub(super) fn set_limits(&self, limits: Limits, now: Instant) {
        self.0.act(|endpoint| endpoint.set_peer_limits(self.0.id(), limits, now));
    }

    pub(super) fn send(&self, kind: MessageKind, payload: &[u8]) -> Result<(), SendError> {
        self.0.act(|endpoint| endpoint.send_message(self.0.id(), kind, payload)).unwrap_or(Err(SendError::NotOpen))
    }

    pub(super) fn close(&self, farewell: Farewell, reason: &str) {
        self.0.act(|endpoint| farewell.say(endpoint, self.0.id(), reason, Instant::now()));
    }
}
