//! What a role saw, and how two of them differ.
//!
//! The other half is `tests/project/transcript.gd`: a list of events, free of ids, ports and times.

use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use serde_json::Value;

/// What a line of output begins with that carries a transcript.
const MARK: &str = "TRANSCRIPT ";

/// The events that one role saw, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transcript(Vec<Value>);

impl Transcript {
    /// Finds the transcript in a role's output.
    pub fn find(lines: &[String]) -> Result<Option<Self>> {
        let Some(json) = lines.iter().find_map(|line| line.strip_prefix(MARK)) else {
            return Ok(None);
        };
        let events = serde_json::from_str(json).context("the transcript is not a list of events")?;
        Ok(Some(Self(events)))
    }

    /// The events, as the scenario wrote them.
    pub fn events(&self) -> &[Value] {
        &self.0
    }

    /// Shows where `self` leaves `baseline`; nothing if it does not.
    pub fn difference(&self, baseline: &Self) -> Option<String> {
        if self == baseline {
            return None;
        }
        let same = self.0.iter().zip(&baseline.0).take_while(|(ours, theirs)| ours == theirs).count();
        let mut text = String::new();
        for event in &baseline.0[..same] {
            let _ = writeln!(text, "    {event}");
        }
        for event in &baseline.0[same..] {
            let _ = writeln!(text, "  - {event}");
        }
        for event in &self.0[same..] {
            let _ = writeln!(text, "  + {event}");
        }
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transcript(line: &str) -> Transcript {
        Transcript::find(&[line.to_owned()]).unwrap().unwrap()
    }

    #[test]
    fn equal_transcripts_do_not_differ() {
        let one = transcript(r#"TRANSCRIPT [["peer_connected","server"]]"#);
        assert_eq!(one.difference(&one.clone()), None);
    }

    #[test]
    fn a_difference_shows_both_sides() {
        let ours = transcript(r#"TRANSCRIPT [["a"],["b"]]"#);
        let theirs = transcript(r#"TRANSCRIPT [["a"],["c"],["d"]]"#);
        let shown = ours.difference(&theirs).unwrap();
        assert_eq!(shown, "    [\"a\"]\n  - [\"c\"]\n  - [\"d\"]\n  + [\"b\"]\n");
    }

    #[test]
    fn output_without_a_transcript_has_none() {
        assert_eq!(Transcript::find(&["hello".to_owned()]).unwrap(), None);
    }
}
