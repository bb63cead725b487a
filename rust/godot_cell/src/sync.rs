//! What comes from the standard library, or from loom when it tries the orders in which threads can run.

#[cfg(feature = "loom")]
pub(crate) use self::of_loom::{AtomicUsize, Cell, pause, this_thread, wake};
#[cfg(feature = "loom")]
use self::of_loom::{MARK, Mark};
#[cfg(not(feature = "loom"))]
pub(crate) use self::of_std::{AtomicUsize, Cell, pause, this_thread, wake};
#[cfg(not(feature = "loom"))]
use self::of_std::{MARK, Mark};

impl Mark {
    /// How many cells the thread has, less what it had.
    fn count(&self, more: isize) -> usize {
        let holds = self.holds.get().wrapping_add_signed(more);
        self.holds.set(holds);
        holds
    }
}

/// This thread has one more cell.
#[inline]
pub(crate) fn count_hold() {
    MARK.with(|mark| mark.count(1));
}

/// This thread has one cell less. Whether it is time for what it has put off.
#[inline]
pub(crate) fn uncount_hold() -> bool {
    MARK.with(|mark| mark.count(-1) == 0 && mark.waits.replace(false))
}

/// Whether this thread has a cell.
pub(crate) fn holds_any() -> bool {
    MARK.with(|mark| mark.holds.get() > 0)
}

/// This thread has put something off.
pub(crate) fn wait_for_lull() {
    MARK.with(|mark| mark.waits.set(true));
}

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

    /// What a thread knows of itself. Its address is the thread's number, and its type leaves the lowest bit of that free.
    pub(super) struct Mark {
        /// How many cells the thread has.
        pub(super) holds: Cell<usize>,
        /// It has put something off until it has none.
        pub(super) waits: Cell<bool>,
    }

    thread_local! {
        pub(super) static MARK: Mark = const { Mark { holds: Cell::new(0), waits: Cell::new(false) } };
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

    /// As without loom. These cells are the standard library's: no other thread sees them.
    pub(super) struct Mark {
        pub(super) holds: std::cell::Cell<usize>,
        pub(super) waits: std::cell::Cell<bool>,
    }

    loom::thread_local! {
        pub(super) static MARK: Box<Mark> = Box::new(Mark { holds: 0.into(), waits: false.into() });
    }

    /// A number that no other thread has while this one runs; never 0, and even.
    pub(crate) fn this_thread() -> usize {
        MARK.with(|mark| std::ptr::from_ref::<Mark>(mark).addr())
    }

    /// Loom knows no time. It lets the others run.
    pub(crate) fn pause(_looks: u32) {
        loom::thread::yield_now();
    }

    /// Nobody sleeps.
    pub(crate) fn wake() {}
}
