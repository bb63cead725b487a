//! The test of `descriptors` once more, with each network on a thread of its own.

#![allow(clippy::unwrap_used, reason = "a test that unwraps says where it failed")]

#[path = "descriptors.rs"]
mod descriptors;
