//! What comes from the standard library, or from loom when it tries the orders in which threads can run.

#[cfg(feature = "loom")]
pub(super) use loom::sync::{Condvar, Mutex, MutexGuard};
#[cfg(not(feature = "loom"))]
pub(super) use std::sync::{Condvar, Mutex, MutexGuard};
