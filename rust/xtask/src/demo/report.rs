//! What is made of the records: a table for people, and a list of what went wrong.

use comfy_table::{ContentArrangement, Table, presets};
use serde_json::{Map, Value};

use super::player::{End, Record};
use super::summary::Summary;

/// Longer texts wrap inside their cell.
const TABLE_WIDTH: u16 = 120;

/// The table of what every process saw: a column for each process, a row for each check and each thing seen.
pub(super) fn table(records: &[Record]) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(TABLE_WIDTH);
    table.set_header(row("", records, |record| record.name.clone()));
    for check in names(records, |summary| &summary.checks) {
        table.add_row(row(&check, records, |record| cell(record, &check, |summary| &summary.checks)));
    }
    for thing in names(records, |summary| &summary.saw) {
        table.add_row(row(&thing, records, |record| cell(record, &thing, |summary| &summary.saw)));
    }
    table.add_row(row("errors", records, |record| record.errors.len().to_string()));
    table.add_row(row("exit code", records, exit_code));
    table.to_string()
}

/// Everything that went wrong for one process.
pub(super) fn problems(record: &Record) -> Vec<String> {
    let mut problems = Vec::new();
    match record.summaries.as_slice() {
        [] if record.end == End::NeverStarted => {}
        [] => problems.push("printed no summary".to_owned()),
        [summary] => problems.extend(problems_of(summary, &record.name)),
        several => problems.push(format!("printed {} summaries", several.len())),
    }
    match record.end {
        End::Exited(status) if status.success() => {}
        End::Exited(status) => problems.push(format!("ended with {status}")),
        End::Killed => problems.push("did not end by itself".to_owned()),
        End::NeverStarted => problems.push("was never started: its cue did not come".to_owned()),
    }
    problems.extend(record.errors.iter().cloned());
    problems.into_iter().map(|problem| format!("{}: {problem}", record.name)).collect()
}

fn problems_of(summary: &Summary, name: &str) -> Vec<String> {
    let mut problems: Vec<String> = summary.failed_checks().map(|check| format!("check failed: {check}")).collect();
    if summary.checks.is_empty() {
        problems.push("checked nothing".to_owned());
    }
    if summary.who != name {
        problems.push(format!("calls itself {}", summary.who));
    }
    problems
}

fn row(label: &str, records: &[Record], cell: impl Fn(&Record) -> String) -> Vec<String> {
    std::iter::once(label.to_owned()).chain(records.iter().map(cell)).collect()
}

/// All names in one part of the summaries, in the order they first appear.
fn names(records: &[Record], part: impl Fn(&Summary) -> &Map<String, Value>) -> Vec<String> {
    let mut names = Vec::new();
    for summary in records.iter().flat_map(|record| &record.summaries) {
        for name in part(summary).keys() {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
    }
    names
}

fn cell(record: &Record, name: &str, part: impl Fn(&Summary) -> &Map<String, Value>) -> String {
    match record.summaries.first().and_then(|summary| part(summary).get(name)) {
        None => String::new(),
        Some(Value::Bool(true)) => "ok".to_owned(),
        Some(Value::Bool(false)) => "FAILED".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    }
}

fn exit_code(record: &Record) -> String {
    match record.end {
        End::NeverStarted => "absent".to_owned(),
        End::Killed => "killed".to_owned(),
        End::Exited(status) => status.code().map_or_else(|| status.to_string(), |code| code.to_string()),
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    use super::*;

    fn record(name: &str, summary: &str) -> Record {
        Record {
            name: name.to_owned(),
            end: End::Exited(ExitStatus::from_raw(0)),
            summaries: vec![Summary::from_line(&format!("SUMMARY {summary}")).unwrap().unwrap()],
            errors: Vec::new(),
        }
    }

    fn good() -> Record {
        record("Ada", r#"{"who": "Ada", "checks": {"joined": true}, "saw": {"players": 3}}"#)
    }

    #[test]
    fn a_process_that_saw_everything_has_no_problem() {
        assert_eq!(problems(&good()), [""; 0]);
    }

    #[test]
    fn every_way_to_go_wrong_is_named() {
        let cases: [(Record, &str); 7] = [
            (Record { summaries: vec![], ..good() }, "Ada: printed no summary"),
            (Record { summaries: [good().summaries, good().summaries].concat(), ..good() }, "Ada: printed 2 summaries"),
            (Record { end: End::Killed, ..good() }, "Ada: did not end by itself"),
            (Record { end: End::Exited(ExitStatus::from_raw(256)), ..good() }, "Ada: ended with exit status: 1"),
            (Record { errors: vec!["ERROR: x".to_owned()], ..good() }, "Ada: ERROR: x"),
            (record("Ada", r#"{"who": "Ben", "checks": {"a": true}}"#), "Ada: calls itself Ben"),
            (record("Ada", r#"{"who": "Ada", "checks": {"joined": false}}"#), "Ada: check failed: joined"),
        ];
        for (record, expected) in cases {
            assert_eq!(problems(&record), [expected]);
        }
        assert_eq!(problems(&record("Ada", r#"{"who": "Ada", "checks": {}}"#)), ["Ada: checked nothing"]);
    }

    #[test]
    fn the_table_has_a_row_for_whatever_anybody_saw() {
        let server = record("server", r#"{"who": "server", "checks": {"all came": false}, "saw": {"chat": "hi"}}"#);
        let table = table(&[server, good()]);
        let line = |label: &str| table.lines().find(|line| line.contains(label)).unwrap().to_owned();
        assert!(line("all came").contains("FAILED"), "{table}");
        assert!(line("joined").contains("ok"), "{table}");
        assert!(line("chat").contains("hi"), "{table}");
        assert!(line("players").contains('3'), "{table}");
    }
}
