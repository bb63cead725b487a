//! One of the projects in `examples/`, run as its reader would run it, so that nobody reads what does not work.
//!
//! The other half is `tests/examples/`: `stage_hand.gd` opens a scene and closes it again, `person.gd` sits in front of it.

use std::{
    cell::RefCell,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use rust_websocket_engine::{headless::away_from_home, project::write_extension_list, workspace};
use tempfile::TempDir;

use crate::{engine, log, program::Program, project};

/// The hard end of an example.
const DEADLINE: Duration = Duration::from_secs(120);

/// An example, and the place for what its processes write.
#[derive(Debug)]
pub struct Example {
    project: PathBuf,
    home: TempDir,
    deadline: Instant,
    /// How many scenes were started; each has its file that ends it.
    scenes: RefCell<u32>,
    /// What its processes find in their environment, besides what is there anyway.
    variables: Vec<(String, String)>,
    /// The program that it was exported to, if it was.
    game: Option<PathBuf>,
}

/// A process of an example that has to be closed.
#[derive(Debug)]
pub struct Scene {
    program: Program,
    until: PathBuf,
}

impl Example {
    /// The example in `examples/<name>`.
    pub fn new(name: &str) -> Result<Self> {
        project::ensure_library()?;
        let project = workspace::root().join("examples").join(name);
        write_extension_list(&project)?;
        let home = tempfile::Builder::new().prefix("example-").tempdir()?;
        Ok(Self {
            project,
            home,
            deadline: Instant::now() + DEADLINE,
            scenes: RefCell::new(0),
            variables: Vec::new(),
            game: None,
        })
    }

    /// The example as a game, exported for this machine by what is given its project and a folder.
    pub fn exported(name: &str, export: impl FnOnce(&Path, &Path) -> Result<PathBuf>) -> Result<Self> {
        let mut example = Self::new(name)?;
        example.game = Some(export(&example.project, example.home.path())?);
        // The export has taken its time, too.
        example.deadline = Instant::now() + DEADLINE;
        Ok(example)
    }

    /// With a variable in the environment of its processes.
    #[must_use]
    pub fn with_variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Where its files are.
    pub fn folder(&self) -> &Path {
        &self.project
    }

    /// When everything has to be over.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Starts a scene that runs until it is closed.
    pub fn open(&self, scene: &str, arguments: &[&str]) -> Result<Scene> {
        let scene_argument = format!("--scene=res://{scene}");
        self.start(scene, &[&[scene_argument.as_str()], arguments].concat())
    }

    /// Starts a script of `tests/examples/`, with no scene of the example, until it is closed.
    pub fn act(&self, script: &str, arguments: &[&str]) -> Result<Scene> {
        let hand_argument = format!("--hand={}", hand(script).display());
        self.start(script, &[&[hand_argument.as_str()], arguments].concat())
    }

    fn start(&self, name: &str, arguments: &[&str]) -> Result<Scene> {
        let number = self.scenes.replace_with(|count| *count + 1);
        let until = self.home.path().join(format!("close-{number}"));
        let mut command = self.engine()?;
        command.arg("--script").arg(hand("stage_hand.gd")).arg("--");
        let mut close = std::ffi::OsString::from("--until=");
        close.push(&until);
        command.arg(close).args(arguments);
        Ok(Scene { program: Program::start(name, command, self.deadline)?, until })
    }

    /// As [`Self::open`], with a person in front of it who takes these steps; see `tests/examples/person.gd`.
    pub fn open_with_person(&self, scene: &str, steps: &[&str]) -> Result<Scene> {
        let person = format!("--hand={}", hand("person.gd").display());
        self.open(scene, &[&person, &format!("--steps={}", steps.join("|"))])
    }

    /// Starts the example as its players do, exported or not, as an ordinary process: what it becomes is in the arguments.
    pub fn start_main(&self, arguments: &[&str]) -> Result<Program> {
        let mut command = match &self.game {
            Some(game) => {
                let mut command = self.with_surroundings(Command::new(game));
                command.arg("--headless");
                command
            }
            None => self.engine()?,
        };
        command.arg("--").args(arguments);
        Program::start(&arguments.join(" "), command, self.deadline)
    }

    /// Runs lines of a shell as an ordinary process; in them, the exported game stands for `program`.
    #[cfg(unix)]
    pub fn start_lines(&self, lines: &str, program: &str) -> Result<Program> {
        let game = self.game.as_ref().context("it was not exported")?;
        ensure!(lines.contains(program), "there is no {program} in: {lines}");
        let mut command = self.with_surroundings(Command::new("sh"));
        command.arg("-c").arg(lines.replace(program, &game.display().to_string()));
        Program::start(lines, command, self.deadline)
    }

    /// Starts a scene as an ordinary process, which nobody closes: it ends by itself, or is ended.
    pub fn start_program(&self, scene: &str, arguments: &[&str]) -> Result<Program> {
        let mut command = self.engine()?;
        command.arg(format!("res://{scene}")).arg("--").args(arguments);
        Program::start(scene, command, self.deadline)
    }

    /// Runs a scene that ends by itself, and answers its exit code and what it said.
    pub fn run(&self, scene: &str, arguments: &[&str]) -> Result<(i32, Vec<String>)> {
        let (status, lines) = self.start_program(scene, arguments)?.end()?;
        approve(scene, &lines)?;
        Ok((status.code().with_context(|| format!("{scene} ended with {status}"))?, lines))
    }

    fn engine(&self) -> Result<Command> {
        Ok(self.with_surroundings(engine::command(&self.project, self.home.path())?))
    }

    fn with_surroundings(&self, mut command: Command) -> Command {
        away_from_home(&mut command, self.home.path());
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }
}

impl Scene {
    /// Waits for a line that matches, as [`Program::says`].
    pub fn says(&self, pattern: &str) -> Result<String> {
        self.program.says(pattern)
    }

    /// Closes it, and answers what it said. Fails if it complained about anything, or left anything behind.
    pub fn close(self) -> Result<Vec<String>> {
        fs::write(&self.until, "")?;
        let (status, lines) = self.program.end()?;
        ensure!(status.success(), "it ended with {status}:\n{}", lines.join("\n"));
        approve("it", &lines)?;
        Ok(lines)
    }
}

/// Finds a line, or says what there was instead.
pub fn expect_line(lines: &[String], wanted: &str) -> Result<()> {
    ensure!(lines.iter().any(|line| line == wanted), "nobody said '{wanted}':\n{}", lines.join("\n"));
    Ok(())
}

fn approve(who: &str, lines: &[String]) -> Result<()> {
    let problems = log::judge(lines, &[])?;
    if !problems.is_empty() {
        bail!("{who} is not well:\n  {}\n{}", problems.join("\n  "), lines.join("\n"));
    }
    Ok(())
}

fn hand(script: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(script)
}
