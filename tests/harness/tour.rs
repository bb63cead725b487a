//! The demo game in a window, so that what people see of it is seen by a test, too: it walks through all of its screens,
//! saves a picture of each and says what is wrong with it.
//!
//! On Linux it is played on a display of its own, Xvfb, so that it looks the same everywhere and nobody's windows are in the
//! way. The game's part is `godot_project/demo/tour.gd`.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use rust_websocket_engine::{
    Display,
    headless::{away_from_home, is_error},
    project, workspace,
};
use serde::Deserialize;

use crate::{engine, program::Program};

/// The whole tour; it takes a fraction of that.
const LIMIT: Duration = Duration::from_secs(150);

/// What the game says when it has seen all screens.
const OVER: &str = "TOUR is over";

/// The one error that the tour asks for: it wants to host on a port that is taken.
const EXPECTED: &str = "RustWebSocketMultiplayerPeer: cannot listen on port";

/// A screen of the game, as it was seen.
#[derive(Clone, Debug, Deserialize)]
pub struct Screen {
    /// What the picture is called, without its ending.
    pub picture: String,
    /// Which screen it shows.
    pub screen: String,
    /// What a person would complain about: controls on one another, outside, cut off.
    pub problems: Vec<String>,
    /// Everything that can be read on it.
    pub texts: Vec<String>,
}

impl Screen {
    /// Where its picture is, in the folder of the tour.
    pub fn file(&self, directory: &Path) -> PathBuf {
        directory.join(&self.picture).with_extension("png")
    }
}

/// Walks through the game with the addon as it is built, and leaves the pictures in `directory`.
pub fn walk(directory: &Path) -> Result<Vec<Screen>> {
    let engine = engine::path()?;
    let project = workspace::demo_project();
    project::prepare(&engine, &project)?;
    let home = tempfile::tempdir()?;
    let mut command = Command::new(engine);
    command
        .arg("--path")
        .arg(&project)
        .args(["--rendering-driver", "opengl3", "--audio-driver", "Dummy", "--resolution", "1280x720"])
        .args(["--", "--role=tour"])
        .arg(format!("--directory={}", directory.display()));
    away_from_home(&mut command, home.path());
    let _display = show(&mut command)?;
    let (status, lines) = Program::start("the tour", command, Instant::now() + LIMIT)?.end()?;
    let wrong: Vec<&String> = lines.iter().filter(|line| is_error(line) && !line.contains(EXPECTED)).collect();
    ensure!(
        status.success() && wrong.is_empty() && lines.iter().any(|line| line == OVER),
        "the tour went wrong ({status}), which needs a display with OpenGL: {wrong:?}\n{}",
        lines.join("\n")
    );
    let screens = lines.iter().filter_map(|line| line.strip_prefix("SCREEN "));
    screens.map(|json| serde_json::from_str(json).with_context(|| format!("cannot read {json}"))).collect()
}

/// Gives a command a display of its own, where that can be had; it ends with what is answered.
pub fn show(command: &mut Command) -> Result<Option<Display>> {
    let display = Display::open()?;
    if let Some(display) = &display {
        command.env("DISPLAY", display.name()).env_remove("WAYLAND_DISPLAY");
    }
    Ok(display)
}
