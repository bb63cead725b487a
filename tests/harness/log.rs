//! What an engine may say, and what it may not, so that no warning passes unseen.
//!
//! An engine that is well says nothing at the level of a warning. A scenario that provokes errors
//! declares them; one that it declared and that never came is as wrong as one that came uncalled.

use anyhow::Result;
use regex::Regex;
use rust_websocket_engine::headless::{is_complaint, is_unforgivable};

/// Something that an engine is expected to say.
#[derive(Clone, Debug)]
pub struct Complaint {
    pattern: String,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Required,
    Optional,
    Detail,
}

impl Complaint {
    /// At the level of a warning, and it must come.
    pub fn required(pattern: &str) -> Self {
        Self { pattern: pattern.to_owned(), kind: Kind::Required }
    }

    /// At the level of a warning; it may come.
    pub fn optional(pattern: &str) -> Self {
        Self { pattern: pattern.to_owned(), kind: Kind::Optional }
    }

    /// At any level, and it must come: be it only to those who want details.
    pub fn detail(pattern: &str) -> Self {
        Self { pattern: pattern.to_owned(), kind: Kind::Detail }
    }

    /// Whether engines have to be asked for details.
    pub fn is_detail(&self) -> bool {
        self.kind == Kind::Detail
    }
}

/// Finds what is wrong with an engine's output, given what was expected of it.
pub fn judge(lines: &[String], expected: &[Complaint]) -> Result<Vec<String>> {
    let patterns = expected.iter().map(|complaint| Regex::new(&complaint.pattern)).collect::<Result<Vec<_>, _>>()?;
    let mut problems = Vec::new();
    let mut has_come = vec![false; expected.len()];
    for line in lines {
        for ((complaint, pattern), has_come) in expected.iter().zip(&patterns).zip(&mut has_come) {
            *has_come |= complaint.is_detail() && pattern.is_match(line);
        }
        // A transcript may quote anything.
        if !line.starts_with("TRANSCRIPT ") && is_unforgivable(line) {
            problems.push(format!("it said: {line}"));
        } else if is_rust_path(line) {
            problems.push(format!("it named a place in our sources: {line}"));
        } else if is_complaint(line) {
            let mut is_expected = false;
            for ((complaint, pattern), has_come) in expected.iter().zip(&patterns).zip(&mut has_come) {
                if !complaint.is_detail() && pattern.is_match(line) {
                    is_expected = true;
                    *has_come = true;
                }
            }
            if !is_expected {
                problems.push(format!("it said, unexpectedly: {line}"));
            }
        }
    }
    for (complaint, has_come) in expected.iter().zip(has_come) {
        if complaint.kind != Kind::Optional && !has_come {
            problems.push(format!("it never said what was expected: {}", complaint.pattern));
        }
    }
    Ok(problems)
}

/// Whether the engine says that something was in a file of Rust, which is nothing to a game's developer.
fn is_rust_path(line: &str) -> bool {
    let line = line.trim_start();
    // What the bindings say of arguments of a wrong type is theirs.
    line.starts_with("at: ") && line.contains(".rs:") && !line.starts_with("at: godot_core::")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge_lines(lines: &[&str], expected: &[&str]) -> Vec<String> {
        let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        let expected: Vec<Complaint> = expected.iter().map(|pattern| Complaint::required(pattern)).collect();
        judge(&lines, &expected).unwrap()
    }

    #[test]
    fn ordinary_words_are_no_complaint() {
        assert!(judge_lines(&["hello", "an ERROR: in the middle", "   at: poll (x.cpp:1)"], &[]).is_empty());
    }

    #[test]
    fn a_complaint_must_be_expected() {
        assert_eq!(judge_lines(&["ERROR: Peer not found: 2"], &[]).len(), 1);
        assert_eq!(judge_lines(&["WARNING: careful"], &[]).len(), 1);
        assert!(judge_lines(&["ERROR: Peer not found: 2"], &["Peer not found"]).is_empty());
    }

    #[test]
    fn an_expected_complaint_must_come() {
        assert_eq!(judge_lines(&["fine"], &["Peer not found"]).len(), 1);
    }

    #[test]
    fn an_optional_complaint_need_not_come() {
        assert!(judge(&["fine".to_owned()], &[Complaint::optional("Peer not found")]).unwrap().is_empty());
    }

    #[test]
    fn places_in_our_sources_are_for_nobody() {
        assert_eq!(judge_lines(&["   at: refuse (rust/extension/src/lib.rs:7)"], &[]).len(), 1);
    }

    #[test]
    fn leaks_and_broken_scripts_cannot_be_expected() {
        for line in [
            "WARNING: ObjectDB instances leaked at exit (run with --verbose for details).",
            "ERROR: 3 resources still in use at exit (run with --verbose for details).",
            "ERROR: 2 RID allocations of type 'X' were leaked at exit.",
            "Leaked instance: RefCounted:123",
            "SCRIPT ERROR: Invalid call",
            "thread '<unnamed>' panicked at src/lib.rs:1:1:",
            "FAILED server: expected something else",
        ] {
            let problems = judge_lines(&[line], &["."]);
            assert_eq!(problems[0], format!("it said: {line}"));
        }
    }
}
