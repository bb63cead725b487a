//! What the two threads of an endpoint share: a lock, and under it what crosses, each way.
//!
//! Whoever has something for the network thread puts it down under the lock, and wakes the thread only if it has written there
//! that it sleeps. The thread looks under the same lock before it sleeps. So nothing is put down unseen, and a thread that is at
//! work is not woken.

use std::time::{Duration, Instant};

use super::batch::Batch;
use super::sync::{Condvar, Mutex, MutexGuard};
use crate::census::Census;
use crate::close_code::CloseCode;
use crate::fault::{Fault, is_planted};
use crate::network::{Report, Waker};

/// How long reports may wait before their payloads get memory of their own: a few frames. See [`Report::keep`].
const KEEP_AFTER: Duration = Duration::from_millis(50);

/// How many reports get memory of their own under one lock: the game may be waiting for that.
const KEEP_AT_ONCE: usize = 1024;

/// How many failed handshakes are told to a game that stands still. All of them are counted.
const MOST_FAILURES: usize = 4096;

/// The place where commands and reports are handed over.
#[derive(Debug)]
pub(super) struct Crossing {
    state: Mutex<State>,
    /// What the game waits for: a batch was done.
    done: Condvar,
    waker: Waker,
}

#[derive(Debug, Default)]
struct State {
    /// For the network thread, oldest first.
    batch: Batch,
    /// The thread is to stop, after it has done what is in `batch`.
    stop: Option<Stop>,
    /// The thread sleeps, or is about to, and nobody has woken it.
    is_asleep: bool,
    /// The thread is through, or broken.
    is_over: bool,
    /// For the game, oldest first.
    reports: Vec<Report>,
    /// How many of them, from the front, have memory of their own.
    kept: usize,
    /// How many of them are of failed handshakes.
    failures: usize,
    /// When the oldest of them was put down.
    waiting_since: Option<Instant>,
    turns: Turns,
}

/// The turns of the network thread, by their numbers.
#[derive(Debug, Default)]
struct Turns {
    begun: u64,
    ended: u64,
    /// The game waits for this one.
    wanted: u64,
    /// The last one whose batch was done, if the game waited for that, or which has ended.
    done: u64,
    /// The game waits for the batch of this one.
    awaited: u64,
}

/// What a turn begins with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Begun {
    /// The thread is to stop.
    pub(super) stop: Option<Stop>,
    /// The game waits until the batch is done.
    pub(super) is_awaited: bool,
}

/// How the thread is to stop.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stop {
    /// With this code, connections are abandoned; without, they are dropped.
    pub(super) code: Option<CloseCode>,
}

/// What the thread does after a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Its next turn begins at once.
    GoOn,
    /// It sleeps until it is woken, or something happens, or this much time has passed.
    Sleep(Duration),
}

impl Crossing {
    pub(super) fn new(waker: Waker) -> Self {
        Self { state: Mutex::new(State::default()), done: Condvar::new(), waker }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Changes what is shared, and wakes the thread if there is something for it that it does not know of.
    fn put<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let (answer, wakes) = {
            let mut state = self.lock();
            let answer = change(&mut state);
            let wakes = state.is_asleep && state.has_work();
            if wakes {
                state.is_asleep = false;
            }
            (answer, wakes)
        };
        if wakes && !is_planted(Fault::ThreadNotWoken) {
            self.waker.wake();
        }
        answer
    }

    /// Game: hands a batch over.
    pub(super) fn hand_over(&self, batch: &mut Batch) {
        if batch.is_empty() {
            return;
        }
        self.put(|state| state.take_in(batch));
    }

    /// Game: hands a batch over, and asks to be told when it is done. The number of the turn whose batch it is in.
    pub(super) fn await_batch(&self, batch: &mut Batch) -> u64 {
        self.put(|state| {
            state.take_in(batch);
            state.turns.awaited = state.turns.begun + u64::from(!state.batch.is_empty());
            state.turns.awaited
        })
    }

    /// Game: whether the batch of this turn was done, or is within this time.
    pub(super) fn is_done(&self, awaited: u64, patience: Duration) -> bool {
        let mut state = self.lock();
        let mut is_late = false;
        while state.turns.done < awaited && !state.is_over && !is_late {
            let (guard, waited) =
                self.done.wait_timeout(state, patience).unwrap_or_else(std::sync::PoisonError::into_inner);
            (state, is_late) = (guard, waited.timed_out());
        }
        !is_late
    }

