//! The way of a server to its end.

use std::time::{Duration, Instant};

use godot::builtin::GString;
use godot::global::Error;
use godot::register::godot_api;
use rust_websocket_transport::close_code::CloseCode;
use rust_websocket_transport::config::later;
use rust_websocket_transport::game::DrainPlan;

use super::{RustWebSocketMultiplayerPeer, refuse};

#[godot_api(secondary)]
#[expect(clippy::needless_pass_by_value, reason = "the engine's arguments arrive by value")]
impl RustWebSocketMultiplayerPeer {
    /// Takes no new peers any more, and lets those that are here finish: after [param grace_seconds] the rest is closed with
    /// [param code], 1012 as a rule, which says that the service restarts, and [param reason]; see [method
    /// RustWebSocketPeer.close] for both. When nobody is left, [signal drained] is emitted. That may take another few seconds
    /// where somebody does not answer the close frame.
    ///
    /// The port is given back at once. With [member health_path] or [member metrics_path] it stays open for these, and whoever
    /// wants WebSocket is answered with HTTP 503 and [code]Retry-After[/code]. Requests that wait for an answer of [member
    /// handshake_callback] are refused likewise. Called once more before the end, it changes time, code and reason. A server
    /// that drains cannot go back: [method MultiplayerPeer.close] it, and create it anew.
    ///
    /// Returns [constant OK]; [constant ERR_UNCONFIGURED] if this is no server; [constant ERR_INVALID_PARAMETER] for a negative
    /// time, or a code that no close frame may carry.
    #[func]
    fn drain(
        &mut self,
        #[opt(default = 30.0)] grace_seconds: f64,
        #[opt(default = 1012)] code: i32,
        #[opt(default = "")] reason: GString,
    ) -> Error {
        let Ok(grace) = Duration::try_from_secs_f64(grace_seconds) else {
            return refuse(Error::ERR_INVALID_PARAMETER, "grace_seconds must not be negative, infinite or NAN");
        };
        let code = match CloseCode::asked_for(code) {
            Ok(code) => code,
            Err(error) => return refuse(Error::ERR_INVALID_PARAMETER, &error.to_string()),
        };
        let deadline = later(Instant::now(), grace);
        if self.drain_by(DrainPlan { deadline, code, reason: reason.to_string() }) {
            Error::OK
        } else {
            refuse(Error::ERR_UNCONFIGURED, "there is no server to drain")
        }
    }

    /// Whether this server drains, or has: from [method drain] to [method MultiplayerPeer.close].
    #[func]
    fn is_draining(&self) -> bool {
        self.endpoint.as_ref().is_some_and(|endpoint| endpoint.is_draining())
    }
}

impl RustWebSocketMultiplayerPeer {
    /// Whether there is a server to drain.
    pub(super) fn drain_by(&mut self, plan: DrainPlan) -> bool {
        let Some(endpoint) = self.endpoint.as_mut().filter(|endpoint| endpoint.is_server()) else { return false };
        self.drain_plan = Some(plan.clone());
        endpoint.drain(plan, Instant::now());
        true
    }
}
