//! One process of the demo: started, listened to line by line, and never left behind.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::Sender;
use std::thread;

use anyhow::Result;

use super::summary::Summary;
use crate::process::Reaped;

/// What happens on the stage.
pub(super) enum Event {
    /// A player has printed a line.
    Line {
        /// The player's number.
        player: usize,
        /// The line, without its end.
        text: String,
    },
    /// One of a player's two outputs has ended.
    OutputEnded {
        /// The player's number.
        player: usize,
    },
    /// The user wants to stop.
    Interrupted,
}

/// How a process's part in the play ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum End {
    /// Its cue never came.
    #[default]
    NeverStarted,
    /// It had to be killed.
    Killed,
    /// It ended by itself.
    Exited(ExitStatus),
}

/// What a process did, as far as it can be seen from outside.
#[derive(Debug, Default)]
pub(super) struct Record {
    pub(super) name: String,
    pub(super) end: End,
    pub(super) summaries: Vec<Summary>,
    /// Error lines of the engine, and summaries that cannot be read.
    pub(super) errors: Vec<String>,
}

impl Record {
    fn note(&mut self, line: &str) {
        match Summary::from_line(line) {
            Some(Ok(summary)) => self.summaries.push(summary),
            Some(Err(error)) => self.errors.push(format!("{error:#}")),
            None if is_engine_error(line) => self.errors.push(line.trim().to_owned()),
            None => {}
        }
    }
}

/// A running process and its record so far.
pub(super) struct Player {
    process: Reaped,
    record: Record,
    open_outputs: u8,
}

impl Player {
    /// Starts the engine with `engine_arguments`, hands `game_arguments` to the game, and sends what happens to
    /// `events` under the number `player`.
    pub(super) fn start(
        name: &str,
        player: usize,
        engine: &Path,
        engine_arguments: &[String],
        game_arguments: &[String],
        events: &Sender<Event>,
    ) -> Result<Self> {
        let mut command = Command::new(engine);
        command.args(engine_arguments).arg("--").args(game_arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = Reaped::spawn(&mut command)?;
        listen(process.child().stdout.take(), player, events.clone());
        listen(process.child().stderr.take(), player, events.clone());
        // Until it is seen to end by itself, that is how it will end.
        let record = Record { name: name.to_owned(), end: End::Killed, ..Record::default() };
        Ok(Self { process, record, open_outputs: 2 })
    }

    pub(super) fn name(&self) -> &str {
        &self.record.name
    }

    /// Notes a line the process has printed.
    pub(super) fn note(&mut self, line: &str) {
        self.record.note(line);
    }

    /// Notes that one of its outputs has ended.
    pub(super) fn note_output_end(&mut self) {
        self.open_outputs = self.open_outputs.saturating_sub(1);
    }

    /// Whether the process has ended and everything it printed has been noted.
    pub(super) fn has_ended(&mut self) -> Result<bool> {
        if self.record.end == End::Killed
            && let Some(status) = self.process.child().try_wait()?
        {
            self.record.end = End::Exited(status);
        }
        Ok(self.record.end != End::Killed && self.open_outputs == 0)
    }

    /// Whether the process has ended badly.
    pub(super) fn has_failed(&self) -> bool {
        matches!(self.record.end, End::Exited(status) if !status.success())
    }

    /// Ends the process if it still runs; answers what it did.
    pub(super) fn into_record(self) -> Record {
        self.record
    }
}

/// Sends every line of an output, from a thread of its own, until the process closes it.
fn listen(output: Option<impl Read + Send + 'static>, player: usize, events: Sender<Event>) {
    thread::spawn(move || {
        if let Some(output) = output {
            let lines = BufReader::new(output).split(b'\n').map_while(Result::ok);
            for line in lines {
                let text = String::from_utf8_lossy(&line);
                let text = console::strip_ansi_codes(text.trim_end()).into_owned();
                if events.send(Event::Line { player, text }).is_err() {
                    return;
                }
            }
        }
        // Nobody listens any more once the play is over.
        let _ = events.send(Event::OutputEnded { player });
    });
}

/// Whether the engine complains in this line: about a script, itself, or something left over at exit.
pub(super) fn is_engine_error(line: &str) -> bool {
    let line = line.trim_start();
    let kinds = ["ERROR:", "SCRIPT ERROR:", "SHADER ERROR:", "USER ERROR:", "USER SCRIPT ERROR:"];
    kinds.iter().any(|kind| line.starts_with(kind)) || line.contains("leaked at exit")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_of_the_engine_are_told_from_talk() {
        for line in [
            "ERROR: Condition \"err != OK\" is true.",
            "SCRIPT ERROR: Invalid call.",
            "  USER ERROR: pushed by a script",
            "WARNING: ObjectDB instances leaked at exit (run with --verbose for details).",
        ] {
            assert!(is_engine_error(line), "{line}");
        }
        for line in ["Ada says: no ERROR: today", "WARNING: a remark", "   at: push_error (core/variant)"] {
            assert!(!is_engine_error(line), "{line}");
        }
    }

    #[test]
    fn a_record_keeps_summaries_and_complaints() {
        let mut record = Record::default();
        for line in ["joined", r#"SUMMARY {"who": "Ada", "checks": {"a": true}}"#, "SUMMARY {", "ERROR: x"] {
            record.note(line);
        }
        assert_eq!(record.summaries.len(), 1);
        assert_eq!(record.errors.len(), 2);
    }
}
