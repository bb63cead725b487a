//! The main thread: who is on it, and what is left for the end of its frame.
//!
//! The engine's deferred calls go to one object of ours that is there as long as the library is ([`Courier`]), never to the
//! object that the work is for: another thread may free that at the very moment the engine calls it. The work itself looks
//! its object up safely (see [`crate::gate`]).

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use godot::builtin::GString;
use godot::classes::Object;
use godot::obj::{Base, Gd, InstanceId, NewAlloc};
use godot::register::{GodotClass, godot_api};

use crate::multiplayer_peer::monitors;

/// Something to be done on the main thread.
type Job = Box<dyn FnOnce() + Send>;

/// What waits for the end of the frame.
struct Jobs {
    waiting: Vec<Job>,
    /// From [`enter`] to [`leave`].
    is_open: bool,
    /// A deferred call of the courier is on its way in the main thread's own queue: only the main thread says so.
    is_scheduled: bool,
    courier: Option<InstanceId>,
}

static JOBS: Mutex<Jobs> = Mutex::new(Jobs { waiting: Vec::new(), is_open: false, is_scheduled: false, courier: None });

/// The address of the main thread's `MARK`.
static MAIN_THREAD: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static MARK: u64 = const { 0 };
}

/// To be called on the main thread before anything else here.
pub(crate) fn enter() {
    MAIN_THREAD.store(mark(), Ordering::Relaxed);
    jobs().is_open = true;
}

/// To be called on the main thread before the library goes. What waits still is dropped.
pub(crate) fn leave() {
    let (waiting, courier) = {
        let mut jobs = jobs();
        jobs.is_open = false;
        jobs.is_scheduled = false;
        (std::mem::take(&mut jobs.waiting), jobs.courier.take())
    };
    drop(waiting);
    if let Some(courier) = courier.and_then(|courier| Gd::<Courier>::try_from_instance_id(courier).ok()) {
        courier.free();
    }
}

/// Whether the calling thread is the main thread.
pub(crate) fn is_current() -> bool {
    mark() == MAIN_THREAD.load(Ordering::Relaxed)
}

/// Leaves something for the end of the main thread's frame.
pub(crate) fn at_frame_end(job: impl FnOnce() + Send + 'static) {
    {
        let mut jobs = jobs();
        if !jobs.is_open {
            return;
        }
        jobs.waiting.push(Box::new(job));
        if is_current() {
            if jobs.is_scheduled {
                return;
            }
            jobs.is_scheduled = true;
        }
    }
    courier().call_deferred("_run_jobs", &[]);
}

/// Does now what waits for the end of the frame. On other threads than the main thread, nothing.
pub(crate) fn run_jobs() {
    // Some threads have a queue of deferred calls of their own. What came up there waits for the next occasion.
    if !is_current() {
        return;
    }
    let waiting = {
        let mut jobs = jobs();
        jobs.is_scheduled = false;
        std::mem::take(&mut jobs.waiting)
    };
    for job in waiting {
        job();
    }
}

/// Whom the engine calls.
pub(crate) fn courier() -> Gd<Courier> {
    let mut jobs = jobs();
    if let Some(courier) = jobs.courier.and_then(|courier| Gd::try_from_instance_id(courier).ok()) {
        return courier;
    }
    let courier = Courier::new_alloc();
    jobs.courier = Some(courier.instance_id());
    courier
}

fn mark() -> usize {
    MARK.with(|mark| std::ptr::from_ref(mark).addr())
}

fn jobs() -> MutexGuard<'static, Jobs> {
    JOBS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the engine calls in place of objects that may be gone. Not for games.
#[derive(GodotClass)]
#[class(tool, init, internal, rename = RustWebSocketCourier, base = Object)]
pub(crate) struct Courier {
    base: Base<Object>,
}

#[godot_api]
#[expect(clippy::needless_pass_by_value, reason = "the engine's arguments arrive by value")]
impl Courier {
    #[func(gd_self, rename = _run_jobs)]
    fn run_jobs(_this: Gd<Self>) {
        run_jobs();
    }

    /// The value of a custom monitor.
    #[func(gd_self, rename = _read_monitor)]
    fn read_monitor(_this: Gd<Self>, key: i64, name: GString) -> f64 {
        monitors::read(key, &name.to_string())
    }
}
