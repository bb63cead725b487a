//! Running a program to its end, or to a deadline, so that no child is left behind, whatever happens.

use std::io::{self, ErrorKind, Read};
use std::iter;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use wait_timeout::ChildExt;

use crate::workspace;

/// A program that was just written counts as busy while another thread's child, between its fork and its exec, still
/// holds our handle to it. That passes in moments.
const BUSY_ATTEMPTS: u32 = 100;
const BUSY_PAUSE: Duration = Duration::from_millis(10);

/// A cold disk and a busy machine may take a while.
const ANSWER_LIMIT: Duration = Duration::from_secs(60);

/// A child that is killed and reaped when its owner lets go of it.
pub struct Reaped(Child);

impl Reaped {
    /// Starts a program.
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub fn spawn(command: &mut Command) -> Result<Self> {
        let program = command.get_program().to_string_lossy().into_owned();
        persist(|| command.spawn()).map(Self).with_context(|| format!("cannot start {program}"))
    }

    /// The child itself.
    pub fn child(&mut self) -> &mut Child {
        &mut self.0
    }
}

impl Drop for Reaped {
    fn drop(&mut self) {
        // Both fail only for a child that has ended and been waited for, which is the aim.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a program once it is busy no more.
pub(crate) fn persist<T>(mut spawn: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    for _ in 0..BUSY_ATTEMPTS {
        match spawn() {
            Err(error) if error.kind() == ErrorKind::ExecutableFileBusy => thread::sleep(BUSY_PAUSE),
            outcome => return outcome,
        }
    }
    spawn()
}

/// Runs `command` without input to its end, with our own output; `what` is what an error calls it.
///
/// # Errors
///
/// If it cannot be started, or does not end well.
pub fn run(what: &str, command: &mut Command) -> Result<()> {
    let status = Reaped::spawn(command.stdin(Stdio::null()))?.child().wait()?;
    if !status.success() {
        bail!("{what} failed ({status})");
    }
    Ok(())
}

/// What a program left behind.
pub struct Finished {
    /// How it ended.
    pub status: ExitStatus,
    /// What it printed.
    pub stdout: String,
    /// What it complained of.
    pub stderr: String,
}

impl Finished {
    /// Everything it printed, for an error message.
    #[must_use]
    pub fn output(&self) -> String {
        format!("{}{}", self.stdout, self.stderr).trim_end().to_owned()
    }
}

/// Runs `command` without input and collects its output; kills it when `limit` has passed.
///
/// # Errors
///
/// If it cannot be started, or does not end in time.
pub fn run_within(command: &mut Command, limit: Duration) -> Result<Finished> {
    let program = command.get_program().to_string_lossy().into_owned();
    let mut running = Reaped::spawn(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()))?;
    let stdout = collect(running.child().stdout.take());
    let stderr = collect(running.child().stderr.take());
    let Some(status) = running.child().wait_timeout(limit)? else {
        bail!("{program} did not end within {} s", limit.as_secs());
    };
    Ok(Finished { status, stdout: join(stdout)?, stderr: join(stderr)? })
}

/// The same for a program that has to end well; answers what it printed to stdout.
///
/// # Errors
///
/// If it does not; with all that it said.
pub fn answer_within(command: &mut Command, limit: Duration) -> Result<String> {
    let finished = run_within(command, limit)?;
    if !finished.status.success() {
        let name: Vec<_> = iter::once(command.get_program()).chain(command.get_args()).take(2).collect();
        let name = name.join(" ".as_ref());
        bail!("{} failed ({}):\n{}", name.display(), finished.status, finished.output());
    }
    Ok(finished.stdout)
}

/// Asks a program something short, mostly for its version: the first line that it says, or why there is none.
///
/// # Errors
///
/// If it does not run here, or does not end well.
pub fn ask(program: &str, arguments: &[&str]) -> Result<String, String> {
    let (mut command, target) = (Command::new(program), workspace::target_dir());
    command.args(arguments).current_dir(workspace::root());
    // Libraries of others that only tests use may lie where all else is that is not checked in.
    command.env("NODE_PATH", target.join("node_modules")).env("PYTHONPATH", target.join("python"));
    let finished = run_within(&mut command, ANSWER_LIMIT).map_err(|error| format!("{error:#}"))?;
    let first = |text: &str| text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default().to_owned();
    if finished.status.success() {
        return Ok(first(&finished.output()));
    }
    Err(format!("`{program} {}` does not work: {}", arguments.join(" "), first(&finished.stderr)))
}

/// Reads a pipe to its end on a thread of its own, so that a full pipe never stops the writer.
pub(crate) fn collect(pipe: Option<impl Read + Send + 'static>) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // A pipe that breaks still leaves what came before.
            let _ = pipe.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// The text a [`collect`] thread has read.
pub(crate) fn join(reader: JoinHandle<String>) -> Result<String> {
    reader.join().map_err(|_| anyhow!("the thread that reads a child's output panicked"))
}

/// Bytes as lower-case hexadecimal digits, as checksums are written.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Writes a shell script that can be started, for tests: as an engine, or as a game.
///
/// # Errors
///
/// If it cannot be written.
#[cfg(unix)]
pub fn write_script(path: &std::path::Path, script: &str) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, format!("#!/bin/sh\n{script}\n"))?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))
}

/// A command for tests: what a shell makes of a script.
#[cfg(test)]
#[cfg(unix)]
pub(crate) fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[test]
    fn output_and_status_come_back() {
        let finished = run_within(&mut shell("echo out; echo err >&2; exit 3"), Duration::from_secs(30)).unwrap();
        assert_eq!(finished.status.code(), Some(3));
        assert_eq!((finished.stdout.as_str(), finished.stderr.as_str()), ("out\n", "err\n"));
    }

    #[test]
    fn a_program_that_hangs_is_killed() {
        // `exec`, so that the process that sleeps is the one we hold.
        let error = run_within(&mut shell("exec sleep 600"), Duration::from_millis(50)).err().unwrap();
        assert!(error.to_string().contains("did not end"), "{error}");
    }
}
