//! What the clients do, and what is measured at their end. Each answers one line of JSON.

mod arrivals;
mod echo;
mod handshakes;
mod presence;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, anyhow};

pub use self::arrivals::{arrivals, burst};
pub use self::echo::{Echo, echo, trickle};
pub use self::handshakes::handshakes;
pub use self::presence::{acknowledge, presence};
use crate::client::{self, Manner, Pattern, Protocol};

/// How long a crowd may take to get in.
const JOINING: Duration = Duration::from_secs(60);

/// How clients of this kind behave, with messages of `size` bytes, which are compressed if `is_compressed`.
///
/// # Errors
/// When TLS cannot be had.
pub fn manner(protocol: Protocol, tls: bool, size: usize, is_compressed: bool) -> Result<Manner> {
    let tls = if tls {
        Some(Arc::new(client::trusting().map_err(|error| anyhow!("no TLS for the clients: {error}"))?))
    } else {
        None
    };
    Ok(Manner { protocol, tls, offers_compression: is_compressed, frame: Arc::new(Pattern::new(size, is_compressed)) })
}

/// The middle one; 0 of none.
fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}
