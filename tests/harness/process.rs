//! One engine process: its group, its output, its end.
//!
//! Whatever happens to a test, its engines end with it: each leads a process group of its own, which
//! is killed and reaped by its id when the owner is dropped.

use std::{
    ffi::OsString,
    io::{self, BufRead as _, BufReader},
    path::Path,
    process::{Command, ExitStatus, Stdio},
    thread::{self, JoinHandle},
};

use anyhow::{Context as _, Result};
use process_wrap::std::{ChildWrapper, CommandWrap};

/// An engine that runs.
#[derive(Debug)]
pub struct Engine {
    child: Box<dyn ChildWrapper>,
    output: Option<JoinHandle<Vec<String>>>,
}

impl Engine {
    /// Starts an engine in a project, with everything it says going into one stream of lines.
    ///
    /// `home` is where it keeps what it would otherwise keep in its user's home.
    pub fn start(engine: &Path, project: &Path, home: &Path, arguments: &[OsString]) -> Result<Self> {
        let (reader, writer) = io::pipe()?;
        let mut command = Command::new(engine);
        command
            .arg("--headless")
            .arg("--path")
            .arg(project)
            .args(arguments)
            .env("XDG_CACHE_HOME", home)
            .env("XDG_CONFIG_HOME", home)
            .env("XDG_DATA_HOME", home)
            // Tests read what engines say, and an editor speaks its user's language.
            .env("LC_ALL", "C")
            .stdin(Stdio::null())
            .stdout(writer.try_clone()?)
            .stderr(writer);
        let child = spawn_group(command).with_context(|| format!("starting {}", engine.display()))?;
        let output = thread::spawn(move || read_lines(reader));
        Ok(Self { child, output: Some(output) })
    }

    /// How it ended, if it has.
    pub fn status(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Kills whatever is left of the group, and reaps it.
    pub fn kill(&mut self) {
        // An error says that nobody is left to kill, which is what was wanted.
        let _ = self.child.kill();
    }

    /// All lines that it said; waits until the last of the group has closed its output.
    pub fn take_output(&mut self) -> Vec<String> {
        self.kill();
        self.output.take().and_then(|output| output.join().ok()).unwrap_or_default()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.kill();
    }
}

fn spawn_group(command: Command) -> io::Result<Box<dyn ChildWrapper>> {
    let mut command = CommandWrap::from(command);
    #[cfg(unix)]
    command.wrap(process_wrap::std::ProcessGroup::leader());
    #[cfg(windows)]
    command.wrap(process_wrap::std::JobObject);
    command.spawn()
}

fn read_lines(reader: impl io::Read) -> Vec<String> {
    let mut reader = BufReader::new(reader);
    let mut lines = Vec::new();
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
        lines.push(String::from_utf8_lossy(&line).trim_end().to_owned());
        line.clear();
    }
    lines
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[test]
    fn both_streams_are_captured_in_order() {
        let script = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(script.path(), "echo one; echo two >&2; echo three; exit 3").unwrap();
        // The shell takes the place of an engine: its arguments follow the script's name.
        let mut engine = start_shell(script.path());
        let status = loop {
            if let Some(status) = engine.status().unwrap() {
                break status;
            }
            thread::yield_now();
        };
        assert_eq!(status.code(), Some(3));
        assert_eq!(engine.take_output(), ["one", "two", "three"]);
    }

    #[test]
    fn a_killed_group_leaves_nobody_with_the_output() {
        let script = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(script.path(), "sleep 600 & echo started; sleep 600").unwrap();
        let mut engine = start_shell(script.path());
        // Ends only if the background child is gone, too: it holds the same pipe.
        engine.kill();
        let output = engine.take_output();
        assert!(output.is_empty() || output == ["started"]);
    }

    fn start_shell(script: &Path) -> Engine {
        let (reader, writer) = io::pipe().unwrap();
        let mut command = Command::new("sh");
        command.arg(script).stdout(writer.try_clone().unwrap()).stderr(writer);
        let child = spawn_group(command).unwrap();
        Engine { child, output: Some(thread::spawn(move || read_lines(reader))) }
    }
}
