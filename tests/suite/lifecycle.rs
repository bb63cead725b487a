//! Coming and going.

use integration_tests::{Class, Scenario};

const THREE: &[&str] = &["server", "client_a", "client_b"];

fn server_leaves(how: &str) -> Scenario {
    Scenario::new("lifecycle/server_leaves", THREE).option("how", how)
}

fn client_leaves(how: &str) -> Scenario {
    Scenario::new("lifecycle/client_leaves", THREE).option("how", how)
}

scenario!(
    /// The server closes.
    server_closes,
    crowd,
    server_leaves("close")
);

scenario!(
    /// The server's scene tree lets its peer go, and with it the last reference.
    server_drops_its_peer,
    pairs,
    server_leaves("null")
);

scenario!(
    /// The server's process is killed.
    server_is_killed,
    pairs,
    server_leaves("kill").dies("server")
);

scenario!(
    /// A client closes, and comes back with the same object.
    client_closes,
    crowd,
    client_leaves("close")
);

scenario!(
    /// A client disconnects from the server, and comes back.
    client_disconnects,
    pairs,
    client_leaves("disconnect")
);

scenario!(
    /// A client disconnects from the server by force, and comes back.
    client_disconnects_by_force,
    pairs,
    client_leaves("disconnect forced")
);

scenario!(
    /// A client's process is killed.
    client_is_killed,
    pairs,
    client_leaves("kill").dies("client_b")
);

fn disconnect_peer_with(force: &str) -> Scenario {
    Scenario::new("lifecycle/disconnect_peer", THREE)
        .option("force", force)
        .says_as(Class::Builtin, "server", "Peer not found")
        .may_say_as(Class::Ours, "server", "^(ERROR|WARNING): ")
}

scenario!(
    /// The server sends a client away.
    disconnect_peer,
    pairs,
    disconnect_peer_with("no")
);

scenario!(
    /// The server throws a client out.
    disconnect_peer_by_force,
    pairs,
    disconnect_peer_with("yes")
);

scenario!(
    /// The scene multiplayer sends a client away.
    api_disconnect_peer,
    pairs,
    Scenario::new("lifecycle/api_disconnect_peer", THREE)
);

scenario!(
    /// A server that refuses new connections, and no longer does.
    refuse,
    pairs,
    Scenario::new("lifecycle/refuse", THREE)
);

scenario!(
    /// The server's host as a name and as addresses.
    by_name,
    pairs,
    Scenario::new("lifecycle/by_name", &["server", "client"]).option("hosts", hosts())
);

/// How this machine can be called by itself. Containers often have no IPv6.
fn hosts() -> &'static str {
    if std::net::TcpListener::bind(("::1", 0)).is_ok() { "127.0.0.1,localhost,[::1]" } else { "127.0.0.1,localhost" }
}
