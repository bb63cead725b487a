//! What a fuzzer said, read off its log, for it has no other way to say it.

use std::path::PathBuf;
use std::process::ExitStatus;

/// The end of one fuzzer. A figure is missing if the fuzzer never printed it.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) executions: Option<u64>,
    pub(super) per_second: Option<u64>,
    /// Places in the code that were reached.
    pub(super) edges: Option<u64>,
    /// The same, told apart by how often and from where.
    pub(super) features: Option<u64>,
    /// Inputs that reach all of them.
    pub(super) corpus: Option<u64>,
    /// What the check said that did not hold; how the fuzzer ended if it said nothing.
    pub(super) message: String,
    /// The input that did it.
    pub(super) input: Option<String>,
    pub(super) log: PathBuf,
    is_good: bool,
}

impl Outcome {
    pub(super) fn read(text: &str, status: ExitStatus, log: PathBuf) -> Self {
        Self {
            executions: statistic(text, "stat::number_of_executed_units:"),
            per_second: statistic(text, "stat::average_exec_per_sec:"),
            edges: measure(text, "cov:"),
            features: measure(text, "ft:"),
            corpus: measure(text, "corp:"),
            message: message(text).unwrap_or_else(|| status.to_string()),
            input: text
                .lines()
                .find_map(|line| line.split_once("Test unit written to "))
                .map(|(_, path)| path.to_owned()),
            log,
            is_good: status.success(),
        }
    }

    /// Whether the fuzzer ended before its time.
    pub(super) fn has_crashed(&self) -> bool {
        !self.is_good
    }
}

/// A figure of the statistics at the end.
fn statistic(text: &str, name: &str) -> Option<u64> {
    text.lines().rev().find_map(|line| line.strip_prefix(name)).and_then(|figure| figure.trim().parse().ok())
}

/// A figure of the last line of progress, which looks like `#2048 pulse  cov: 120 ft: 300 corp: 40/1Kb ...`.
fn measure(text: &str, name: &str) -> Option<u64> {
    let mut words =
        text.lines().rev().find(|line| line.starts_with('#') && line.contains(" cov: "))?.split_whitespace();
    words.find(|word| *word == name)?;
    words.next()?.split('/').next()?.parse().ok()
}

/// A panic's place and words, or the fuzzer's own complaint.
fn message(text: &str) -> Option<String> {
    let mut lines = text.lines().skip_while(|line| !line.contains(" panicked at "));
    if let Some((_, place)) = lines.next().and_then(|line| line.split_once(" panicked at ")) {
        return Some(format!("{place} {}", lines.next().unwrap_or_default()));
    }
    text.lines().find(|line| line.contains("ERROR: ")).map(str::to_owned)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;

    use super::*;

    const GOOD: &str = "INFO: Seed: 1\n\
        #2\tINITED cov: 10 ft: 11 corp: 1/1b exec/s: 0 rss: 40Mb\n\
        #2048\tpulse  cov: 120 ft: 300 corp: 40/1Kb lim: 21 exec/s: 1024 rss: 41Mb\n\
        Done 4096 runs in 2 second(s)\n\
        stat::number_of_executed_units: 4096\nstat::average_exec_per_sec:     2048\n";

    fn read(text: &str, code: i32) -> Outcome {
        Outcome::read(text, ExitStatus::from_raw(code << 8), PathBuf::new())
    }

    #[test]
    fn figures_are_those_of_the_end() {
        let outcome = read(GOOD, 0);
        assert!(!outcome.has_crashed());
        assert_eq!((outcome.executions, outcome.per_second), (Some(4096), Some(2048)));
        assert_eq!((outcome.edges, outcome.features, outcome.corpus), (Some(120), Some(300), Some(40)));
    }

    #[test]
    fn a_crash_has_its_words_and_its_input() {
        let text = "thread '<unnamed>' (7) panicked at src/a.rs:1:2:\nnothing is stuck\nstack backtrace:\n\
            artifact_prefix='/x/'; Test unit written to /x/crash-1\n";
        let outcome = read(text, 77);
        assert!(outcome.has_crashed());
        assert_eq!(outcome.message, "src/a.rs:1:2: nothing is stuck");
        assert_eq!(outcome.input.as_deref(), Some("/x/crash-1"));
    }

    #[test]
    fn what_never_ran_has_no_figures() {
        let outcome = read("==7==ERROR: libFuzzer: out-of-memory (used: 1025Mb; limit: 1024Mb)\n", 71);
        assert!(outcome.executions.is_none() && outcome.edges.is_none());
        assert!(outcome.message.contains("out-of-memory"), "{}", outcome.message);
        assert!(read("", 1).message.contains("exit status: 1"));
    }
}
