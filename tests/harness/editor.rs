//! An editor without a display, in which a plugin of the project does what is to be done, and ends it.

use std::{
    ffi::OsString,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, bail, ensure};
use tempfile::TempDir;

use crate::{engine, process::Engine};

/// The hard end of an editor.
const DEADLINE: Duration = Duration::from_secs(120);

/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(20);

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
    let arguments: Vec<OsString> = ["--editor", "--"].iter().chain(arguments).map(OsString::from).collect();
    let mut editor = Engine::start(&engine::path()?, project, home, &arguments)?;
    let deadline = Instant::now() + DEADLINE;
    loop {
        if let Some(status) = editor.status()? {
            let lines = editor.take_output();
            ensure!(status.success(), "the editor ended with {status}:\n{}", lines.join("\n"));
            return Ok(lines);
        }
        if Instant::now() > deadline {
            bail!("the editor had to be killed:\n{}", editor.take_output().join("\n"));
        }
        thread::sleep(LOOK);
    }
}
