//! Who is let in: the game's callback, and which pages of the web may ask. Each with the network in place and on its own
//! thread, and with clients of both classes.

use anyhow::{Result, ensure};
use integration_tests::{
    Class, Scenario, Stage,
    certificates::{Authority, Server, trust},
    raw::{RawSocket, request},
};

const BUILTIN_HAS_NONE: &str = "the built-in class asks no game";

fn asking(name: &str, client: Class, thread: &str) -> Scenario {
    Scenario::solo(&format!("handshake/{name}"))
        .option("client", client.name())
        .option("thread", thread)
        .incomparable(BUILTIN_HAS_NONE)
        // What the built-in class has to say when it is refused.
        .may_say("solo", "^ERROR: (Invalid response headers|Not enough response headers|Invalid status code)")
}

/// Both places of the network, and both classes of clients, between them.
macro_rules! everywhere {
    ($(#[doc = $doc:literal])+ $name:ident, |$scenario:ident| $more:expr) => {
        $(#[doc = $doc])+
        mod $name {
            use super::*;

            scenario!(
                /// In place, with clients of our class.
                in_place,
                ours,
                {
                    let $scenario = asking(stringify!($name), Class::Ours, "no");
                    $more
                }
            );
            scenario!(
                /// With the network on a thread, and clients of the built-in class.
                on_a_thread,
                ours,
                {
                    let $scenario = asking(stringify!($name), Class::Builtin, "yes");
                    $more
                }
            );
        }
    };
}

fn with_complaints(scenario: Scenario) -> Scenario {
    [
        "handshake_callback returned '<null>', which is no answer",
        "handshake_callback returned 'yes', which is no answer",
        "0 is no status to refuse a connection with",
        "302 is no status to refuse a connection with",
        "handshake_callback returned a Dictionary with 'Status'",
        "handshake_callback returned a Dictionary whose 'status' is not a whole number",
        "handshake_callback returned a Dictionary whose 'headers' is not an array of text",
        "the reason of a refusal has a line break",
        "the handshake header 'X' has a line break",
        "the handshake header 'Content-Length' cannot be set",
        "'c' is no subprotocol to choose: the client offers a, b",
        "a Dictionary that lets the client in, and a 'reason'",
        "a Dictionary that refuses the client, and a 'protocol'",
    ]
    .into_iter()
    .fold(scenario, |scenario, words| scenario.says("solo", words))
}

everywhere!(
    /// What the callback may return, and what comes of it.
    verdicts,
    |scenario| with_complaints(scenario)
);

everywhere!(
    /// What a request tells.
    reading,
    |scenario| scenario.option("scheme", "ws").says("solo", "there is no request of a peer")
);

scenario!(
    /// The same through TLS.
    reading_with_tls,
    ours,
    asking("reading", Class::Ours, "yes")
        .option("scheme", "wss")
        .says("solo", "there is no request of a peer")
        .files(|files| {
            let root = Authority::root("The Root")?;
            root.issue(Server::default())?.write(files)?;
            trust(files, &root.pem())
        })
);

everywhere!(
    /// Answers that come later, or too late.
    deferred,
    |scenario| scenario
        .says("solo", "'z' is no subprotocol to choose: the client offers a")
        .says("solo", "the handshake header 'X' has a line break")
        .says("solo", "200 is no status to refuse a connection with")
);

everywhere!(
    /// Callbacks that close, replace, or free what they are called by.
    rude,
    |scenario| scenario
        .says("solo", "handshake_callback cannot be called: its object is gone")
        .says("solo", "handshake_callback returned '<null>', which is no answer")
        .may_say("solo", "^ERROR: .*callv")
);

/// The status of the answer to a request with these lines.
fn status(stage: &Stage, lines: &[&str]) -> Result<String> {
    let mut client = RawSocket::connect(stage)?;
    client.send(request(lines).as_bytes())?;
    let head = client.read_head()?;
    Ok(head.split(' ').nth(1).unwrap_or_default().to_owned())
}

scenario!(
    /// Pages of the web: those that are named get in, all others are told that they may not, and who is no page gets in.
    origins,
    ours,
    Scenario::new("handshake/origins", &["server"]).incomparable(BUILTIN_HAS_NONE)
        .says("server", "'play.example.com' is no origin")
        .with("client", |stage: &Stage| {
            for (line, wanted) in [
                ("Origin: https://play.example.com", "101"),
                ("Origin: https://beta.example.net", "101"),
                ("X-Native: yes", "101"),
                ("Origin: https://evil.example", "403"),
                ("Origin: http://play.example.com", "403"),
                ("Origin: null", "403"),
            ] {
                let status = status(stage, &[line])?;
                ensure!(status == wanted, "{line} is answered {status}");
            }
            stage.leave("done", "")
        })
);
