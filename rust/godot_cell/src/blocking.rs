//! A cell that one thread at a time borrows from; the others wait.
//!
//! Whoever borrows takes the cell for its thread, unless the thread has it, and lets it go with its last guard. Guards
//! stay on their thread. So whatever is behind `Hold` is used by one thread at a time, and hence no borrow, however often
//! it is looked at, needs more than that one exchange.
//!
//! Within the thread, the rules are those of `RefCell`, with an addition: an exclusive reference may be given back to the
//! cell for a while ([`GdCell::make_inaccessible`]), and whoever is called meanwhile may borrow anew.
//!
//! What borrows and gives back stays a function of its own: the bindings do both for each method that a script can call, some
//! three hundred times, and the exchange costs more than the call.
//!
//! A guard that is forgotten (`std::mem::forget`) leaves the cell to its thread for ever. One thing no cell of this form
//! can prevent: whoever forgets an [`InaccessibleGuard`] must not use the reference again. The bindings forget none.

#![expect(unsafe_code, reason = "a cell is what makes references out of a pointer")]

use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;

use crate::borrows::{Borrows, Conflict};
use crate::hold::{Hold, Taken};
use crate::sync::Cell;

/// What the cell's pointer leads to. The byte gives values without a size an address of their own, too.
#[repr(C)]
struct Slot<T> {
    value: T,
    _address: u8,
}

/// A value that one thread at a time may borrow.
///
/// Invariants, while `hold` is some thread's:
/// - Only that thread touches `borrows` and `current`, and all guards are that thread's.
/// - `current` is what the next borrow is made of: the value itself, or the reference that was made inaccessible last. No
///   reference to the value is in use that was not made of it.
///
/// While `hold` is nobody's, there are no guards, `borrows` is empty, and `current` is the value itself.
pub struct GdCell<T> {
    hold: Hold,
    borrows: Borrows,
    current: Cell<NonNull<T>>,
    /// From a `Box`, so that the value stays where it is when the cell is moved.
    slot: NonNull<Slot<T>>,
    _owns: PhantomData<Slot<T>>,
}

// SAFETY: the cell owns its value as a box would.
unsafe impl<T: Send> Send for GdCell<T> {}

// SAFETY: through a shared cell, a thread gets at anything but `hold`, which is atomic, only after it has taken the cell.
// Then no other thread does until it is let go, which synchronises with the next taking. So the value passes from thread to
// thread, for which it is `Send`; it is never used by two at once, for which it would have to be `Sync`.
unsafe impl<T: Send> Sync for GdCell<T> {}

impl<T> GdCell<T> {
    /// A cell with this value.
    pub fn new(value: T) -> Self {
        let slot = NonNull::from(Box::leak(Box::new(Slot { value, _address: 0 })));
        // SAFETY: `slot` is a box just leaked; the field of a value that is there has an address that is not null.
        let current = unsafe { NonNull::new_unchecked(&raw mut (*slot.as_ptr()).value) };
        Self { hold: Hold::new(), borrows: Borrows::new(), current: Cell::new(current), slot, _owns: PhantomData }
    }

    /// Borrows the value. Waits while another thread has borrowed it.
    ///
    /// # Errors
    /// This thread has an exclusive borrow of it that is accessible.
    #[inline(never)]
    pub fn borrow(&self) -> Result<RefGuard<'_, T>, Box<dyn Error>> {
        let taken = self.hold.take();
        match self.borrows.add_shared() {
            Ok(()) => Ok(RefGuard { cell: self, value: self.current.get() }),
            Err(conflict) => Err(self.refused(taken, conflict)),
        }
    }

    /// Borrows the value exclusively. Waits while another thread has borrowed it.
    ///
    /// # Errors
    /// This thread has a shared borrow of it, or an exclusive one that is accessible.
    #[inline(never)]
    pub fn borrow_mut(&self) -> Result<MutGuard<'_, T>, Box<dyn Error>> {
        let taken = self.hold.take();
        match self.borrows.add_exclusive() {
            Ok(depth) => Ok(MutGuard { cell: self, value: self.current.get(), depth }),
            Err(conflict) => Err(self.refused(taken, conflict)),
        }
    }

    /// Gives an exclusive reference back to the cell until the guard goes: meanwhile this thread may borrow anew.
    ///
    /// # Errors
    /// `value` does not come from a guard of this cell that is this thread's topmost.
    pub fn make_inaccessible<'cell, 'val>(
        &'cell self,
        value: &'val mut T,
    ) -> Result<InaccessibleGuard<'val, T>, Box<dyn Error>>
    where
        'cell: 'val,
    {
        let value = NonNull::from(value);
        if !self.hold.is_mine() || self.current.get() != value {
            return Err(Box::new(Conflict::NotBorrowed));
        }
        let depth = self.borrows.make_inaccessible()?;
        let former = self.current.replace(value);
        Ok(InaccessibleGuard { cell: self, former, depth, _value: PhantomData })
    }

    /// Whether there are guards, of any thread.
    pub fn is_currently_bound(&self) -> bool {
        self.hold.is_held()
    }

    /// The value, as whoever drops the cell comes to it: without a borrow.
    #[cfg(all(test, feature = "loom"))]
    pub(crate) fn peek(&self) -> &T {
        // SAFETY: of a test that has seen that nobody has borrowed it.
        unsafe { &(*self.slot.as_ptr()).value }
    }

    #[cold]
    fn refused(&self, taken: Taken, conflict: Conflict) -> Box<dyn Error> {
        if taken == Taken::Anew {
            self.hold.let_go();
        }
        Box::new(conflict)
    }

    /// Lets the cell go with the last guard.
    #[inline]
    fn let_go_if_unused(&self) {
        if self.borrows.is_empty() {
            self.hold.let_go();
        }
    }
}

