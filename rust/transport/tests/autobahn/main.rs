//! The matrix of the Autobahn|Testsuite, which WebSocket implementations are held to, against both ends of this crate:
//! an echo server and an echo client, each on a real socket, opposite a peer made here that says what no decent peer
//! would. A case has the number it has in the suite and has to end as the suite calls `OK`, never `NON-STRICT`.
//!
//! What the suite has and this does not: its full sizes and counts where they would take an unoptimised build seconds (9, 12, 13); `examples/echo_server.rs` and `echo_client.rs` take the suite itself.

#![allow(clippy::unwrap_used, reason = "a test that unwraps says where it failed")]

mod case;
mod ends;
mod frame;
mod peer;
mod section_10_miscellaneous;
mod section_12_13_compression;
mod section_1_framing;
mod section_2_pings;
mod section_3_reserved_bits;
mod section_4_opcodes;
mod section_5_fragments;
mod section_6_text;
mod section_6_utf8;
mod section_7_closing;
mod section_9_limits;

#[path = "../../examples/echo/mod.rs"]
mod echo;
