//! Where packets come from: the demo, which plays by itself with bots around it, and a script that makes packets of the kinds
//! that games put by hand.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};

use super::relay::Relay;
use super::{Stream, Traffic};

/// The demo's own clients: their names, and what each does.
const CLIENTS: [(&str, &str); 3] = [("Ada", "first"), ("Ben", "leaver"), ("Cleo", "late")];

/// How many others are in the arena.
const BOTS: u8 = 12;

/// What the script writes, by the names of its files.
const MADE: [(&str, &str); 2] = [("json", "JSON of 1 to 64 players"), ("put_var", "the same by `put_var`")];

/// Plays the demo from its beginning to its end, and records what passes between its server and its clients. `root` is the
/// repository's.
///
/// # Errors
/// When the engine cannot be started, or the demo went wrong.
pub fn demo(engine: &Path, root: &Path) -> Result<Vec<Traffic>> {
    let start = |arguments: &[String]| Player::start(engine, &root.join("godot_project"), arguments);
    let mut server = start(&[
        "--role=server".to_owned(),
        "--port=0".to_owned(),
        format!("--clients={}", CLIENTS.len()),
        format!("--bots={BOTS}"),
    ])?;
    let relay = Relay::start(server.says("LISTENING ")?.parse().context("the demo's server has no port")?)?;
    let mut clients = Vec::new();
    for (name, part) in CLIENTS {
        if part == "late" {
            server.says("READY FOR LATE JOINER")?;
        }
        clients.push(start(&[
            "--role=client".to_owned(),
            "--address=127.0.0.1".to_owned(),
            format!("--port={}", relay.port()),
            format!("--name={name}"),
            format!("--part={part}"),
        ])?);
    }
    for player in clients.into_iter().chain([server]) {
        player.end()?;
    }
    let (mut up, mut down) = (Vec::new(), Vec::new());
    for recording in relay.recordings(CLIENTS.len()) {
        up.push(recording.up);
        // The first is the client's id, and no packet.
        down.push(recording.down.into_iter().skip(1).collect());
    }
    Ok(vec![
        Traffic { name: "the demo's server: synchronizers, RPCs", streams: down },
        Traffic { name: "the demo's clients", streams: up },
    ])
}

/// Packets that a script makes, as games do that use no RPCs.
///
/// # Errors
/// When the engine cannot be started, or writes nothing.
pub fn made(engine: &Path, root: &Path, folder: &Path) -> Result<Vec<Traffic>> {
    let arguments = ["--workload=packets".to_owned(), format!("--to={}", folder.display())];
    Player::start(engine, &root.join("rust/bench/project"), &arguments)?.end()?;
    MADE.into_iter()
        .map(|(file, name)| {
            let bytes = fs::read(folder.join(file)).with_context(|| format!("no packets in {file}"))?;
            Ok(Traffic { name, streams: vec![packets(&bytes)?] })
        })
        .collect()
}

/// The packets of a file: each with its size before it.
fn packets(mut bytes: &[u8]) -> Result<Stream> {
    let mut packets = Vec::new();
    while let Some((size, rest)) = bytes.split_first_chunk() {
        let size = usize::try_from(u32::from_le_bytes(*size))?;
        let (packet, rest) = rest.split_at_checked(size).context("a packet is cut off")?;
        packets.push(packet.to_vec());
        bytes = rest;
    }
    ensure!(bytes.is_empty() && !packets.is_empty(), "there are no packets");
    Ok(packets)
}

/// An engine that plays. It ends with its owner.
struct Player {
    process: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Player {
    fn start(engine: &Path, project: &Path, arguments: &[String]) -> Result<Self> {
        let mut process = Command::new(engine)
            .args(["--headless", "--path"])
            .arg(project)
            .arg("--")
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("starting {}", engine.display()))?;
        let output = process.stdout.take().context("an engine without output")?;
        Ok(Self { process, lines: BufReader::new(output).lines() })
    }

    /// What follows these words, once it has said them.
    fn says(&mut self, words: &str) -> Result<String> {
        for line in self.lines.by_ref() {
            if let Some(rest) = line?.strip_prefix(words) {
                return Ok(rest.trim().to_owned());
            }
        }
        anyhow::bail!("the engine ended and never said '{words}'")
    }

    /// Hears it out to its end, which has to be a good one.
    fn end(mut self) -> Result<()> {
        let said: Vec<String> = self.lines.by_ref().collect::<Result<_, _>>()?;
        let status = self.process.wait()?;
        ensure!(status.success(), "the engine ended with {status}:\n{}", said.join("\n"));
        Ok(())
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        // Both fail only for a process that has ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
