//! How good a peer's link is, as one number.

use godot::global::Error;
use godot::register::godot_api;

use super::{RustWebSocketMultiplayerPeer, refuse};

#[godot_api(secondary)]
impl RustWebSocketMultiplayerPeer {
    /// How good the link to a peer is for a game, from 1.0 for one of which nobody notices anything to 0.0, to be drawn as
    /// bars. On a client, 1 is the server.
    ///
    /// It is [code]1 / (1 + (lateness / 0.2)²)[/code], where the lateness is how many seconds late the other side gets to see
    /// something: half of [code]rtt[/code], all of [code]queue_delay[/code] and twice [code]jitter[/code], each as [method
    /// get_peer_statistics] has it, in seconds. So 20 ms are 0.99, 60 ms 0.92, 100 ms 0.8, 200 ms 0.5, 400 ms 0.2 and a second
    /// 0.04. While a ping waits for its answer longer than [code]rtt[/code], that time counts in its place, so that a link which
    /// stands still gets worse with every moment.
    ///
    /// Retransmissions are in it by what they cost: what TCP sends again comes late, which makes the round trip longer and the
    /// jitter larger, and lets packets wait. The system's own counts are not read: no library does so safely on all systems.
    ///
    /// [constant @GDScript.NAN] until a ping was answered, for which there must be a [member heartbeat_interval]; the shorter
    /// that is, the sooner a change is seen. [constant @GDScript.NAN] and an error if there is no such peer.
    #[func]
    pub(super) fn get_peer_quality(&self, id: i32) -> f64 {
        let Some(peer) = self.peer_view(id) else {
            refuse(Error::ERR_INVALID_PARAMETER, &format!("there is no peer {id}"));
            return f64::NAN;
        };
        peer.link().map_or(f64::NAN, |link| link.quality())
    }
}
