//! The tour: the game, windowed, walks through all of its screens, saves a picture of each and says what is wrong
//! with it.
//!
//! On Linux it is played on a display of its own, Xvfb, so that it looks the same everywhere and nobody's windows are
//! in the way. The game's part is `godot_project/demo/tour.gd`; `picture` knows the files it leaves.

mod picture;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

pub use picture::Look;

use super::record::is_engine_error;
use crate::engine::headless::away_from_home;
use crate::engine::{self, Display};
use crate::process::{self, Finished};
use crate::progress::Progress;
use crate::{project, workspace};

/// The whole tour; it takes a fraction of that.
const LIMIT: Duration = Duration::from_secs(150);
/// As the game takes them.
const FILM_PICTURES_PER_SECOND: u16 = 8;
/// What the game says of a screen.
const SCREEN: &str = "SCREEN ";
/// What it says when it has seen all of them.
const OVER: &str = "TOUR is over";

/// The one error that the tour asks for: it wants to host on a port that is taken.
const EXPECTED: &str = "RustWebSocketMultiplayerPeer: cannot listen on port";
/// What an engine says that finds no OpenGL.
const NO_OPENGL: [&str; 3] = ["Unable to create DisplayServer", "Could not create GL", "drivers seem not to support"];

/// A screen of the game, as it was seen.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
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
    #[must_use]
    pub fn file(&self, directory: &Path) -> PathBuf {
        directory.join(&self.picture).with_extension("png")
    }

    /// What can be seen in its picture.
    ///
    /// # Errors
    ///
    /// If there is no such picture, or it cannot be read.
    pub fn look(&self, directory: &Path) -> Result<Look> {
        picture::look_at(&self.file(directory))
    }
}

/// How a tour ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tour {
    /// It saw these screens.
    Seen(Vec<Screen>),
    /// This machine has no display to draw on, and none can be had; this says why.
    NoDisplay(String),
}

/// Walks through the game with the addon as it is built, and leaves the pictures in `directory`.
///
/// # Errors
///
/// If the game does not get to the end, or says that something went wrong.
pub fn walk(directory: &Path) -> Result<Tour> {
    let engine = engine::locate_or_fetch()?;
    let project = workspace::demo_project();
    project::prepare(&engine, &project)?;
    fs::create_dir_all(directory).with_context(|| format!("cannot create {}", directory.display()))?;
    let directory = std::path::absolute(directory)?;

    let display = match open_display() {
        Ok(display) => display,
        Err(error) => return Ok(Tour::NoDisplay(format!("{error:#}"))),
    };
    let home = tempfile::tempdir()?;
    let mut command = Command::new(engine);
    command
        .arg("--path")
        .arg(&project)
        .args(["--rendering-driver", "opengl3", "--audio-driver", "Dummy", "--resolution", "1280x720"])
        .args(["--", "--role=tour"])
        .arg(format!("--directory={}", directory.display()));
    away_from_home(&mut command, home.path());
    if let Some(display) = &display {
        command.env("DISPLAY", display.name()).env_remove("WAYLAND_DISPLAY");
    }
    let progress = Progress::start("walking through the demo's screens");
    let finished = process::run_within(&mut command, LIMIT)?;
    if let Some(line) = finished.output().lines().find(|line| NO_OPENGL.iter().any(|words| line.contains(words))) {
        return Ok(Tour::NoDisplay(format!("the engine found no OpenGL: {line}")));
    }
    let screens = read(&finished)?;
    progress.finish();
    Ok(Tour::Seen(screens))
}

/// Makes the pictures of `screens` small enough to be kept in a repository.
///
/// # Errors
///
/// If a picture cannot be read or written.
pub fn shrink(screens: &[Screen], directory: &Path) -> Result<()> {
    let mut progress = Progress::with_total("making the pictures smaller", screens.len() as u64);
    for screen in screens {
        picture::shrink(&screen.file(directory))?;
        progress.advance(1);
    }
    progress.finish();
    Ok(())
}

/// Joins the pictures that the game left of a round to a moving one, `play.png`.
///
/// # Errors
///
/// If there are none, or one cannot be read or written.
pub fn animate(directory: &Path) -> Result<()> {
    let progress = Progress::start("making the moving picture");
    let film = directory.join("film");
    let mut files: Vec<PathBuf> = fs::read_dir(&film)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    files.sort();
    picture::animate(&files, FILM_PICTURES_PER_SECOND, &directory.join("play.png"))?;
    fs::remove_dir_all(film)?;
    progress.finish();
    Ok(())
}

/// A display of our own where there is Xvfb; elsewhere the machine's.
///
/// # Errors
///
/// If there is no Xvfb on Linux, and none can be fetched.
pub fn open_display() -> Result<Option<Display>> {
    if !cfg!(target_os = "linux") {
        return Ok(None);
    }
    let program = engine::locate_or_fetch_display().context("there is no Xvfb, and none could be fetched")?;
    Display::start(&program).map(Some)
}

/// What the game said, if it said nothing bad.
fn read(finished: &Finished) -> Result<Vec<Screen>> {
    let output = finished.output();
    let errors: Vec<&str> = output.lines().filter(|line| is_engine_error(line) && !line.contains(EXPECTED)).collect();
    if !errors.is_empty() || !finished.status.success() || !output.lines().any(|line| line == OVER) {
        bail!("the tour went wrong ({}):\n{output}", finished.status);
    }
    let screens = output.lines().filter_map(|line| line.strip_prefix(SCREEN));
    screens.map(|json| serde_json::from_str(json).with_context(|| format!("cannot read {json}"))).collect()
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    use super::*;

    const GOOD: &str = r#"SCREEN {"picture":"menu","screen":"Menu","problems":[],"texts":["Host"]}"#;

    fn finished(code: i32, lines: &[&str]) -> Finished {
        Finished { status: ExitStatus::from_raw(code), stdout: lines.join("\n"), stderr: String::new() }
    }

    #[test]
    fn screens_are_read_in_their_order() {
        let screens = read(&finished(0, &["hello", GOOD, OVER])).unwrap();
        assert_eq!(screens.len(), 1);
        assert_eq!(screens[0].file(Path::new("/a")), Path::new("/a/menu.png"));
        assert_eq!(screens[0].texts, ["Host"]);
    }

    #[test]
    fn whatever_goes_wrong_is_an_error() {
        assert!(read(&finished(0, &[GOOD])).is_err(), "it did not get to the end");
        assert!(read(&finished(256, &[GOOD, OVER])).is_err(), "it failed");
        assert!(read(&finished(0, &[GOOD, "SCRIPT ERROR: Invalid call.", OVER])).is_err(), "a script failed");
        let taken = format!("ERROR: {EXPECTED} 9080: the port is taken");
        assert!(read(&finished(0, &[GOOD, &taken, OVER])).is_ok(), "it was asked for");
        assert!(read(&finished(0, &["SCREEN {", OVER])).is_err(), "it cannot be read");
    }
}
