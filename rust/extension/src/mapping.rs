//! This library's place in memory: the engine unloads it when it quits and when it reloads its extensions, and a name
//! lookup that still runs then must find its code when it comes back.
//!
//! Such a lookup is waited for a moment only, since a process must end when it is told to. Then the library takes a
//! handle to itself, which keeps it where it is. The price is paid in an editor alone, by a reload at such
//! a moment: it finds the old library still there instead of the file that was built since. (Where gdext or the system
//! take no library twice, that of a debug build or of Windows, it fails, and the editor has to be started again.)

#![expect(unsafe_code, reason = "only the system's loader can keep a library in memory")]

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rust_websocket_transport::link::across;
use rust_websocket_transport::network::resolve::join_lookups;

/// How long a lookup may hold up the end: nobody sees it, and most lookups take far less.
const PATIENCE: Duration = Duration::from_millis(250);

static HELD: Mutex<Option<system::Handle>> = Mutex::new(None);

/// To be called last before the engine may unload this library.
pub(crate) fn prepare_unload() {
    // These never wait for anything that could hang.
    across::stop_all();
    let all_ended = join_lookups(PATIENCE);
    let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
    if all_ended {
        // The engine has a handle of its own, so this does not end what runs here.
        *held = None;
    } else if held.is_none() {
        *held = system::Handle::of_this_library();
        if held.is_none() {
            // Late is better than in unmapped memory.
            let _ = join_lookups(Duration::MAX);
        }
    }
}

#[cfg(unix)]
mod system {
    use std::ffi::{CStr, c_void};
    use std::mem::MaybeUninit;
    use std::ptr::NonNull;

    /// A handle of `dlopen`, given back when it is dropped.
    pub(super) struct Handle(NonNull<c_void>);

    // SAFETY: The loader locks what it does itself, and a handle belongs to no thread.
    unsafe impl Send for Handle {}

    impl Handle {
        /// One more handle of the library that this code is in.
        pub(super) fn of_this_library() -> Option<Self> {
            let here: *const c_void = (Self::of_this_library as fn() -> Option<Self> as *const ()).cast();
            let mut found = MaybeUninit::<libc::Dl_info>::uninit();
            // SAFETY: `dladdr` takes any address, and fills in `found` unless it answers 0.
            let found = unsafe { (libc::dladdr(here, found.as_mut_ptr()) != 0).then(|| found.assume_init()) }?;
            if found.dli_fname.is_null() {
                return None;
            }
            // SAFETY: The loader's name for a library is a string that lives as long as that is loaded.
            let name = unsafe { CStr::from_ptr(found.dli_fname) };
            // SAFETY: The name is a string, and nothing is loaded, so no initialiser runs.
            let handle = unsafe { libc::dlopen(name.as_ptr(), libc::RTLD_LAZY | libc::RTLD_NOLOAD) };
            NonNull::new(handle).map(Self)
        }
    }

    impl Drop for Handle {
        fn drop(&mut self) {
            // SAFETY: The handle is from `dlopen`, and is given back once.
            unsafe { libc::dlclose(self.0.as_ptr()) };
        }
    }
}

#[cfg(windows)]
mod system {
    use std::ptr;

    use windows_sys::Win32::Foundation::{FreeLibrary, HMODULE};
    use windows_sys::Win32::System::LibraryLoader::{GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, GetModuleHandleExW};

    /// A counted reference to a module, given back when it is dropped.
    pub(super) struct Handle(HMODULE);

    // SAFETY: The loader locks what it does itself, and a module belongs to no thread.
    unsafe impl Send for Handle {}

    impl Handle {
        /// One more reference to the library that this code is in.
        pub(super) fn of_this_library() -> Option<Self> {
            let here: *const u16 = (Self::of_this_library as fn() -> Option<Self> as *const ()).cast();
            let mut module = ptr::null_mut();
            // SAFETY: With this flag the name is an address, which is in this library; `module` is written to.
            let found = unsafe { GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, here, &raw mut module) };
            (found != 0).then_some(Self(module))
        }
    }

    impl Drop for Handle {
        fn drop(&mut self) {
            // SAFETY: The reference was counted when it was taken, and is given back once.
            unsafe { FreeLibrary(self.0) };
        }
    }
}
