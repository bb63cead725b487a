//! The line a process of the demo ends with: `SUMMARY {"who": ..., "checks": {...}, "saw": {...}}`.

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Map, Value};

const MARK: &str = "SUMMARY";

/// What a process says about its own play.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) struct Summary {
    /// The process's name.
    pub(super) who: String,
    /// What had to hold, and whether it did.
    pub(super) checks: Map<String, Value>,
    /// What it counted and noted.
    #[serde(default)]
    pub(super) saw: Map<String, Value>,
}

impl Summary {
    /// Parses a line of output, if it is a summary.
    pub(super) fn from_line(line: &str) -> Option<Result<Self>> {
        let json = line.trim().strip_prefix(MARK)?;
        if json.starts_with(|next: char| !next.is_whitespace()) {
            return None;
        }
        Some(serde_json::from_str(json).with_context(|| format!("cannot read the summary {json}")))
    }

    /// The checks that are anything but true.
    pub(super) fn failed_checks(&self) -> impl Iterator<Item = &str> {
        self.checks.iter().filter(|(_, outcome)| **outcome != Value::Bool(true)).map(|(name, _)| name.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_read_and_keeps_its_order() {
        let line = r#"SUMMARY {"who": "Ada", "checks": {"joined": true, "chat": true}, "saw": {"peers": 3, "a": "x"}}"#;
        let summary = Summary::from_line(line).unwrap().unwrap();
        assert_eq!(summary.who, "Ada");
        assert_eq!(summary.checks.keys().collect::<Vec<_>>(), ["joined", "chat"]);
        assert_eq!(summary.saw.keys().collect::<Vec<_>>(), ["peers", "a"]);
        assert_eq!(summary.failed_checks().count(), 0);
    }

    #[test]
    fn whatever_is_not_true_has_failed() {
        let line = r#"SUMMARY {"who": "Ada", "checks": {"a": true, "b": false, "c": 1, "d": null}}"#;
        let summary = Summary::from_line(line).unwrap().unwrap();
        assert_eq!(summary.failed_checks().collect::<Vec<_>>(), ["b", "c", "d"]);
    }

    #[test]
    fn other_lines_are_no_summary() {
        assert!(Summary::from_line("Ada: SUMMARY {}").is_none());
        assert!(Summary::from_line("SUMMARYING").is_none());
    }

    #[test]
    fn a_broken_summary_is_an_error_not_a_silence() {
        for line in ["SUMMARY ", "SUMMARY {", "SUMMARY {}", r#"SUMMARY {"who": "Ada"}"#] {
            assert!(Summary::from_line(line).unwrap().is_err(), "{line}");
        }
    }
}
