//! Many peers in one process.

use integration_tests::Scenario;

scenario!(
    /// Two servers with eight clients each, polled by one script.
    two_servers,
    both,
    Scenario::solo("many/two_servers")
);

scenario!(
    /// Two games as branches of one scene tree.
    branches,
    both,
    Scenario::solo("many/branches")
);
