//! What a server does when the process is told to end: it drains, and then the scene tree quits.

use std::time::{Duration, Instant};

use godot::classes::{Engine, SceneTree};
use godot::global::Error;
use godot::obj::Singleton;
use godot::register::godot_api;
use rust_websocket_transport::close_code::CloseCode;
use rust_websocket_transport::config::later;
use rust_websocket_transport::game::DrainPlan;
use termination::Listener;

use super::{__godot_RustWebSocketMultiplayerPeer_Funcs, CLASS, RustWebSocketMultiplayerPeer, refuse};
use crate::accessors::accessors;
use crate::logging;
use crate::main_thread;

/// Service restart, as peers are told whom a drain closes.
const SERVICE_RESTART: i32 = 1012;

/// A server that listens for the end of the process, which waits for it then. Whatever becomes of the server, drained, closed
/// or freed: once the last that was told is gone, the process ends.
#[derive(Debug)]
pub(super) struct Watch {
    /// There until the drop.
    listener: Option<Listener>,
    game: Game,
}

/// What the game knows of the end, and what its server was at when it heard.
#[derive(Debug)]
enum Game {
    Unaware,
    ToldWhileServing,
    ToldWhileDraining(DrainPlan),
}

impl Watch {
    fn new(listener: Listener) -> Self {
        Self { listener: Some(listener), game: Game::Unaware }
    }

    /// Whether the process was told to end, and the game does not know. Asked in every poll.
    pub(super) fn hears_news(&mut self, plan: Option<&DrainPlan>) -> bool {
        let is_news = matches!(self.game, Game::Unaware) && self.was_told();
        if is_news {
            self.game = plan.map_or(Game::ToldWhileServing, |plan| Game::ToldWhileDraining(plan.clone()));
        }
        is_news
    }

    /// Whether the game was told, and its server is at the same as before.
    fn was_left_as_it_was(&self, plan: Option<&DrainPlan>) -> bool {
        match (&self.game, plan) {
            (Game::ToldWhileServing, None) => true,
            (Game::ToldWhileDraining(before), Some(plan)) => before == plan,
            _ => false,
        }
    }

    fn was_told(&self) -> bool {
        self.listener.as_ref().is_some_and(Listener::was_told)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let was_told = self.was_told();
        self.listener = None;
        if was_told && !termination::has_listeners() {
            main_thread::at_frame_end(quit);
        }
    }
}

accessors! {
    __godot_RustWebSocketMultiplayerPeer_Funcs:
    get_drain_on_termination,
    set_drain_on_termination,
}

#[godot_api(secondary)]
impl RustWebSocketMultiplayerPeer {
    /// Returns [member drain_on_termination].
    #[func]
    pub(super) fn get_drain_on_termination(&self) -> f64 {
        self.drain_on_termination
    }

    /// Sets [member drain_on_termination].
    #[func]
    pub(super) fn set_drain_on_termination(&mut self, seconds: f64) {
        if seconds >= 0.0 && Duration::try_from_secs_f64(seconds).is_ok() {
            self.drain_on_termination = seconds;
            self.watch_if_wanted();
        } else {
            refuse(Error::ERR_INVALID_PARAMETER, "drain_on_termination must not be negative, infinite or NAN");
        }
    }
}

impl RustWebSocketMultiplayerPeer {
    /// There is another endpoint, or none.
    pub(super) fn watch_anew(&mut self) {
        self.watch = None;
        self.watch_if_wanted();
    }

    fn watch_if_wanted(&mut self) {
        let is_wanted =
            self.drain_on_termination > 0.0 && self.endpoint.as_ref().is_some_and(|endpoint| endpoint.is_server());
        match (&self.watch, is_wanted) {
            (None, true) => match Listener::new() {
                Ok(listener) => self.watch = Some(Watch::new(listener)),
                Err(error) => {
                    let line = format!("the end of the process cannot be listened for: {error}");
                    logging::warning(CLASS, &line);
                }
            },
            (Some(Watch { game: Game::Unaware, .. }), false) => self.watch = None,
            _ => {}
        }
    }

    /// The handlers have heard that the process is to end. If none of them has said how, the server drains, or drains no longer
    /// than this.
    pub(super) fn start_to_end(&mut self) {
        let has_decided = |watch: &Watch| !watch.was_left_as_it_was(self.drain_plan.as_ref());
        if self.watch.as_ref().is_none_or(has_decided) {
            return;
        }
        let grace = Duration::try_from_secs_f64(self.drain_on_termination).unwrap_or_default();
        let deadline = later(Instant::now(), grace);
        let plan = match self.drain_plan.clone() {
            Some(plan) => DrainPlan { deadline: plan.deadline.min(deadline), ..plan },
            None => {
                let code = CloseCode::asked_for(SERVICE_RESTART).unwrap_or_default();
                DrainPlan { deadline, code, reason: String::new() }
            }
        };
        self.drain_by(plan);
    }
}

/// Ends the game as it would end itself.
fn quit() {
    let main_loop = Engine::singleton().get_main_loop();
    if let Some(mut tree) = main_loop.and_then(|main_loop| main_loop.try_cast::<SceneTree>().ok()) {
        tree.quit();
    }
}
