//! The workloads of `cargo xtask bench`, small: each runs to its end under its load and measures something, with either
//! class. How much is not asked.

use std::net::{Ipv4Addr, TcpListener};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use integration_tests::program::Program;
use integration_tests::{Failure, engine, project};
use rust_websocket_bench::client::Protocol;
use rust_websocket_bench::compression::play;
use rust_websocket_bench::work;
use rust_websocket_engine::workspace;

const OURS: &str = "RustWebSocketMultiplayerPeer";
const CLASSES: [&str; 2] = ["WebSocketMultiplayerPeer", OURS];

/// Long enough for the busiest machine; nothing that works takes it.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the clients of a workload do.
#[derive(Clone, Copy)]
enum Load {
    /// Nothing.
    Presence,
    /// Nothing, but they have offered compression.
    Compressed,
    /// They answer each message.
    Acknowledge,
    /// They send one message per second.
    Trickle,
}

#[test]
fn polls_are_measured() -> Result<(), Failure> {
    Ok(measures("poll_cost", &["--peers=3", "--frames=5"], 3, Load::Presence, "poll_us")?)
}

#[test]
fn broadcasts_are_measured() -> Result<(), Failure> {
    let options = ["--peers=3", "--frames=5", "--packets=2", "--size=100"];
    Ok(measures("broadcast", &options, 3, Load::Presence, "tick_us")?)
}

#[test]
fn bytes_of_compressed_broadcasts_are_measured() -> Result<(), Failure> {
    let options = ["--peers=3", "--frames=5", "--packets=1", "--size=1024"];
    let bytes = run(OURS, "broadcast", &options, 3, Load::Compressed, "bytes_per_peer")?;
    // 256 bytes that are all different, and what comes after them is the same.
    Ok(expect((200.0..400.0).contains(&bytes), &format!("{bytes} bytes for a packet"))?)
}

#[test]
fn packets_of_a_game_are_made() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let traffic = play::made(&engine::path()?, &workspace::root(), folder.path())?;
    expect(!traffic.is_empty(), "nothing was made")?;
    for traffic in traffic {
        let sizes: Vec<usize> = traffic.streams.iter().flatten().map(Vec::len).collect();
        let is_mixed = sizes.iter().any(|size| *size < 512) && sizes.iter().any(|size| *size > 4096);
        expect(sizes.len() == 240 && is_mixed, &format!("{}: {sizes:?}", traffic.name))?;
    }
    Ok(())
}

#[test]
fn large_messages_are_measured() -> Result<(), Failure> {
    Ok(measures("large_messages", &["--messages=3"], 1, Load::Acknowledge, "message_us")?)
}

#[test]
fn frames_are_measured() -> Result<(), Failure> {
    Ok(measures("frame_echo", &["--peers=3", "--frames=5"], 3, Load::Trickle, "frame_us")?)
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "the workload asks Linux for the memory of its process")]
fn memory_is_measured() -> Result<(), Failure> {
    Ok(measures("memory", &["--peers=3"], 3, Load::Presence, "kib_per_peer")?)
}

#[test]
fn reading_is_measured() -> Result<(), Failure> {
    Ok(measures("reading", &["--peers=3", "--frames=5"], 3, Load::Trickle, "reading_us")?)
}

#[test]
fn polls_of_a_burst_are_measured() -> Result<(), Failure> {
    Ok(measures("burst", &["--peers=3"], 3, Load::Presence, "poll_us")?)
}

#[test]
fn a_standstill_is_measured() -> Result<(), Failure> {
    let options = ["--peers=2", "--still_msec=200", "--network_thread=yes"];
    run(OURS, "standstill", &options, 0, Load::Presence, "round_trip_ms")?;
    Ok(())
}

fn expect(holds: bool, what: &str) -> Result<()> {
    ensure!(holds, "{what}");
    Ok(())
}

fn measures(script: &str, options: &[&str], peers: usize, load: Load, measure: &str) -> Result<()> {
    for class in CLASSES {
        run(class, script, options, peers, load, measure).with_context(|| format!("{script} with {class}"))?;
    }
    Ok(())
}

/// What was measured.
fn run(class: &str, script: &str, options: &[&str], peers: usize, load: Load, measure: &str) -> Result<f64> {
    let home = tempfile::tempdir()?;
    // The built-in class does not say which port it was given.
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
    let mut command = Command::new(engine::path()?);
    command.args(["--headless", "--path"]).arg(project::bench()?).arg("--").args(options);
    command.args([format!("--workload={script}"), format!("--class={class}"), format!("--port={port}")]);
    command.arg("--settle=3").env("XDG_DATA_HOME", home.path()).env("LC_ALL", "C");
    let server = Program::start(script, command, Instant::now() + PATIENCE)?;
    server.says("^LISTENING ")?;
    let size = if matches!(load, Load::Acknowledge) { 1 } else { 64 };
    let manner = work::manner(Protocol::Multiplayer, false, size, matches!(load, Load::Compressed))?;
    // It ends with the server, which for some of its kinds is a failure of the load.
    let clients = thread::spawn(move || match load {
        Load::Presence | Load::Compressed => work::presence(port, manner, peers),
        Load::Acknowledge => work::acknowledge(port, manner, peers),
        Load::Trickle => work::trickle(port, manner, peers, PATIENCE),
    });
    let (status, lines) = server.end()?;
    drop(clients.join());
    let text = lines.join("\n");
    ensure!(status.success() && !text.contains("SCRIPT ERROR"), "it ended with {status}:\n{text}");
    let value = lines.iter().find_map(|line| line.strip_prefix(&format!("MEASURE {measure} ")));
    Ok(value.with_context(|| format!("nothing was measured:\n{text}"))?.trim().parse()?)
}
