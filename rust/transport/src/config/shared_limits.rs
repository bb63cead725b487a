//! [`SharedLimits`]: limits as connections hold them. Most have the same, which are then in memory once, and not in the way of what
//! every packet touches.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use super::Limits;

/// Limits that many connections may hold. Whoever changes them changes its own alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedLimits(Arc<Limits>);

impl Deref for SharedLimits {
    type Target = Limits;

    fn deref(&self) -> &Limits {
        &self.0
    }
}

impl From<Limits> for SharedLimits {
    fn from(limits: Limits) -> Self {
        Self(Arc::new(limits))
    }
}

/// A new [`Limits::unreliable_max_age`] for many connections. Those that have shared their limits go on doing so.
#[derive(Debug)]
pub(crate) struct NewMaxAge {
    max_age: Option<Duration>,
    /// The limits that were changed last, and what became of them.
    last: Option<(SharedLimits, SharedLimits)>,
}

impl NewMaxAge {
    pub(crate) fn new(max_age: Option<Duration>) -> Self {
        Self { max_age, last: None }
    }

    /// These limits with that age; `None` if they have it already.
    pub(crate) fn of(&mut self, limits: &SharedLimits) -> Option<SharedLimits> {
        if limits.unreliable_max_age == self.max_age {
            return None;
        }
        if let Some((from, to)) = &self.last
            && Arc::ptr_eq(&from.0, &limits.0)
        {
            return Some(to.clone());
        }
        let changed = SharedLimits::from(Limits { unreliable_max_age: self.max_age, ..**limits });
        self.last = Some((limits.clone(), changed.clone()));
        Some(changed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_share_limits_go_on_sharing_them() {
        let shared = SharedLimits::from(Limits::default());
        let own = SharedLimits::from(Limits { max_queued_packets: 7, ..Limits::default() });
        let age = Some(Duration::from_millis(100));
        let mut change = NewMaxAge::new(age);
        let changed = [&shared, &shared, &own].map(|limits| change.of(limits).unwrap());
        assert!(Arc::ptr_eq(&changed[0].0, &changed[1].0));
        assert_eq!(*changed[0], Limits { unreliable_max_age: age, ..*shared });
        assert_eq!((changed[2].max_queued_packets, changed[2].unreliable_max_age), (7, age));
        assert_eq!(change.of(&changed[0]), None, "there is nothing to change");
    }
}
