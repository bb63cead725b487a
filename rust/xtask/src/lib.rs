//! The project's commands, as a library: what `cargo xtask` does, the tests can try.
//!
//! | module | owns |
//! |---|---|
//! | [`bindings`] | what the bindings to the engine are made from, cut down to what is used |
//! | [`demo`] | the demo game, one server and its clients as separate processes |
//! | [`doctor`] | what this machine lacks, and how to get it |
//! | [`elsewhere`] | the commands whose work is in crates of their own: bench, simulate, soak |
//! | [`fuzz`] | the transport's fuzz targets, run for a while, and a table of what they found |
//! | [`package`] | the addon as users download it, written and tried |
//! | [`mod@reference`] | the class reference in `docs/reference/`, made or checked |
//! | [`suite`] | every test of the workspace, run with an engine and a fresh addon |
//! | [`web`] | files for a browser: a server on this machine, and the demo game exported for it |
//!
//! How an engine is found, run and watched is in `rust/engine`, which benchmark and tests have in common with the commands.
//!
//! Nothing here writes to stdout except [`demo`], [`doctor`], [`elsewhere`], [`fuzz`] and [`package`], whose tables are their
//! results; progress and remarks go to stderr.

pub mod bindings;
pub mod demo;
pub mod doctor;
pub mod elsewhere;
pub mod fuzz;
pub mod package;
pub mod reference;
pub mod suite;
pub mod web;

use rust_websocket_engine::{self as engine, addon, needs, process, program, progress, project, workspace};
