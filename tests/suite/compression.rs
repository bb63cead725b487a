//! Compression, as a game sees it: properties, packets, counts. What it is on the wire is the transport's to test.

use integration_tests::{
    Class, Scenario,
    certificates::{Authority, Server, trust},
};

const NONE: &str = "the built-in class has no compression";

scenario!(
    /// What can be set, and what holds until it is.
    properties,
    ours,
    Scenario::solo("compression/properties")
        .incomparable(NONE)
        .says_as(Class::Ours, "solo", "compression must be COMPRESSION_OFF or COMPRESSION_AUTO")
        .says_as(Class::Ours, "solo", "compression_threshold must not be negative")
        .says_as(Class::Ours, "solo", "compression_level must be from 1 to 9")
);

fn packets(scheme: &str, network_thread: &str) -> Scenario {
    Scenario::solo("compression/packets")
        .incomparable(NONE)
        .option("scheme", scheme)
        .option("network_thread", network_thread)
        .files(|files| {
            let root = Authority::root("The Root")?;
            root.issue(Server::default())?.write(files)?;
            trust(files, &root.pem())
        })
}

scenario!(
    /// Packets both ways, to those who want it and to one who does not.
    packets_in_place,
    ours,
    packets("ws", "false")
);

scenario!(
    /// The same beside the game.
    packets_by_a_network_thread,
    ours,
    packets("ws", "true")
);

scenario!(
    /// The same through TLS.
    packets_with_tls,
    ours,
    packets("wss", "false")
);

scenario!(
    /// Text and bytes of a single connection, by a stream of the engine's.
    single_connection,
    ours_in_place,
    Scenario::solo("compression/single_connection").incomparable(NONE)
);
