//! A real editor, in front of which a plugin sits: it plays the project, alone or as a server and two clients, and the tab
//! *Network* of the debugger shows what they do. The pictures in the docs are made the same way: `cargo xtask demo --screenshots`
//! keeps them.

use std::{
    env, fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, ExitStatus},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use integration_tests::{Failure, engine, picture, program::Program, project, tour};
use rust_websocket_engine::{PICTURES_VARIABLE, headless::away_from_home};
use serde_json::Value;
use tempfile::TempDir;

const DEADLINE: Duration = Duration::from_secs(240);

/// How many editors are started before the engine's own fault counts as a failure ([`ended_by_its_own_threads`]).
const EDITORS: usize = 3;

/// As large as the display: at a quarter more, the editor itself is wider than 1280.
const WINDOW: &str = "1366x768";

/// With fewer colours, there is nothing in the picture.
const MIN_COLORS: usize = 60;

mod needs_display {
    use super::*;

    #[test]
    #[ignore = "needs a display"]
    fn shows_a_game_in_a_dark_editor() -> Result<(), Failure> {
        Ok(walk("network_tab", "Default", 1.0)?)
    }

    #[test]
    #[ignore = "needs a display"]
    fn shows_a_game_in_a_light_editor_at_a_quarter_more() -> Result<(), Failure> {
        Ok(walk("network_tab_light", "Light", 1.25)?)
    }

    /// An engine that was started by its loader takes that for its own program, and plays nothing.
    #[test]
    #[ignore = "needs a display"]
    fn the_editors_key_plays_the_project() -> Result<(), Failure> {
        Ok(play()?)
    }
}

fn play() -> Result<()> {
    let lines = edit(&home("Default", 1.0)?, &["--play".to_owned()])?;
    ensure!(lines.iter().any(|line| line == "PLAYED"), "the project did not play:\n{}", lines.join("\n"));
    Ok(())
}

fn walk(name: &str, colors: &str, scale: f64) -> Result<()> {
    let home = home(colors, scale)?;
    let pictures = env::var_os(PICTURES_VARIABLE).map_or_else(|| home.path().to_owned(), PathBuf::from);
    let file = pictures.join(name).with_extension("png");
    let lines = edit(&home, &["--walk".to_owned(), format!("--picture={}", file.display())])?;
    let said = lines.join("\n");
    ensure!(lines.iter().any(|line| line == "WALKED"), "{said}");
    let tab = lines.iter().find_map(|line| line.strip_prefix("TAB ")).context("the tab said nothing")?;
    let tab: Value = serde_json::from_str(tab)?;
    ensure!(tab["summary"] == "2 peers, 2 came in all", "{tab}");
    ensure!(tab["rows"].as_array().is_some_and(|rows| rows.len() == 2), "{tab}");
    let refused = tab["rows"].as_array().into_iter().flatten().filter(|row| row[9] == "1").count();
    ensure!(refused == 1, "one packet was refused, to one of them: {tab}");
    let events = tab["events"].as_str().unwrap_or_default();
    ensure!(events.contains("listens on port") && events.matches("has come").count() == 2, "{tab}");
    let wanted = format!(" {scale:?}");
    ensure!(
        lines.iter().any(|line| line.starts_with("SIZE ") && line.ends_with(&wanted)),
        "the scale is not {scale}:\n{said}"
    );
    let look = picture::look_at(&file)?;
    picture::shrink(&file)?;
    ensure!(look.colors >= MIN_COLORS, "the picture is {look:?}");
    Ok(())
}

/// Opens the project in an editor, whose plugin does what it is told; answers what was said.
fn edit(home: &TempDir, arguments: &[String]) -> Result<Vec<String>> {
    project::ensure_library()?;
    let mut editors = 1;
    let (status, lines) = loop {
        let end = open_editor(home, arguments)?;
        if editors == EDITORS || !ended_by_its_own_threads(&end.1) {
            break end;
        }
        editors += 1;
    };
    let is_bad = |line: &String| line.contains("SCRIPT ERROR");
    ensure!(status.success() && !lines.iter().any(is_bad), "{status}:\n{}", lines.join("\n"));
    Ok(lines)
}

fn open_editor(home: &TempDir, arguments: &[String]) -> Result<(ExitStatus, Vec<String>)> {
    let project = project::fresh("network_tab")?;
    project::install_addon(project.path())?;
    let mut command = Command::new(engine::path()?);
    command
        .args(["--editor", "--rendering-method", "gl_compatibility", "--audio-driver", "Dummy", "--path"])
        .arg(project.path())
        .args(["--resolution", WINDOW, "--"])
        .args(arguments);
    let _display = tour::show(&mut command)?;
    away_from_home(&mut command, home.path());
    Program::start("the editor", command, Instant::now() + DEADLINE)?.end()
}

/// Whether the engine's threads ended this editor. One of them joins another at its end; where the main thread was held up on
/// a busy machine and has not yet kept the other's handle, C++ ends the process. Seen with 4.6.3, each time when the main
/// thread sleeps after starting one; the docs of scripts are gathered this way (Godot issue 123273). No C++ is ours.
fn ended_by_its_own_threads(lines: &[String]) -> bool {
    let says = |words: &str| lines.iter().any(|line| line.contains(words));
    says("an instance of 'std::system_error'") && says("what():  Invalid argument")
}

/// A home whose editor has these colours and this scale, and runs games in windows of their own: without a window manager
/// it cannot have them in its own. Its debugger has a port of its own, for the second editor on one port crashes when it plays.
fn home(colors: &str, scale: f64) -> Result<TempDir> {
    let home = integration_tests::editor::home()?;
    let version = rust_websocket_engine::version_of(&engine::path()?)?.to_string();
    let number = version.split('.').take(2).collect::<Vec<_>>().join(".");
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let settings = format!(
        "[gd_resource type=\"EditorSettings\" format=3]\n\n[resource]\ninterface/editor/display_scale = 7\n\
         interface/editor/custom_display_scale = {scale:?}\ninterface/theme/color_preset = \"{colors}\"\n\
         interface/theme/preset = \"{colors}\"\nrun/window_placement/game_embed_mode = -1\n\
         network/debug/remote_port = {port}\n"
    );
    let folder: &Path = &home.path().join("godot");
    fs::create_dir_all(folder)?;
    fs::write(folder.join(format!("editor_settings-{number}.tres")), settings)?;
    Ok(home)
}
