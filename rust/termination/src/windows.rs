//! What a console tells its processes. Not tried on a real Windows yet.

#![expect(unsafe_code, reason = "console handlers are what this crate is for")]

use std::io;
use std::sync::atomic::Ordering;

use windows_sys::Win32::Foundation::{FALSE, TRUE};
use windows_sys::Win32::System::Console::{CTRL_BREAK_EVENT, CTRL_C_EVENT, SetConsoleCtrlHandler};
use windows_sys::Win32::System::Threading::{INFINITE, Sleep};
use windows_sys::core::BOOL;

use crate::WAS_TOLD;

/// The system keeps a list of handlers; what was there stays there, behind ours.
pub(crate) struct Former(());

/// Puts our handler before all others.
pub(crate) fn install() -> io::Result<Former> {
    // SAFETY: the handler has the form that the system asks for, and is there until `restore`.
    let done = unsafe { SetConsoleCtrlHandler(Some(note), TRUE) };
    if done == FALSE { Err(io::Error::last_os_error()) } else { Ok(Former(())) }
}

/// Takes it away again.
pub(crate) fn restore(_former: &Former) {
    // SAFETY: as above.
    unsafe { SetConsoleCtrlHandler(Some(note), FALSE) };
}

/// The handler, which the system calls on a thread of its own.
unsafe extern "system" fn note(event: u32) -> BOOL {
    let is_again = WAS_TOLD.swap(true, Ordering::SeqCst);
    match event {
        // The next handler ends the process.
        CTRL_C_EVENT | CTRL_BREAK_EVENT if is_again => FALSE,
        CTRL_C_EVENT | CTRL_BREAK_EVENT => TRUE,
        // A console that is closed, a session that ends: the process is over when this comes back, or a few seconds later.
        // Until then its other threads have time.
        _ => {
            // SAFETY: it only waits.
            unsafe { Sleep(INFINITE) };
            TRUE
        }
    }
}
