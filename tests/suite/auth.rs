//! The authentication of `SceneMultiplayer`, which happens before a peer is one.

use integration_tests::Scenario;

scenario!(
    /// A question, an answer, and both sides content.
    accept,
    pairs,
    Scenario::new("auth/accept", &["server", "client"])
);

scenario!(
    /// A wrong answer, and the client is sent away before it is a peer.
    reject,
    pairs,
    Scenario::new("auth/reject", &["server", "client_stranger", "client_friend"])
);

scenario!(
    /// No answer at all.
    timeout,
    pairs,
    Scenario::new("auth/timeout", &["server", "client"])
);
