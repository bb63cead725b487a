//! The trial: a new project with nothing but the package in it, imported and played as a user would.
//!
//! Its scene and script are in `trial/`.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;
use wait_timeout::ChildExt;

use super::archive;
use crate::process::{self, Reaped};
use crate::progress::Progress;
use crate::project;

const FILES: [(&str, &str); 3] = [
    ("project.godot", include_str!("trial/project.godot")),
    ("main.gd", include_str!("trial/main.gd")),
    ("main.tscn", include_str!("trial/main.tscn")),
];

/// What the game says when it listens, and when it has played.
const LISTENING: &str = "LISTENING ";
const PLAYED: &str = "PLAYED ";

const IMPORT_LIMIT: Duration = Duration::from_secs(180);
/// Longer than the game's own limit, so that it can say what is wrong.
const PLAY_LIMIT: Duration = Duration::from_secs(90);

/// A project that lives as long as the trial.
pub(super) struct Project {
    dir: TempDir,
}

impl Project {
    /// Makes it, with the package unpacked in it.
    pub(super) fn unpack(package: &Path) -> Result<Self> {
        let project = Self { dir: tempfile::Builder::new().prefix("package-trial-").tempdir()? };
        for folder in [project.path(), project.home()] {
            fs::create_dir(&folder)?;
        }
        for (name, text) in FILES {
            fs::write(project.path().join(name), text)?;
        }
        archive::unpack(package, &project.path())?;
        Ok(project)
    }

    /// The project's folder.
    pub(super) fn path(&self) -> PathBuf {
        self.dir.path().join("project")
    }

    /// A folder for what is made of the project.
    pub(super) fn beside(&self, name: &str) -> Result<PathBuf> {
        let folder = self.dir.path().join(name);
        fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    fn home(&self) -> PathBuf {
        self.dir.path().join("home")
    }

    /// The command that starts a program without a window, and away from its user's settings.
    pub(super) fn headless(&self, mut command: Command) -> Command {
        command.arg("--headless").env("LC_ALL", "C");
        for variable in ["XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"] {
            command.env(variable, self.home());
        }
        command
    }

    /// The command that starts the engine on this project.
    pub(super) fn engine(&self, engine: &Path) -> Command {
        let mut command = self.headless(Command::new(engine));
        command.arg("--path").arg(self.path());
        command
    }

    /// Has the engine import it, as the editor does when it opens a project for the first time.
    pub(super) fn import(&self, engine: &Path) -> Result<()> {
        // As our documentation says for headless imports; without it the engine itself aborts at the end.
        project::write_extension_list(&self.path())?;
        run_silently("importing a project with the package", self.engine(engine).arg("--import"), IMPORT_LIMIT)
    }

    /// Plays the game in two processes of the engine.
    pub(super) fn play(&self, engine: &Path) -> Result<()> {
        play("playing in the project", || self.engine(engine))
    }
}

/// Runs a program that has to end well and without a complaint.
pub(super) fn run_silently(label: &str, command: &mut Command, limit: Duration) -> Result<()> {
    let progress = Progress::start(label);
    let finished = process::run_within(command, limit).with_context(|| label.to_owned())?;
    let output = finished.output();
    let complaints = complaints(&output);
    if !finished.status.success() || !complaints.is_empty() {
        bail!("{label} failed ({}): {}\n{output}", finished.status, complaints.join("\n"));
    }
    progress.finish();
    Ok(())
}

/// Plays the game in two processes, both started by the same command: a server, then a client of it.
pub(super) fn play(label: &str, command: impl Fn() -> Command) -> Result<()> {
    let progress = Progress::start(label);
    let (sender, lines) = channel();
    let mut server = command();
    let mut server = Reaped::spawn(server.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()))?;
    listen(server.child().stdout.take(), sender.clone());
    listen(server.child().stderr.take(), sender);
    let deadline = Instant::now() + PLAY_LIMIT;
    let mut said = Vec::new();
    let port = await_port(&lines, deadline, &mut said)
        .with_context(|| format!("{label}: the server does not listen; it said:\n{}", said.join("\n")))?;

    let mut client = command();
    let client = process::run_within(client.arg("--").arg(format!("--port={port}")), PLAY_LIMIT)?;
    judge("client", client.status.success(), &client.output()).context(label.to_owned())?;

