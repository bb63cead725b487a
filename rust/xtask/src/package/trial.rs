//! The trial, since what works in this repository may not elsewhere: a new project with nothing but the package in it,
//! imported and played as a user would.
//!
//! Its scene and script are in `trial/`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use super::archive;
use crate::engine::headless::{complaints, headless};
use crate::program::Program;
use crate::progress::Progress;
use crate::project;

const FILES: [(&str, &str); 3] = [
    ("project.godot", include_str!("trial/project.godot")),
    ("main.gd", include_str!("trial/main.gd")),
    ("main.tscn", include_str!("trial/main.tscn")),
];

/// What the game says when it listens, and when it has played.
const LISTENING: &str = "^LISTENING ([0-9]+)";
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
        fs::create_dir(project.path())?;
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

    /// The command that starts a program without a window, and away from its user's settings.
    pub(super) fn headless(&self, program: &Path) -> Result<Command> {
        Ok(headless(program, &self.beside("home")?))
    }

    /// The command that starts the engine on this project.
    pub(super) fn engine(&self, engine: &Path) -> Result<Command> {
        let mut command = self.headless(engine)?;
        command.arg("--path").arg(self.path());
        Ok(command)
    }

    /// Has the engine import it, as the editor does when it opens a project for the first time.
    pub(super) fn import(&self, engine: &Path) -> Result<()> {
        // As our documentation says for headless imports; without it the engine itself aborts at the end.
        project::write_extension_list(&self.path())?;
        let mut command = self.engine(engine)?;
        command.arg("--import");
        run_silently("importing a project with the package", command, IMPORT_LIMIT)
    }
}

/// Runs a program that has to end well and without a complaint.
pub(crate) fn run_silently(label: &str, command: Command, limit: Duration) -> Result<()> {
    let progress = Progress::start(label);
    let end = Program::beside_us(label, command, Instant::now() + limit)?.end()?;
    judge(label, &end)?;
    progress.finish();
    Ok(())
}

/// Plays the game in two processes, both started by the same command: a server, then a client of it.
pub(super) fn play(label: &str, command: impl Fn() -> Result<Command>) -> Result<()> {
    let progress = Progress::start(label);
    let deadline = Instant::now() + PLAY_LIMIT;
    let server = Program::beside_us("the server", command()?, deadline)?;
    let port = server.says(LISTENING).context(label.to_owned())?;
    let mut client = command()?;
    client.arg("--").arg(format!("--port={port}"));
    for program in [Program::beside_us("the client", client, deadline)?, server] {
        let name = program.name().to_owned();
        let end = program.end().context(label.to_owned())?;
        judge(&name, &end).context(label.to_owned())?;
        let has_played = end.1.iter().any(|line| line.starts_with(PLAYED));
        if !has_played {
            bail!("{label}: {name} did not play; it said:\n{}", end.1.join("\n"));
        }
    }
    progress.finish();
    Ok(())
}

fn judge(who: &str, (status, lines): &(ExitStatus, Vec<String>)) -> Result<()> {
    let complaints = complaints(lines);
    if !status.success() || !complaints.is_empty() {
        bail!("{who} did not end as it should ({status}): {}\n{}", complaints.join("\n"), lines.join("\n"));
    }
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::process::write_script;

    /// A game whose server waits for its client; `client` and `server` are what each says besides.
    fn play_script(client: &str, server: &str) -> Result<(), String> {
        let dir = tempfile::tempdir().unwrap();
        let game = dir.path().join("game");
        let script = format!(
            r#"dir=$(dirname "$0")
case "$*" in
    *--port=4711*) echo "{client}"; echo PLAYED as client; touch "$dir/left" ;;
    *) echo LISTENING 4711; while [ ! -e "$dir/left" ]; do sleep 0.02; done; echo "{server}"; echo PLAYED as server ;;
esac"#
        );
        write_script(&game, &script).unwrap();
        play("playing", || Ok(Command::new(&game))).map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn either_end_that_complains_fails_the_trial() {
        play_script("hello", "hello").unwrap();
        let error = play_script("WARNING: odd", "hello").unwrap_err();
        assert!(error.contains("the client did not end as it should"), "{error}");
        let error = play_script("hello", "SCRIPT ERROR: odd").unwrap_err();
        assert!(error.contains("the server did not end as it should"), "{error}");
    }

    #[test]
    fn a_server_that_ends_at_once_is_told_with_its_words() {
        let dir = tempfile::tempdir().unwrap();
        let game = dir.path().join("game");
        write_script(&game, "echo 'ERROR: no library'; exit 1").unwrap();
        let error = format!("{:#}", play("playing", || Ok(Command::new(&game))).unwrap_err());
        assert!(error.contains("no library"), "{error}");
    }
}
