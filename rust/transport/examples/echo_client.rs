//! A WebSocket client that echoes whatever the server sends, until the server closes.
//!
//! `cargo run --release --example echo_client -- URL` does that once and says how it ended.
//!
//! `cargo run --release --example echo_client -- --autobahn URL` lets the fuzzing server of the Autobahn|Testsuite at
//! that URL put it through all its cases, and has it write its reports.

mod echo;

use std::error::Error;

use self::echo::client;

/// What the reports call this crate.
const AGENT: &str = concat!(env!("CARGO_PKG_NAME"), "-", env!("CARGO_PKG_VERSION"));

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--autobahn", url] => run_suite(url.trim_end_matches('/')),
        [url] if !url.starts_with('-') => {
            println!("{}", client::echo(url)?);
            Ok(())
        }
        _ => Err("usage: echo_client [--autobahn] URL".into()),
    }
}

fn run_suite(url: &str) -> Result<(), Box<dyn Error>> {
    let (messages, cause) = client::listen(&format!("{url}/getCaseCount"))?;
    let count = messages.first().ok_or_else(|| format!("the server did not say how many cases it has: {cause}"))?;
    let count: u32 = str::from_utf8(&count.payload)?.parse()?;
    for case in 1..=count {
        let cause = client::echo(&format!("{url}/runCase?case={case}&agent={AGENT}"))?;
        println!("case {case} of {count}: {cause}");
    }
    client::listen(&format!("{url}/updateReports?agent={AGENT}"))?;
    Ok(())
}
