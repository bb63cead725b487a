//! The network half on a thread of its own, which sleeps until there is something to do. What is under its lock is in
//! `crossing.rs`.

use std::any::Any;
use std::cell::Cell;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::Link;
use super::batch::Batch;
use super::crossing::{Begun, Crossing, Next, Stop};
use crate::census::Census;
use crate::close_code::CloseCode;
use crate::connection::{Frame, MakeRoom, Meter, ReadBuffer};
use crate::error::CloseCause;
use crate::network::{Command, Network, NetworkHalf, PeerKey, Report};

/// The longest sleep. The system counts it in milliseconds of 32 bits.
const LONGEST_SLEEP: Duration = Duration::from_secs(60 * 60);

/// How long the game waits, in one frame, for room in a queue: about as long as writing by itself would take.
const ROOM_PATIENCE: Duration = Duration::from_millis(2);

/// Every network thread that nobody has joined yet.
static THREADS: Mutex<Vec<Arc<Thread>>> = Mutex::new(Vec::new());

thread_local! {
    static IS_NETWORK_THREAD: Cell<bool> = const { Cell::new(false) };
}

/// Whether the calling thread belongs to an endpoint's network half. Such a thread may call nothing of the engine's.
#[must_use]
pub fn is_network_thread() -> bool {
    IS_NETWORK_THREAD.get()
}

/// Stops every network thread, and waits for its end.
///
/// To be called before the code of this library is unloaded: an endpoint that was leaked stops nothing by itself.
pub fn stop_all() {
    let threads = std::mem::take(&mut *lock(&THREADS));
    for thread in threads {
        thread.stop(None);
    }
}

/// A network half that drives itself.
#[derive(Debug)]
pub struct Across {
    thread: Arc<Thread>,
    /// What was given and not handed over yet.
    batch: Batch,
    /// The last turn of the thread all of whose reports were taken.
    heard: u64,
    /// The turn that [`Link::has_caught_up`] waits for.
    wanted: Option<u64>,
    /// The game has waited for room in vain, and does so no more until its next poll.
    is_impatient: bool,
}

/// A thread, and the way to it.
#[derive(Debug)]
struct Thread {
    crossing: Arc<Crossing>,
    /// Until it was joined.
    handle: Mutex<Option<JoinHandle<()>>>,
}

impl Across {
    /// Starts a thread for a network half.
    ///
    /// # Errors
    /// When the system has no thread to give, or the network nothing to wake it with.
    pub fn start<N: Network + 'static>(mut half: NetworkHalf<N>) -> io::Result<Self> {
        let crossing = Arc::new(Crossing::new(half.waker()?));
        let theirs = Arc::clone(&crossing);
        let handle = thread::Builder::new().name("network".to_owned()).spawn(move || live(half, &theirs))?;
        let thread = Arc::new(Thread { crossing, handle: Mutex::new(Some(handle)) });
        lock(&THREADS).push(Arc::clone(&thread));
        Ok(Self { thread, batch: Batch::default(), heard: 0, wanted: None, is_impatient: false })
    }

    fn hand_over(&mut self) {
        self.thread.crossing.hand_over(&mut self.batch);
    }

    fn end(&mut self, code: Option<CloseCode>) {
        self.hand_over();
        self.thread.stop(code);
        lock(&THREADS).retain(|thread| !Arc::ptr_eq(thread, &self.thread));
    }
}

impl Link for Across {
    fn drive(&mut self, _now: Instant, reports: &mut Vec<Report>) {
        self.is_impatient = false;
        self.heard = self.thread.crossing.exchange(&mut self.batch, reports);
    }

    fn send(&mut self, to: &[PeerKey], frame: Frame, _now: Instant) {
        self.batch.send(to, frame);
    }

    /// What a frame has put beyond the limits is not refused because the frame has not ended yet: only a socket that takes no
    /// more is a reason. A thread that is at something else for long is not waited for.
    fn make_room(&mut self, key: PeerKey, how: MakeRoom, meter: &Meter, _now: Instant) {
        match how {
            MakeRoom::Write if meter.is_blocked() || self.is_impatient => {}
            MakeRoom::Write => {
                self.is_impatient = !self.thread.crossing.see_done(&mut self.batch, ROOM_PATIENCE);
            }
            // It crosses with the message that it makes room for.
            MakeRoom::Displace(until) => self.batch.command(Command::Displace { key, until }),
        }
    }

    fn command(&mut self, command: Command, _now: Instant) {
        self.batch.command(command);
        // Whoever closes a connection may never poll again.
        self.hand_over();
    }

    fn needs_flush(&self) -> bool {
        !self.batch.is_empty()
    }

    fn flush(&mut self, _now: Instant) {
        self.hand_over();
    }

    fn has_caught_up(&mut self) -> bool {
        let Some(wanted) = self.wanted else {
            if self.thread.crossing.is_over() {
                return true;
            }
            self.wanted = Some(self.thread.crossing.want_turn());
            return false;
        };
        let has_come = self.heard >= wanted;
        if has_come {
            self.wanted = None;
        }
        has_come
    }

    fn census(&self) -> Census {
        let mut census = self.thread.crossing.census();
        census.orders += self.batch.len();
        census
    }

    fn shut_down(&mut self, code: CloseCode) {
        self.end(Some(code));
    }
}

impl Drop for Across {
    fn drop(&mut self) {
        self.end(None);
    }
}

impl Thread {
    /// Stops it and waits for its end: it never waits for a socket, so that is soon.
    fn stop(&self, code: Option<CloseCode>) {
        self.crossing.stop(Stop { code });
        let handle = lock(&self.handle).take();
        if let Some(handle) = handle {
            // What it panics with is caught in it.
            let _ = handle.join();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The life of a network thread. A panic in it is a mistake of ours, and the end of its endpoint, not of the process.
fn live<N: Network>(mut half: NetworkHalf<N>, crossing: &Crossing) {
    IS_NETWORK_THREAD.set(true);
    let mut reports = Vec::new();
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| work(&mut half, crossing, &mut reports))) {
        reports.push(Report::Broken { cause: CloseCause::Broken { detail: words(&*panic) } });
    }
    // What a panic has left behind may be in a state that panics once more. Nobody hears of that.
    let _ = catch_unwind(AssertUnwindSafe(|| drop(half)));
    crossing.end(&mut reports, Instant::now());
}

fn work<N: Network>(half: &mut NetworkHalf<N>, crossing: &Crossing, reports: &mut Vec<Report>) {
    let mut buffer = ReadBuffer::default();
    let mut batch = Batch::default();
    loop {
        let Begun { stop, is_awaited } = crossing.begin(&mut batch);
        let now = half.now();
        batch.apply(half, now);
        if is_awaited {
            crossing.tell_done();
        }
        if let Some(Stop { code }) = stop {
            if let Some(code) = code {
                half.shut_down(code);
            }
            half.take_reports(reports);
            return;
        }
        let next = half.drive(now, &mut buffer);
        half.take_reports(reports);
        match crossing.finish(reports, next, half.now()) {
            Next::GoOn => {}
            Next::Sleep(patience) => half.wait(patience.min(LONGEST_SLEEP)),
        }
    }
}

/// What a panic says.
fn words(panic: &(dyn Any + Send)) -> String {
    let said = panic.downcast_ref::<&str>().map(|words| (*words).to_owned());
    said.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}
