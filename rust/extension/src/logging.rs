//! The transport's words in the engine's log: warnings and errors always, the rest with `--verbose`, as the engine
//! itself does it for its networking.

use godot::classes::Os;
use godot::global::{godot_error, godot_print, godot_warn};
use godot::obj::Singleton;
use log::{Level, LevelFilter, Log, Metadata, Record};

/// Only our own crates speak; a library's warnings are not for a game's log.
const OURS: &str = "rust_websocket";

struct EngineLog;

static ENGINE_LOG: EngineLog = EngineLog;

/// Connects the transport's log to the engine's.
pub(crate) fn install() {
    // A second installation can only be the same one.
    let _ = log::set_logger(&ENGINE_LOG);
    let verbose = Os::singleton().is_stdout_verbose();
    log::set_max_level(if verbose { LevelFilter::Debug } else { LevelFilter::Warn });
}

impl Log for EngineLog {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with(OURS)
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        match record.level() {
            Level::Error => godot_error!("RustWebSocket: {}", record.args()),
            Level::Warn => godot_warn!("RustWebSocket: {}", record.args()),
            Level::Info | Level::Debug | Level::Trace => godot_print!("RustWebSocket: {}", record.args()),
        }
    }

    fn flush(&self) {}
}
