//! A Godot that runs on this machine, found or fetched, and what is run around it: what the commands, the benchmark and the
//! tests all need.
//!
//! | module | owns |
//! |---|---|
//! | [`version`] | whether an engine runs and is new enough |
//! | `cache`, `debian`, `official` | where fetched engines live, and how one is fetched |
//! | `template` | what games are exported with |
//! | [`headless`] | how engines are run, and what they may say |
//! | [`addon`] | the addon's library: built, and put where its `.gdextension` names it |
//! | [`project`] | a Godot project made ready for a headless run |
//! | [`needs`] | what some tests need that not every machine has |
//! | [`process`], [`progress`] | programs run to their end, and what shows meanwhile |
//! | [`program`] | a program whose output is read while it runs |
//! | [`workspace`] | where things are in this repository, and how to call cargo |
//!
//! This file owns the order in which places are tried. Nothing here writes to stdout; progress and remarks go to stderr.

pub mod addon;
pub mod headless;
pub mod needs;
pub mod process;
pub mod program;
pub mod progress;
pub mod project;
pub mod version;
pub mod workspace;

mod cache;
mod debian;
mod official;
mod template;

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};

pub use cache::CACHE_VARIABLE;
pub use debian::display::Display;
pub use template::{template_for, templates_of};
pub use version::version_of;

use cache::Cache;

/// Names an engine to use, above all others.
pub const ENGINE_VARIABLE: &str = "GODOT4_BIN";

/// Names the folder that tests keep their pictures in.
pub const PICTURES_VARIABLE: &str = "RUST_WEBSOCKET_PICTURES";

/// Names a file that gets a line for every test that an older engine could not be the measure of.
pub const UNMEASURED_VARIABLE: &str = "RUST_WEBSOCKET_UNMEASURED";

/// Finds a Godot of version [`version::MINIMUM`] or newer that runs here; fetches one if there is none.
///
/// Tried in this order: the variable [`ENGINE_VARIABLE`], `godot4` and `godot` on the `PATH`, the project's cache,
/// the Debian package, the official build.
///
/// # Errors
///
/// If [`ENGINE_VARIABLE`] names something that is not such an engine, or if no place has one; the message says why
/// for each place, and what to set.
pub fn locate_or_fetch() -> Result<PathBuf> {
    if let Some(named) = env::var_os(ENGINE_VARIABLE).filter(|value| !value.is_empty()) {
        return from_variable(Path::new(&named));
    }
    let mut misses = Misses::default();
    if let Some(engine) = on_path(&mut misses) {
        return Ok(engine);
    }
    match Cache::open() {
        Ok(cache) => {
            if let Some(engine) = from_cache(&cache, &mut misses) {
                return Ok(engine);
            }
        }
        Err(error) => misses.add("the cache", &error),
    }
    Err(misses.into_error())
}

/// The official build of a version, as in `4.3`, whatever else is here: out of the cache, or fetched into it.
///
/// # Errors
///
/// If there is none for this machine, it cannot be had, or it does not run here.
pub fn locate_or_fetch_official(version: &str) -> Result<PathBuf> {
    official::Build::of_version(version)?.find_or_fetch(&Cache::open()?)
}

fn from_variable(named: &Path) -> Result<PathBuf> {
    let resolved = which::which(named)
        .with_context(|| format!("{ENGINE_VARIABLE} is {}, which is no program", named.display()))?;
    let engine = std::path::absolute(resolved)?;
    version::check(&engine).with_context(|| format!("{ENGINE_VARIABLE} is {}", named.display()))?;
    Ok(engine)
}

fn on_path(misses: &mut Misses) -> Option<PathBuf> {
    for name in ["godot4", "godot"] {
        for engine in which::which_all(name).into_iter().flatten() {
            match version::check(&engine) {
                Ok(()) => return Some(engine),
                Err(error) => misses.add(&engine.display().to_string(), &error),
            }
        }
    }
    None
}

fn from_cache(cache: &Cache, misses: &mut Misses) -> Option<PathBuf> {
    let debian = debian::Package::for_machine();
    let official = official::Build::for_machine();
    let installs =
        [debian.as_ref().ok().map(debian::Package::install), official.as_ref().ok().map(official::Build::install)];
    if let Some(engine) = installs.iter().flatten().find_map(|install| cache.find(install, version::check)) {
        return Some(engine);
    }
    let mut try_place = |place: &str, outcome: Result<PathBuf>| outcome.map_err(|error| misses.add(place, &error)).ok();
    try_place("the Debian package", debian.and_then(|package| package.find_or_fetch(cache)))
        .or_else(|| try_place("the official build", official.and_then(|build| build.find_or_fetch(cache))))
}

/// Why each place had no engine, in case none has.
#[derive(Default)]
struct Misses(Vec<String>);

impl Misses {
    /// Notes a miss, and says it at once: fetching may follow, and nobody should wonder why.
    fn add(&mut self, place: &str, error: &anyhow::Error) {
        let miss = format!("{place}: {error:#}");
        eprintln!("no engine from {miss}");
        self.0.push(miss);
    }

    fn into_error(self) -> anyhow::Error {
        let minimum = version::MINIMUM;
        anyhow!(
            "no Godot {minimum} or newer was found, and none could be fetched\n  {}\n\
             Install Godot {minimum} or newer and set {ENGINE_VARIABLE} to the path of its program.",
            self.0.join("\n  ")
        )
    }
}
