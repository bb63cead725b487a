//! The engine that runs the scenarios, looked for once, and since which version of it something holds.

use std::{
    ffi::OsStr,
    fs::OpenOptions,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
    time::Instant,
};

use anyhow::{Result, anyhow};
pub use rust_websocket_engine::version::Version;
use rust_websocket_engine::{UNMEASURED_VARIABLE, headless::headless, program::Program};

static ENGINE: OnceLock<std::result::Result<PathBuf, String>> = OnceLock::new();
static VERSION: OnceLock<std::result::Result<Version, String>> = OnceLock::new();

/// The engine: `GODOT4_BIN` if it is set, else the one that the project's own command finds or fetches.
pub fn path() -> Result<PathBuf> {
    let found = ENGINE.get_or_init(|| rust_websocket_engine::locate_or_fetch().map_err(|error| format!("{error:#}")));
    found.clone().map_err(|error| anyhow!(error))
}

/// Its version, for which it is asked once.
pub fn version() -> Result<Version> {
    let ask = || path().and_then(|path| rust_websocket_engine::version_of(&path)).map_err(|error| format!("{error:#}"));
    VERSION.get_or_init(ask).clone().map_err(|error| anyhow!(error))
}

/// The command that runs it on a project, without a window and away from its user's home.
pub fn command(project: &Path, home: &Path) -> Result<Command> {
    let mut command = headless(&path()?, home);
    command.arg("--path").arg(project);
    Ok(command)
}

/// Starts it with these arguments.
pub fn start(project: &Path, home: &Path, arguments: &[impl AsRef<OsStr>], deadline: Instant) -> Result<Program> {
    let mut command = command(project, home)?;
    command.args(arguments);
    Program::start("the engine", command, deadline)
}

/// From which engine on the built-in class is the measure of something, and what it is before that.
#[derive(Clone, Copy, Debug)]
pub struct Since {
    /// The first such engine.
    pub version: Version,
    /// What is otherwise in older ones.
    pub reason: &'static str,
}

impl Since {
    /// From Godot 4.`minor` on.
    pub const fn godot_4(minor: u32, reason: &'static str) -> Self {
        Self { version: Version { major: 4, minor, patch: 0 }, reason }
    }

    /// Whether the engine that runs the scenarios is one of those.
    pub fn holds(self) -> Result<bool> {
        Ok(self.version <= version()?)
    }

    /// Says that this engine is too old to be the measure of a test: past the test runner, which keeps what a passing
    /// test prints to itself, and in the file that `UNMEASURED_VARIABLE` names.
    pub fn report(self, test: &str) -> Result<()> {
        let line = format!("NOT MEASURED {test}: before Godot {}, {}", self.version, self.reason);
        writeln!(io::stderr(), "{line}")?;
        if let Some(file) = std::env::var_os(UNMEASURED_VARIABLE) {
            // In one piece, for other tests write there, too.
            OpenOptions::new().create(true).append(true).open(file)?.write_all(format!("{line}\n").as_bytes())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_is_held_to_what_it_is_old_enough_for() {
        assert!(Since::godot_4(3, "this is the oldest").holds().unwrap());
        assert!(!Since::godot_4(999, "this is never").holds().unwrap());
    }
}
