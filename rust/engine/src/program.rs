//! A program whose output is read while it runs: a server that says its port, an engine, a browser. It is here because the
//! commands and the tests both start such, and neither may leave one behind.

use std::io::{self, BufRead as _, BufReader};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use process_wrap::std::{ChildWrapper, CommandWrap};
use regex::Regex;

use crate::process::persist;

/// How often a program is looked at that should end.
const LOOK: Duration = Duration::from_millis(10);

/// How long the output of a group that was killed may go on.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// A program that runs; it is killed and reaped when its owner lets go of it.
#[derive(Debug)]
pub struct Program {
    name: String,
    child: Box<dyn ChildWrapper>,
    output: Arc<Output>,
    deadline: Instant,
    /// How many lines [`Self::new_lines`] has given.
    given: usize,
}

#[derive(Debug, Default)]
struct Output {
    said: Mutex<Said>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Said {
    lines: Vec<String>,
    is_over: bool,
}

impl Program {
    /// Starts a program, with everything it says going into one stream of lines. It has to be done by `deadline`, and leads
    /// a group of processes that ends with it.
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub fn start(name: &str, command: Command, deadline: Instant) -> Result<Self> {
        let lead = |command: &mut CommandWrap| {
            #[cfg(unix)]
            command.wrap(process_wrap::std::ProcessGroup::leader());
            #[cfg(windows)]
            command.wrap(process_wrap::std::JobObject);
        };
        Self::start_as(name, command, deadline, lead)
    }

    /// The same in our own group, so that a Ctrl-C which ends us ends it too.
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub fn beside_us(name: &str, command: Command, deadline: Instant) -> Result<Self> {
        Self::start_as(name, command, deadline, |_| {})
    }

    fn start_as(
        name: &str,
        mut command: Command,
        deadline: Instant,
        prepare: impl Fn(&mut CommandWrap),
    ) -> Result<Self> {
        let (reader, writer) = io::pipe()?;
        command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
        let mut command = CommandWrap::from(command);
        prepare(&mut command);
        let child = persist(|| command.spawn()).with_context(|| format!("cannot start {name}"))?;
        // The command holds the pipe's other end; as long as it does, the output has no end.
        drop(command);
        let output = Arc::new(Output::default());
        thread::spawn({
            let output = Arc::clone(&output);
            move || output.collect(reader)
        });
        Ok(Self { name: name.to_owned(), child, output, deadline, given: 0 })
    }

