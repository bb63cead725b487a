//! What a server does when the process is told to end: it drains, and then the scene tree quits.

use std::time::Duration;

use godot::classes::{Engine, SceneTree};
use godot::global::Error;
use godot::obj::Singleton;
use rust_websocket_transport::close_code::CloseCode;
use termination::Listener;

use super::{CLASS, RustWebSocketMultiplayerPeer, refuse};
use crate::logging;
use crate::main_thread;

/// Service restart, as peers are told whom a drain closes.
const SERVICE_RESTART: i32 = 1012;

/// Whether the end of the process is listened for, and how far it has come.
#[derive(Debug, Default)]
pub(super) enum Watch {
    /// The process ends at once.
    #[default]
    Off,
    /// Nobody has said anything.
    Listening(Listener),
    /// The game was told, and the server comes to its end.
    Ending(Listener),
}

impl Watch {
    /// Whether the process was told to end, and the game does not know. Asked in every poll.
    pub(super) fn hears_news(&mut self) -> bool {
        if !matches!(self, Self::Listening(listener) if listener.was_told()) {
            return false;
        }
        if let Self::Listening(listener) = std::mem::take(self) {
            *self = Self::Ending(listener);
        }
        true
    }
}

impl RustWebSocketMultiplayerPeer {
    pub(super) fn drain_when_told(&mut self, seconds: f64) {
        if seconds >= 0.0 && Duration::try_from_secs_f64(seconds).is_ok() {
            self.drain_on_termination = seconds;
            self.watch_if_wanted();
        } else {
            refuse(Error::ERR_INVALID_PARAMETER, "drain_on_termination must not be negative");
        }
    }

    /// There is another endpoint, or none. One that was about to end has done so.
    pub(super) fn watch_anew(&mut self) {
        self.end_watch();
        self.watch_if_wanted();
    }

    fn watch_if_wanted(&mut self) {
        let is_wanted =
            self.drain_on_termination > 0.0 && self.endpoint.as_ref().is_some_and(|endpoint| endpoint.is_server());
        match (&self.watch, is_wanted) {
            (Watch::Off, true) => match Listener::new() {
                Ok(listener) => self.watch = Watch::Listening(listener),
                Err(error) => {
                    let line = format!("the end of the process cannot be listened for: {error}");
                    logging::warning(CLASS, &line);
                }
            },
            (Watch::Listening(_), false) => self.watch = Watch::Off,
            _ => {}
        }
    }

    /// The handlers have heard that the process is to end.
    pub(super) fn start_to_end(&mut self) {
        let is_draining = self.endpoint.as_ref().is_some_and(|endpoint| endpoint.is_draining());
        if !is_draining {
            let grace = Duration::try_from_secs_f64(self.drain_on_termination).unwrap_or_default();
            self.start_draining(grace, CloseCode::asked_for(SERVICE_RESTART).unwrap_or_default(), String::new());
        }
    }

    /// The server has come to its end. If the process was told to end, and no other server of it is on its way there, it ends.
    pub(super) fn end_watch(&mut self) {
        let watch = std::mem::take(&mut self.watch);
        let was_ending = matches!(watch, Watch::Ending(_));
        drop(watch);
        if was_ending && !termination::has_listeners() {
            main_thread::at_frame_end(quit);
        }
    }
}

/// Ends the game as it would end itself.
fn quit() {
    let main_loop = Engine::singleton().get_main_loop();
    if let Some(mut tree) = main_loop.and_then(|main_loop| main_loop.try_cast::<SceneTree>().ok()) {
        tree.quit();
    }
}