    /// Game: hands a batch over, and takes what there is to be heard. The number of the last turn all of which was heard.
    pub(super) fn exchange(&self, batch: &mut Batch, reports: &mut Vec<Report>) -> u64 {
        self.put(|state| {
            state.take_in(batch);
            if reports.is_empty() {
                std::mem::swap(reports, &mut state.reports);
            } else {
                reports.append(&mut state.reports);
            }
            (state.kept, state.failures, state.waiting_since) = (0, 0, None);
            state.turns.ended
        })
    }

    /// Game: asks for a whole turn from now on. Its number.
    pub(super) fn want_turn(&self) -> u64 {
        self.put(|state| {
            state.turns.wanted = state.turns.begun + 1;
            state.turns.wanted
        })
    }

    /// Game: whether there is nobody on the other side any more.
    pub(super) fn is_over(&self) -> bool {
        self.lock().is_over
    }

    /// What lies there.
    pub(super) fn census(&self) -> Census {
        let state = self.lock();
        Census { reports: state.reports.len(), orders: state.batch.len(), ..Census::default() }
    }

    /// Tells the thread to stop.
    pub(super) fn stop(&self, stop: Stop) {
        self.put(|state| {
            state.stop.get_or_insert(stop);
        });
    }

    /// Network thread: begins a turn with what there is to do, which it adds to `batch`.
    pub(super) fn begin(&self, batch: &mut Batch) -> Begun {
        let mut state = self.lock();
        state.is_asleep = false;
        state.turns.begun += 1;
        batch.append(&mut state.batch);
        let is_awaited = state.turns.awaited == state.turns.begun;
        Begun { stop: state.stop, is_awaited }
    }

    /// Network thread: what it began this turn with is done, and the game waits for that.
    pub(super) fn tell_done(&self) {
        let mut state = self.lock();
        state.turns.done = state.turns.begun;
        self.done.notify_one();
    }

    /// Network thread: ends a turn with what there is to say, and finds out what to do next; `next` is when it has something
    /// to do if nothing happens before.
    pub(super) fn finish(&self, reports: &mut Vec<Report>, next: Option<Instant>, now: Instant) -> Next {
        let mut state = self.lock();
        state.tell(reports, now);
        let keep = state.keep(now);
        state.turns.ended = state.turns.begun;
        if state.turns.done < state.turns.ended {
            state.turns.done = state.turns.ended;
            // It may wait for a batch that was handed over before it began to wait.
            self.done.notify_one();
        }
        let next = [next, keep].into_iter().flatten().min();
        let patience = next.map_or(Duration::MAX, |next| next.saturating_duration_since(now));
        let has_work = state.has_work() && !is_planted(Fault::ThreadSleepsBlindly);
        if has_work || patience.is_zero() {
            return Next::GoOn;
        }
        state.is_asleep = true;
        Next::Sleep(patience)
    }

    /// Network thread: the last word.
    pub(super) fn end(&self, reports: &mut Vec<Report>, now: Instant) {
        let mut state = self.lock();
        state.tell(reports, now);
        state.is_over = true;
        state.is_asleep = false;
        state.turns.ended = u64::MAX;
        state.batch = Batch::default();
        self.done.notify_one();
    }
}

impl State {
    fn has_work(&self) -> bool {
        !self.batch.is_empty() || self.stop.is_some() || self.turns.wanted > self.turns.begun
    }

    fn take_in(&mut self, batch: &mut Batch) {
        if self.is_over {
            batch.clear();
        } else {
            self.batch.append(batch);
        }
    }

    fn tell(&mut self, reports: &mut Vec<Report>, now: Instant) {
        for report in reports.drain(..) {
            if matches!(report, Report::Failed { .. }) {
                if self.failures == MOST_FAILURES {
                    continue;
                }
                self.failures += 1;
            }
            self.reports.push(report);
        }
        if self.reports.is_empty() {
            self.waiting_since = None;
        } else {
            self.waiting_since.get_or_insert(now);
        }
    }

