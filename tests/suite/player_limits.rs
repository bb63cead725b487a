//! What one player may do to a server: how fast it may send, and how often come back.

use anyhow::{Context as _, Result, ensure};
use integration_tests::{Cast, Failure, Scenario};

fn limit(name: &str) -> Scenario {
    Scenario::solo(&format!("player_limits/{name}")).incomparable("the built-in class has no such limits")
}

scenario!(
    /// More packets than a player may send.
    packets,
    ours,
    limit("flood").option("property", "max_peer_packets_per_second").option("value", "30")
);

scenario!(
    /// More bytes.
    bytes,
    ours,
    limit("flood").option("property", "max_peer_bytes_per_second").option("value", "3000")
);

/// More connections: the client learns why.
#[test]
fn handshakes() -> Result<(), Failure> {
    Ok(refused()?)
}

fn refused() -> Result<()> {
    let run = limit("knock").run(Cast::OURS)?;
    let events = run.transcripts.get("solo").context("no transcript")?.events();
    let said = events.first().and_then(|event| event[1].as_str()).context("nobody was refused")?;
    ensure!(
        said.contains("HTTP 429 Too Many Requests: too many connections from this address within a minute"),
        "it was told: {said}"
    );
    Ok(())
}
