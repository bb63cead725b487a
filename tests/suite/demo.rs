//! The demo game as people see it: in a window, through every screen, with nothing on anything else.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail, ensure};
use integration_tests::{
    Failure,
    picture::{self, Look},
    project,
    tour::{self, Screen},
};
use rust_websocket_engine::{PICTURES_VARIABLE, workspace};

/// Where the pictures are that people see before they try the game.
const PICTURES: &str = "docs/screenshots";
const MAX_PICTURE_BYTES: u64 = 150_000;
/// The moving one.
const FILM: &str = "play.png";
const MAX_FILM_BYTES: u64 = 1_500_000;

/// With fewer colours, even the plainest screen has lost its picture or its letters.
const MIN_COLORS: usize = 200;
/// The arena is full of things.
const MIN_COLORS_OF_ARENA: usize = 2_000;
/// What is left of them in a picture with a palette.
const MIN_COLORS_OF_PALETTE: usize = 150;

/// The screens in the order of the tour: the picture, the screen, and parts of what must be read there.
const SCREENS: [(&str, &str, &[&str]); 17] = [
    (
        "menu",
        "Menu",
        &["Star Rush", "Nova", "Rust WebSocket", "TLS (wss://)", "9080", "Bots", "Host", "127.0.0.1", "Join"],
    ),
    ("menu_options", "Menu", &["self-signed certificate", "client_unsafe", "Check certificate", "12"]),
    (
        "failure_port_in_use",
        "FailureScreen",
        &["Could not host", "the port is taken", "Choose another port", "Back to the menu"],
    ),
    ("connecting", "Connecting", &["Connecting", "ws://127.0.0.1:", "RustWebSocketMultiplayerPeer", "Cancel"]),
    ("failure_timed_out", "FailureScreen", &["Could not join", "longer than handshake_timeout", "Try again"]),
    ("failure_refused", "FailureScreen", &["Could not join", "connection refused", "Does the server run"]),
    ("failure_name_not_found", "FailureScreen", &["Could not join", "'no-such-host.invalid' was not found"]),
    (
        "lobby",
        "Lobby",
        &["32 of 32 players", "TLS on", "Nova", "you", "Procyon", "bot", "Then off we go!", "Start the match"],
    ),
    ("countdown", "PlayScreen", &["Round 1", "32 players"]),
    (
        "arena",
        "PlayScreen",
        &["0:0", "32 players", "Rust WebSocket", "Nova", "Go go go!", "kB/s", " ms", "31 peers", "Leave"],
    ),
    ("results", "PlayScreen", &[" wins", "The next round begins in"]),
    ("lobby_joined", "Lobby", &["10 of 32 players", "Built-in WebSocket", "Waiting for the host"]),
    (
        "arena_joined",
        "PlayScreen",
        &["10 players", "Built-in WebSocket", "TLS off", "Same game, the built-in class.", "10 peers"],
    ),
    ("failure_disconnected", "FailureScreen", &["Disconnected", "The house closes for tonight."]),
    ("failure_full", "FailureScreen", &["The server is full", "503", "Wait until somebody leaves"]),
    (
        "failure_no_tls",
        "FailureScreen",
        &["Could not join", "does not speak TLS", "on for both sides, or off for both"],
    ),
    ("failure_certificate", "FailureScreen", &["Could not join", "not from a trusted issuer"]),
];

/// Pictures of the editor, which `network_tab.rs` takes.
const EDITOR: [&str; 2] = ["network_tab", "network_tab_light"];

mod needs_display {
    use super::*;

    #[test]
    #[ignore = "needs a display"]
    fn every_screen_is_whole() -> Result<(), Failure> {
        Ok(check_screens()?)
    }
}

#[test]
fn the_pictures_in_the_docs_show_every_screen() -> Result<(), Failure> {
    Ok(check_pictures()?)
}

fn check_screens() -> Result<()> {
    // The game finds the addon by a link; this sees to it that its library is built.
    project::with_addon()?;
    let passing = tempfile::tempdir()?;
    let kept = env::var_os(PICTURES_VARIABLE).map(PathBuf::from);
    let directory = kept.as_deref().unwrap_or(passing.path());
    let screens = tour::walk(directory)?;
    let seen: Vec<&str> = screens.iter().map(|screen| screen.picture.as_str()).collect();
    ensure!(seen == SCREENS.map(|(picture, ..)| picture), "the tour saw {seen:?}");
    let mut problems = Vec::new();
    for (screen, (picture, name, texts)) in screens.iter().zip(SCREENS) {
        let found = problems_of(screen, name, texts, directory).with_context(|| picture.to_owned())?;
        problems.extend(found.into_iter().map(|problem| format!("{picture}: {problem}")));
    }
    if kept.is_some() {
        screens.iter().try_for_each(|screen| picture::shrink(&screen.file(directory)))?;
        picture::animate(&directory.join("film"), &directory.join(FILM))?;
    }
    ensure!(problems.is_empty(), "the screens have problems:\n  {}", problems.join("\n  "));
    Ok(())
}

fn problems_of(screen: &Screen, name: &str, texts: &[&str], directory: &Path) -> Result<Vec<String>> {
    let mut problems = screen.problems.clone();
    if screen.screen != name {
        problems.push(format!("it is the screen {}, not {name}", screen.screen));
    }
    let can_be_read = |text: &str| screen.texts.iter().any(|other| other.to_lowercase().contains(&text.to_lowercase()));
    let missing = texts.iter().filter(|text| !can_be_read(text));
    problems.extend(missing.map(|text| format!("it does not say '{text}' but {:?}", screen.texts)));
    let look = picture::look_at(&screen.file(directory))?;
    let min_colors = if name == "PlayScreen" { MIN_COLORS_OF_ARENA } else { MIN_COLORS };
    if (look.width, look.height) != (1280, 720) || look.colors < min_colors {
        problems.push(format!("its picture is {look:?}"));
    }
    Ok(problems)
}

fn check_pictures() -> Result<()> {
    let directory = workspace::root().join(PICTURES);
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(&directory)? {
        let path = entry?.path();
        // What keeps the engine from importing them, and what moves.
        if path.ends_with(".gdignore") || path.ends_with(FILM) {
            continue;
        }
        let name = path.file_stem().and_then(|stem| stem.to_str()).context("a picture without a name")?.to_owned();
        let Look { width, height, colors, bytes } = picture::look_at(&path)?;
        if width > 1366 || height > 768 || colors < MIN_COLORS_OF_PALETTE || bytes > MAX_PICTURE_BYTES {
            bail!("{name} is {width} by {height}, of {colors} colours and {bytes} bytes");
        }
        names.insert(name);
    }
    let bytes = fs::metadata(directory.join(FILM))?.len();
    ensure!(bytes < MAX_FILM_BYTES, "{FILM} has {bytes} bytes");
    let expected: BTreeSet<String> =
        SCREENS.iter().map(|(picture, ..)| *picture).chain(EDITOR).map(str::to_owned).collect();
    ensure!(names == expected, "take them anew with `cargo xtask demo --screenshots {PICTURES}`; there are {names:?}");
    Ok(())
}
