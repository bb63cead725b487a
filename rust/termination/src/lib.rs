//! Hears when the system tells this process to end, instead of ending at once: SIGTERM and SIGINT, and on Windows a console's
//! Ctrl+C, its closing, and the end of the session.
//!
//! Libraries for this (signal-hook, ctrlc) leave their handler behind for good. This code may be unloaded while the process
//! lives, by an editor that reloads its extensions. So the handler is there as long as a [`Listener`] is, and what was there
//! before is put back. Handlers are `unsafe` to install, which is why this is a crate of its own.

#[cfg(unix)]
#[path = "unix.rs"]
mod system;
#[cfg(windows)]
#[path = "windows.rs"]
mod system;

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The process was told to end, since the first listener came. Whoever is told once more ends at once.
static WAS_TOLD: AtomicBool = AtomicBool::new(false);

/// What the listeners share.
static LISTENERS: Mutex<Listeners> = Mutex::new(Listeners { count: 0, former: None });

struct Listeners {
    count: usize,
    /// What was there before the handler.
    former: Option<system::Former>,
}

/// As long as there is one, the process does not end the first time that it is told to.
#[derive(Debug)]
pub struct Listener(());

impl Listener {
    /// Listens from now on.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn new() -> io::Result<Self> {
        let mut listeners = listeners();
        if listeners.count == 0 {
            WAS_TOLD.store(false, Ordering::SeqCst);
            listeners.former = Some(system::install()?);
        }
        listeners.count += 1;
        Ok(Self(()))
    }

    /// Whether the process was told to end.
    #[must_use]
    pub fn was_told(&self) -> bool {
        WAS_TOLD.load(Ordering::Relaxed)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut listeners = listeners();
        listeners.count -= 1;
        if listeners.count == 0
            && let Some(former) = listeners.former.take()
        {
            system::restore(&former);
        }
    }
}

/// Whether somebody listens.
#[must_use]
pub fn has_listeners() -> bool {
    listeners().count > 0
}

fn listeners() -> MutexGuard<'static, Listeners> {
    LISTENERS.lock().unwrap_or_else(PoisonError::into_inner)
}
