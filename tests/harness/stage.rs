//! The notes by which the roles of one run wait for each other, since processes have nothing else in common.
//!
//! The other half is `tests/project/stage.gd`: a note is a file in one directory, put in its place
//! by a rename, so that it is there whole or not at all.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;

/// How often a waiting role looks.
const LOOK: Duration = Duration::from_millis(5);

/// The place that the roles of one run share; it vanishes with the run.
#[derive(Debug)]
pub struct Stage {
    directory: TempDir,
    deadline: Instant,
    over: AtomicBool,
}

impl Stage {
    /// An empty stage for a run that must have ended by `deadline`.
    pub fn new(deadline: Instant) -> Result<Self> {
        let directory = tempfile::Builder::new().prefix("scenario-").tempdir()?;
        fs::create_dir(directory.path().join("notes"))?;
        fs::create_dir(directory.path().join("home"))?;
        fs::create_dir(directory.path().join("files"))?;
        Ok(Self { directory, deadline, over: AtomicBool::new(false) })
    }

    /// Where the notes are.
    pub fn notes(&self) -> PathBuf {
        self.directory.path().join("notes")
    }

    /// What the engines of this run take for their user's home.
    pub fn home(&self) -> PathBuf {
        self.directory.path().join("home")
    }

    /// Where files are that were made for this run.
    pub fn files(&self) -> PathBuf {
        self.directory.path().join("files")
    }

    /// What a role is told of it.
    pub fn arguments(&self) -> [OsString; 2] {
        [("--stage=", self.notes()), ("--files=", self.files())].map(|(name, place)| {
            let mut argument = OsString::from(name);
            argument.push(place);
            argument
        })
    }

    /// When the run must have ended.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Ends all waiting: the run is over.
    pub fn close(&self) {
        self.over.store(true, Ordering::Relaxed);
    }

    /// Leaves a note.
    pub fn leave(&self, note: &str, text: &str) -> Result<()> {
        let draft = self.notes().join(format!("{note}.draft-harness"));
        fs::write(&draft, text)?;
        fs::rename(&draft, self.notes().join(note))?;
        Ok(())
    }

    /// Waits for a note, and reads it.
    pub fn wait_for(&self, note: &str) -> Result<String> {
        let path = self.notes().join(note);
        self.wait_until(&format!("the note '{note}'"), || Ok(path.exists()))?;
        read(&path)
    }

    /// Sends a signal, as in `-TERM`, to the process that has left its id as the note `pid`.
    #[cfg(unix)]
    pub fn signal(&self, signal: &str) -> Result<()> {
        let status = std::process::Command::new("kill").args([signal, &self.wait_for("pid")?]).status()?;
        anyhow::ensure!(status.success(), "{signal} was not sent");
        Ok(())
    }

    /// Waits for a port that was told under this name.
    pub fn wait_for_port(&self, name: &str) -> Result<u16> {
        let text = self.wait_for(&format!("port.{name}"))?;
        text.parse().with_context(|| format!("'{text}' is no port"))
    }

    /// Waits until something is so, unless the run ends before.
    pub fn wait_until(&self, what: &str, mut is_so: impl FnMut() -> Result<bool>) -> Result<()> {
        while !is_so()? {
            if self.over.load(Ordering::Relaxed) || Instant::now() > self.deadline {
                bail!("waited in vain for {what}");
            }
            thread::sleep(LOOK);
        }
        Ok(())
    }
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_found_by_who_waits_for_it() {
        let stage = Stage::new(Instant::now() + Duration::from_secs(10)).unwrap();
        stage.leave("port.server", "4711").unwrap();
        assert_eq!(stage.wait_for_port("server").unwrap(), 4711);
    }

    #[test]
    fn waiting_ends_with_the_run() {
        let stage = Stage::new(Instant::now() + Duration::from_secs(10)).unwrap();
        stage.close();
        assert!(stage.wait_for("never").is_err());
    }
}
