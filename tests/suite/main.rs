//! Every scenario, with every cast that makes sense for it, each as a test of its own.
//!
//! `cargo test -p integration-tests --test scenarios -- relay` runs those with `relay` in their name;
//! the last part of a name is the cast: `ours`, `our_server`, `our_clients`, `mixed_on_ours`,
//! `mixed_on_builtin`, and `builtin`, which is the measure of the others.

#[macro_use]
mod declare;

mod auth;
mod bench;
mod bytes;
mod certificates;
mod compression;
mod delivery;
mod demo;
mod differential;
mod docs;
mod doors;
mod drain;
mod ends;
mod errors;
mod examples;
mod frames;
mod freshness;
mod handlers;
mod handshake;
mod help;
mod lifecycle;
mod links;
mod load;
mod malformed;
mod many;
mod misuse;
mod names;
mod network;
mod network_tab;
mod package;
mod player_limits;
mod promises;
mod proxies;
mod readme;
mod reference;
mod rpc;
mod scene;
mod snippets;
mod statistics;
mod threads;
mod tls;
mod trouble;
mod troubleshooting;
mod web_export;
mod web_helper;
mod web_socket_peer;
mod why;
