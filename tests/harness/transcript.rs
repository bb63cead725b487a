//! What a role saw, and how two of them differ, for the built-in class is the measure of ours.
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

    /// Shows where `self` leaves `baseline` other than intended, and what was intended in vain; nothing if all is well.
    pub fn difference(&self, baseline: &Self, intended: &[&Intended]) -> Result<Option<String>> {
        let rules = intended.iter().map(|intended| intended.parse()).collect::<Result<Vec<_>>>()?;
        let mut is_used = vec![false; rules.len()];
        let (mut ours, mut theirs) = (self.0.as_slice(), baseline.0.as_slice());
        let mut text = String::new();
        loop {
            if let (Some(our_event), Some(their_event)) = (ours.first(), theirs.first())
                && our_event == their_event
            {
                let _ = writeln!(text, "    {our_event}");
                (ours, theirs) = (&ours[1..], &theirs[1..]);
                continue;
            }
            let Some(rule) = rules.iter().position(|rule| rule.covers(ours.first(), theirs.first())) else { break };
            is_used[rule] = true;
            ours = &ours[usize::from(rules[rule].ours.is_some())..];
            theirs = &theirs[usize::from(rules[rule].builtin.is_some())..];
        }
        let stale = intended.iter().zip(is_used).filter(|(_, is_used)| !is_used).map(|(intended, _)| intended);
        if ours.is_empty() && theirs.is_empty() {
            let stale: String = stale.fold(String::new(), |mut text, intended| {
                let _ = writeln!(text, "  intended, but not so any more: - {} + {}", intended.builtin, intended.ours);
                text
            });
            return Ok((!stale.is_empty()).then_some(stale));
        }
        for event in theirs {
            let _ = writeln!(text, "  - {event}");
        }
        for event in ours {
            let _ = writeln!(text, "  + {event}");
        }
        Ok(Some(text))
    }
}

/// One event that differs on purpose, and why.
#[derive(Clone, Debug)]
pub struct Intended {
    /// Who sees it.
    pub role: String,
    builtin: String,
    ours: String,
    /// Why it is better so.
    pub reason: &'static str,
}

impl Intended {
    /// What the built-in class sees and what ours sees in its place; nothing stands for no event.
    pub fn new(role: &str, builtin: &str, ours: &str, reason: &'static str) -> Self {
        Self { role: role.to_owned(), builtin: builtin.to_owned(), ours: ours.to_owned(), reason }
    }

    fn parse(&self) -> Result<Rule> {
        let event = |text: &str| -> Result<Option<Value>> {
            if text.is_empty() {
                return Ok(None);
            }
            serde_json::from_str(text).map(Some).with_context(|| format!("'{text}' is no event"))
        };
        Ok(Rule { builtin: event(&self.builtin)?, ours: event(&self.ours)? })
    }
}

/// An [`Intended`] whose events have been read.
#[derive(Debug)]
struct Rule {
    builtin: Option<Value>,
    ours: Option<Value>,
}

impl Rule {
    fn covers(&self, ours: Option<&Value>, theirs: Option<&Value>) -> bool {
        let is_next = |wanted: &Option<Value>, next: Option<&Value>| wanted.is_none() || wanted.as_ref() == next;
        is_next(&self.ours, ours) && is_next(&self.builtin, theirs)
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
        assert_eq!(one.difference(&one.clone(), &[]).unwrap(), None);
    }

    #[test]
    fn a_difference_shows_both_sides() {
        let ours = transcript(r#"TRANSCRIPT [["a"],["b"]]"#);
        let theirs = transcript(r#"TRANSCRIPT [["a"],["c"],["d"]]"#);
        let shown = ours.difference(&theirs, &[]).unwrap().unwrap();
        assert_eq!(shown, "    [\"a\"]\n  - [\"c\"]\n  - [\"d\"]\n  + [\"b\"]\n");
    }

    #[test]
    fn what_is_intended_is_no_difference() {
        let ours = transcript(r#"TRANSCRIPT [["a"],["b"],["d"],["e"]]"#);
        let theirs = transcript(r#"TRANSCRIPT [["a"],["c"],["e"]]"#);
        let other = Intended::new("solo", r#"["c"]"#, r#"["b"]"#, "");
        let more = Intended::new("solo", "", r#"["d"]"#, "");
        assert_eq!(ours.difference(&theirs, &[&other, &more]).unwrap(), None);
        assert!(ours.difference(&theirs, &[&other]).unwrap().is_some());
        assert!(theirs.difference(&theirs, &[&other]).unwrap().unwrap().contains("not so any more"));
    }

    #[test]
    fn output_without_a_transcript_has_none() {
        assert_eq!(Transcript::find(&["hello".to_owned()]).unwrap(), None);
    }
}
