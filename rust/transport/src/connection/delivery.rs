//! How a message is to be delivered.

use std::time::Instant;

/// How a packet is to be delivered, as Godot's transfer modes have it. The order of what arrives is that of putting, always.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// It has to arrive, as long as the connection lives.
    Reliable,
    /// Of no more use once it is old: while it waits it may be dropped, see
    /// [`Limits::unreliable_max_age`](crate::config::Limits::unreliable_max_age).
    Unreliable {
        /// When the game put it.
        put_at: Instant,
    },
}
