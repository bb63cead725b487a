//! Every test of the workspace: Rust, and headless Godot with a fresh addon.

use std::process::Stdio;

use anyhow::{Result, bail};

use crate::process::Reaped;
use crate::{addon, engine, workspace};

/// Runs the tests; `arguments` go to the test binaries, as after `cargo test --`.
///
/// # Errors
///
/// If the addon does not build, there is no engine, or a test fails.
pub fn run(arguments: &[String]) -> Result<()> {
    // Without an engine there is no point in building for minutes.
    let engine = engine::locate_or_fetch()?;
    addon::build()?;
    let mut command = workspace::cargo();
    command
        // The feature brings the test that replays the corpora of the fuzz targets; the addon is built without it.
        .args(["test", "--workspace", "--features", "rust-websocket-transport/fuzzing", "--no-fail-fast", "--"])
        .args(arguments)
        .env(engine::ENGINE_VARIABLE, &engine)
        .stdin(Stdio::null());
    let status = Reaped::spawn(&mut command)?.child().wait()?;
    if !status.success() {
        bail!("tests failed ({status})");
    }
    Ok(())
}
