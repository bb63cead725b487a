//! Our words in the engine's log. The classes' own, and the transport's: warnings and errors always, the rest with
//! `--verbose`, as the engine itself does it for its networking.
//!
//! A game may have the engine's log read by a script (`Logger`), which may ask the very object that has something to say. So
//! a line is written when its thread has borrowed no object any more: at the end of the call from the engine, as a rule.
//!
//! A network thread calls nothing of the engine's. Its lines wait here for the next poll of any peer.

use std::collections::VecDeque;
use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use godot::classes::Os;
use godot::global::{PrintLevel, PrintRecord, PrintSource, godot_print, print_custom};
use godot::obj::Singleton;
use log::{Level, LevelFilter, Log, Metadata, Record};
use rust_websocket_transport::link::across::is_network_thread;

/// Only our own crates speak; a library's warnings are not for a game's log.
const OURS: &str = "rust_websocket";

/// What stands before the transport's words in the log.
const TRANSPORT: &str = "RustWebSocket";

/// How many lines wait at the most. Further ones are lost: a game that stands still must not fill the memory.
const MOST_WAITING: usize = 1000;

struct EngineLog;

static ENGINE_LOG: EngineLog = EngineLog;

/// Lines of network threads, oldest first.
static WAITING: Mutex<VecDeque<(Level, String)>> = Mutex::new(VecDeque::new());

/// There are some. Polls look at this, and most find that there are none.
static ANY_WAITS: AtomicBool = AtomicBool::new(false);

/// Connects the transport's log to the engine's.
pub(crate) fn install() {
    // A second installation can only be the same one.
    let _ = log::set_logger(&ENGINE_LOG);
    let verbose = Os::singleton().is_stdout_verbose();
    log::set_max_level(if verbose { LevelFilter::Debug } else { LevelFilter::Warn });
    // gdext's hook prints by the engine.
    let hook = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        if is_network_thread() {
            leave(Level::Error, panic.to_string());
        } else {
            hook(panic);
        }
    }));
}

/// Prints what network threads have said.
pub(crate) fn print_waiting() {
    if ANY_WAITS.load(Ordering::Relaxed) && ANY_WAITS.swap(false, Ordering::Relaxed) {
        let lines = std::mem::take(&mut *waiting());
        for (level, line) in lines {
            say(level, TRANSPORT, &line);
        }
    }
}

fn leave(level: Level, line: String) {
    let mut waiting = waiting();
    if waiting.len() < MOST_WAITING {
        waiting.push_back((level, line));
    }
    // Under the lock, so that whoever sees it finds the line.
    ANY_WAITS.store(true, Ordering::Relaxed);
}

fn waiting() -> MutexGuard<'static, VecDeque<(Level, String)>> {
    WAITING.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Log for EngineLog {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with(OURS)
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let text = record.args().to_string();
        if is_network_thread() {
            leave(record.level(), text);
        } else {
            say(record.level(), TRANSPORT, &text);
        }
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