impl<T> Drop for GdCell<T> {
    fn drop(&mut self) {
        // SAFETY: from a leaked box, and nobody else's: guards borrow the cell, so there are none that are still used.
        drop(unsafe { Box::from_raw(self.slot.as_ptr()) });
    }
}

impl<T> fmt::Debug for GdCell<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The value may be in use.
        formatter.debug_struct("GdCell").field("is_currently_bound", &self.is_currently_bound()).finish_non_exhaustive()
    }
}

/// A shared borrow. Stays on its thread, for it has a pointer.
pub struct RefGuard<'a, T> {
    cell: &'a GdCell<T>,
    value: NonNull<T>,
}

impl<T> Deref for RefGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: this thread has the cell, and while this guard counts as shared no exclusive guard is accessible.
        unsafe { self.value.as_ref() }
    }
}

impl<T> Drop for RefGuard<'_, T> {
    #[inline(never)]
    fn drop(&mut self) {
        self.cell.borrows.remove_shared();
        self.cell.let_go_if_unused();
    }
}

impl<T: fmt::Debug> fmt::Debug for RefGuard<'_, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, formatter)
    }
}

/// An exclusive borrow. Stays on its thread, for it has a pointer.
pub struct MutGuard<'a, T> {
    cell: &'a GdCell<T>,
    value: NonNull<T>,
    depth: usize,
}

impl<T> Deref for MutGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        debug_assert!(self.cell.borrows.is_accessible(self.depth), "the guard over this one was forgotten");
        // SAFETY: this thread has the cell, and while this guard is accessible it is the only one. It is, for an
        // `InaccessibleGuard` over it borrows it.
        unsafe { self.value.as_ref() }
    }
}

impl<T> DerefMut for MutGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        debug_assert!(self.cell.borrows.is_accessible(self.depth), "the guard over this one was forgotten");
        // SAFETY: this thread has the cell, and while this guard is accessible it is the only one. It is, for an
        // `InaccessibleGuard` over it borrows it.
        unsafe { self.value.as_mut() }
    }
}

impl<T> Drop for MutGuard<'_, T> {
    #[inline(never)]
    fn drop(&mut self) {
        if self.cell.borrows.remove_exclusive(self.depth) {
            self.cell.let_go_if_unused();
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for MutGuard<'_, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, formatter)
    }
}

/// An exclusive reference that the cell has back. Stays on its thread, for it has a pointer.
#[derive(Debug)]
pub struct InaccessibleGuard<'a, T> {
    cell: &'a GdCell<T>,
    /// What borrows were made of before.
    former: NonNull<T>,
    depth: usize,
    /// The reference itself.
    _value: PhantomData<&'a mut T>,
}

impl<T> Drop for InaccessibleGuard<'_, T> {
    fn drop(&mut self) {
        if !self.cell.borrows.make_accessible(self.depth) {
            // What was borrowed meanwhile is still in use, and after this the reference would be, too. A panic would not
            // keep it from that. The bindings end their guards in order.
            eprintln!("godot-cell: a reference became accessible before what was borrowed meanwhile had ended");
            std::process::abort();
        }
        self.cell.current.set(self.former);
    }
}
