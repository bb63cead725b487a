//! Remote calls: every direction, the relay, who comes late.

use integration_tests::Scenario;

scenario!(
    /// A call in every direction that there is, and who hears it from whom.
    every_direction,
    crowd,
    Scenario::new("rpc/every_direction", &["server", "client_a", "client_b"])
);

scenario!(
    /// Clients that all call each other through the server: each call arrives once and in order.
    relay,
    crowd,
    Scenario::new("rpc/relay", &["server", "client_a", "client_b", "client_c"])
);

scenario!(
    /// Without the relay, clients know nobody but the server.
    relay_off,
    pairs,
    Scenario::new("rpc/relay_off", &["server", "client_a", "client_b"])
);

scenario!(
    /// One client joins when the others have long been there, sees them all and is seen; one leaves.
    late_join,
    crowd,
    Scenario::new("rpc/late_join", &["server", "client_a", "client_b", "client_late"])
);

scenario!(
    /// An answer to somebody who has gone, of which the game was not told yet.
    late_answer,
    ours,
    Scenario::new("rpc/late_answer", &["server", "client"])
        .incomparable("the built-in class tells of an end before what came with it is read")
);
