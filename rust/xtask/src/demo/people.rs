//! The game for people, who want to play it themselves: in a window, or in a browser with a match that is hosted here
//! without one.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::process::{self, Reaped};
use crate::web::game::WebGame;
use crate::workspace;

/// Opens the game at its menu; with bots, at once in a match with them. Returns when the window is closed.
pub(super) fn open_window(engine: &Path, bots: u8) -> Result<()> {
    let mut command = Command::new(engine);
    command.arg("--path").arg(workspace::demo_project());
    if bots > 0 {
        command.args(["--", "--role=host", &format!("--bots={bots}")]);
    }
    process::run("the game", &mut command)
}

/// Hosts a match on the game's own port, and opens the page. Returns when the match is over, which is when this is
/// interrupted.
pub(super) fn open_page(engine: &Path, bots: u8) -> Result<()> {
    let game = WebGame::export()?;
    let server = game.serve()?;
    let mut host = Command::new(engine);
    host.args(["--headless", "--path"]).arg(workspace::demo_project());
    host.args(["--", "--role=host", &format!("--bots={bots}")]);
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
