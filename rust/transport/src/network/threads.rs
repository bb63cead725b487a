//! Threads for network halves: what runs on them, and where they come from. A second seam beside
//! [`Network`](super::Network): the threads of a simulated world move when the world says so.

use std::cell::Cell;
use std::fmt::Debug;
use std::io;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use crate::census::Census;

thread_local! {
    static IS_NETWORK_THREAD: Cell<bool> = const { Cell::new(false) };
}

/// Whether the calling thread belongs to an endpoint's network half. Such a thread may call nothing of the engine's.
#[must_use]
pub fn is_network_thread() -> bool {
    IS_NETWORK_THREAD.get()
}

/// What runs on a network thread, in parts: between two of them, what other threads do can make a difference.
pub trait Work: Send {
    /// Does the next part.
    fn go_on(&mut self) -> Pace;

    /// Waits for so long, or until something happens or it is woken.
    fn wait(&mut self, patience: Duration);

    /// What it holds inside.
    fn census(&self) -> Census;
}

/// What comes after a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// The next one.
    GoOn,
    /// A wait, for so long at the most.
    Wait(Duration),
    /// Nothing: the work is done.
    Over,
}

/// A thread, as whoever began it sees it.
pub trait Running: Debug + Send {
    /// Waits for something that the thread does, for so long at the most; whether it was done. `is_done` waits for it likewise.
    fn wait_until(&self, is_done: &dyn Fn(Duration) -> bool, patience: Duration) -> bool;

    /// Waits for the end of the thread, which was told to stop.
    fn join(self: Box<Self>);
}

/// What begins a thread. It fails when there is none to be had.
pub type Spawn = Box<dyn FnOnce(Box<dyn Work>) -> io::Result<Box<dyn Running>>>;

/// Begins a thread of the system's.
///
/// # Errors
/// When the system has none to give.
pub fn spawn(mut work: Box<dyn Work>) -> io::Result<Box<dyn Running>> {
    let handle = Builder::new().name("network".to_owned()).spawn(move || {
        IS_NETWORK_THREAD.set(true);
        loop {
            match work.go_on() {
                Pace::GoOn => {}
                Pace::Wait(patience) => work.wait(patience),
                Pace::Over => return,
            }
        }
    })?;
    Ok(Box::new(handle))
}

impl Running for JoinHandle<()> {
    fn wait_until(&self, is_done: &dyn Fn(Duration) -> bool, patience: Duration) -> bool {
        is_done(patience)
    }

    fn join(self: Box<Self>) {
        // Work catches its own panics.
        let _ = (*self).join();
    }
}
