//! `docs/troubleshooting.md` cannot go stale: what each of its rows quotes is provoked here, and read where a user reads it.
//! A row that nothing provokes fails, until it has its case here, or its reason in [`NOT_PROVOKED`].

mod clients;
mod servers;
mod tls;

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use integration_tests::{
    Cast, Failure, Scenario,
    certificates::{Authority, Server as Certificate, trust},
};
use regex::Regex;

use crate::docs::{explained, page};

/// Rows whose cause cannot be had at will, each with the reason and with what is tested instead.
const NOT_PROVOKED: &[(&str, &str)] = &[
    (
        "cannot create a server: …",
        "the system is out of descriptors; `descriptors.rs` of the transport takes them all away later",
    ),
    ("the socket … could not be removed: …", "tests run as root, who may remove what there is"),
    (
        "the socket … ('…') that this process was given is passed over: it does not listen for connections by TCP or on a \
         Unix socket",
        "a process has such sockets only from its start; `doors.rs` of the transport starts some with good ones",
    ),
    ("LISTEN_FDS names more than … sockets; none of them is taken", "as above"),
    ("Unix sockets and socket activation are only for Unix systems", "this is one"),
    ("the end of the process cannot be listened for: …", "no system refuses a handler for these signals"),
    ("no connection can be accepted for the moment: …", "out of descriptors: `descriptors.rs` of the transport"),
    ("a connection from … could not be watched: …", "the system's poll is out of memory"),
    (
        "no TLS for the connection from …: …",
        "the TLS library cannot begin a session, which only a broken setup brings about",
    ),
    ("the stream cannot be used: …", "the system is out of descriptors, as above"),
    (
        "the network thread has failed, which is a bug in Rust WebSocket: …",
        "a mistake of ours; `network_thread.rs` of the transport panics on purpose",
    ),
    ("TCP_NODELAY could not be set: …", "the system refuses an option of every socket"),
    (
        "the system does not allow it; ports below 1024 need a privilege",
        "tests run as root, too; `error.rs` has its test",
    ),
    (
        "no answer in time",
        "takes the system minutes, after `handshake_timeout` has ended the attempt; `error.rs` has its words",
    ),
    (
        "the certificate cannot be used: it is of version 1, and clients need version 3, as 'openssl req -x509' makes it",
        "no library at hand makes any; `unservable.rs` of the transport writes one by hand",
    ),
    ("no TLS version or cipher in common (…)", "no library at hand speaks anything older than TLS 1.2"),
    ("the server's certificate is not valid (…)", "what no other line of TLS names"),
];

/// Every message of the page, and nothing else, is what somebody gets to read.
#[test]
fn every_row_is_provoked() -> Result<(), Failure> {
    Ok(check()?)
}

fn check() -> Result<()> {
    let mut said = engine()?;
    said.extend(servers::requests()?);
    said.extend(servers::frames()?);
    said.extend(servers::endings()?);
    said.extend(clients::answers()?);
    said.extend(clients::dialing()?);
    said.extend(tls::sessions()?);

    let page = page()?;
    let rows = explained(&page);
    let mut unheard = BTreeSet::new();
    for row in &rows {
        if !is_said(row, &said)? {
            unheard.insert(*row);
        }
    }
    let excused: BTreeSet<&str> = NOT_PROVOKED.iter().map(|(row, _reason)| *row).collect();
    let missing: Vec<&str> = unheard.difference(&excused).copied().collect();
    let needless: Vec<&str> = excused.difference(&unheard).copied().collect();
    ensure!(
        missing.is_empty(),
        "nothing provokes\n  {}\nWhat was said:\n  {}",
        missing.join("\n  "),
        said.join("\n  ")
    );
    ensure!(needless.is_empty(), "these are provoked, or are no rows any more:\n  {}", needless.join("\n  "));
    Ok(())
}

/// Whether a row's message was said as a sentence of its own, or as a part that begins and ends where a part may.
fn is_said(row: &str, said: &[String]) -> Result<bool> {
    let words = regex::escape(row).replace('…', ".+");
    let sentence = Regex::new(&format!(r"(?:^|: |\(){words}(?:$|\.$|\. |\.?\)|, | \()"))?;
    Ok(said.iter().any(|line| sentence.is_match(line)))
}

/// What an engine says to calls that go wrong.
fn engine() -> Result<Vec<String>> {
    let scenario = Scenario::solo("trouble/words").may_say("solo", "^(ERROR|WARNING): ").files(|files| {
        let root = Authority::root("The Root")?;
        let stranger = root.issue(Certificate::default())?;
        let mut identity = root.issue(Certificate::default())?;
        let hidden = Authority::signing_only("The Hidden Root")?;
        std::fs::write(files.join("chain.crt"), format!("{}{}", hidden.pem(), root.pem()))?;
        trust(files, &"-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n".repeat(20))?;
        identity.key = stranger.key;
        identity.write(files)
    });
    Ok(scenario.run(Cast::OURS)?.lines)
}
