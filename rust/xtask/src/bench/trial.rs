//! One trial: a server, a load, and the numbers both of them tell.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use serde_json::Value;
use wait_timeout::ChildExt;

use crate::process::{self, Reaped};

/// How long a server may take to listen.
const START_LIMIT: Duration = Duration::from_secs(30);

/// How long a trial may take in all.
const LIMIT: Duration = Duration::from_secs(120);

/// What a server says when it listens, the port after it.
const LISTENING: &str = "LISTENING ";

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
    mut server: Command,
    load: impl FnOnce(&str) -> Option<Command>,
    ends_with: EndsWith,
) -> Result<Measures> {
    let deadline = Instant::now() + LIMIT;
    let mut server = Reaped::spawn(server.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()))?;
    let complaints = process::collect(server.child().stderr.take());
    let lines = read_lines(server.child().stdout.take().context("a server without output")?);
    let outcome = follow(&mut server, &lines, load, ends_with, deadline);
    // Its end is the end of what it complains about.
    drop(server);
    let complaints = process::join(complaints)?;
    if complaints.contains("SCRIPT ERROR") {
        bail!("the server's script is wrong:\n{complaints}");
    }
    outcome.map_err(|error| anyhow!("{error:#}\n{complaints}"))
}

fn follow(
    server: &mut Reaped,
    lines: &Receiver<String>,
    load: impl FnOnce(&str) -> Option<Command>,
    ends_with: EndsWith,
    deadline: Instant,
) -> Result<Measures> {
    let port = await_port(lines)?;
    let Some(mut load) = load(&port) else {
        return finish_server(server, lines, deadline);
    };
    let mut load = Reaped::spawn(load.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()))?;
    let result = process::collect(load.child().stdout.take());
    let complaints = process::collect(load.child().stderr.take());
    if ends_with == EndsWith::Server {
        let measures = finish_server(server, lines, deadline);
        drop(load);
        let complaints = process::join(complaints)?;
        return measures.map_err(|error| anyhow!("{error:#}\n{complaints}"));
    }
    let status = load.child().wait_timeout(deadline.saturating_duration_since(Instant::now()))?;
    drop(load);
    match status {
        Some(status) if status.success() => numbers(&process::join(result)?),
        Some(status) => bail!("the load failed ({status}):\n{}", process::join(complaints)?),
        None => bail!("the load did not end within {} s", LIMIT.as_secs()),
    }
}

fn read_lines(pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            // Nobody listens any more once the trial is over.
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

fn await_port(lines: &Receiver<String>) -> Result<String> {
    let deadline = Instant::now() + START_LIMIT;
    loop {
        match lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(line) => {
                if let Some(port) = line.strip_prefix(LISTENING) {
                    return Ok(port.trim().to_owned());
                }
            }
            Err(RecvTimeoutError::Timeout) => bail!("the server does not listen after {} s", START_LIMIT.as_secs()),
            Err(RecvTimeoutError::Disconnected) => bail!("the server ended before it listened"),
        }
    }
}

/// What a server measures until it ends.
fn finish_server(server: &mut Reaped, lines: &Receiver<String>, deadline: Instant) -> Result<Measures> {
    let mut measures = Measures::new();
    loop {
        match lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(line) => {
                if let Some((name, value)) = line.strip_prefix(MEASURE).and_then(|line| line.split_once(' ')) {
                    measures.insert(name.to_owned(), value.trim().parse().context("a measure that is no number")?);
                }
            }
            Err(RecvTimeoutError::Timeout) => bail!("the server did not end within {} s", LIMIT.as_secs()),
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    match server.child().wait_timeout(START_LIMIT)? {
        Some(status) if status.success() => Ok(measures),
        Some(status) => bail!("the server failed ({status})"),
        None => bail!("the server closed its output and did not end"),
    }
}

fn numbers(json: &str) -> Result<Measures> {
    let Value::Object(fields) = serde_json::from_str(json.trim()).context("the load did not answer with JSON")? else {
        bail!("the load answered {json}");
    };
    Ok(fields.into_iter().filter_map(|(name, value)| Some((name, value.as_f64()?))).collect())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::process::shell;

    #[test]
    fn a_server_that_measures_is_waited_for() {
        let server = shell("echo LISTENING 7; echo MEASURE a 1.5; echo else; echo MEASURE b 2");
        let measures = run(server, |port| (port != "7").then(|| shell("exit 1")), EndsWith::Server).unwrap();
        assert_eq!(measures, Measures::from([("a".to_owned(), 1.5), ("b".to_owned(), 2.0)]));
    }

    #[test]
    fn a_load_that_measures_ends_the_server() {
        let server = shell("echo LISTENING 7; exec sleep 600");
        let measures = run(server, |_| Some(shell(r#"echo '{"rate": 3}'"#)), EndsWith::Load).unwrap();
        assert_eq!(measures, Measures::from([("rate".to_owned(), 3.0)]));
    }

    #[test]
    fn a_failure_of_either_is_told_with_what_it_said() {
        let server = || shell("echo LISTENING 7; exec sleep 600");
        let error = run(server(), |_| Some(shell("echo bad luck >&2; exit 1")), EndsWith::Load).unwrap_err();
        assert!(error.to_string().contains("bad luck"), "{error}");
        let error = run(shell("echo no port >&2; exit 1"), |_| None, EndsWith::Server).unwrap_err();
        assert!(error.to_string().contains("no port"), "{error}");
        let error = run(shell("echo LISTENING 7; echo SCRIPT ERROR >&2"), |_| None, EndsWith::Server).unwrap_err();
        assert!(error.to_string().contains("SCRIPT ERROR"), "{error}");
    }
}
