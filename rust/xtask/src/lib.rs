//! The project's commands, as a library: what `cargo xtask` does, other crates can call.
//!
//! | module | owns |
//! |---|---|
//! | [`engine`] | a Godot that runs: found on this machine, or fetched into a cache |
//! | [`addon`] | the addon's library: built, and put where its `.gdextension` names it |
//! | [`project`] | a Godot project made ready for a headless run |
//! | [`bindings`] | what the bindings to the engine are made from, cut down to what is used |
//! | [`demo`] | the demo game, one server and its clients as separate processes |
//! | [`elsewhere`] | the commands whose work is in crates of their own: bench, simulate, soak |
//! | [`doctor`] | what this machine lacks, and how to get it |
//! | [`fuzz`] | the transport's fuzz targets, run for a while, and a table of what they found |
//! | [`needs`] | what some tests need that not every machine has |
//! | [`process`], [`progress`] | programs run to their end, and what shows meanwhile |
//! | [`program`] | a program whose output is read while it runs |
//! | [`package`] | the addon as users download it, written and tried |
//! | [`mod@reference`] | the class reference in `docs/reference/`, made or checked |
//! | [`suite`] | every test of the workspace, run with an engine and a fresh addon |
//! | [`web`] | files for a browser: a server on this machine, and the demo game exported for it |
//!
//! Nothing here writes to stdout except [`demo`], [`doctor`], [`elsewhere`], [`fuzz`] and [`package`], whose tables are their
//! results; progress and remarks go to stderr.

pub mod addon;
pub mod bindings;
pub mod demo;
pub mod doctor;
pub mod elsewhere;
pub mod engine;
pub mod fuzz;
pub mod needs;
pub mod package;
pub mod process;
pub mod program;
pub mod progress;
pub mod project;
pub mod reference;
pub mod suite;
pub mod web;
pub mod workspace;
