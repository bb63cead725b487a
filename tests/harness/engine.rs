//! The engine that runs the scenarios.

use std::{path::PathBuf, sync::OnceLock};

use anyhow::{Result, anyhow};

static ENGINE: OnceLock<std::result::Result<PathBuf, String>> = OnceLock::new();

/// The engine: `GODOT4_BIN` if it is set, else the one that the project's own command finds or fetches.
pub fn path() -> Result<PathBuf> {
    let found = ENGINE.get_or_init(|| xtask::engine::locate_or_fetch().map_err(|error| format!("{error:#}")));
    found.clone().map_err(|error| anyhow!(error))
}