    /// What it is called where somebody reads of it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Waits for a line that matches, and answers what the pattern's first group holds, or else the whole match.
    ///
    /// # Errors
    ///
    /// If it ends, fails or is out of time before it says so; with all that it said instead.
    pub fn says(&self, pattern: &str) -> Result<String> {
        let wanted = Regex::new(pattern)?;
        let mut said = self.output.lock();
        let mut seen = 0;
        loop {
            for line in said.lines.iter().skip(seen) {
                if let Some(found) = wanted.captures(line) {
                    let text = found.get(1).or_else(|| found.get(0)).map_or("", |part| part.as_str());
                    return Ok(text.to_owned());
                }
                // What is broken does not get better by waiting.
                if line.starts_with("FAILED ") || line.contains("SCRIPT ERROR") {
                    bail!("{} never said '{pattern}', but: {line}\n{}", self.name, said.lines.join("\n"));
                }
            }
            seen = said.lines.len();
            let left = self.deadline.saturating_duration_since(Instant::now());
            if said.is_over || left.is_zero() {
                let end = if said.is_over { "ended" } else { "was waited for in vain" };
                bail!("{} {end} and never said '{pattern}':\n{}", self.name, said.lines.join("\n"));
            }
            said = self.output.changed.wait_timeout(said, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// The lines that it has said since it was last asked for them.
    pub fn new_lines(&mut self) -> Vec<String> {
        let lines = self.output.lock().lines.get(self.given..).unwrap_or_default().to_vec();
        self.given += lines.len();
        lines
    }

    /// How it ended, if it has ended by itself.
    ///
    /// # Errors
    ///
    /// If the system does not say.
    pub fn status(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Waits until it has ended by itself, and answers how, and all that it said.
    ///
    /// # Errors
    ///
    /// If it has to be killed, as it is out of time.
    pub fn end(mut self) -> Result<(ExitStatus, Vec<String>)> {
        loop {
            if let Some(status) = self.status()? {
                return Ok((status, self.stop()));
            }
            if Instant::now() > self.deadline {
                let lines = self.stop();
                bail!("{} had to be killed:\n{}", self.name, lines.join("\n"));
            }
            thread::sleep(LOOK);
        }
    }

    /// Asks it to end, by SIGTERM.
    ///
    /// # Errors
    ///
    /// If it cannot be asked.
    #[cfg(unix)]
    pub fn terminate(&self) -> Result<()> {
        let status = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status()?;
        anyhow::ensure!(status.success(), "{} cannot be asked to end", self.name);
        Ok(())
    }

    /// Ends it at once, with its whole group, and answers all that it said.
    pub fn stop(&mut self) -> Vec<String> {
        // An error says that nobody is left to kill, which is what was wanted.
        let _ = self.child.kill();
        // Whoever has left the group may hold its output for as long as it likes, and is not waited for.
        let said = self.output.changed.wait_timeout_while(self.output.lock(), LAST_WORDS, |said| !said.is_over);
        said.unwrap_or_else(PoisonError::into_inner).0.lines.clone()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // As in `stop`; the lines are of no more interest.
        let _ = self.child.kill();
    }
}

impl Output {
    fn lock(&self) -> MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn collect(&self, reader: impl io::Read) {
        let mut reader = BufReader::new(reader);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
            self.lock().lines.push(String::from_utf8_lossy(&line).trim_end().to_owned());
            self.changed.notify_all();
            line.clear();
        }
        self.lock().is_over = true;
        self.changed.notify_all();
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::process::shell;

    fn start(script: &str) -> Program {
        Program::start("the shell", shell(script), Instant::now() + Duration::from_secs(30)).unwrap()
    }

    #[test]
    fn a_line_can_be_waited_for_while_the_program_runs() {
        let mut program = start("echo on port 4711; exec sleep 600");
        assert_eq!(program.says("port ([0-9]+)").unwrap(), "4711");
        assert_eq!(program.says("on port").unwrap(), "on port");
        assert_eq!(program.new_lines(), ["on port 4711"]);
        assert_eq!(program.new_lines(), [""; 0]);
        assert_eq!(program.stop(), ["on port 4711"]);
    }

    #[test]
    fn a_program_that_ends_says_no_more() {
        let program = start("echo one; echo two >&2; echo three; exit 3");
        assert!(program.says("four").unwrap_err().to_string().contains("ended"));
        let (status, lines) = program.end().unwrap();
        assert_eq!(status.code(), Some(3));
        assert_eq!(lines, ["one", "two", "three"]);
    }

    #[test]
    fn a_killed_group_leaves_nobody_with_the_output() {
        // Ends only if the background child is gone, too: it holds the same pipe.
        let mut program = start("sleep 600 & echo started; sleep 600");
        let lines = program.stop();
        assert!(lines.is_empty() || lines == ["started"]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn whoever_has_left_the_group_is_not_waited_for() {
        let mut program = start("setsid sh -c 'echo $$; exec sleep 60' & exec sleep 600");
        let stray = program.says("^([0-9]+)$").unwrap();
        let start = Instant::now();
        let lines = program.stop();
        assert!(start.elapsed() < Duration::from_secs(50), "it waited for a program that is not its own");
        assert_eq!(lines, std::slice::from_ref(&stray));
        assert!(shell(&format!("kill {stray}")).status().unwrap().success());
    }
}
