//! The network half on a thread of its own, as the game's half sees it. What the thread does is in `life.rs`, what is under the
//! lock of the two in `crossing.rs`.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Link;
use super::batch::Batch;
use super::crossing::{Crossing, Stop};
use super::life::Life;
use crate::census::Census;
use crate::close_code::CloseCode;
use crate::connection::{Frame, MakeRoom, Meter};
use crate::network::threads::Running;
pub use crate::network::threads::is_network_thread;
use crate::network::{Command, Network, NetworkHalf, PeerKey, Report};

/// How long the game waits, in one frame, for room in a queue: about as long as writing by itself would take.
const ROOM_PATIENCE: Duration = Duration::from_millis(2);

/// Every network thread that nobody has joined yet.
static THREADS: Mutex<Vec<Arc<Thread>>> = Mutex::new(Vec::new());

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
    running: Mutex<Option<Box<dyn Running>>>,
}

impl Across {
    /// Starts a thread for a network half.
    ///
    /// # Errors
    /// When the system has no thread to give, or the network nothing to wake it with.
    pub fn start<N: Network + 'static>(mut half: NetworkHalf<N>) -> io::Result<Self> {
        let crossing = Arc::new(Crossing::new(half.waker()?));
        let spawn = half.spawner();
        let running = spawn(Box::new(Life::new(half, Arc::clone(&crossing))))?;
        let thread = Arc::new(Thread { crossing, running: Mutex::new(Some(running)) });
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
                self.is_impatient = !self.thread.see_done(&mut self.batch, ROOM_PATIENCE);
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
    /// Hands a batch over, and waits until it is done: what was sent was then offered to the sockets. Whether it was, in this
    /// time.
    fn see_done(&self, batch: &mut Batch, patience: Duration) -> bool {
        let awaited = self.crossing.await_batch(batch);
        let is_done = |patience| self.crossing.is_done(awaited, patience);
        lock(&self.running).as_ref().is_none_or(|running| running.wait_until(&is_done, patience))
    }

    /// Stops it and waits for its end: it never waits for a socket, so that is soon.
    fn stop(&self, code: Option<CloseCode>) {
        self.crossing.stop(Stop { code });
        let running = lock(&self.running).take();
        if let Some(running) = running {
            running.join();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
