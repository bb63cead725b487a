//! What our class counts, and where it can be read.

use integration_tests::{
    Class, Scenario,
    certificates::{Authority, Server, trust},
};

fn counting(name: &str) -> Scenario {
    Scenario::solo(&format!("statistics/{name}")).incomparable("the built-in class counts nothing")
}

scenario!(
    /// Packets, payload and bytes of the wire.
    traffic,
    ours,
    counting("traffic").option("scheme", "ws")
);

scenario!(
    /// The same through TLS.
    traffic_with_tls,
    ours,
    counting("traffic").option("scheme", "wss").files(|files| {
        let root = Authority::root("The Root")?;
        root.issue(Server::default())?.write(files)?;
        trust(files, &root.pem())
    })
);

scenario!(
    /// Handshakes by what became of them.
    handshakes,
    ours,
    counting("handshakes")
);

scenario!(
    /// Packets that found no room, and packets that never left.
    full_queue,
    ours,
    counting("full_queue")
);

scenario!(
    /// Round trips by heartbeats.
    round_trips,
    ours,
    counting("round_trips")
);

scenario!(
    /// Monitors in the engine's own list.
    monitors,
    ours,
    counting("monitors")
        .says_as(Class::Ours, "solo", "there is a monitor 'net/peers' already")
        .says_as(Class::Ours, "solo", "there is a monitor 'mine/outbound_bytes' already")
        .says_as(Class::Ours, "solo", "the monitors are registered already")
        .says_as(Class::Ours, "solo", "monitors need a prefix")
);
