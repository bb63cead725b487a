//! The game for people, who want to play it themselves: in a window, or in a browser with a match that is hosted here
//! without one.

use std::env::consts;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::stage::{self, INTERRUPTED, LISTENING};
use crate::process;
use crate::program::Program;
use crate::web::game::WebGame;
use crate::workspace;

/// How long a match may take to be hosted.
const HOST_LIMIT: Duration = Duration::from_secs(60);
/// How often to look what the host said, and who has ended.
const TICK: Duration = Duration::from_millis(100);

/// Opens the game at its menu; with bots, at once in a match with them. Returns when the window is closed.
pub(super) fn open_window(engine: &Path, bots: u8) -> Result<()> {
    let mut command = Command::new(engine);
    command.arg("--path").arg(workspace::demo_project());
    if bots > 0 {
        command.args(["--", "--role=host", &format!("--bots={bots}")]);
    }
    process::run("the game", &mut command)
}

/// Hosts a match on a port of the system's choice, and opens the page with a menu that knows it. Returns when it is
/// interrupted.
pub(super) fn open_page(engine: &Path, bots: u8) -> Result<()> {
    stage::watch_for_interrupts()?;
    let outcome = host_and_show(engine, bots);
    if INTERRUPTED.load(Ordering::Relaxed) {
        // The engine was interrupted as well, so whatever it said of that is no error.
        println!("the match is over");
        return Ok(());
    }
    outcome
}

fn host_and_show(engine: &Path, bots: u8) -> Result<()> {
    let game = WebGame::export()?;
    let server = game.serve()?;
    let mut command = Command::new(engine);
    command.args(["--headless", "--path"]).arg(workspace::demo_project());
    command.args(["--", "--role=host", "--port=0", &format!("--bots={bots}")]);
    let mut host = Program::beside_us("the match", command, Instant::now() + HOST_LIMIT)?;
    let port = host.says(&format!("^{LISTENING}([0-9]+)$")).context("no match could be hosted")?;
    host.new_lines();
    let url = server.url(&format!("/?arg=--address=127.0.0.1&arg=--port={port}"));
    println!("the game is at {url}\nchoose Join there, for this match is on port {port}; Ctrl-C ends both");
    let mut browser = show(&url);
    while !INTERRUPTED.load(Ordering::Relaxed) {
        host.new_lines().iter().for_each(|line| println!("{line}"));
        if let Some(status) = host.status()? {
            bail!(
                "the match has ended by itself ({status}); the same command begins another. It said:\n{}",
                host.stop().join("\n")
            );
        }
        if let Some(status) = browser.as_mut().and_then(|browser| browser.try_wait().ok().flatten()) {
            browser = None;
            // Windows' program says nothing by its status.
            if !status.success() && consts::OS != "windows" {
                advise();
            }
        }
        thread::sleep(TICK);
    }
    Ok(())
}

/// Opens the user's browser. Without one, the URL that was printed has to do.
fn show(url: &str) -> Option<Child> {
    let program = match consts::OS {
        "macos" => "open",
        "windows" => "explorer",
        _ => "xdg-open",
    };
    let shown = Command::new(program).arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    shown.inspect_err(|_| advise()).ok()
}

fn advise() {
    eprintln!("no browser could be opened from here: open that address in one on this machine");
}
