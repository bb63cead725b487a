//! An editor without a display, for what only editors do: a plugin of the project does what is to be done, and ends it.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use tempfile::TempDir;

use crate::engine;

/// The hard end of an editor.
const DEADLINE: Duration = Duration::from_secs(120);

/// A new home for editors.
pub fn home() -> Result<TempDir> {
    Ok(tempfile::Builder::new().prefix("editor-").tempdir()?)
}

/// Runs an editor on a project, in a home of its own, and gives what it said.
pub fn run(project: &Path, arguments: &[&str]) -> Result<Vec<String>> {
    run_at(home()?.path(), project, arguments)
}

/// As [`run`], in this home.
pub fn run_at(home: &Path, project: &Path, arguments: &[&str]) -> Result<Vec<String>> {
    let arguments = [&["--editor", "--"], arguments].concat();
    let (status, lines) = engine::start(project, home, &arguments, Instant::now() + DEADLINE)?.end()?;
    ensure!(status.success(), "the editor ended with {status}:\n{}", lines.join("\n"));
    Ok(lines)
}
