//! Where fetched engines are kept, so that each is fetched once, and the one way in: build beside, rename, verify.
//!
//! A folder with an engine's name therefore holds a whole engine, or one that is found not to run. Work in progress has a
//! name of its own and is removed by the next process that takes the lock.

use std::env;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use etcetera::BaseStrategy;

/// Names the cache folder, instead of the platform's usual place.
pub const CACHE_VARIABLE: &str = "RUST_WEBSOCKET_CACHE";

const FOLDER: &str = "rust-websocket-godot";
const LOCK_FILE: &str = ".lock";
const PARTIAL: &str = ".partial";

/// Where an engine goes inside the cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Install {
    /// The engine's folder in the cache; differs for everything that makes engines differ.
    pub(crate) folder: String,
    /// The program to start, relative to that folder.
    pub(crate) program: PathBuf,
}

/// The cache folder.
pub(crate) struct Cache {
    dir: PathBuf,
}

impl Cache {
    /// Opens the folder that [`CACHE_VARIABLE`] names, or the platform's cache folder for this project.
    /// Fails if there is no such folder and it cannot be created.
    pub(crate) fn open() -> Result<Self> {
        let dir = match env::var_os(CACHE_VARIABLE).filter(|value| !value.is_empty()) {
            Some(dir) => PathBuf::from(dir),
            None => etcetera::choose_base_strategy()
                .with_context(|| format!("there is no home folder; set {CACHE_VARIABLE}"))?
                .cache_dir()
                .join(FOLDER),
        };
        Self::at(&dir)
    }

    /// Opens `dir`, creating it where needed.
    /// Fails if it cannot be created.
    pub(crate) fn at(dir: &Path) -> Result<Self> {
        let dir = std::path::absolute(dir)?;
        fs::create_dir_all(&dir).with_context(|| {
            format!("cannot create {}; set {CACHE_VARIABLE} to a folder that can be written", dir.display())
        })?;
        Ok(Self { dir })
    }

    /// The program of what is installed, if it is there and `check` says that it runs.
    pub(crate) fn find(&self, install: &Install, check: impl FnOnce(&Path) -> Result<()>) -> Option<PathBuf> {
        let program = self.dir.join(&install.folder).join(&install.program);
        if !program.exists() {
            return None;
        }
        match check(&program) {
            Ok(()) => Some(program),
            Err(error) => {
                eprintln!("{}: {error:#}; fetching it again", program.display());
                None
            }
        }
    }

    /// The program of what is installed; if it is not, `fill` builds it in an empty folder, told which one that will be when
    /// it is whole, and `check` says whether the program runs there.
    /// Fails if the cache cannot be locked, or `fill` or `check` fails; the cache then has no such folder.
    pub(crate) fn find_or_install(
        &self,
        install: &Install,
        check: impl Fn(&Path) -> Result<()>,
        fill: impl FnOnce(&Path, &Path) -> Result<()>,
    ) -> Result<PathBuf> {
        // What is installed is whole, so looking needs no lock.
        if let Some(program) = self.find(install, &check) {
            return Ok(program);
        }
        let _lock = self.lock()?;
        // Waiting for the lock may mean that somebody else fetched.
        if let Some(program) = self.find(install, &check) {
            return Ok(program);
        }
        let (partial, home) = (self.dir.join(PARTIAL), self.dir.join(&install.folder));
        // What a killed process left; nobody else is at work there, for the lock is ours.
        remove(&partial)?;
        fs::create_dir(&partial)?;
        if let Err(error) = fill(&partial, &home) {
            remove(&partial)?;
            return Err(error);
        }
        // What is there did not run, or we would not be here.
        remove(&home)?;
        fs::rename(&partial, &home).with_context(|| format!("cannot name {}", home.display()))?;
        let program = home.join(&install.program);
        if let Err(error) = check(&program) {
            remove(&home)?;
            return Err(error.context("what was fetched"));
        }
        Ok(program)
    }

    /// Waits until no other process is installing, then keeps them out until the file is closed.
    fn lock(&self) -> Result<File> {
        let path = self.dir.join(LOCK_FILE);
        let cannot = || format!("cannot lock {}", path.display());
        let lock = File::options().create(true).truncate(false).write(true).open(&path).with_context(cannot)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                eprintln!("waiting for another process that is fetching an engine ...");
                lock.lock().with_context(cannot)?;
            }
            Err(TryLockError::Error(error)) => return Err(error).with_context(cannot),
        }
        Ok(lock)
    }
}

fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use anyhow::bail;

    use super::*;
    use crate::process::write_script;
    use crate::version::check;

    fn install() -> Install {
        Install { folder: "engine".to_owned(), program: "godot".into() }
    }

    fn fill(script: &'static str) -> impl FnOnce(&Path, &Path) -> Result<()> {
        move |partial, _| {
            write_script(&partial.join("godot"), script).unwrap();
            Ok(())
        }
    }

    #[test]
    fn an_engine_that_runs_is_installed_and_found_again() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::at(dir.path()).unwrap();
        assert_eq!(cache.find(&install(), check), None);
        let engine = cache.find_or_install(&install(), check, fill("echo 4.3.stable")).unwrap();
        assert_eq!(cache.find(&install(), check), Some(engine.clone()));
        let again = cache.find_or_install(&install(), check, |_, _| bail!("it is there"));
        assert_eq!(again.unwrap(), engine);
    }

    #[test]
    fn a_failed_fetch_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::at(dir.path()).unwrap();
        let half_done = cache.find_or_install(&install(), check, |partial, _| {
            write_script(&partial.join("godot"), "echo 4.3.stable").unwrap();
            bail!("the line went dead");
        });
        assert!(half_done.is_err());
        assert!(cache.find_or_install(&install(), check, fill("exit 1")).is_err());
        let left: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, [LOCK_FILE]);
    }

    #[test]
    fn what_was_killed_half_way_or_no_longer_runs_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        for (folder, script) in [(PARTIAL, "echo 4.3.stable"), ("engine", "exit 1")] {
            fs::create_dir(dir.path().join(folder)).unwrap();
            write_script(&dir.path().join(folder).join("godot"), script).unwrap();
        }
        let cache = Cache::at(dir.path()).unwrap();
        assert_eq!(cache.find(&install(), check), None);
        check(&cache.find_or_install(&install(), check, fill("echo 4.3.stable")).unwrap()).unwrap();
        assert!(!dir.path().join(PARTIAL).exists());
    }

    #[test]
    fn one_process_at_a_time_installs() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::at(dir.path()).unwrap();
        let locked = cache.lock().unwrap();
        let other = File::options().write(true).open(dir.path().join(LOCK_FILE)).unwrap();
        assert!(matches!(other.try_lock(), Err(TryLockError::WouldBlock)));
        drop(locked);
        other.try_lock().unwrap();
    }
}
