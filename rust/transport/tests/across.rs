//! The tests of endpoints once more, with each network on a thread of its own: `support` sees it by this program's name.

#![allow(clippy::duplicate_mod, reason = "each of these is a program of its own as well, with what it needs")]
#![allow(clippy::unwrap_used, reason = "a test that unwraps says where it failed")]

#[path = "compression.rs"]
mod compression;
#[path = "conditions.rs"]
mod conditions;
#[path = "delivery/main.rs"]
mod delivery;
#[path = "draining.rs"]
mod draining;
#[path = "endings.rs"]
mod endings;
#[path = "handshakes.rs"]
mod handshakes;
#[path = "limits.rs"]
mod limits;
#[path = "peers.rs"]
mod peers;
#[path = "player_limits.rs"]
mod player_limits;
#[path = "proxies.rs"]
mod proxies;
#[path = "slow.rs"]
mod slow;
#[path = "statistics.rs"]
mod statistics;
#[path = "tls/main.rs"]
mod tls;
