//! Bad links on purpose, by `simulated_conditions`, with either class at the other end.

use integration_tests::{
    Class, Scenario,
    certificates::{Authority, Server, trust},
};

/// The warning that whoever ships such a game finds.
const WARNING: &str = "simulated_conditions are set: connections are made worse on purpose";

fn link(script: &str) -> Scenario {
    Scenario::solo(&format!("links/{script}")).incomparable("the built-in class has no such property").says_as(
        Class::Ours,
        "solo",
        WARNING,
    )
}

/// One end under conditions, and a class at the other end.
fn bad_link(scheme: &str, end: &str, other: Class) -> Scenario {
    link("bad_link").option("scheme", scheme).option("end", end).option("other", other.name()).files(|files| {
        let root = Authority::root("The Root")?;
        root.issue(Server::default())?.write(files)?;
        trust(files, &root.pem())
    })
}

scenario!(
    /// What can be set, what is refused with words, and what is copied.
    settings,
    ours,
    link("settings")
        .says_as(Class::Ours, "solo", "'lag' is no condition of a link: these are latency, jitter")
        .says_as(Class::Ours, "solo", "'7' is no condition of a link")
        .says_as(Class::Ours, "solo", "the condition 'latency' is not a number")
        .says_as(Class::Ours, "solo", "the condition 'latency' must be between 0 and 60 seconds")
        .says_as(Class::Ours, "solo", "the condition 'cut_after' must be between 0 and 86400 seconds")
        .says_as(Class::Ours, "solo", "the condition 'bandwidth' must be")
        .says_as(Class::Ours, "solo", "the condition 'loss' must be")
        .says_as(Class::Ours, "solo", "the condition 'stall_for' must be less than 'stall_every'")
);

scenario!(
    /// How good a link is: as it is, under bad Wi-Fi, and while it stands still.
    quality,
    ours,
    link("quality").option("other", Class::Ours.name()).says_as(Class::Ours, "solo", "there is no peer 77")
);

scenario!(
    /// The same, with the built-in class at the other end.
    quality_of_builtin_client,
    ours,
    link("quality").option("other", Class::Builtin.name()).says_as(Class::Ours, "solo", "there is no peer 77")
);

scenario!(
    /// A server's link.
    server,
    ours,
    bad_link("ws", "server", Class::Ours)
);

scenario!(
    /// A server's link to a client of the built-in class, encrypted.
    server_of_builtin_client,
    ours,
    bad_link("wss", "server", Class::Builtin)
);

scenario!(
    /// A client's link, encrypted.
    client,
    ours,
    bad_link("wss", "client", Class::Ours)
);

scenario!(
    /// A client's link to a server of the built-in class.
    client_of_builtin_server,
    ours,
    bad_link("ws", "client", Class::Builtin)
);
