//! Stands in for the system's resolver in an engine under test, as a library that its loader is told to prefer.
//!
//! Every name is looked up in vain: the call comes back when the file `answer` is there, or after a minute. Who asks
//! is told by the files `asked` and `answered`; all of them are in the folder that the environment names.

use std::env;
use std::ffi::{c_char, c_int, c_void};
use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

/// What the real one answers when no name server does.
const EAI_AGAIN: c_int = -3;

/// The flag by which a library's own dependencies come before what the loader was told to prefer.
const RTLD_DEEPBIND: c_int = 8;

/// Whatever comes after this library.
const RTLD_NEXT: *mut c_void = -1_isize as *mut c_void;

const PATIENCE: Duration = Duration::from_secs(60);

unsafe extern "C" {
    fn dlsym(handle: *mut c_void, symbol: *const c_char) -> *mut c_void;
}

#[unsafe(no_mangle)]
extern "C" fn getaddrinfo(_: *const c_char, _: *const c_char, _: *const c_void, _: *mut c_void) -> c_int {
    let folder = PathBuf::from(env::var_os("DEAF_RESOLVER").expect("the folder to talk through is in the environment"));
    fs::write(folder.join("asked"), "").expect("the folder can be written to");
    let began = Instant::now();
    while !folder.join("answer").exists() && began.elapsed() < PATIENCE {
        thread::sleep(Duration::from_millis(5));
    }
    fs::write(folder.join("answered"), "").expect("the folder can be written to");
    EAI_AGAIN
}

/// Does nothing: libc would keep a library in memory, hung lookup or not, as long as a thread has values of it to drop.
#[unsafe(no_mangle)]
extern "C" fn __cxa_thread_atexit_impl(_: *mut c_void, _: *mut c_void, _: *mut c_void) -> c_int {
    0
}

/// The engine asks for the flag, and with it the addon would find the real resolver.
///
/// # Safety
///
/// As with the function of that name that it calls.
#[unsafe(no_mangle)]
unsafe extern "C" fn dlopen(path: *const c_char, flags: c_int) -> *mut c_void {
    // SAFETY: The symbol exists in every libc, and has this type.
    unsafe {
        let real = dlsym(RTLD_NEXT, c"dlopen".as_ptr());
        let real: unsafe extern "C" fn(*const c_char, c_int) -> *mut c_void = std::mem::transmute(real);
        real(path, flags & !RTLD_DEEPBIND)
    }
}
