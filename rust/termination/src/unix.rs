//! The two signals by which a service manager and a person at a terminal end a process.

#![expect(unsafe_code, reason = "signal handlers are what this crate is for")]

use std::io;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::atomic::Ordering;

use libc::{SA_RESTART, SIG_DFL, SIGINT, SIGTERM, c_int, sigaction};

use crate::WAS_TOLD;

const SIGNALS: [c_int; 2] = [SIGTERM, SIGINT];

/// What was done on each of the signals before.
pub(crate) struct Former(Vec<(c_int, sigaction)>);

// SAFETY: an action is a plain value; the pointer in it is that of a function, which belongs to no thread.
unsafe impl Send for Former {}

/// Puts our handler in place.
pub(crate) fn install() -> io::Result<Former> {
    let mut former = Former(Vec::new());
    for signal in SIGNALS {
        match replace(signal, &ours()) {
            Ok(action) => former.0.push((signal, action)),
            Err(error) => {
                restore(&former);
                return Err(error);
            }
        }
    }
    Ok(former)
}

/// Puts back what was there.
pub(crate) fn restore(former: &Former) {
    for (signal, action) in &former.0 {
        // It was there before, so the system takes it.
        let _ = replace(*signal, action);
    }
}

fn ours() -> sigaction {
    // SAFETY: `sigaction` is a struct of integers and sets, for which zeros are valid.
    let mut action: sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
    action.sa_sigaction = note as extern "C" fn(c_int) as usize;
    action.sa_flags = SA_RESTART;
    // SAFETY: the set is that of `action`, which is written to.
    unsafe { libc::sigemptyset(&raw mut action.sa_mask) };
    action
}

fn replace(signal: c_int, action: &sigaction) -> io::Result<sigaction> {
    let mut former = MaybeUninit::<sigaction>::uninit();
    // SAFETY: both actions live during the call, and `former` is written to if the answer is 0.
    let done = unsafe { sigaction(signal, ptr::from_ref(action), former.as_mut_ptr()) == 0 };
    if !done {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: see above.
    Ok(unsafe { former.assume_init() })
}

/// The handler. It may interrupt any thread anywhere, so it does nothing but what POSIX names as safe then.
extern "C" fn note(signal: c_int) {
    if WAS_TOLD.swap(true, Ordering::SeqCst) {
        // SAFETY: both calls are async-signal-safe. The signal is raised anew, and comes when this handler has come back.
        unsafe {
            libc::signal(signal, SIG_DFL);
            libc::raise(signal);
        }
    }
}
