//! What wrong calls are answered with: by both classes the same.

use integration_tests::{Class, Scenario, Since};

const BOUND_PORT: Since = Since::godot_4(4, "the built-in class has other words and codes for a port that is taken");

/// A scenario in which the built-in class complains so. What ours says is its own matter.
fn wrong(script: &str, complaints: &[&str]) -> Scenario {
    let scenario = Scenario::solo(script).may_say_as(Class::Ours, "solo", "^(ERROR|WARNING): ");
    complaints.iter().fold(scenario, |scenario, complaint| scenario.says_as(Class::Builtin, "solo", complaint))
}

scenario!(
    /// URLs that are wrong, and some that only look so.
    urls,
    both,
    wrong(
        "errors/urls",
        &["p_url.is_empty", "Invalid protocol: \"(http|https|ftp)://\"", "Invalid URL: ws://"]
    )
);

scenario!(
    /// A second `create_*` on a peer that is at work.
    create_twice,
    both,
    wrong("errors/create_twice", &["ERR_ALREADY_IN_USE"])
);

scenario!(
    /// A port that is taken, and addresses to listen on that are no good.
    port_in_use,
    both,
    wrong("errors/port_in_use", &["Invalid IPv4 address: not an address", "ERR_INVALID_PARAMETER"])
        .measured_since(BOUND_PORT)
);

scenario!(
    /// Every call on a peer that does nothing.
    idle_peer,
    both,
    wrong("errors/idle_peer", &["ERR_UNCONFIGURED", "is_empty", "peers_map"])
);

scenario!(
    /// Calls that a server without clients must answer.
    calls_on_server,
    both,
    wrong("errors/calls_on_server", &["Peer not found: 2", "ERR_UNAVAILABLE", "is_empty", "peers_map"])
);
