//! What comes from the standard library, or from loom when it tries the orders in which threads can run.

#[cfg(feature = "loom")]
pub(crate) use self::of_loom::{AtomicUsize, Cell, pause, this_thread, wake};
#[cfg(not(feature = "loom"))]
pub(crate) use self::of_std::{AtomicUsize, Cell, pause, this_thread, wake};

#[cfg(not(feature = "loom"))]
mod of_std {
    pub(crate) use std::cell::Cell;
    pub(crate) use std::sync::atomic::AtomicUsize;
    use std::sync::{Condvar, Mutex, PoisonError};
    use std::time::Duration;

    /// How often a thread looks again before it sleeps: most borrows are over by then.
    const LOOKS: u32 = 100;

    /// The longest sleep. Whoever lets go may miss that somebody has just begun to wait (see `Hold::let_go`).
    const LONGEST_SLEEP: Duration = Duration::from_millis(1);

    thread_local! {
        /// Its address is the thread's number. Its type leaves the lowest bit of that free.
        static MARK: u64 = const { 0 };
    }

    /// Sleeping threads, whatever they wait for: waiting is rare, and a cell stays small.
    static SLEEPERS: Mutex<()> = Mutex::new(());
    static WOKEN: Condvar = Condvar::new();

    /// A number that no other thread has while this one runs; never 0, and even.
    pub(crate) fn this_thread() -> usize {
        MARK.with(|mark| std::ptr::from_ref(mark).addr())
    }

    /// Gives others time, after `looks` fruitless ones.
    pub(crate) fn pause(looks: u32) {
        if looks < LOOKS {
            std::hint::spin_loop();
        } else {
            let sleepers = SLEEPERS.lock().unwrap_or_else(PoisonError::into_inner);
            // Woken or not, the caller looks again.
            let _ = WOKEN.wait_timeout(sleepers, LONGEST_SLEEP);
        }
    }

    /// Ends every sleep.
    pub(crate) fn wake() {
        WOKEN.notify_all();
    }
}

#[cfg(feature = "loom")]
mod of_loom {
    pub(crate) use loom::cell::Cell;
    pub(crate) use loom::sync::atomic::AtomicUsize;

    loom::thread_local! {
        static MARK: Box<u64> = Box::new(0);
    }

    /// A number that no other thread has while this one runs; never 0, and even.
    pub(crate) fn this_thread() -> usize {
        MARK.with(|mark| std::ptr::from_ref::<u64>(mark).addr())
    }

    /// Loom knows no time. It lets the others run.
    pub(crate) fn pause(_looks: u32) {
        loom::thread::yield_now();
    }

    /// Nobody sleeps.
    pub(crate) fn wake() {}
}
