//! What the thread that has a cell has borrowed of it.
//!
//! Exclusive borrows are stacked: one may be made inaccessible, and then the next begins on top of it. At most the topmost
//! is accessible, and no shared borrow exists beside an accessible one.

use std::error::Error;
use std::fmt;

use crate::sync::Cell;

/// Counts of the guards there are.
#[derive(Debug)]
pub(crate) struct Borrows {
    shared: Cell<usize>,
    /// How many exclusive guards there are, accessible or not.
    exclusive: Cell<usize>,
    /// The depth of the exclusive guard that may be used, from 1; 0 if there is none.
    accessible: Cell<usize>,
}

/// Why a borrow is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Conflict {
    /// This thread has an exclusive borrow.
    BorrowedExclusively,
    /// This thread has a shared borrow.
    Shared,
    /// Nothing that could become inaccessible: no exclusive borrow of this thread, or not of this value.
    NotBorrowed,
}

impl fmt::Display for Conflict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::BorrowedExclusively => "this thread has an exclusive borrow of it already",
            Self::Shared => "this thread has a shared borrow of it already",
            Self::NotBorrowed => "this thread has no exclusive borrow of it that could be made inaccessible",
        })
    }
}

impl Error for Conflict {}

impl Borrows {
    pub(crate) fn new() -> Self {
        Self { shared: Cell::new(0), exclusive: Cell::new(0), accessible: Cell::new(0) }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.shared.get() == 0 && self.exclusive.get() == 0
    }

    pub(crate) fn add_shared(&self) -> Result<(), Conflict> {
        if self.accessible.get() != 0 {
            return Err(Conflict::BorrowedExclusively);
        }
        self.shared.set(self.shared.get() + 1);
        Ok(())
    }

    pub(crate) fn remove_shared(&self) {
        self.shared.set(self.shared.get() - 1);
    }

    /// Gives the depth of the new exclusive borrow.
    pub(crate) fn add_exclusive(&self) -> Result<usize, Conflict> {
        if self.accessible.get() != 0 {
            return Err(Conflict::BorrowedExclusively);
        }
        if self.shared.get() != 0 {
            return Err(Conflict::Shared);
        }
        let depth = self.exclusive.get() + 1;
        self.exclusive.set(depth);
        self.accessible.set(depth);
        Ok(depth)
    }

    /// `false` if it cannot end yet: something was forgotten that lies on top of it. Then it counts for ever.
    pub(crate) fn remove_exclusive(&self, depth: usize) -> bool {
        let is_topmost = self.is_accessible(depth);
        if is_topmost {
            self.exclusive.set(depth - 1);
            self.accessible.set(0);
        }
        is_topmost
    }

    pub(crate) fn is_accessible(&self, depth: usize) -> bool {
        self.accessible.get() == depth
    }

    /// Gives the depth of what is inaccessible now.
    pub(crate) fn make_inaccessible(&self) -> Result<usize, Conflict> {
        match self.accessible.replace(0) {
            0 => Err(Conflict::NotBorrowed),
            depth => Ok(depth),
        }
    }

    /// `false` if something lies on top of it still. Then it stays inaccessible for ever.
    pub(crate) fn make_accessible(&self, depth: usize) -> bool {
        let is_topmost = self.shared.get() == 0 && self.exclusive.get() == depth && self.accessible.get() == 0;
        if is_topmost {
            self.accessible.set(depth);
        }
        is_topmost
    }
}