    let status = server.child().wait_timeout(deadline.saturating_duration_since(Instant::now()))?;
    drop(server);
    // Ends because the process, and with it the pipes, has ended.
    said.extend(lines);
    let is_well = status.is_some_and(|status| status.success());
    judge("server", is_well, &said.join("\n")).context(label.to_owned())?;
    progress.finish();
    Ok(())
}

fn await_port(lines: &Receiver<String>, deadline: Instant, said: &mut Vec<String>) -> Result<u16> {
    loop {
        let line = lines.recv_timeout(deadline.saturating_duration_since(Instant::now()))?;
        let port = line.strip_prefix(LISTENING).map(str::parse);
        said.push(line);
        if let Some(port) = port {
            return Ok(port?);
        }
    }
}

fn judge(role: &str, is_well: bool, output: &str) -> Result<()> {
    let has_played = output.lines().any(|line| line.starts_with(PLAYED));
    let complaints = complaints(output);
    if !is_well || !has_played || !complaints.is_empty() {
        bail!("the {role} did not play as it should; it said:\n{output}");
    }
    Ok(())
}

fn listen(pipe: Option<impl Read + Send + 'static>, lines: Sender<String>) {
    let Some(pipe) = pipe else {
        return;
    };
    thread::spawn(move || {
        for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
            if lines.send(String::from_utf8_lossy(&line).trim_end().to_owned()).is_err() {
                return;
            }
        }
    });
}

/// The lines in which an engine is not content.
fn complaints(output: &str) -> Vec<&str> {
    let prefixes = ["ERROR:", "WARNING:", "USER ERROR:", "USER WARNING:", "SHADER ERROR:", "FAILED "];
    let words = ["SCRIPT ERROR", "Parse Error", "leaked", "Leaked", "still in use at exit", "panicked at"];
    output
        .lines()
        .map(str::trim_start)
        .filter(|line| {
            prefixes.iter().any(|prefix| line.starts_with(prefix)) || words.iter().any(|word| line.contains(word))
        })
        // Containers run as root; that is about the machine, and not about the package.
        .filter(|line| !line.contains("Started the engine as `root`/superuser"))
        .collect()
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::process::write_script;

    /// A game whose server waits for its client; `$client` and `$server` are what each says besides.
    fn play_script(client: &str, server: &str) -> Result<()> {
        let dir = tempfile::tempdir().unwrap();
        let game = dir.path().join("game");
        let script = format!(
            r#"dir=$(dirname "$0")
case "$*" in
    *--port=4711*) echo "{client}"; echo PLAYED as client; touch "$dir/left" ;;
    *) echo LISTENING 4711; while [ ! -e "$dir/left" ]; do sleep 0.02; done; echo "{server}"; echo PLAYED as server ;;
esac"#
        );
        write_script(&game, &script);
        play("playing", || Command::new(&game))
    }

    #[test]
    fn a_good_play_passes() {
        play_script("hello", "hello").unwrap();
    }

    #[test]
    fn either_end_that_complains_fails_the_trial() {
        let error = format!("{:#}", play_script("WARNING: odd", "hello").unwrap_err());
        assert!(error.contains("the client did not play"), "{error}");
        let error = format!("{:#}", play_script("hello", "SCRIPT ERROR: odd").unwrap_err());
        assert!(error.contains("the server did not play"), "{error}");
    }

    #[test]
    fn a_server_that_ends_at_once_is_told_with_its_words() {
        let dir = tempfile::tempdir().unwrap();
        let game = dir.path().join("game");
        write_script(&game, "echo 'ERROR: no library'; exit 1");
        let error = format!("{:#}", play("playing", || Command::new(&game)).unwrap_err());
        assert!(error.contains("no library"), "{error}");
    }

    #[test]
    fn complaints_are_told_from_talk() {
        let output = "Godot Engine v4\nERROR: a\nWARNING: Started the engine as `root`/superuser. That\n  SCRIPT ERROR: b\n\
            WARNING: ObjectDB instances leaked at exit\nall is well\n   at: push_error (c)\n";
        assert_eq!(complaints(output), ["ERROR: a", "SCRIPT ERROR: b", "WARNING: ObjectDB instances leaked at exit"]);
    }
}
