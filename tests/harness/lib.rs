//! Runs GDScript scenarios in real headless engines, one process per role.
//!
//! A [`Scenario`] names a script of `tests/project/scenarios/` and the roles in it. It is checked
//! with a [`Cast`], which says which class plays each end, so that one script proves the built-in
//! class, ours, and both together. What every role saw comes back as a [`Transcript`]; a cast with
//! our class in it must see what the built-in class sees alone, unless the scenario says why not.
//!
//! | module | owns |
//! |---|---|
//! | [`cast`] | which class plays which role |
//! | [`scenario`] | one run: start, supervise, judge, compare |
//! | [`log`] | what an engine may say, and what it may not |
//! | [`transcript`] | what a role saw, and how two of them differ |
//! | [`failure`] | what a failed test prints |
//! | [`stage`] | the notes by which roles of one run wait for each other |
//! | [`raw`] | roles played without an engine: bare sockets that do as they please |
//! | [`editor`] | an editor in which a plugin works |
//! | [`help`] | what the editor's help says of a class |
//! | [`example`] | a project of `examples/`, run as its reader would run it |
//! | [`snippet`] | pieces of GDScript in the documentation, run |
//! | [`resolver`] | an engine whose system finds no names |
//! | [`tour`], [`picture`] | the demo game in a window, and what can be told of a picture of it |
//! | [`browser`] | a browser without a window, whose console is its output |
//! | [`certificates`] | files with certificates and keys, good and bad ones |
//! | [`engine`], [`project`] | the engine, and the project it runs |

pub mod browser;
pub mod cast;
pub mod certificates;
pub mod editor;
pub mod engine;
pub mod example;
pub mod failure;
pub mod help;
pub mod log;
pub mod picture;
pub mod project;
pub mod proxy;
pub mod raw;
pub mod resolver;
pub mod scenario;
pub mod snippet;
pub mod stage;
pub mod tour;
pub mod transcript;

pub use cast::{Cast, Class};
pub use engine::Since;
pub use failure::Failure;
pub use rust_websocket_engine::program;
pub use scenario::{Run, Scenario};
pub use stage::Stage;
pub use transcript::Transcript;
