//! Both ends of an echo: whatever a peer says comes back as it was.

#![allow(dead_code, reason = "each program uses its half")]

pub(crate) mod client;
pub(crate) mod server;

use std::time::Duration;

use rust_websocket_transport::config::Limits;

/// The largest message that is echoed, in bytes.
const MAX_MESSAGE: usize = 16 * 1024 * 1024;

/// One message at a time is taken and echoed before the next is looked at. So an echo never misses its turn, even if
/// what follows its message breaks the protocol and ends the connection.
fn limits() -> Limits {
    Limits {
        inbound_buffer_size: MAX_MESSAGE,
        outbound_buffer_size: MAX_MESSAGE,
        max_queued_packets: 1,
        handshake_timeout: Duration::from_secs(10),
        ..Limits::default()
    }
}
