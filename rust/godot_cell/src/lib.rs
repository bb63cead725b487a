//! The cell that the bindings put around each object of a class of ours: [`blocking::GdCell`].
//!
//! It stands in for gdext's crate of the same name, whose cell for several threads makes a system call at every borrow.
//! It offers what `godot-core` asks of that crate under its feature `experimental-threads`, and nothing else.
//!
//! - `hold`: which thread has the cell; the only atomics.
//! - `borrows`: what that thread has borrowed of it; plain numbers, no reference to the value.
//! - `blocking`: the cell and its guards; the only `unsafe`.
//!
//! And it offers one thing that this crate alone can know the time for: [`when_free`], in `lull`.

pub mod blocking;
mod borrows;
mod hold;
mod lull;
mod sync;

pub use self::lull::when_free;

#[cfg(all(test, feature = "loom"))]
mod loom_tests;
#[cfg(all(test, not(feature = "loom")))]
mod tests;
