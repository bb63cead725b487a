//! The project's commands, as a library: what `cargo xtask` does, other crates can call.
//!
//! | module | owns |
//! |---|---|
//! | [`engine`] | a Godot that runs: found on this machine, or fetched into a cache |
//! | [`addon`] | the addon's library: built, and put where its `.gdextension` names it |
//! | [`project`] | a Godot project made ready for a headless run |
//! | [`mod@bench`] | the addon measured beside the built-in class, and the transport beside other libraries |
//! | [`bindings`] | what the bindings to the engine are made from, cut down to what is used |
//! | [`demo`] | the demo game, one server and its clients as separate processes |
//! | [`doctor`] | what this machine lacks, and how to get it |
//! | [`fuzz`] | the transport's fuzz targets, run for a while, and a table of what they found |
//! | [`needs`] | what some tests need that not every machine has |
//! | [`package`] | the addon as users download it, written and tried |
//! | [`mod@reference`] | the class reference in `docs/reference/`, made or checked |
//! | [`simulate`] | the transport in simulated worlds, each made from a seed |
//! | [`soak`] | a long load on the transport, and what it leaves behind |
//! | [`suite`] | every test of the workspace, run with an engine and a fresh addon |
//! | [`web`] | files for a browser: a server on this machine, and the demo game exported for it |
//!
//! Nothing here writes to stdout except [`mod@bench`], [`demo`], [`doctor`], [`fuzz`], [`package`], [`simulate`] and
//! [`soak`], whose tables are their results; progress and remarks go to stderr.

pub mod addon;
pub mod bench;
pub mod bindings;
pub mod demo;
pub mod doctor;
pub mod engine;
pub mod fuzz;
pub mod needs;
pub mod package;
pub mod project;
pub mod reference;
pub mod simulate;
pub mod soak;
pub mod suite;
pub mod web;
pub mod workspace;

mod process;
mod progress;
