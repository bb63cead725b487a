//! What a server tells balancers and Prometheus on its own port: the properties that say where.

use godot::builtin::GString;
use godot::global::Error;
use godot::register::godot_api;
use rust_websocket_transport::config::PagePath;
use rust_websocket_transport::error::PathError;

use super::{__godot_RustWebSocketMultiplayerPeer_Funcs, RustWebSocketMultiplayerPeer, refuse};
use crate::accessors::accessors;

accessors! {
    __godot_RustWebSocketMultiplayerPeer_Funcs:
    get_health_path,
    set_health_path,
    get_metrics_path,
    set_metrics_path,
}

#[godot_api(secondary)]
impl RustWebSocketMultiplayerPeer {
    /// Returns [member health_path].
    #[func]
    pub(super) fn get_health_path(&self) -> GString {
        self.health_path.clone()
    }

    /// Sets [member health_path].
    #[func]
    pub(super) fn set_health_path(&mut self, path: GString) {
        if let Some(path) = taken(PagePath::parse(&path.to_string())) {
            self.reception.health_path = path;
            self.apply_settings();
        }
        self.health_path = path;
    }

    /// Returns [member metrics_path].
    #[func]
    pub(super) fn get_metrics_path(&self) -> GString {
        self.metrics_path.clone()
    }

    /// Sets [member metrics_path].
    #[func]
    pub(super) fn set_metrics_path(&mut self, path: GString) {
        if let Some(path) = taken(PagePath::parse(&path.to_string())) {
            self.reception.metrics_path = path;
            self.apply_settings();
        }
        self.metrics_path = path;
    }
}

impl RustWebSocketMultiplayerPeer {
    /// Whether both paths can be asked for.
    pub(super) fn check_paths(&self) -> Result<(), PathError> {
        for path in [&self.health_path, &self.metrics_path] {
            PagePath::parse(&path.to_string())?;
        }
        Ok(())
    }
}

fn taken(path: Result<Option<PagePath>, PathError>) -> Option<Option<PagePath>> {
    path.map_err(|error| refuse(Error::ERR_INVALID_PARAMETER, &error.to_string())).ok()
}
