//! What is put off until its thread has no cell any more.
//!
//! A line in the engine's log may call a script, which may use the very object that is borrowed while the line is written.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::sync::{holds_any, this_thread, wait_for_lull};

/// Something to be done.
type Job = Box<dyn FnOnce() + Send>;

/// By the number of the thread that put it off. Not in the thread's own memory, which would want to be taken apart, and a
/// library with such memory cannot be unloaded.
static WAITING: Mutex<Vec<(usize, Job)>> = Mutex::new(Vec::new());

/// Does something at once, or as soon as this thread has let go of the last cell that it has.
pub fn when_free(job: impl FnOnce() + Send + 'static) {
    if holds_any() {
        waiting().push((this_thread(), Box::new(job)));
        wait_for_lull();
    } else {
        job();
    }
}

/// Does what this thread has put off. It has no cell.
#[cold]
pub(crate) fn run() {
    if std::thread::panicking() {
        // A second panic would end the process.
        wait_for_lull();
        return;
    }
    let me = this_thread();
    let jobs: Vec<Job> = waiting().extract_if(.., |(thread, _)| *thread == me).map(|(_, job)| job).collect();
    for job in jobs {
        job();
    }
}

fn waiting() -> MutexGuard<'static, Vec<(usize, Job)>> {
    WAITING.lock().unwrap_or_else(PoisonError::into_inner)
}
