//! Our words in the engine's log. The classes' own, and the transport's: warnings and errors always, the rest with
//! `--verbose`, as the engine itself does it for its networking.
//!
//! A game may have the engine's log read by a script (`Logger`), which may ask the very object that has something to say. So
//! a line is written when its thread has borrowed no object any more: at the end of the call from the engine, as a rule.

use godot::classes::Os;
use godot::global::{PrintLevel, PrintRecord, PrintSource, godot_print, print_custom};
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
        say(record.level(), "RustWebSocket", &record.args().to_string());
    }

    fn flush(&self) {}
}

/// An error of a class, as the engine has them for its own.
pub(crate) fn error(class: &'static str, text: &str) {
    say(Level::Error, class, text);
}

/// A warning of a class.
pub(crate) fn warning(class: &'static str, text: &str) {
    say(Level::Warn, class, text);
}

fn say(level: Level, class: &'static str, text: &str) {
    let message = format!("{class}: {text}");
    godot_cell::when_free(move || match level {
        Level::Error => complain(PrintLevel::Error, class, &message),
        Level::Warn => complain(PrintLevel::Warn, class, &message),
        Level::Info | Level::Debug | Level::Trace => godot_print!("{message}"),
    });
}

fn complain(level: PrintLevel, class: &str, message: &str) {
    // The engine adds where in the game's scripts it was. Where it was in here is nothing to a game's developer.
    let source = PrintSource { function: class, file: "addons/rust_websocket", line: 0 };
    print_custom(PrintRecord { level, message, rationale: None, source: Some(source), editor_notify: false });
}
