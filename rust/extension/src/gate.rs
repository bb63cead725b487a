//! The way to an object that may be gone, or about to go on another thread.
//!
//! Looking an object up by its id alone is not safe then: between the look and the reference, the last owner may free it.
//! So whoever looks holds the gate's lock, and the object cannot be taken apart before it has shut its gate.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use godot::classes::{RefCounted, WeakRef};
use godot::global::weakref;
use godot::meta::ToGodot;
use godot::obj::{Gd, Inherits, InstanceId};

/// The way to one object.
#[derive(Debug)]
pub(crate) struct Gate {
    /// The engine's weak reference to it, while it is there. It gives out no object whose last owner has let go.
    weak: Mutex<Option<InstanceId>>,
}

/// What the object itself has of its gate, and shuts it by.
#[derive(Debug)]
pub(crate) struct Gatekeeper {
    gate: Arc<Gate>,
    /// Kept for the gate, which has only its id.
    _weak: Gd<WeakRef>,
}

impl Gate {
    /// The object, if it is there and stays.
    pub(crate) fn object<T>(&self) -> Option<Gd<T>>
    where
        T: Inherits<RefCounted>,
    {
        let object = {
            let weak = self.lock();
            Gd::<WeakRef>::try_from_instance_id((*weak)?).ok()?.get_ref()
        };
        // Without the lock: whoever turns out to be the last owner here ends the object, which shuts its gate.
        object.try_to().ok()
    }

    fn lock(&self) -> MutexGuard<'_, Option<InstanceId>> {
        self.weak.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Gatekeeper {
    /// Opens the gate of this object. `None` if the engine has no weak reference left to give.
    pub(crate) fn of<T: Inherits<RefCounted>>(object: &Gd<T>) -> Option<Self> {
        let weak: Gd<WeakRef> = weakref(&object.to_variant()).try_to().ok()?;
        let gate = Gate { weak: Mutex::new(Some(weak.instance_id())) };
        Some(Self { gate: Arc::new(gate), _weak: weak })
    }

    pub(crate) fn gate(&self) -> Arc<Gate> {
        Arc::clone(&self.gate)
    }
}

impl Drop for Gatekeeper {
    fn drop(&mut self) {
        *self.gate.lock() = None;
    }
}
