//! Spawning and synchronizing.

use integration_tests::Scenario;

scenario!(
    /// One figure per player, moved by its player, mirrored by all, seen by the late, gone with who leaves.
    spawn_and_sync,
    crowd,
    Scenario::new("scene/spawn_and_sync", &["server", "client_a", "client_b", "client_late"])
);
