//! Exports where the addon has no library: scripts have our classes' names there, with the same members, and a browser
//! plays what others play natively. What an export changes on the disk meanwhile is put back.

use std::{
    fs,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use integration_tests::{
    Failure,
    browser::{self, Browser},
    engine,
    program::Program,
    project,
};
use rust_websocket_engine::workspace;
use serde_json::Value;
use xtask::web::{game::WebGame, server::WebServer};

const DEADLINE: Duration = Duration::from_secs(240);

/// What a list of extensions and a list of classes look like while an export runs.
const LISTED_STAND_IN: &str = "list=[{\n\"base\": &\"WebSocketPeer\",\n\"class\": &\"RustWebSocketPeer\",\n\"icon\": \"\",\n\
    \"is_abstract\": false,\n\"is_tool\": false,\n\"language\": &\"GDScript\",\n\
    \"path\": \"res://addons/rust_websocket/classes/rust_websocket_peer.gd\"\n}, {\n\"base\": &\"RefCounted\",\n\
    \"class\": &\"Keeper\",\n\"icon\": \"\",\n\"is_abstract\": false,\n\"is_tool\": false,\n\
    \"language\": &\"GDScript\",\n\"path\": \"res://keeper.gd\"\n}]\n";

mod needs_chromium {
    use super::*;

    #[test]
    #[ignore = "needs Chromium"]
    fn the_demo_plays_in_a_browser() -> Result<(), Failure> {
        Ok(play()?)
    }

    #[test]
    #[ignore = "needs Chromium"]
    fn the_page_says_why_there_is_no_game() -> Result<(), Failure> {
        Ok(say_why()?)
    }
}

#[test]
fn scripts_have_the_members_of_our_classes() -> Result<(), Failure> {
    Ok(compare_members()?)
}

#[test]
fn a_match_for_a_page_begins_when_somebody_comes_or_says_why_there_is_none() -> Result<(), Failure> {
    Ok(host()?)
}

#[test]
fn an_export_that_was_cut_short_is_put_right_by_the_next_editor() -> Result<(), Failure> {
    Ok(repair()?)
}

/// The demo as in `cargo xtask demo`, with one of its clients in a browser and two beside it.
fn play() -> Result<()> {
    project::with_addon()?;
    let deadline = Instant::now() + DEADLINE;
    let game = WebGame::export()?;
    let web = game.serve()?;
    let native = |name: &str, arguments: &[&str]| demo(name, arguments, deadline);
    let class = "--class=RustWebSocketMultiplayerPeer";
    let server = native("the server", &["--role=server", "--port=0", "--clients=3", class])?;
    let port = server.says("^LISTENING ([0-9]+)$")?;
    let port = format!("--port={port}");
    let part = |name, part| {
        ["--role=client".to_owned(), format!("--name={name}"), port.clone(), format!("--part={part}"), class.to_owned()]
    };
    let query = part("Ada", "first").map(|argument| format!("arg={argument}")).join("&");
    let mut page = Browser::open(&web.url(&format!("/?{query}")), deadline)?;
    let outcome = (|| {
        let leaver = native("Ben", &part("Ben", "leaver").each_ref().map(String::as_str))?;
        server.says("^READY FOR LATE JOINER$")?;
        let late = native("Cleo", &part("Cleo", "late").each_ref().map(String::as_str))?;
        check_summary(&page.says(r"SUMMARY (\{.*\})")?, 9)?;
        ensure!(page.says("EXIT ([0-9]+)")? == "0", "the game in the browser ended badly");
        for (player, checks) in [(leaver, 7), (late, 8), (server, 8)] {
            check_summary(&player.says(r"^SUMMARY (\{.*\})$")?, checks)?;
            let (status, lines) = player.end()?;
            let complaints: Vec<&String> = lines.iter().filter(|line| line.contains("ERROR:")).collect();
            ensure!(status.success() && complaints.is_empty(), "{status}: {complaints:?}");
        }
        Ok(())
    })();
    let lines = page.stop();
    let console = browser::console(&lines);
    outcome.with_context(|| format!("the browser said:\n{}", lines.join("\n")))?;
    let warnings = console.iter().filter(|line| line.contains("WARNING:")).count();
    ensure!(warnings == 1, "one warning, of heartbeats, not these:\n{}", console.join("\n"));
    let is_bad = |line: &&&str| line.contains("ERROR:") || line.contains("Uncaught") || line.contains("Failed to");
    let bad: Vec<&&str> = console.iter().filter(is_bad).collect();
    ensure!(bad.is_empty(), "the console has errors: {bad:?}");
    Ok(())
}

/// The demo game without a window.
fn demo(name: &str, arguments: &[&str], deadline: Instant) -> Result<Program> {
    let mut command = Command::new(engine::path()?);
    command.args(["--headless", "--path"]).arg(workspace::demo_project()).arg("--").args(arguments);
    Program::start(name, command, deadline)
}

/// Hosts as `cargo xtask demo --web` does: once, and once more on the same port.
fn host() -> Result<()> {
    project::ensure_library()?;
    rust_websocket_engine::project::prepare(&engine::path()?, &workspace::demo_project())?;
    let deadline = Instant::now() + DEADLINE;
    let host = demo("the match", &["--role=host", "--port=0", "--bots=1"], deadline)?;
    let port = format!("--port={}", host.says("^LISTENING ([0-9]+)$")?);
    let (status, lines) = demo("another match", &["--role=host", &port], deadline)?.end()?;
    let has_said_why = lines.iter().any(|line| line.starts_with("Could not host.") && line.contains("another port"));
    ensure!(status.code() == Some(1) && has_said_why, "{status}:\n{}", lines.join("\n"));
    let _guest = demo("Ada", &["--role=client", "--name=Ada", &port], deadline)?;
    host.says("^Ada has come, and the match begins$")?;
    Ok(())
}

/// Opens the game's page with engines that are none, and reads what it tells a player.
fn say_why() -> Result<()> {
    let lacks = |what: &str| format!(r#"class Engine {{ static getMissingFeatures() {{ return ["{what}"]; }} }}"#);
    let starts = |how: &str| {
        format!(
            "class Engine {{ constructor(config) {{ this.config = config; }} static getMissingFeatures() {{ return []; }} \
             async startGame() {{ {how} }} }}"
        )
    };
    let cases = [
        (String::new(), "The game could not be loaded. Check the connection, and load the page again."),
        (lacks("WebGL2 - Check web browser configuration and hardware support"), "it has no WebGL 2. Switch hardware"),
        (lacks("Secure Context - Check web server configuration (use HTTPS)"), "This page has to come by https://"),
        (lacks("Fetch"), "This browser is too old for the game. It lacks: Fetch."),
        (starts("throw new Error('no memory');"), "The game could not start: no memory. Load the page again"),
        (starts("this.config.onExit(1);"), "The game has ended because of an error. Load the page again"),
        (starts("this.config.onExit(0);"), "The game is over. Load the page again to play once more."),
    ];
    let page = fs::read_to_string(workspace::demo_project().join("web/page.html"))?
        .replace("$GODOT_URL", "engine.js")
        .replace("$GODOT_THREADS_ENABLED", "false")
        .replace("$GODOT_CONFIG", "{}");
    for (engine, words) in cases {
        let folder = tempfile::tempdir()?;
        let (index, script) = (folder.path().join("index.html"), folder.path().join("engine.js"));
        fs::write(&index, &page)?;
        fs::write(&script, engine)?;
        let web = WebServer::start(vec![("/".to_owned(), index), ("/engine.js".to_owned(), script)])?;
        let mut browser = Browser::open(&web.url("/"), Instant::now() + DEADLINE)?;
        let said = browser.says(&format!(".*({}).*", regex::escape(words)));
        let lines = browser.stop();
        said.with_context(|| format!("the page did not say '{words}':\n{}", lines.join("\n")))?;
    }
    Ok(())
}

/// Sees that a process has as many checks as it should, and all of them true.
fn check_summary(summary: &str, checks: usize) -> Result<()> {
    let summary: Value = serde_json::from_str(summary)?;
    let outcomes = summary["checks"].as_object().context("no checks")?;
    let all_hold = outcomes.values().all(|outcome| *outcome == Value::Bool(true));
    ensure!(all_hold && outcomes.len() == checks, "not all of {checks} checks hold: {summary}");
    Ok(())
}

/// Lists the members of the native classes and, where there is no library, of the scripts.
fn compare_members() -> Result<()> {
    project::ensure_library()?;
    let native = project::fresh("web_export")?;
    project::install_addon(native.path())?;
    let native = members(native.path(), &["--of=native"])?;
    let project = project::fresh("web_export")?;
    let place = |name: &str| project.path().join(name);
    let classes = "addons/rust_websocket/classes";
    fs::create_dir_all(place(classes))?;
    for class in ["rust_websocket_multiplayer_peer.gd", "rust_websocket_peer.gd", "rust_websocket_request.gd"] {
        let text = format!("{class}.txt");
        fs::copy(workspace::addon_dir().join("classes").join(&text), place(classes).join(text))?;
    }
    fs::rename(place("global_script_class_cache.cfg"), place(".godot/global_script_class_cache.cfg"))?;
    fs::copy(workspace::addon_dir().join("editor/stand_ins.gd"), place("stand_ins.gd"))?;
    let stand_in = members(project.path(), &["--of=stand-in"])?;
    ensure!(native.len() > 50, "only {} members were listed", native.len());
    let missing: Vec<&String> = native.iter().filter(|member| !stand_in.contains(member)).collect();
    let extra: Vec<&String> = stand_in.iter().filter(|member| !native.contains(member)).collect();
    ensure!(
        missing.is_empty() && extra.is_empty(),
        "addons/rust_websocket/classes/ is behind the native classes.\nThe native ones have\n  {missing:#?}\nand the \
         scripts have\n  {extra:#?}"
    );
    Ok(())
}

/// Each member of the classes in a line.
fn members(project: &Path, arguments: &[&str]) -> Result<Vec<String>> {
    let mut command = engine_at(project)?;
    command.args(["--script", "res://members.gd", "--"]).args(arguments);
    let (status, lines) = Program::start("the engine", command, Instant::now() + DEADLINE)?.end()?;
    let complaints = lines.iter().any(|line| line.contains("ERROR:"));
    ensure!(status.success() && !complaints, "{status}:\n{}", lines.join("\n"));
    Ok(lines.iter().filter_map(|line| line.strip_prefix("MEMBER ")).map(str::to_owned).collect())
}

/// Leaves the two files as an export has them, and opens the editor.
fn repair() -> Result<()> {
    project::ensure_library()?;
    let project = project::fresh("web_export")?;
    project::install_addon(project.path())?;
    fs::write(project.path().join("keeper.gd"), "class_name Keeper\nextends RefCounted\n")?;
    fs::write(project.path().join(".godot/extension_list.cfg"), "")?;
    fs::write(project.path().join(".godot/global_script_class_cache.cfg"), LISTED_STAND_IN)?;
    let start = || {
        let mut command = engine_at(project.path())?;
        command.args(["--editor", "--quit-after", "100"]);
        Program::start("the editor", command, Instant::now() + DEADLINE)?.end()
    };
    // An editor without a display that finds a new extension does its work, and then aborts (godotengine/godot#111048).
    let (_, first) = start()?;
    let read = |name: &str| fs::read_to_string(project.path().join(".godot").join(name));
    let (extensions, classes) = (read("extension_list.cfg")?, read("global_script_class_cache.cfg")?);
    ensure!(
        extensions.trim() == "res://addons/rust_websocket/rust_websocket.gdextension",
        "extensions: {extensions:?}"
    );
    ensure!(classes.contains("Keeper") && !classes.contains("/classes/"), "classes: {classes}");
    let (status, second) = start()?;
    ensure!(status.success(), "{status}:\n{}", second.join("\n"));
    let complaints: Vec<&String> = first.iter().chain(&second).filter(|line| line.contains("ERROR:")).collect();
    ensure!(complaints.is_empty(), "the editor complains: {complaints:#?}");
    Ok(())
}

fn engine_at(project: &Path) -> Result<Command> {
    engine::command(project, &project.join(".home"))
}
