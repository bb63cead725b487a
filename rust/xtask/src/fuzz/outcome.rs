//! What a fuzzer said, read off its log, for it has no other way to say it.

use std::path::PathBuf;
use std::process::ExitStatus;

use regex::Regex;

/// The figures of a fuzzer: what each is called, and how the log has it. The last lines of progress look like
/// `#2048 pulse  cov: 120 ft: 300 corp: 40/1Kb ...`: places in the code that were reached, the same told apart by how often and
/// from where, and inputs that reach all of them.
pub(super) const FIGURES: [(&str, &str); 5] = [
    ("executions", "stat::number_of_executed_units: +([0-9]+)"),
    ("per second", "stat::average_exec_per_sec: +([0-9]+)"),
    ("edges", " cov: ([0-9]+)"),
    ("features", " ft: ([0-9]+)"),
    ("corpus", " corp: ([0-9]+)"),
];

/// The end of one fuzzer.
#[derive(Debug)]
pub(super) struct Outcome {
    /// As [`FIGURES`] names them; one is missing if the fuzzer never printed it.
    pub(super) figures: Vec<Option<u64>>,
    /// What the check said that did not hold; how the fuzzer ended if it said nothing.
    pub(super) message: String,
    /// The input that did it.
    pub(super) input: Option<String>,
    pub(super) log: PathBuf,
    is_good: bool,
}

impl Outcome {
    pub(super) fn read(text: &str, status: ExitStatus, log: PathBuf) -> Self {
        let input = text.lines().find_map(|line| line.split_once("Test unit written to "));
        Self {
            figures: FIGURES.iter().map(|(_, pattern)| figure(text, pattern)).collect(),
            message: message(text).unwrap_or_else(|| status.to_string()),
            input: input.map(|(_, path)| path.to_owned()),
            log,
            is_good: status.success(),
        }
    }

    /// Whether the fuzzer ended before its time.
    pub(super) fn has_crashed(&self) -> bool {
        !self.is_good
    }
}

/// What was said last.
fn figure(text: &str, pattern: &str) -> Option<u64> {
    Regex::new(pattern).ok()?.captures_iter(text).last()?.get(1)?.as_str().parse().ok()
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
        assert_eq!(outcome.figures, [4096, 2048, 120, 300, 40].map(Some));
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
        assert_eq!(outcome.figures, [None; 5]);
        assert!(outcome.message.contains("out-of-memory"), "{}", outcome.message);
        assert!(read("", 1).message.contains("exit status: 1"));
    }
}
