//! What our class promises beyond the built-in one: nothing is lost without a word, and nobody is kept who is gone.

use anyhow::{Result, ensure};
use integration_tests::{Cast, Class, Failure, Scenario, Stage, raw::RawSocket};

/// The size of the scenario's packets.
const SIZE: usize = 20_000;

fn promise(name: &str, roles: &[&str]) -> Scenario {
    Scenario::new(&format!("promises/{name}"), roles).incomparable("the built-in class does not promise it")
}

/// A server that fills the queue of a client that does not read, until it does.
fn overflow(policy: &'static str) -> Scenario {
    promise("overflow", &["server"])
        .option("policy", policy)
        .says_as(Class::Ours, "server", "outbound_buffer_size")
        .with("client", move |stage: &Stage| {
            let mut client = RawSocket::connect(stage)?;
            client.join(stage, "stuck")?;
            stage.wait_for("read on")?;
            let accepted: u32 = stage.wait_for("accepted")?.parse()?;
            for number in 0..accepted {
                let (_, packet) = client.read_frame()?;
                ensure!(
                    packet.len() == SIZE && packet.starts_with(&number.to_le_bytes()),
                    "packet {number} is not in its place"
                );
            }
            if policy == "disconnect" {
                let (first, payload) = client.read_frame()?;
                ensure!(first == 0x88 && payload.starts_with(&1013_u16.to_be_bytes()), "no close frame with 1013");
            }
            stage.leave("all read", "")?;
            stage.wait_for("done").map(drop)
        })
}

scenario!(
    /// The packet that does not fit is refused, and the peer that missed it is named.
    full_queue_is_reported,
    ours,
    overflow("report")
);

scenario!(
    /// As above, and the peer is disconnected.
    full_queue_disconnects,
    ours,
    overflow("disconnect")
);

/// A server that does not listen to `peer_overflowed`, and fills the queue of a client that does not read.
fn unheard(property: &'static str, value: &str, size: &str) -> Scenario {
    promise("unheard_overflow", &["server"])
        .option("property", property)
        .option("value", value)
        .option("size", size)
        .says_as(
            Class::Ours,
            "server",
            &format!(r"^WARNING: RustWebSocketMultiplayerPeer: peer \d+ missed \d+ packets \(\d+ bytes\), .*raise {property} \({value}"),
        )
        .with("client", |stage: &Stage| {
            let mut client = RawSocket::connect(stage)?;
            client.join(stage, "stuck")?;
            stage.wait_for("it may go").map(drop)
        })
}

/// What is lost is said once, however many packets it is.
fn says_it_once(property: &'static str, value: &str, size: &str) -> Result<(), Failure> {
    let run = unheard(property, value, size).run(Cast::OURS)?;
    let warnings = run.lines.iter().filter(|line| line.starts_with("WARNING: ")).count();
    Ok(ensure_one(warnings)?)
}

fn ensure_one(warnings: usize) -> Result<()> {
    ensure!(warnings == 1, "{warnings} warnings");
    Ok(())
}

/// Nobody listens to `peer_overflowed`, and too many bytes wait.
#[test]
fn unheard_overflow_of_bytes() -> Result<(), Failure> {
    says_it_once("outbound_buffer_size", "60000", "20000")
}

/// Nobody listens to `peer_overflowed`, and too many packets wait.
#[test]
fn unheard_overflow_of_packets() -> Result<(), Failure> {
    says_it_once("max_queued_packets", "8", "8000")
}

scenario!(
    /// Everything that is there, sent to a client in the frame in which it joins, with default settings.
    join_world,
    ours,
    promise("join_world", &["server", "client"])
);

scenario!(
    /// More clients than `max_peers`.
    full_house,
    ours,
    promise("full_house", &["server", "client_a", "client_b"])
);

scenario!(
    /// A peer that says nothing for two intervals.
    heartbeat,
    ours,
    promise("heartbeat", &["server", "client"]).with("silent", |stage: &Stage| {
        let mut client = RawSocket::connect(stage)?;
        client.join(stage, "silent")?;
        stage.wait_for("noticed").map(drop)
    })
);

/// How long a server is frozen: ten of its heartbeats.
#[cfg(unix)]
const FROST: std::time::Duration = std::time::Duration::from_secs(3);

#[cfg(unix)]
scenario!(
    /// A process that is stopped and goes on.
    frozen,
    ours,
    promise("frozen", &["server", "client"]).with("frost", |stage: &Stage| {
        stage.signal("-STOP")?;
        stage.leave("frozen", "")?;
        std::thread::sleep(FROST);
        stage.signal("-CONT")?;
        stage.leave("thawed", "")
    })
);

scenario!(
    /// Packets, and the end right behind them.
    last_words,
    ours,
    promise("last_words", &["server", "client_a", "client_b"])
);
