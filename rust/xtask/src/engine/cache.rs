//! The folder fetched engines live in, and the one way in: build beside, verify, rename.
//!
//! A folder with an engine's name therefore holds a whole engine. Work in progress has a name of its own and is
//! swept by the next process that takes the lock.

use std::env;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use etcetera::BaseStrategy;

use super::probe;

/// Names the cache folder, instead of the platform's usual place.
pub const CACHE_VARIABLE: &str = "RUST_WEBSOCKET_CACHE";

const FOLDER: &str = "rust-websocket-godot";
const LOCK_FILE: &str = ".lock";
const PARTIAL_PREFIX: &str = ".partial-";

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
    ///
    /// # Errors
    ///
    /// If there is no such folder and it cannot be created.
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
    ///
    /// # Errors
    ///
    /// If it cannot be created.
    pub(crate) fn at(dir: &Path) -> Result<Self> {
        let dir = std::path::absolute(dir)?;
        fs::create_dir_all(&dir).with_context(|| {
            format!("cannot create {}; set {CACHE_VARIABLE} to a folder that can be written", dir.display())
        })?;
        Ok(Self { dir })
    }

    /// The program of an installed engine, if it is there and runs.
    pub(crate) fn find(&self, install: &Install) -> Option<PathBuf> {
        let engine = self.dir.join(&install.folder).join(&install.program);
        if !engine.exists() {
            return None;
        }
        match probe::check(&engine) {
            Ok(()) => Some(engine),
            Err(error) => {
                eprintln!("{}: {error:#}; fetching it again", engine.display());
                None
            }
        }
    }

    /// The program of something that is no engine, if it is there.
    pub(crate) fn find_unchecked(&self, install: &Install) -> Option<PathBuf> {
        Some(self.dir.join(&install.folder).join(&install.program)).filter(|program| program.exists())
    }

    /// Waits until no other process is installing, then keeps them out until the value is dropped.
    ///
    /// # Errors
    ///
    /// If the lock file cannot be created or locked.
    pub(crate) fn lock(&self) -> Result<LockedCache<'_>> {
        let path = self.dir.join(LOCK_FILE);
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .with_context(|| format!("cannot open {}", path.display()))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                eprintln!("waiting for another process that is fetching an engine ...");
                lock.lock().with_context(|| format!("cannot lock {}", path.display()))?;
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("cannot lock {}", path.display()));
            }
        }
        let locked = LockedCache { cache: self, _lock: lock };
        locked.sweep()?;
        Ok(locked)
    }
}

/// The cache while this process alone may change it.
pub(crate) struct LockedCache<'a> {
    cache: &'a Cache,
    _lock: File,
}

impl LockedCache<'_> {
    /// Installs an engine: `fill` builds it in an empty folder; once its program runs, the folder gets its name.
    ///
    /// # Errors
    ///
    /// If `fill` fails, or if what it built does not run; the cache then is as it was.
    pub(crate) fn install(&self, install: &Install, fill: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
        self.install_checked(install, fill, |program| probe::check(program).context("the fetched engine"))
    }

    /// The same for a program that is no engine: `check` says whether it runs.
    ///
    /// # Errors
    ///
    /// If `fill` or `check` fails; the cache then is as it was.
    pub(crate) fn install_checked(
        &self,
        install: &Install,
        fill: impl FnOnce(&Path) -> Result<()>,
        check: impl FnOnce(&Path) -> Result<()>,
    ) -> Result<PathBuf> {
        let partial = tempfile::Builder::new().prefix(PARTIAL_PREFIX).tempdir_in(&self.cache.dir)?;
        fill(partial.path())?;
        check(&partial.path().join(&install.program))?;

        let home = self.cache.dir.join(&install.folder);
        if home.exists() {
            // It did not run, or we would not be here.
            fs::remove_dir_all(&home)?;
        }
        fs::rename(partial.path(), &home).with_context(|| format!("cannot name {}", home.display()))?;
        // The folder has left; there is nothing for the guard to remove.
        let _ = partial.keep();
        Ok(home.join(&install.program))
    }

    fn sweep(&self) -> Result<()> {
        for entry in fs::read_dir(&self.cache.dir)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(PARTIAL_PREFIX) {
                fs::remove_dir_all(entry.path())
                    .with_context(|| format!("cannot remove {}", entry.path().display()))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use anyhow::bail;

    use super::*;
    use crate::engine::fake::write_fake_engine;

    fn install() -> Install {
        Install { folder: "engine".to_owned(), program: "godot".into() }
    }

    #[test]
    fn an_engine_that_runs_is_installed_and_found_again() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::at(dir.path()).unwrap();
        assert_eq!(cache.find(&install()), None);
        let engine = cache
            .lock()
            .unwrap()
            .install(&install(), |partial| {
                write_fake_engine(&partial.join("godot"), "echo 4.3.stable");
                Ok(())
            })
            .unwrap();
        assert_eq!(cache.find(&install()), Some(engine));
    }

    #[test]
    fn a_failed_fetch_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::at(dir.path()).unwrap();
        let locked = cache.lock().unwrap();
        let half_done = locked.install(&install(), |partial| {
            write_fake_engine(&partial.join("godot"), "echo 4.3.stable");
            bail!("the line went dead");
        });
        assert!(half_done.is_err());
        let broken = locked.install(&install(), |partial| {
            write_fake_engine(&partial.join("godot"), "exit 1");
            Ok(())
        });
        assert!(broken.is_err());
        assert_eq!(cache.find(&install()), None);
        let left: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, [LOCK_FILE]);
    }

    #[test]
    fn a_half_finished_folder_is_swept_and_never_an_engine() {
        let dir = tempfile::tempdir().unwrap();
        let half_done = dir.path().join(format!("{PARTIAL_PREFIX}killed"));
        fs::create_dir(&half_done).unwrap();
        write_fake_engine(&half_done.join("godot"), "echo 4.3.stable");
        let cache = Cache::at(dir.path()).unwrap();
        assert_eq!(cache.find(&install()), None);
        drop(cache.lock().unwrap());
        assert!(!half_done.exists());
    }

    #[test]
    fn an_installed_engine_that_no_longer_runs_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("engine")).unwrap();
        write_fake_engine(&dir.path().join("engine/godot"), "exit 1");
        let cache = Cache::at(dir.path()).unwrap();
        assert_eq!(cache.find(&install()), None);
        cache
            .lock()
            .unwrap()
            .install(&install(), |partial| {
                write_fake_engine(&partial.join("godot"), "echo 4.3.stable");
                Ok(())
            })
            .unwrap();
        assert!(cache.find(&install()).is_some());
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
