//! The demo: the game in `godot_project/`. It plays by itself, one server and its clients, each a process of its own;
//! or opens in a window, for people; or walks through its screens and takes pictures.
//!
//! This file owns the order of things. `cast` knows who plays and how each is started, `player` one running
//! process, `stage` the play itself with its cues and deadline, `summary` what a process says about itself at the
//! end, `report` what is made of it; `window` and `browser` are for people, and [`tour`] takes the pictures.

mod browser;
mod cast;
mod player;
mod report;
mod stage;
mod summary;
pub mod tour;
mod window;

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use player::Event;
use stage::Production;
use tour::Tour;

use crate::{addon, engine, project, workspace};

/// The server's cues need a client that stays, one that leaves and one that comes late.
pub const MIN_CLIENTS: u8 = 3;
/// As many clients as have names.
pub const MAX_CLIENTS: u8 = cast::MAX_CLIENTS;

/// The host of a match plays as well, and a match has room for 32.
pub const MAX_BOTS: u8 = 31;

/// The whole play; it takes a fraction of that.
const LIMIT: Duration = Duration::from_secs(60);

/// What the command line can choose.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The game in a window for people; with `clients`, one for each process of the play.
    pub window: bool,
    /// How many clients play by themselves, [`MIN_CLIENTS`] to [`MAX_CLIENTS`]; the former unless it is said.
    pub clients: Option<u8>,
    /// How many bots fill the arena, up to [`MAX_BOTS`].
    pub bots: u8,
    /// Where pictures of all screens are put, instead of a play.
    pub screenshots: Option<PathBuf>,
    /// The game in a browser for people, at a match that is hosted here.
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
        return take_pictures(directory);
    }
    if options.web {
        return browser::open(options.bots);
    }
    if options.window && options.clients.is_none() {
        return window::open(options.bots);
    }
    play(options, engine)
}

/// Plays the game to its end, and prints what every process saw.
fn play(options: &Options, engine: PathBuf) -> Result<()> {
    let project = workspace::demo_project();
    project::prepare(&engine, &project)?;

    let cast = cast::of(options.clients.unwrap_or(MIN_CLIENTS));
    let production = Production { engine, project, window: options.window, bots: options.bots, limit: LIMIT };
    let (sender, events) = channel();
    stop_on_interrupt(sender.clone())?;
    let records = stage::play(production, cast, sender, &events)?;
    println!("\n{}", report::table(&records));
    let problems: Vec<String> = records.iter().flat_map(report::problems).collect();
    if !problems.is_empty() {
        bail!("the demo went wrong:\n  {}", problems.join("\n  "));
    }
    println!("every process saw what it should");
    Ok(())
}

fn take_pictures(directory: &Path) -> Result<()> {
    let screens = match tour::walk(directory)? {
        Tour::Seen(screens) => screens,
        Tour::NoDisplay(reason) => bail!("there is nothing to draw on: {reason}"),
    };
    tour::shrink(&screens, directory)?;
    tour::animate(directory)?;
    let problems: Vec<String> = screens
        .iter()
        .flat_map(|screen| screen.problems.iter().map(|problem| format!("{}: {problem}", screen.picture)))
        .collect();
    if !problems.is_empty() {
        bail!("the screens have problems:\n  {}", problems.join("\n  "));
    }
    println!("{} pictures are in {}", screens.len(), directory.display());
    Ok(())
}

/// Turns Ctrl-C and requests to terminate into the end of the play, so that the processes are reaped.
fn stop_on_interrupt(events: Sender<Event>) -> Result<()> {
    let handler = move || {
        // Once the play is over there is nobody to tell.
        let _ = events.send(Event::Interrupted);
    };
    ctrlc::set_handler(handler).context("cannot watch for an interrupt")
}
