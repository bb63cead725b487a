//! The cell in every order in which few threads can run.

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;

use crate::blocking::GdCell;

/// Orders in which a thread is interrupted more often than this are left out: whoever waits looks again and again, and
/// there would be no end of them.
const MOST_PREEMPTIONS: usize = 3;

fn model(test: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(MOST_PREEMPTIONS);
    builder.max_branches = 10_000;
    builder.check(test);
}

/// Loom's own cell tells of two threads that use it at once, or without having synchronised.
#[derive(Debug)]
struct Watched(UnsafeCell<usize>);

impl Watched {
    fn new() -> Self {
        Self(UnsafeCell::new(0))
    }

    #[expect(unsafe_code, reason = "loom's cell gives pointers")]
    fn increment(&self) {
        // SAFETY: loom says so if anybody else has the pointer.
        self.0.with_mut(|number| unsafe { *number += 1 });
    }

    #[expect(unsafe_code, reason = "loom's cell gives pointers")]
    fn number(&self) -> usize {
        // SAFETY: loom says so if anybody else writes.
        self.0.with(|number| unsafe { *number })
    }
}

#[test]
fn one_thread_at_a_time_borrows() {
    model(|| {
        let cell = Arc::new(GdCell::new(Watched::new()));
        let thread = {
            let cell = Arc::clone(&cell);
            thread::spawn(move || {
                cell.borrow_mut().unwrap().increment();
                cell.borrow_mut().unwrap().increment();
            })
        };
        // A shared borrow may write here too, for it is this thread's alone.
        cell.borrow().unwrap().increment();
        thread.join().unwrap();
        assert_eq!(cell.borrow().unwrap().number(), 3);
    });
}

#[test]
fn what_is_inaccessible_is_not_another_threads() {
    model(|| {
        let cell = Arc::new(GdCell::new(Watched::new()));
        let thread = {
            let cell = Arc::clone(&cell);
            thread::spawn(move || {
                let before = cell.borrow().unwrap().number();
                assert!(before == 0 || before == 3, "seen in the middle: {before}");
            })
        };
        {
            let mut first = cell.borrow_mut().unwrap();
            first.increment();
            {
                let _inaccessible = cell.make_inaccessible(&mut first).unwrap();
                cell.borrow_mut().unwrap().increment();
                assert_eq!(cell.borrow().unwrap().number(), 2);
            }
            first.increment();
        }
        thread.join().unwrap();
    });
}

#[test]
fn whoever_sees_it_unbound_may_take_it_apart() {
    model(|| {
        let cell = Arc::new(GdCell::new(Watched::new()));
        let turns = Arc::new(AtomicUsize::new(0));
        let thread = {
            let (cell, turns) = (Arc::clone(&cell), Arc::clone(&turns));
            thread::spawn(move || {
                let guard = cell.borrow_mut().unwrap();
                turns.store(1, Ordering::Release);
                guard.increment();
            })
        };
        if turns.load(Ordering::Acquire) == 1 && !cell.is_currently_bound() {
            // As dropping it would: without a borrow.
            cell.peek().increment();
        }
        thread.join().unwrap();
    });
}
