//! The class reference: whatever the built-in classes have, ours have in the same shape.

use anyhow::{Context as _, Result, ensure};
use integration_tests::{Cast, Failure, Scenario, Since};

/// A member that is not as the built-in class has it, and why.
struct Exception {
    member: &'static str,
    builtin: &'static str,
    ours: &'static str,
    reason: &'static str,
}

const NO_HINT: &str = "the bindings give objects in a signature no hint; the class name beside it says the same";
const NEWER_DEFAULT: &str = "the engine doubled its default at some time; ours is the same on every engine";
const KEEPS_COUNT: &str = "it notes whom it has given out, so that they live on when this object ends";
const WRONG_TYPE: &str =
    "the built-in class calls the property an int, while its setter, getter and default are floats";

/// Older engines have nothing to compare it with.
const HEARTBEAT: &str = "property heartbeat_interval type";
const HEARTBEAT_SINCE: Since = Since::godot_4(4, "`WebSocketPeer` has no `heartbeat_interval`");

const MULTIPLAYER_PEER: &[Exception] = &[
    Exception { member: "method create_client argument 2 hint", builtin: "17", ours: "0", reason: NO_HINT },
    Exception {
        member: "method create_client argument 2 hint_string",
        builtin: "TLSOptions",
        ours: "",
        reason: NO_HINT,
    },
    Exception { member: "method create_server argument 3 hint", builtin: "17", ours: "0", reason: NO_HINT },
    Exception {
        member: "method create_server argument 3 hint_string",
        builtin: "TLSOptions",
        ours: "",
        reason: NO_HINT,
    },
    Exception { member: "method get_peer flags", builtin: "5", ours: "1", reason: KEEPS_COUNT },
    Exception { member: "method get_peer returns hint", builtin: "17", ours: "0", reason: NO_HINT },
    Exception { member: "method get_peer returns hint_string", builtin: "WebSocketPeer", ours: "", reason: NO_HINT },
    Exception { member: "property max_queued_packets default", builtin: "4096", ours: "2048", reason: NEWER_DEFAULT },
    Exception { member: "instance max_queued_packets", builtin: "4096", ours: "2048", reason: NEWER_DEFAULT },
    Exception { member: "instance get_max_queued_packets()", builtin: "4096", ours: "2048", reason: NEWER_DEFAULT },
];

const PEER: &[Exception] = &[
    Exception { member: "method connect_to_url argument 2 hint", builtin: "17", ours: "0", reason: NO_HINT },
    Exception {
        member: "method connect_to_url argument 2 hint_string",
        builtin: "TLSOptions",
        ours: "",
        reason: NO_HINT,
    },
    Exception { member: "method accept_stream argument 1 hint", builtin: "17", ours: "0", reason: NO_HINT },
    Exception {
        member: "method accept_stream argument 1 hint_string",
        builtin: "StreamPeer",
        ours: "",
        reason: NO_HINT,
    },
    Exception { member: HEARTBEAT, builtin: "2", ours: "3", reason: WRONG_TYPE },
];

/// Compares the two, and holds what differs against what may.
fn compare(builtin: &str, ours: &str, exceptions: &[Exception]) -> Result<()> {
    let run = Scenario::solo("reference/members")
        .option("builtin", builtin)
        .option("ours", ours)
        // What a question without an answer makes an engine say is not this test's matter.
        .may_say("solo", "^(ERROR|WARNING): ")
        .run(Cast::OURS)?;
    let events = run.transcripts.get("solo").context("nothing was compared")?.events();
    let mut differences = Vec::new();
    let mut compared = 0.0;
    for event in events {
        let text = |index: usize| event[index].as_str().unwrap_or_default().to_owned();
        match text(0).as_str() {
            "difference" => differences.push((text(1), text(2), text(3))),
            "compared" => compared += event[2].as_f64().unwrap_or_default(),
            other => anyhow::bail!("an unknown event: {other}"),
        }
    }
    ensure!(compared > 200.0, "only {compared} details were compared");
    let mut problems = Vec::new();
    for (member, builtin, ours) in &differences {
        let is_meant = |exception: &&Exception| {
            exception.member == member && exception.builtin == builtin && exception.ours == ours
        };
        if !exceptions.iter().any(|exception| is_meant(&exception)) {
            problems.push(format!("{member}: built-in {builtin}, ours {ours}"));
        }
    }
    for exception in exceptions {
        let is_there = |(member, builtin, ours): &(String, String, String)| {
            exception.member == member && exception.builtin == builtin && exception.ours == ours
        };
        if exception.member == HEARTBEAT && !HEARTBEAT_SINCE.holds()? {
            HEARTBEAT_SINCE.report(&format!("{} of {ours}", exception.member))?;
        } else if !differences.iter().any(is_there) {
            problems.push(format!("{}: the exception is not needed any more ({})", exception.member, exception.reason));
        }
    }
    ensure!(problems.is_empty(), "{ours} against {builtin}:\n  {}", problems.join("\n  "));
    Ok(())
}

#[test]
fn multiplayer_peer() -> Result<(), Failure> {
    Ok(compare("WebSocketMultiplayerPeer", "RustWebSocketMultiplayerPeer", MULTIPLAYER_PEER)?)
}

#[test]
fn peer() -> Result<(), Failure> {
    Ok(compare("WebSocketPeer", "RustWebSocketPeer", PEER)?)
}
