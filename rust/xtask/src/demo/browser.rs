//! The game in a browser, for people: a match that is hosted here without a window, and the page to join it.

use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::process::Reaped;
use crate::web::game::WebGame;
use crate::{engine, project, workspace};

/// Hosts a match on the game's own port, and opens the page. Returns when the match is over, which is when this is
/// interrupted.
pub(super) fn open(bots: u8) -> Result<()> {
    let game = WebGame::export()?;
    let server = game.serve()?;
    let engine = engine::locate_or_fetch()?;
    let project = workspace::demo_project();
    project::prepare(&engine, &project)?;
    let mut host = Command::new(engine);
    host.args(["--headless", "--path"]).arg(project).args(["--", "--role=host", &format!("--bots={bots}")]);
    let mut host = Reaped::spawn(host.stdin(Stdio::null()))?;
    let url = server.url("/");
    println!("the game is at {url}, and the match to join at 127.0.0.1; Ctrl-C ends both");
    show(&url);
    let status = host.child().wait()?;
    bail!("the match has ended ({status})");
}

/// Opens the user's browser. Without one, the URL that was printed has to do.
fn show(url: &str) {
    let program = match std::env::consts::OS {
        "macos" => "open",
        "windows" => "explorer",
        _ => "xdg-open",
    };
    let shown = Command::new(program).arg(url).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    if shown.is_err() {
        eprintln!("no browser was found to open it in");
    }
}
