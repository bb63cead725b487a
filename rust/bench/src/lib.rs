//! The load of `cargo xtask bench`: many WebSocket clients on one thread, each as cheap as it can be, so that what is
//! measured is the server.
//!
//! It shares no code with the transport, which it measures. [`client`] is one connection, [`crowd`] drives many by mio,
//! [`work`] has what they do and what they report; [`link`] is a slow link to a server, [`compression`] what compression does
//! for the packets of real games. The programs in `src/bin/` are the command line of it, and the
//! servers that ours stands beside: `bare_server` (TCP and nothing else, the floor), `tokio_tungstenite_echo` and
//! `fastwebsockets_echo`; and `measure`, which runs them all, by [`measure`](mod@measure).

#[cfg(feature = "measure")]
pub mod measure;

pub mod client;
pub mod compression;
pub mod crowd;
pub mod link;
pub mod upgrade;
pub mod work;
