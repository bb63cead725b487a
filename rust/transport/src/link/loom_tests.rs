//! The crossing in every order in which two threads can run: nothing is put down unseen, and whoever stops is heard.

use std::time::{Duration, Instant};

use loom::sync::{Arc, Condvar, Mutex};
use loom::thread;

use super::batch::Batch;
use super::crossing::{Begun, Crossing, Next, Stop};
use crate::network::{Command, Report, Waker};

/// What mio's waker is to a sleeper: a wake-up that comes before the sleep ends that sleep.
#[derive(Default)]
struct Bell {
    rung: Mutex<bool>,
    ring: Condvar,
}

impl Bell {
    fn wait(&self) {
        let mut rung = self.rung.lock().unwrap();
        while !*rung {
            rung = self.ring.wait(rung).unwrap();
        }
        *rung = false;
    }
}

fn crossing() -> (Arc<Crossing>, Arc<Bell>) {
    let bell = Arc::new(Bell::default());
    let theirs = Arc::clone(&bell);
    let waker = Waker::new(move || {
        *theirs.rung.lock().unwrap() = true;
        theirs.ring.notify_one();
    });
    (Arc::new(Crossing::new(waker)), bell)
}

/// The network thread without a network: it says one thing in each turn that has something to do. Loom would find it asleep for
/// ever.
fn work(crossing: &Crossing, bell: &Bell) -> usize {
    let now = Instant::now();
    let (mut done, mut batch, mut reports) = (0, Batch::default(), Vec::new());
    loop {
        let Begun { stop, is_awaited } = crossing.begin(&mut batch);
        done += batch.len();
        batch.clear();
        if is_awaited {
            crossing.tell_done();
        }
        if stop.is_some() {
            crossing.end(&mut reports, now);
            return done;
        }
        reports.push(Report::Failed { address: None, cause: Box::new(crate::error::CloseCause::Cut) });
        if crossing.finish(&mut reports, None, now) != Next::GoOn {
            bell.wait();
        }
    }
}

#[test]
fn loom_nothing_is_put_down_unseen() {
    loom::model(|| {
        let (crossing, bell) = crossing();
        let (theirs, their_bell) = (Arc::clone(&crossing), Arc::clone(&bell));
        let thread = thread::spawn(move || work(&theirs, &their_bell));
        let mut batch = Batch::default();
        batch.command(Command::StopDialing);
        crossing.hand_over(&mut batch);
        assert!(batch.is_empty());
        batch.command(Command::StopDialing);
        let mut reports = Vec::new();
        crossing.exchange(&mut batch, &mut reports);
        crossing.stop(Stop { code: None });
        assert_eq!(thread.join().unwrap(), 2);
        assert!(crossing.is_over());
    });
}

#[test]
fn loom_a_turn_that_is_wanted_comes() {
    loom::model(|| {
        let (crossing, bell) = crossing();
        let (theirs, their_bell) = (Arc::clone(&crossing), Arc::clone(&bell));
        let thread = thread::spawn(move || work(&theirs, &their_bell));
        let wanted = crossing.want_turn();
        let mut reports = Vec::new();
        let heard = crossing.exchange(&mut Batch::default(), &mut reports);
        assert!(heard < wanted || reports.len() as u64 >= wanted, "heard of a turn without its reports");
        crossing.stop(Stop { code: None });
        thread.join().unwrap();
    });
}

/// With loom no time passes: whoever is not told waits for ever, which it reports.
#[test]
fn loom_who_waits_for_a_batch_is_told() {
    loom::model(|| {
        let (crossing, bell) = crossing();
        let (theirs, their_bell) = (Arc::clone(&crossing), Arc::clone(&bell));
        let thread = thread::spawn(move || work(&theirs, &their_bell));
        let mut batch = Batch::default();
        batch.command(Command::StopDialing);
        crossing.hand_over(&mut batch);
        let awaited = crossing.await_batch(&mut batch);
        assert!(crossing.is_done(awaited, Duration::MAX), "it was handed over before");
        batch.command(Command::StopDialing);
        let awaited = crossing.await_batch(&mut batch);
        assert!(crossing.is_done(awaited, Duration::MAX));
        crossing.stop(Stop { code: None });
        assert_eq!(thread.join().unwrap(), 2);
    });
}
