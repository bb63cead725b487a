//! Which thread has a cell.
//!
//! Invariants:
//! - The word is 0 while no thread has the cell. Otherwise it is the thread's number, with the lowest bit set if somebody
//!   waits.
//! - Only an exchange from 0 takes the cell, and only the thread that has it lets it go.
//! - Taking it synchronises with the letting go before: what one thread did to the cell, the next one sees.

use std::sync::atomic::Ordering;

use crate::lull;
use crate::sync::{AtomicUsize, count_hold, pause, this_thread, uncount_hold, wake};

/// Somebody waits.
const AWAITED: usize = 1;

/// The right to use a cell, which one thread has at a time.
#[derive(Debug)]
pub(crate) struct Hold(AtomicUsize);

/// How a thread came to have a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// Nobody had it.
    Anew,
    /// This thread has it already.
    Again,
}

impl Hold {
    pub(crate) fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    /// Whether any thread has it.
    pub(crate) fn is_held(&self) -> bool {
        // Acquire: whoever sees that nobody has it any more may take the cell apart.
        self.0.load(Ordering::Acquire) != 0
    }

    /// Whether this thread has it.
    pub(crate) fn is_mine(&self) -> bool {
        // No other thread ever writes this thread's number, so there is nothing to wait for.
        self.0.load(Ordering::Relaxed) & !AWAITED == this_thread()
    }

    /// Takes the cell for this thread, after the others: one exchange if nobody has it.
    #[inline]
    pub(crate) fn take(&self) -> Taken {
        let me = this_thread();
        match self.0.compare_exchange(0, me, Ordering::Acquire, Ordering::Relaxed) {
            Ok(_) => {}
            Err(holder) if holder & !AWAITED == me => return Taken::Again,
            Err(_) => self.wait(me),
        }
        count_hold();
        Taken::Anew
    }

    /// Lets the cell go, which this thread has, and does what was put off until then.
    ///
    /// A plain store instead of a second exchange. If another thread says in between that it waits, this is overwritten
    /// and nobody wakes it: it wakes by itself, for no sleep is long.
    #[inline]
    pub(crate) fn let_go(&self) {
        let is_awaited = self.0.load(Ordering::Relaxed) & AWAITED != 0;
        // From here on the cell may be another thread's, or gone; nothing of it is touched any more.
        self.0.store(0, Ordering::Release);
        if is_awaited {
            wake();
        }
        if uncount_hold() {
            lull::run();
        }
    }

    #[cold]
    fn wait(&self, me: usize) {
        let mut looks = 0u32;
        loop {
            match self.0.compare_exchange_weak(0, me, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => return,
                // It may have failed for nothing.
                Err(0) => {}
                Err(holder) => {
                    // Loom takes such a note for the last word where `let_go` has overwritten it, and nobody sleeps there.
                    if cfg!(not(feature = "loom")) {
                        let note = holder | AWAITED;
                        // If the holder has changed meanwhile, the next look sees it.
                        let _ = self.0.compare_exchange(holder, note, Ordering::Relaxed, Ordering::Relaxed);
                    }
                    pause(looks);
                    looks = looks.saturating_add(1);
                }
            }
        }
    }
}
