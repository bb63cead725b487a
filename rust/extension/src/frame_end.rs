//! Flushing at the end of the frame in which something was put, for each class that has a queue. When that end comes is
//! `main_thread.rs`.

use std::sync::Arc;
use std::time::Instant;

use godot::classes::RefCounted;
use godot::obj::bounds::DeclUser;
use godot::obj::{Bounds, Inherits, WithBaseField};

use crate::gate::{Gate, Gatekeeper};
use crate::main_thread;

/// What an object knows of its next flush, and of the way back to itself.
#[derive(Debug, Default)]
pub(crate) struct FrameEnd {
    /// A flush is left for the end of the main thread's frame.
    is_scheduled: bool,
    /// Made when somebody else first needs the way here.
    gatekeeper: Option<Gatekeeper>,
}

/// An object whose queue leaves at the end of the frame.
pub(crate) trait FlushAtFrameEnd: WithBaseField + Inherits<RefCounted> + Bounds<Declarer = DeclUser> {
    /// Where it keeps this.
    fn frame_end(&mut self) -> &mut FrameEnd;

    /// Whether [`Self::flush`] has something to do.
    fn needs_flush(&self) -> bool;

    /// Lets leave what waits.
    fn flush(&mut self, now: Instant);

    /// Sees to it that what waits leaves with this frame.
    fn schedule_flush(&mut self) {
        if self.frame_end().is_scheduled && main_thread::is_current() {
            return;
        }
        if !self.needs_flush() {
            return;
        }
        if !main_thread::is_current() {
            // No frame ends here.
            self.flush(Instant::now());
        } else if let Some(gate) = self.gate() {
            self.frame_end().is_scheduled = true;
            main_thread::at_frame_end(move || {
                if let Some(mut object) = gate.object::<Self>() {
                    object.bind_mut().flush_now();
                }
            });
        }
    }

    /// Lets leave what waits, ahead of the end of the frame or at it.
    fn flush_now(&mut self) {
        self.frame_end().is_scheduled = false;
        self.flush(Instant::now());
    }

    /// The way here for whoever may outlive this object.
    fn gate(&mut self) -> Option<Arc<Gate>> {
        if self.frame_end().gatekeeper.is_none() {
            let gatekeeper = Gatekeeper::of(&self.to_gd());
            self.frame_end().gatekeeper = gatekeeper;
        }
        self.frame_end().gatekeeper.as_ref().map(Gatekeeper::gate)
    }
}
