//! The demo, the proof that a game works with the addon: the game in `godot_project/`. It plays by itself, one server and
//! its clients, each a process of its own; or opens in a window, for people; or has its pictures taken.
//!
//! This file owns the order of things. `cast` knows who plays and how each is started, `stage` the play itself with its
//! cues and deadline, `record` what a process did and what is made of it; `people` opens the game for people. The
//! pictures are taken by the tests that look at all screens.

mod cast;
mod people;
mod record;
mod stage;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;

use crate::{addon, engine, process, project, workspace};
use record::Record;
use stage::Production;

/// The server's cues need a client that stays, one that leaves and one that comes late.
const MIN_CLIENTS: u8 = 3;

/// The host of a match plays as well, and a match has room for 32.
const MAX_BOTS: u8 = 31;

/// The whole play; it takes a fraction of that.
const LIMIT: Duration = Duration::from_secs(60);

/// What the command line can choose.
#[derive(Args, Clone, Debug, Default)]
pub struct Options {
    /// Open the game in a window to play it; with --clients, a window for each process that plays by itself
    #[arg(long)]
    pub window: bool,
    /// How many clients play by themselves (3 unless it is said); the third of them joins late
    #[arg(long, value_parser = clap::value_parser!(u8).range(i64::from(MIN_CLIENTS)..=i64::from(cast::MAX_CLIENTS)))]
    pub clients: Option<u8>,
    /// How many bots fill the arena, each with a connection of its own
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u8).range(..=i64::from(MAX_BOTS)))]
    pub bots: u8,
    /// Walk through all screens instead, and the editor's tab, and put pictures of them into this folder
    #[arg(long, value_name = "FOLDER")]
    pub screenshots: Option<PathBuf>,
    /// Host a match here, and open the game in a browser to join it
    #[arg(long, conflicts_with_all = ["window", "clients", "screenshots"])]
    pub web: bool,
}

/// Builds the addon, and does with the game what the options say.
///
/// # Errors
///
/// If something could not be built or started, or a process did not see what it should.
pub fn run(options: &Options) -> Result<()> {
    // Without an engine there is no point in building for minutes.
    let engine = engine::locate_or_fetch()?;
    addon::build()?;
    if let Some(directory) = &options.screenshots {
        return take_pictures(&engine, directory);
    }
    project::prepare(&engine, &workspace::demo_project())?;
    if options.web {
        return people::open_page(&engine, options.bots);
    }
    if options.window && options.clients.is_none() {
        return people::open_window(&engine, options.bots);
    }
    play(options, engine)
}

/// Plays the game to its end, and prints what every process saw.
fn play(options: &Options, engine: PathBuf) -> Result<()> {
    let project = workspace::demo_project();
    let cast = cast::CLIENTS.into_iter().take(options.clients.unwrap_or(MIN_CLIENTS).into()).collect();
    let production = Production { engine, project, window: options.window, bots: options.bots, limit: LIMIT };
    stage::watch_for_interrupts()?;
    let records = stage::play(production, cast)?;
    println!("\n{}", record::table(&records));
    let problems: Vec<String> = records.iter().flat_map(Record::problems).collect();
    if !problems.is_empty() {
        bail!("the demo went wrong:\n  {}", problems.join("\n  "));
    }
    println!("every process saw what it should");
    Ok(())
}

/// Has the tests that look at the game and at the editor keep their pictures; they also say what is wrong with them.
fn take_pictures(engine: &Path, directory: &Path) -> Result<()> {
    const TESTS: &str = "needs_display";
    fs::create_dir_all(directory).with_context(|| format!("cannot create {}", directory.display()))?;
    let began = SystemTime::now();
    let mut command = workspace::cargo();
    command.args(["test", "--package", "integration-tests", "--test", "scenarios", "--"]);
    // One after the other: each draws on all of a display, and waits for nobody.
    command.args(["--ignored", "--nocapture", "--test-threads=1", TESTS]);
    command.env(engine::ENGINE_VARIABLE, engine).env(engine::PICTURES_VARIABLE, std::path::absolute(directory)?);
    process::run("the tour", &mut command)?;
    let mut count = 0;
    for entry in fs::read_dir(directory)? {
        count += u32::from(entry?.metadata()?.modified()? >= began);
    }
    ensure!(count > 0, "no test has {TESTS} in its name, and there are no pictures");
    println!("{count} pictures are in {}", directory.display());
    Ok(())
}
