//! Packets without meaning: `send_bytes`, sizes, targets.

use integration_tests::Scenario;

scenario!(
    /// Raw packets in every direction, small and large.
    send_bytes,
    crowd,
    Scenario::new("bytes/send_bytes", &["server", "client_a", "client_b"])
);

scenario!(
    /// Every size at which a frame's length field or a buffer changes.
    sizes,
    pairs,
    Scenario::new("bytes/sizes", &["server", "client"])
);

scenario!(
    /// To all, to one, to all but one; and what cannot be reached.
    targets,
    crowd,
    Scenario::new("bytes/targets", &["server", "client_a", "client_b"])
);
