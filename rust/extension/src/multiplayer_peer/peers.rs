//! Single connections of a multiplayer peer, as [`RustWebSocketPeer`] and by their numbers.
//!
//! A handle that was given out asks its multiplayer peer whatever it is asked, through the bond of the two (see
//! [`crate::bond`]). How a connection ended is left in the bond, never told to the handle itself: when this object ends,
//! the engine may have taken that apart.

use std::sync::Arc;

use godot::builtin::GString;
use godot::global::Error;
use godot::obj::Gd;
use godot::register::godot_api;
use rust_websocket_transport::close_code;
use rust_websocket_transport::error::CloseCause;
use rust_websocket_transport::game::Endpoint;

use super::{RustWebSocketMultiplayerPeer, refuse};
use crate::bond::{Bond, Close, Ending, Owner};
use crate::convert;
use crate::endpoint;
use crate::frame_end::FlushAtFrameEnd;
use crate::gate::Gate;
use crate::web_socket_peer::RustWebSocketPeer;

/// What was given out of one connection.
pub(super) struct Handle {
    object: Gd<RustWebSocketPeer>,
    bond: Arc<Bond>,
}

#[godot_api(secondary)]
impl RustWebSocketMultiplayerPeer {
    /// The connection with a peer, the same object every time: live while the connection is, and afterwards it still has
    /// its close code and reason. It can be closed with a code and a reason of your own, which leads to [signal
    /// MultiplayerPeer.peer_disconnected] on the next poll. On a client, 1 is the server, from [method create_client] on.
    ///
    /// Null, with an error, if there is no such peer.
    #[func]
    fn get_peer(&mut self, peer_id: i32) -> Option<Gd<RustWebSocketPeer>> {
        let Some(peer) = self.peer_view(peer_id) else {
            refuse(Error::ERR_INVALID_PARAMETER, &format!("there is no peer {peer_id}"));
            return None;
        };
        let limits = *peer.limits();
        if let Some(handle) = self.handles.get(&peer_id) {
            return Some(handle.object.clone());
        }
        let owner = Box::new(ThroughGate(self.gate()?));
        let bond = Arc::new(Bond::new(owner, peer_id, self.url.to_string()));
        let object =
            RustWebSocketPeer::linked(Arc::clone(&bond), &limits, [&self.supported_protocols, &self.handshake_headers]);
        self.handles.insert(peer_id, Handle { object: object.clone(), bond });
        if let Some((id, cause)) = self.departing.clone()
            && id == peer_id
        {
            // Its end was told before anybody had the handle.
            self.end_handle(id, &cause);
        }
        Some(object)
    }

    /// A peer's IP address, or that of a proxy between which is not among [member trusted_proxies]. Empty, with an error, if there is no such peer.
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
        self.peer_view(id).and_then(|peer| peer.round_trip_time()).map_or(-1.0, |time| time.as_secs_f64() * 1000.0)
    }

    fn remote(&self, id: i32) -> Option<(GString, i32)> {
        let Some(peer) = self.peer_view(id) else {
            refuse(Error::ERR_INVALID_PARAMETER, &format!("there is no peer {id}"));
            return None;
        };
        Some(convert::remote(peer.address()))
    }
}

impl RustWebSocketMultiplayerPeer {
    /// The peer's connection is over: whoever holds its handle can go on asking.
    pub(super) fn end_handle(&mut self, id: i32, cause: &CloseCause) {
        let Some(handle) = self.handles.get(&id) else { return };
        let peer = self.peer_view(id);
        handle.bond.end(Ending {
            close: close_of(cause),
            url: peer.map(|peer| endpoint::requested_url(peer, &self.url.to_string())).unwrap_or_default(),
            protocol: peer.and_then(|peer| peer.protocol()).unwrap_or_default().to_owned(),
        });
    }

    /// The next peer with this id is another one.
    pub(super) fn forget_handle(&mut self, id: i32) {
        self.handles.remove(&id);
    }

    /// The endpoint is about to go.
    pub(super) fn end_handles(&mut self) {
        let ids: Vec<i32> = self.handles.keys().copied().collect();
        for id in ids {
            let cause = self.peer_view(id).and_then(|peer| peer.cause()).cloned();
            self.end_handle(id, &cause.unwrap_or_else(going_away));
        }
        self.handles.clear();
    }
}

/// Nothing here reaches another object of the engine's that could be gone: the handles hear of the end through their
/// bonds.
impl Drop for RustWebSocketMultiplayerPeer {
    fn drop(&mut self) {
        self.end_handles();
        self.unregister_monitors();
    }
}

/// The way from a handle to its multiplayer peer.
struct ThroughGate(Arc<Gate>);

impl Owner for ThroughGate {
    fn look(&self, look: &mut dyn FnMut(&dyn Endpoint)) {
        if let Some(owner) = self.0.object::<RustWebSocketMultiplayerPeer>()
            && let Some(endpoint) = &owner.bind().endpoint
        {
            look(&**endpoint);
        }
    }

    fn act(&self, act: &mut dyn FnMut(&mut dyn Endpoint)) {
        if let Some(mut owner) = self.0.object::<RustWebSocketMultiplayerPeer>() {
            let mut owner = owner.bind_mut();
            if let Some(endpoint) = &mut owner.endpoint {
                act(&mut **endpoint);
            }
            owner.schedule_flush();
        }
    }
}

/// The closing handshake as the handle tells it: what we said counts, for nobody waits for the answer.
fn close_of(cause: &CloseCause) -> Close {
    match cause {
        CloseCause::ByUs { code, reason, .. } => Close { code: i32::from(*code), reason: reason.clone() },
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
