//! Other doors than a port. What systemd passes on is tried in `doors.rs` of the transport, in a process of its own.

use integration_tests::{Class, Scenario};

#[cfg(unix)]
scenario!(
    /// A Unix socket.
    unix_socket,
    ours,
    Scenario::solo("doors/unix")
        .incomparable("the built-in class has none")
        .says_as(Class::Ours, "solo", "cannot listen on the Unix socket .*: the port is taken|cannot listen on the Unix socket .*: .*in use|cannot listen on the Unix socket")
        .says_as(Class::Ours, "solo", "a file that is no socket is in its place")
        .may_say_as(Class::Ours, "solo", "no connection to .*game.sock")
);