    /// Gives memory of their own to reports that have waited for long. When that is to be done next.
    fn keep(&mut self, now: Instant) -> Option<Instant> {
        let due = self.waiting_since? + KEEP_AFTER;
        if self.kept == self.reports.len() || now < due {
            return (self.kept < self.reports.len()).then_some(due);
        }
        for report in self.reports.iter_mut().skip(self.kept).take(KEEP_AT_ONCE) {
            report.keep();
        }
        self.kept = self.reports.len().min(self.kept + KEEP_AT_ONCE);
        (self.kept < self.reports.len()).then_some(now)
    }
}

#[cfg(all(test, not(feature = "loom")))]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use bytes::Bytes;

    use super::*;
    use crate::error::CloseCause;
    use crate::network::{Command, PeerKey};
    use crate::wire::message::{Message, MessageKind};

    /// A crossing, and how often its thread was woken.
    fn crossing() -> (Crossing, Arc<AtomicUsize>) {
        let woken = Arc::new(AtomicUsize::new(0));
        let theirs = Arc::clone(&woken);
        let waker = Waker::new(move || {
            theirs.fetch_add(1, Ordering::Relaxed);
        });
        (Crossing::new(waker), woken)
    }

    fn batch() -> Batch {
        let mut batch = Batch::default();
        batch.command(Command::StopDialing);
        batch
    }

    #[test]
    fn a_thread_is_woken_once_and_only_while_it_sleeps() {
        let (crossing, woken) = crossing();
        let now = Instant::now();
        let wakes = || woken.swap(0, Ordering::Relaxed);
        crossing.hand_over(&mut batch());
        assert_eq!(wakes(), 0, "it is at work, and looks before it sleeps");
        let mut theirs = Batch::default();
        crossing.begin(&mut theirs);
        assert_eq!(crossing.finish(&mut Vec::new(), None, now), Next::Sleep(Duration::MAX));
        crossing.exchange(&mut Batch::default(), &mut Vec::new());
        crossing.hand_over(&mut Batch::default());
        assert_eq!(wakes(), 0, "there is nothing for it");
        for _ in 0..3 {
            crossing.hand_over(&mut batch());
            crossing.exchange(&mut batch(), &mut Vec::new());
        }
        assert_eq!(wakes(), 1, "it knows");
        crossing.begin(&mut theirs);
        crossing.hand_over(&mut batch());
        assert_eq!(crossing.finish(&mut Vec::new(), None, now), Next::GoOn, "something has come meanwhile");
        assert_eq!(wakes(), 0);
    }

    #[test]
    fn a_game_waits_for_what_it_hands_over_and_for_nothing_else() {
        let (crossing, _) = crossing();
        let sees_done = |mut batch: Batch| crossing.is_done(crossing.await_batch(&mut batch), Duration::ZERO);
        assert!(sees_done(Batch::default()), "there is nothing to be done");
        assert!(!sees_done(batch()), "nobody has done it");
        assert!(crossing.begin(&mut Batch::default()).is_awaited);
        assert!(!sees_done(Batch::default()), "it is at it");
        crossing.tell_done();
        assert!(sees_done(Batch::default()));
    }

    #[test]
    fn what_a_game_that_stands_still_does_not_hear_is_bounded_and_holds_no_blocks() {
        let (crossing, _) = crossing();
        let start = Instant::now();
        let failed = || Report::Failed { address: None, cause: Box::new(CloseCause::Cut) };
        let mut reports: Vec<Report> = std::iter::repeat_with(failed).take(3 * MOST_FAILURES).collect();
        let block = Bytes::from(vec![7; 256 * 1024]);
        let message = Message { kind: MessageKind::Binary, payload: block.slice(..5) };
        reports.push(Report::Message { key: PeerKey::default(), message });
        crossing.finish(&mut reports, None, start);
        assert!(!block.is_unique(), "it may be heard soon, and is not copied");
        let mut now = start;
        // As often as it asks for.
        while let Next::Sleep(patience) = crossing.finish(&mut Vec::new(), None, now)
            && patience < Duration::MAX
        {
            now += patience;
            while crossing.finish(&mut Vec::new(), None, now) == Next::GoOn {}
        }
        assert!(block.is_unique(), "five bytes hold on to 256 KiB");
        let mut heard = Vec::new();
        crossing.exchange(&mut Batch::default(), &mut heard);
        assert_eq!(heard.len(), MOST_FAILURES + 1);
    }
}
