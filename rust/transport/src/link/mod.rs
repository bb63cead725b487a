//! What joins the two halves of an endpoint. The game's half holds a [`Link`] and cannot tell where the network half is:
//!
//! - [`InPlace`] has it in the same place, and does at once what it is told;
//! - [`across`]: on a thread of its own, whose turns are in `life`; `crossing` is what the two threads share, `batch` what
//!   crosses at once, `sync` where the lock comes from.

pub mod across;
mod batch;
mod crossing;
mod in_place;
mod life;
#[cfg(all(test, feature = "loom"))]
mod loom_tests;
mod sync;

use std::fmt;
use std::io;
use std::time::Instant;

pub use self::across::Across;
pub use self::in_place::InPlace;
use crate::census::Census;
use crate::close_code::CloseCode;
use crate::connection::{Frame, MakeRoom, Meter};
use crate::network::{Command, Network, NetworkHalf, PeerKey, Report};

/// The way from the game's half of an endpoint to its network half, and back.
pub trait Link: Send {
    /// Lets the network half do what it can do without waiting, if it does not do so by itself, and adds what it has to say
    /// to `reports`, oldest first.
    fn drive(&mut self, now: Instant, reports: &mut Vec<Report>);

    /// Sends one message on each of these connections. Room for it was taken already. Whoever is gone is passed over.
    fn send(&mut self, to: &[PeerKey], frame: Frame, now: Instant);

    /// Makes room in the queue of a connection. What is dropped is gone before the next message is queued. What is to be
    /// written may not have been offered to the socket yet: then it is now, unless that takes long.
    fn make_room(&mut self, key: PeerKey, how: MakeRoom, meter: &Meter, now: Instant);

    /// Passes a command on. What it leads to is reported by the next [`Link::drive`].
    fn command(&mut self, command: Command, now: Instant);

    /// Whether [`Link::flush`] has something to do.
    fn needs_flush(&self) -> bool;

    /// Lets leave what was sent and waits: the end of a tick.
    fn flush(&mut self, now: Instant);

    /// Whether the game has heard all of what had come when it began to ask. While the answer is no, it is asked again after
    /// the next [`Link::drive`].
    fn has_caught_up(&mut self) -> bool;

    /// What is in the network half, as far as it can be seen from here, and on the way to it and back.
    fn census(&self) -> Census;

    /// Abandons every connection, with this close code, and stops whatever else goes on.
    fn shut_down(&mut self, code: CloseCode);
}

/// No more than its name: all of a network half written out is code that every library would carry, and nobody reads.
impl fmt::Debug for dyn Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Link")
    }
}

/// Joins a network half to the game's: on a thread of its own, or in place.
///
/// # Errors
/// When the system has no thread to give, or the network nothing to wake it with.
pub(crate) fn to<N: Network + 'static>(half: NetworkHalf<N>, network_thread: bool) -> io::Result<Box<dyn Link>> {
    Ok(if network_thread { Box::new(Across::start(half)?) } else { Box::new(InPlace::new(half)) })
}
