//! `websocket_multiplayer.gd`, the one name for native games and the web: it gives our class where the library is
//! loaded and the built-in one elsewhere, and either plays.
//!
//! A browser is not needed for the second: a project that has the addon's folder but not its extension has no class of
//! that name either, and a script that named it would not parse.

use std::{
    fs,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use integration_tests::{
    Failure, engine,
    log::{self, Complaint},
    project,
};
use rust_websocket_engine::workspace;

/// The hard end of an engine.
const DEADLINE: Duration = Duration::from_secs(90);

const HELPER: &str = "addons/rust_websocket/websocket_multiplayer.gd";
const REFUSED: &str = "Both classes have no setting \"heartbeat_interval\"";

#[test]
fn gives_our_class_with_the_library() -> Result<(), Failure> {
    Ok(check(project::web_helper()?.as_path(), "RustWebSocketMultiplayerPeer")?)
}

#[test]
fn gives_the_built_in_class_without_the_library() -> Result<(), Failure> {
    Ok(check_without_library()?)
}

#[test]
fn never_names_our_classes_outside_of_quotes() -> Result<(), Failure> {
    Ok(check_names()?)
}

fn check_without_library() -> Result<()> {
    let project = project::fresh("web_helper")?;
    // All of the addon but the libraries, as in a web export; and nobody has listed the extension.
    let addon = project.path().join("addons/rust_websocket");
    fs::create_dir_all(&addon)?;
    for name in [rust_websocket_engine::addon::GDEXTENSION, "websocket_multiplayer.gd"] {
        fs::copy(workspace::addon_dir().join(name), addon.join(name))?;
    }
    check(project.path(), "WebSocketMultiplayerPeer")
}

/// Runs the round trip with what the helper gives, which has to be this class.
fn check(project: &std::path::Path, class: &str) -> Result<()> {
    let home = tempfile::Builder::new().prefix("home-").tempdir()?;
    let arguments = ["--script", "res://round_trip.gd", "--", &format!("--expected={class}")];
    let (status, lines) = engine::start(project, home.path(), &arguments, Instant::now() + DEADLINE)?.end()?;
    let problems = log::judge(&lines, &[Complaint::required(REFUSED)])?;
    let has_played = lines.iter().any(|line| *line == format!("PLAYED with {class}"));
    ensure!(
        status.success() && has_played && problems.is_empty(),
        "with {class}, the engine ended with {status}:\n{}\n{}",
        problems.join("\n"),
        lines.join("\n")
    );
    Ok(())
}

fn check_names() -> Result<()> {
    let script = fs::read_to_string(workspace::root().join(HELPER))?;
    for (number, line) in script.lines().enumerate() {
        let code = line.split('#').next().unwrap_or_default();
        // Between quotes is every second part.
        for outside in code.split('"').step_by(2) {
            let words = outside.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
            for word in words {
                let is_ours = word == "RustWebSocketMultiplayerPeer" || word == "RustWebSocketPeer";
                ensure!(!is_ours, "line {} names {word}: {line}", number + 1);
            }
        }
    }
    Ok(())
}
