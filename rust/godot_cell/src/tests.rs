//! What the cell promises, on one thread and between threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::thread;

use crate::blocking::GdCell;
use crate::when_free;

#[test]
fn shared_borrows_stand_beside_each_other() {
    let cell = GdCell::new(1);
    let (one, other) = (cell.borrow().unwrap(), cell.borrow().unwrap());
    assert_eq!((*one, *other), (1, 1));
    assert!(cell.borrow_mut().is_err());
    drop(one);
    assert!(cell.borrow_mut().is_err());
    drop(other);
    *cell.borrow_mut().unwrap() += 1;
    assert_eq!(*cell.borrow().unwrap(), 2);
}

#[test]
fn an_exclusive_borrow_stands_alone() {
    let cell = GdCell::new(1);
    let mut guard = cell.borrow_mut().unwrap();
    assert!(cell.borrow().is_err());
    let error = cell.borrow_mut().unwrap_err();
    assert_eq!(error.to_string(), "this thread has an exclusive borrow of it already");
    *guard = 2;
    drop(guard);
    assert_eq!(*cell.borrow().unwrap(), 2);
}

#[test]
fn a_refused_borrow_leaves_the_cell_as_it_was() {
    let cell = GdCell::new(1);
    let guard = cell.borrow().unwrap();
    assert!(cell.borrow_mut().is_err());
    assert!(cell.is_currently_bound());
    drop(guard);
    assert!(!cell.is_currently_bound());
    assert!(cell.borrow_mut().is_ok());
}

#[test]
fn an_inaccessible_reference_makes_room_for_others() {
    let cell = GdCell::new(vec![1]);
    let mut first = cell.borrow_mut().unwrap();
    first.push(2);
    {
        let _inaccessible = cell.make_inaccessible(&mut first).unwrap();
        assert_eq!(cell.borrow().unwrap().len(), 2);
        let mut second = cell.borrow_mut().unwrap();
        second.push(3);
        assert!(cell.borrow().is_err());
        {
            let _inaccessible = cell.make_inaccessible(&mut second).unwrap();
            cell.borrow_mut().unwrap().push(4);
            assert!(cell.is_currently_bound());
        }
        second.push(5);
    }
    first.push(6);
    drop(first);
    assert_eq!(*cell.borrow().unwrap(), [1, 2, 3, 4, 5, 6]);
}

#[test]
fn only_what_is_borrowed_exclusively_becomes_inaccessible() {
    let (cell, other) = (GdCell::new(1), GdCell::new(2));
    assert!(cell.make_inaccessible(&mut 3).is_err());
    let mut guard = cell.borrow_mut().unwrap();
    let mut foreign = other.borrow_mut().unwrap();
    assert!(cell.make_inaccessible(&mut foreign).is_err());
    assert!(cell.make_inaccessible(&mut guard).is_ok());
    *guard = 4;
}

#[test]
fn a_value_without_a_size_has_an_address_of_its_own() {
    let (cell, other) = (GdCell::new(()), GdCell::new(()));
    let mut guard = cell.borrow_mut().unwrap();
    let mut foreign = other.borrow_mut().unwrap();
    assert!(cell.make_inaccessible(&mut foreign).is_err());
    assert!(cell.make_inaccessible(&mut guard).is_ok());
}

#[test]
fn the_value_stays_where_it_is_when_the_cell_moves() {
    let cell = GdCell::new(1);
    let address = std::ptr::from_ref(&*cell.borrow().unwrap());
    let moved = Box::new(cell);
    assert_eq!(std::ptr::from_ref(&*moved.borrow().unwrap()), address);
}

#[test]
fn the_value_ends_with_the_cell() {
    struct Counting<'a>(&'a AtomicUsize);
    impl Drop for Counting<'_> {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let ends = AtomicUsize::new(0);
    drop(GdCell::new(Counting(&ends)));
    assert_eq!(ends.load(Ordering::Relaxed), 1);
}

#[test]
fn a_panic_lets_go() {
    let cell = GdCell::new(1);
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _guard = cell.borrow_mut().unwrap();
        panic!("in the middle of a borrow");
    }));
    assert!(result.is_err());
    assert!(cell.borrow_mut().is_ok());
}

#[test]
fn another_thread_waits() {
    let cell = GdCell::new(1);
    let has_let_go = AtomicBool::new(false);
    let (started, starts) = channel();
    thread::scope(|scope| {
        let mut guard = cell.borrow_mut().unwrap();
        scope.spawn(|| {
            assert!(cell.is_currently_bound());
            started.send(()).unwrap();
            let guard = cell.borrow().unwrap();
            assert!(has_let_go.load(Ordering::Relaxed));
            assert_eq!(*guard, 2);
        });
        starts.recv().unwrap();
        // Time enough to fall asleep; whether it does is not what is tested.
        thread::yield_now();
        *guard = 2;
        has_let_go.store(true, Ordering::Relaxed);
        drop(guard);
    });
}

#[test]
fn many_threads_lose_nothing() {
    const THREADS: usize = 4;
    let rounds = if cfg!(miri) { 20 } else { 10_000 };
    // A `Cell` is `Send`, not `Sync`: two threads at once would be a data race.
    let cell = GdCell::new(std::cell::Cell::new(0_usize));
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for round in 0..rounds {
                    if round % 2 == 0 {
                        let shared = cell.borrow().unwrap();
                        let again = cell.borrow().unwrap();
                        shared.set(again.get() + 1);
                    } else {
                        let mut first = cell.borrow_mut().unwrap();
                        let _inaccessible = cell.make_inaccessible(&mut first).unwrap();
                        let second = cell.borrow_mut().unwrap();
                        second.set(second.get() + 1);
                    }
                }
            });
        }
    });
    assert_eq!(cell.borrow().unwrap().get(), THREADS * rounds);
    assert!(!cell.is_currently_bound());
}

#[test]
fn what_is_put_off_comes_when_the_last_cell_is_free() {
    let done = Arc::new(AtomicUsize::new(0));
    let put_off = |done: &Arc<AtomicUsize>| {
        let done = Arc::clone(done);
        when_free(move || {
            done.fetch_add(1, Ordering::Relaxed);
        });
    };
    put_off(&done);
    assert_eq!(done.load(Ordering::Relaxed), 1, "at once");
    let (one, other) = (Arc::new(GdCell::new(1)), GdCell::new(2));
    let (first, second) = (one.borrow().unwrap(), one.borrow().unwrap());
    let third = other.borrow_mut().unwrap();
    put_off(&done);
    let used = Arc::clone(&one);
    when_free(move || *used.borrow_mut().unwrap() += 1);
    drop(first);
    drop(third);
    // What other threads let go is nothing to this one.
    thread::spawn(|| drop(GdCell::new(3).borrow())).join().unwrap();
    assert_eq!(done.load(Ordering::Relaxed), 1);
    assert!(one.borrow_mut().is_err(), "and a refused borrow changes nothing");
    drop(second);
    assert_eq!((done.load(Ordering::Relaxed), *one.borrow().unwrap()), (2, 2));
    let refused = other.borrow().unwrap();
    assert!(other.borrow_mut().is_err());
    put_off(&done);
    assert_eq!(done.load(Ordering::Relaxed), 2);
    drop(refused);
    assert_eq!(done.load(Ordering::Relaxed), 3);
}
