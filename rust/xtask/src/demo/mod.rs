//! The demo: the game in `godot_project/`, one server and its clients, each a process of its own.
//!
//! This file owns the order of things. `cast` knows who plays and how each is started, `player` one running
//! process, `stage` the play itself with its cues and deadline, `summary` what a process says about itself at the
//! end, `report` what is made of it.

mod cast;
mod player;
mod report;
mod stage;
mod summary;

use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use player::Event;
use stage::Production;

use crate::{addon, engine, project, workspace};

/// The server's cues need a client that stays, one that leaves and one that comes late.
pub const MIN_CLIENTS: u8 = 3;
/// As many clients as have names.
pub const MAX_CLIENTS: u8 = cast::MAX_CLIENTS;

/// The whole play; it takes a fraction of that.
const LIMIT: Duration = Duration::from_secs(60);

/// What the command line can choose.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// A window for each process, instead of none.
    pub window: bool,
    /// How many clients play, [`MIN_CLIENTS`] to [`MAX_CLIENTS`].
    pub clients: u8,
}

/// Builds the addon, plays the game to its end and prints what every process saw.
///
/// # Errors
///
/// If something could not be built or started, or a process did not see what it should.
pub fn run(options: &Options) -> Result<()> {
    // Without an engine there is no point in building for minutes.
    let engine = engine::locate_or_fetch()?;
    addon::build()?;
    let project = workspace::demo_project();
    project::prepare(&engine, &project)?;

    let cast = cast::of(options.clients);
    let production = Production { engine, project, window: options.window, limit: LIMIT };
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

/// Turns Ctrl-C and requests to terminate into the end of the play, so that the processes are reaped.
fn stop_on_interrupt(events: Sender<Event>) -> Result<()> {
    let handler = move || {
        // Once the play is over there is nobody to tell.
        let _ = events.send(Event::Interrupted);
    };
    ctrlc::set_handler(handler).context("cannot watch for an interrupt")
}
