//! Single connections of a multiplayer peer, as [`RustWebSocketPeer`] and by their numbers.
//!
//! A handle that was given out asks its multiplayer peer whatever it is asked. So it is told of the end while the
//! connection can still be asked, and holds only the id of the multiplayer peer, which holds it.

use godot::builtin::GString;
use godot::global::Error;
use godot::obj::{Gd, WithBaseField};
use godot::register::godot_api;
use rust_websocket_transport::close_code;
use rust_websocket_transport::error::{CloseCause, SendError};
use rust_websocket_transport::wire::message::MessageKind;

use super::endpoint::{Endpoint, PeerView};
use super::{RustWebSocketMultiplayerPeer, refuse};
use crate::convert;
use crate::web_socket_peer::{Close, Ending, RustWebSocketPeer};

#[godot_api(secondary)]
impl RustWebSocketMultiplayerPeer {
    /// The connection with a peer, the same object every time: live while the connection is, and afterwards it still has
    /// its close code and reason. It can be closed with a code and a reason of your own, which leads to [signal
    /// MultiplayerPeer.peer_disconnected] on the next poll. On a client, 1 is the server, from [method create_client] on.
    ///
    /// Null, with an error, if there is no such peer.
    #[func]
    fn get_peer(&mut self, peer_id: i32) -> Option<Gd<RustWebSocketPeer>> {
        let Some(peer) = self.endpoint.peer(peer_id) else {
            refuse(Error::ERR_INVALID_PARAMETER, &format!("there is no peer {peer_id}"));
            return None;
        };
        let limits = *peer.limits();
        if let Some(handle) = self.handles.get(&peer_id) {
            return Some(handle.clone());
        }
        let owner = self.base().instance_id();
        let handle =
            RustWebSocketPeer::linked(owner, peer_id, &limits, [&self.supported_protocols, &self.handshake_headers]);
        self.handles.insert(peer_id, handle.clone());
        Some(handle)
    }

    /// A peer's IP address. Empty, with an error, if there is no such peer.
    #[func]
    fn get_peer_address(&self, id: i32) -> GString {
        self.remote(id).map(|(host, _)| host).unwrap_or_default()
    }

    /// A peer's port. 0, with an error, if there is no such peer.
    #[func]
    fn get_peer_port(&self, id: i32) -> i32 {
        self.remote(id).map(|(_, port)| port).unwrap_or_default()
    }

    /// How long a ping to a peer and its answer take, in milliseconds, smoothed over the last few. -1 while it is not
    /// known, which it is only with a [member heartbeat_interval], and if there is no such peer.
    #[func]
    fn get_peer_rtt(&self, id: i32) -> f64 {
        self.endpoint.peer(id).and_then(|peer| peer.round_trip_time()).map_or(-1.0, |time| time.as_secs_f64() * 1000.0)
    }

    fn remote(&self, id: i32) -> Option<(GString, i32)> {
        let Some(peer) = self.endpoint.peer(id) else {
            refuse(Error::ERR_INVALID_PARAMETER, &format!("there is no peer {id}"));
            return None;
        };
        Some(convert::remote(peer.address()))
    }
}

impl RustWebSocketMultiplayerPeer {
    pub(crate) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    pub(crate) fn endpoint_mut(&mut self) -> &mut Endpoint {
        &mut self.endpoint
    }

    /// Sends a message of either kind to one peer, in this frame.
    pub(crate) fn send_to_peer(&mut self, id: i32, kind: MessageKind, payload: &[u8]) -> Result<(), SendError> {
        let result = self.endpoint.send_message(id, kind, payload);
        self.schedule_flush();
        result
    }

    /// The URL that a connection was made with.
    pub(crate) fn requested_url(&self, peer: PeerView<'_>) -> GString {
        match peer {
            PeerView::OfServer(peer) => {
                peer.target().map_or_else(GString::new, |target| convert::requested_url(peer.uses_tls(), target))
            }
            PeerView::OfClient(_) => self.url.clone(),
        }
    }

    /// The peer's connection is over: whoever holds its handle can go on asking.
    pub(super) fn end_handle(&mut self, id: i32, cause: &CloseCause) {
        let Some(handle) = self.handles.get(&id) else { return };
        let peer = self.endpoint.peer(id);
        let ending = Ending {
            close: close_of(cause),
            url: peer.map(|peer| self.requested_url(peer)).unwrap_or_default(),
            protocol: peer.and_then(|peer| peer.protocol()).map(GString::from).unwrap_or_default(),
            ..Ending::default()
        };
        handle.clone().bind_mut().end(ending);
    }

    /// The next peer with this id is another one.
    pub(super) fn forget_handle(&mut self, id: i32) {
        self.handles.remove(&id);
    }

    /// The endpoint is about to go.
    pub(super) fn end_handles(&mut self) {
        let ids: Vec<i32> = self.handles.keys().copied().collect();
        for id in ids {
            let cause = self.endpoint.peer(id).and_then(|peer| peer.cause()).cloned();
            self.end_handle(id, &cause.unwrap_or_else(going_away));
        }
        self.handles.clear();
    }
}

impl Drop for RustWebSocketMultiplayerPeer {
    fn drop(&mut self) {
        self.end_handles();
        self.unregister_monitors();
    }
}

/// The closing handshake as the handle tells it: what we said counts, for nobody waits for the answer.
fn close_of(cause: &CloseCause) -> Close {
    match cause {
        CloseCause::ByUs { code, reason, .. } => {
            Close { code: i32::from(*code), reason: GString::from(reason.as_str()) }
        }
        other => Close::of(Some(other)),
    }
}

/// The end of a peer that is disconnected by force.
pub(super) fn sent_away() -> CloseCause {
    CloseCause::ByUs { code: close_code::NORMAL.get(), reason: String::new(), was_answered: false }
}

/// The end of every peer when the endpoint goes.
fn going_away() -> CloseCause {
    CloseCause::ByUs { code: close_code::GOING_AWAY.get(), reason: String::new(), was_answered: false }
}
