//! Single connections: `WebSocketPeer` and our class for it, on their own and as parts of a multiplayer peer.

use integration_tests::{Class, Scenario, Since};

const HEARTBEAT: Since = Since::godot_4(4, "`WebSocketPeer` has no `heartbeat_interval`");
const UNSAFE: Since = Since::godot_4(4, "`TLSOptions.client_unsafe()` still verifies");

const PAIR: &[&str] = &["server", "client"];

fn script(name: &str) -> String {
    format!("web_socket_peer/{name}")
}

const NOTHING_WORKS: &str =
    "a size with which nothing can arrive is refused; the built-in class takes it, and hangs or stays mute";

/// A server and a client, and the errors that their misuse brings.
fn pair(name: &str, complaints: &str) -> Scenario {
    PAIR.iter().fold(Scenario::new(&script(name), PAIR), |scenario, role| {
        scenario.may_say_as(Class::Builtin, role, complaints).may_say_as(Class::Ours, role, "RustWebSocket")
    })
}

/// Calls on what is not open.
const NOT_OPEN: &str = "ready_state != STATE_OPEN";

fn talk(closes: &str, code: &str, reason: &str) -> Scenario {
    pair("talk", NOT_OPEN).option("closes", closes).option("code", code).option("reason", reason)
}

scenario!(
    /// Messages there and back, then the client closes without a word.
    talk_until_client_closes,
    pairs_in_place,
    talk("client", "", "")
);

scenario!(
    /// The server closes with a code and a reason.
    talk_until_server_closes,
    pairs_in_place,
    talk("server", "4001", "Schluß, 終わり")
);

scenario!(
    /// A close frame without a code.
    close_without_code,
    pairs_in_place,
    talk("client", "0", "")
);

scenario!(
    /// The client cuts the connection.
    cut_by_client,
    pairs_in_place,
    talk("client", "-1", "not told")
);

scenario!(
    /// The server cuts the connection.
    cut_by_server,
    pairs_in_place,
    talk("server", "-1", "not told")
);

scenario!(
    /// Calls on nothing, and with wrong arguments.
    misuse,
    both_in_place,
    Scenario::solo(&script("misuse"))
        .intended("solo", r#"["sizes",-1,-1,-1]"#, r#"["sizes",65535,-1,4096]"#, NOTHING_WORKS)
        .intended("solo", r#"["sizes",0,0,0]"#, r#"["sizes",65535,0,4096]"#, NOTHING_WORKS)
        .measured_since(HEARTBEAT)
        .may_say_as(Class::Ours, "solo", "RustWebSocket")
        .says_as(Class::Builtin, "solo", "ready_state|tcp|p_url|Invalid|p_options|p_stream|connection|stream|p_interval|_sock")
);

scenario!(
    /// Settings that cannot be sent.
    settings_that_cannot_be_sent,
    ours,
    Scenario::solo(&script("settings"))
        .may_say_as(Class::Ours, "solo", "RustWebSocket")
        .incomparable("the built-in class sends whatever it is given")
);

fn no_agreement(offered: &str, supported: &str) -> Scenario {
    pair("no_agreement", "Invalid|Requested").option("offered", offered).option("supported", supported)
}

scenario!(
    /// No subprotocol in common.
    no_common_protocol,
    pairs_in_place,
    no_agreement("a,b", "c")
);

scenario!(
    /// The server wants a subprotocol, the client names none.
    no_protocol_offered,
    pairs_in_place,
    no_agreement("", "c")
);

scenario!(
    /// The client wants a subprotocol, the server knows none.
    no_protocol_supported,
    pairs_in_place,
    no_agreement("a", "")
);

scenario!(
    /// Messages that are too large, for this side and for the other.
    limits,
    pairs_in_place,
    pair("limits", "outbound_buffer_size")
);

scenario!(
    /// What arrived with the close is read after it.
    late_reader,
    ours_in_place,
    pair("late_reader", "").incomparable("the built-in class loses what arrives together with a close")
);

scenario!(
    /// The server's object is freed.
    server_is_freed,
    pairs_in_place,
    pair("leaves", NOT_OPEN).option("how", "free")
);

scenario!(
    /// The server's process is killed.
    server_is_killed,
    pairs_in_place,
    pair("leaves", NOT_OPEN).option("how", "kill").dies("server")
);

scenario!(
    /// Messages leave in their own frame.
    same_frame,
    both_in_place,
    Scenario::solo(&script("same_frame"))
);

scenario!(
    /// Over a TLS stream of the engine's.
    tls,
    pairs_in_place,
    pair("tls", "mbedtls|TLS").measured_since(UNSAFE).differs(
        "client",
        "the built-in class loses the answer to its close frame, for the end of the TLS stream comes with it"
    )
);

scenario!(
    /// Heartbeats of both sides.
    heartbeat,
    pairs_in_place,
    pair("heartbeat", "").measured_since(HEARTBEAT)
);

scenario!(
    /// A heartbeat that is not answered.
    vanished,
    pairs_in_place,
    pair("vanished", "").measured_since(HEARTBEAT)
);

fn handles(closes: &str) -> Scenario {
    pair("handles", "peers_map|ready_state").option("closes", closes)
}

scenario!(
    /// The server sends a client away with a code and a reason.
    handle_closed_by_server,
    pairs,
    handles("server")
);

scenario!(
    /// A client leaves with a code and a reason.
    handle_closed_by_client,
    pairs,
    handles("client")
);

scenario!(
    /// A connection that was given out, after the end of its multiplayer peer.
    orphaned_handle,
    ours,
    Scenario::solo(&script("orphaned_handle"))
        .may_say_as(Class::Ours, "solo", "RustWebSocket")
        .incomparable("the built-in class's connection lives on without its multiplayer peer, and nobody polls it")
);

scenario!(
    /// Round trips, and a silent client: with a network thread, it would not be silent.
    round_trips,
    ours_in_place,
    Scenario::new(&script("round_trips"), PAIR)
        .may_say_as(Class::Ours, "server", "RustWebSocket")
        .incomparable("the built-in class has no heartbeats here")
);

scenario!(
    /// A large message over a TLS stream of the engine's. Godot 4.3 writes one record per call; newer engines pass either
    /// way, so only an old one shows that the rest is offered again.
    tls_in_few_polls,
    ours_in_place,
    Scenario::solo(&script("tls_in_few_polls")).incomparable("how much the built-in class writes at once is its own matter")
);
