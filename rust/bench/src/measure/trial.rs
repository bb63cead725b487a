//! One trial: a server, a load, and the numbers both of them tell.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rust_websocket_engine::program::Program;
use serde_json::{Map, Value};

/// How long a trial may take in all.
const LIMIT: Duration = Duration::from_secs(120);

/// What a server says when it listens, with its port.
const LISTENING: &str = "^LISTENING ([0-9]+)";

/// What it says for each result, a name and a number after it.
const MEASURE: &str = "MEASURE ";

/// Numbers by their names.
pub(super) type Measures = BTreeMap<String, f64>;

/// Whose end is the end of a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EndsWith {
    /// The server measures, and ends by itself.
    Server,
    /// The load measures; the server is stopped.
    Load,
}

/// Runs a server, and the load for the port that it names, if there is one.
pub(super) fn run(
    server: Command,
    load: impl FnOnce(&str) -> Option<Command>,
    ends_with: EndsWith,
) -> Result<Measures> {
    let deadline = Instant::now() + LIMIT;
    let mut server = Program::beside_us("the server", server, deadline)?;
    let port = server.says(LISTENING)?;
    let load = load(&port).map(|load| Program::beside_us("the load", load, deadline)).transpose()?;
    match (load, ends_with) {
        (Some(load), EndsWith::Load) => {
            let measured = finish(load);
            let words = server.stop().join("\n");
            if words.contains("SCRIPT ERROR") {
                bail!("the server's script is wrong:\n{words}");
            }
            numbers(&measured.with_context(|| words)?)
        }
        (load, _) => {
            let lines =
                finish(server).with_context(|| load.map_or_else(String::new, |mut load| load.stop().join("\n")))?;
            let measures = lines.iter().filter_map(|line| line.strip_prefix(MEASURE)?.split_once(' '));
            let number = |(name, value): (&str, &str)| Ok((name.to_owned(), value.trim().parse()?));
            measures.map(number).collect::<Result<_>>().context("a measure that is no number")
        }
    }
}

/// Waits for a program that has to end well; answers what it said.
fn finish(program: Program) -> Result<Vec<String>> {
    let name = program.name().to_owned();
    let (status, lines) = program.end()?;
    let words = lines.join("\n");
    if !status.success() || words.contains("SCRIPT ERROR") {
        bail!("{name} failed ({status}):\n{words}");
    }
    Ok(lines)
}

/// What a load measures: one line of JSON.
fn numbers(lines: &[String]) -> Result<Measures> {
    let line = lines.iter().find(|line| line.starts_with('{')).context("the load did not answer with JSON")?;
    let fields: Map<String, Value> = serde_json::from_str(line)?;
    Ok(fields.into_iter().filter_map(|(name, value)| Some((name, value.as_f64()?))).collect())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn whoever_measures_is_waited_for() {
        let server = shell("echo LISTENING 7; echo MEASURE a 1.5; echo else; echo MEASURE b 2");
        let measures = run(server, |port| (port != "7").then(|| shell("exit 1")), EndsWith::Server).unwrap();
        assert_eq!(measures, Measures::from([("a".to_owned(), 1.5), ("b".to_owned(), 2.0)]));
        let server = shell("echo LISTENING 7; exec sleep 600");
        let measures = run(server, |_| Some(shell(r#"echo '{"rate": 3}'"#)), EndsWith::Load).unwrap();
        assert_eq!(measures, Measures::from([("rate".to_owned(), 3.0)]));
    }

    #[test]
    fn a_failure_of_either_is_told_with_what_it_said() {
        let server = || shell("echo LISTENING 7; exec sleep 600");
        let error = run(server(), |_| Some(shell("echo bad luck >&2; exit 1")), EndsWith::Load).unwrap_err();
        assert!(format!("{error:#}").contains("bad luck"), "{error:#}");
        let error = run(shell("echo no port >&2; exit 1"), |_| None, EndsWith::Server).unwrap_err();
        assert!(format!("{error:#}").contains("no port"), "{error:#}");
        let error = run(shell("echo LISTENING 7; echo SCRIPT ERROR >&2"), |_| None, EndsWith::Server).unwrap_err();
        assert!(format!("{error:#}").contains("SCRIPT ERROR"), "{error:#}");
    }
}
