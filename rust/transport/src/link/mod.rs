//! What joins the two halves of an endpoint. The game's half holds a [`Link`] and cannot tell where the network half is;
//! [`InPlace`] has it in the same place, and does at once what it is told.

mod in_place;

use std::fmt::Debug;
use std::time::Instant;

pub use self::in_place::InPlace;
use crate::close_code::CloseCode;
use crate::connection::Frame;
use crate::network::{Command, PeerKey, Report};

/// The way from the game's half of an endpoint to its network half, and back.
pub trait Link: Debug + Send {
    /// Lets the network half do what it can do without waiting, if it does not do so by itself, and adds what it has to say
    /// to `reports`, oldest first.
    fn drive(&mut self, now: Instant, reports: &mut Vec<Report>);

    /// Sends one message on each of these connections. Room for it was taken already. Whoever is gone is passed over.
    fn send(&mut self, to: &[PeerKey], frame: Frame);

    /// Gives a connection whose queue is full the chance to write, if that can be done here and now.
    fn make_room(&mut self, key: PeerKey, now: Instant);

    /// Passes a command on. What it leads to is reported by the next [`Link::drive`].
    fn command(&mut self, command: Command, now: Instant);

    /// Whether [`Link::flush`] has something to do.
    fn needs_flush(&self) -> bool;

    /// Lets leave what was sent and waits: the end of a tick.
    fn flush(&mut self, now: Instant);

    /// Abandons every connection, with this close code, and stops whatever else goes on.
    fn shut_down(&mut self, code: CloseCode);
}
