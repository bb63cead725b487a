//! What a process of the demo did, as far as it can be seen from outside, for a broken game need not say so itself: how it
//! ended, its complaints, and the line it ends with, `SUMMARY {"who": ..., "checks": {...}, "saw": {...}}`. What is made of
//! all of them: a table, and what went wrong.

use std::process::ExitStatus;

use anyhow::{Context, Result};
use comfy_table::{ContentArrangement, Table, presets};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::engine::headless::is_error;

const MARK: &str = "SUMMARY";

/// Longer texts wrap inside their cell.
const TABLE_WIDTH: u16 = 120;

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

/// What a process did.
#[derive(Debug, Default)]
pub(super) struct Record {
    pub(super) name: String,
    pub(super) end: End,
    summaries: Vec<Summary>,
    /// Error lines of the engine, and summaries that cannot be read.
    errors: Vec<String>,
}

/// What a process says about its own play.
#[derive(Clone, Debug, PartialEq, Deserialize)]
struct Summary {
    /// The process's name.
    who: String,
    /// What had to hold, and whether it did.
    checks: Map<String, Value>,
    /// What it counted and noted.
    #[serde(default)]
    saw: Map<String, Value>,
}

impl Record {
    pub(super) fn new(name: &str, end: End) -> Self {
        Self { name: name.to_owned(), end, ..Self::default() }
    }

    /// Notes a line that the process has printed; answers whether it was its summary.
    pub(super) fn note(&mut self, line: &str) -> bool {
        match read_summary(line) {
            Some(Ok(summary)) => self.summaries.push(summary),
            Some(Err(error)) => self.errors.push(format!("{error:#}")),
            None if is_error(line) => self.errors.push(line.trim().to_owned()),
            None => return false,
        }
        line.starts_with(MARK)
    }

    /// Everything that went wrong for the process.
    pub(super) fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        match (self.summaries.as_slice(), self.end) {
            ([], End::NeverStarted) => {}
            ([], _) => problems.push("printed no summary".to_owned()),
            ([summary], _) => problems.extend(self.problems_of(summary)),
            (several, _) => problems.push(format!("printed {} summaries", several.len())),
        }
        match self.end {
            End::Exited(status) if status.success() => {}
            End::Exited(status) => problems.push(format!("ended with {status}")),
            End::Killed => problems.push("did not end by itself".to_owned()),
            End::NeverStarted => problems.push("was never started: its cue did not come".to_owned()),
        }
        problems.extend(self.errors.iter().cloned());
        problems.into_iter().map(|problem| format!("{}: {problem}", self.name)).collect()
    }

    fn problems_of(&self, summary: &Summary) -> Vec<String> {
        let failed = summary.checks.iter().filter(|(_, outcome)| **outcome != Value::Bool(true));
        let mut problems: Vec<String> = failed.map(|(check, _)| format!("check failed: {check}")).collect();
        if summary.checks.is_empty() {
            problems.push("checked nothing".to_owned());
        }
        if summary.who != self.name {
            problems.push(format!("calls itself {}", summary.who));
        }
        problems
    }
}

/// The table of what every process saw: a column for each process, a row for each check and each thing seen.
pub(super) fn table(records: &[Record]) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(TABLE_WIDTH);
    table.set_header(row("", records, |record| record.name.clone()));
    type Part = fn(&Summary) -> &Map<String, Value>;
    let parts: [Part; 2] = [|summary| &summary.checks, |summary| &summary.saw];
    for part in parts {
        let mut names: Vec<&String> = Vec::new();
        for name in records.iter().flat_map(|record| &record.summaries).flat_map(|summary| part(summary).keys()) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        for name in names {
            let value = |record: &Record| cell(record.summaries.first().and_then(|summary| part(summary).get(name)));
            table.add_row(row(name, records, value));
        }
    }
    table.add_row(row("errors", records, |record| record.errors.len().to_string()));
    table.add_row(row("exit code", records, |record| match record.end {
        End::NeverStarted => "absent".to_owned(),
        End::Killed => "killed".to_owned(),
        End::Exited(status) => status.code().map_or_else(|| status.to_string(), |code| code.to_string()),
    }));
    table.to_string()
}

fn row(label: &str, records: &[Record], cell: impl Fn(&Record) -> String) -> Vec<String> {
    std::iter::once(label.to_owned()).chain(records.iter().map(cell)).collect()
}

fn cell(value: Option<&Value>) -> String {
    match value {
        None => String::new(),
        Some(Value::Bool(true)) => "ok".to_owned(),
        Some(Value::Bool(false)) => "FAILED".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    }
}

/// Parses a line of output, if it is a summary.
fn read_summary(line: &str) -> Option<Result<Summary>> {
    let json = line.trim().strip_prefix(MARK)?;
    if json.starts_with(|next: char| !next.is_whitespace()) {
        return None;
    }
    Some(serde_json::from_str(json).with_context(|| format!("cannot read the summary {json}")))
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    const GOOD: &str = r#"SUMMARY {"who": "Ada", "checks": {"joined": true, "chat": true}, "saw": {"players": 3}}"#;

    fn record(code: i32, lines: &[&str]) -> Record {
        let mut record = Record::new("Ada", End::Exited(ExitStatus::from_raw(code)));
        for line in lines {
            record.note(line);
        }
        record
    }

    #[test]
    fn a_process_that_saw_everything_has_no_problem() {
        assert_eq!(record(0, &["joined", "SUMMARYING", "WARNING: a remark", GOOD]).problems(), [""; 0]);
    }

    #[test]
    fn every_way_to_go_wrong_is_named() {
        let checks = |checks: &str| format!(r#"SUMMARY {{"who": "Ada", "checks": {{{checks}}}}}"#);
        for (record, expected) in [
            (record(0, &[]), "Ada: printed no summary"),
            (record(0, &[GOOD, GOOD]), "Ada: printed 2 summaries"),
            (Record { end: End::Killed, ..record(0, &[GOOD]) }, "Ada: did not end by itself"),
            (record(256, &[GOOD]), "Ada: ended with exit status: 1"),
            (record(0, &[GOOD, "SCRIPT ERROR: x"]), "Ada: SCRIPT ERROR: x"),
            (record(0, &[GOOD, "  USER ERROR: x"]), "Ada: USER ERROR: x"),
            (record(0, &[r#"SUMMARY {"who": "Ben", "checks": {"a": true}}"#]), "Ada: calls itself Ben"),
            (record(0, &[&checks(r#""a": true, "b": 1"#)]), "Ada: check failed: b"),
            (record(0, &[&checks("")]), "Ada: checked nothing"),
        ] {
            assert_eq!(record.problems(), [expected]);
        }
        assert!(record(0, &[GOOD, "SUMMARY {"]).problems()[0].contains("cannot read the summary"));
    }

    #[test]
    fn the_table_has_a_row_for_whatever_anybody_saw() {
        let server = record(0, &[r#"SUMMARY {"who": "s", "checks": {"all came": false}, "saw": {"chat": "hi"}}"#]);
        let table = table(&[server, record(0, &[GOOD])]);
        for (label, value) in [("all came", "FAILED"), ("joined", "ok"), ("chat", "hi"), ("players", "3")] {
            assert!(table.lines().any(|line| line.contains(label) && line.contains(value)), "{label}\n{table}");
        }
    }
}
