//! Handlers that act on the peer while it is emitting. The engine survives all of them.

use integration_tests::{Class, Scenario};

fn acting(at: &str, when: &str, action: &str) -> Scenario {
    Scenario::new("handlers/act_in_signal", &["server", "client_a", "client_b"])
        .option("at", at)
        .option("when", when)
        .option("action", action)
}

/// What a close leaves of the packets that came before it.
const DELIVERED: &str = "the built-in class loses what arrives together with a close, the id too";

/// A server that ends the connection before its client has had a look at what came first.
fn ending(action: &str) -> Scenario {
    acting("server", "peer_connected", action).differs("client_b", DELIVERED)
}

macro_rules! actions {
    ($($name:ident: $at:literal, $when:literal, $action:literal;)+) => {
        $(scenario!(
            /// A handler at the given side that acts so when the signal comes.
            $name,
            both,
            acting($at, $when, $action)
        );)+
    };
}

actions! {
    server_sends_on_connect: "server", "peer_connected", "send";
    server_sends_on_disconnect: "server", "peer_disconnected", "send";
    server_disconnects_on_disconnect: "server", "peer_disconnected", "disconnect";
    server_forces_out_on_disconnect: "server", "peer_disconnected", "disconnect forced";
    server_closes_on_disconnect: "server", "peer_disconnected", "close";
    server_drops_peer_on_disconnect: "server", "peer_disconnected", "null";
    client_sends_on_connect: "client", "peer_connected", "send";
    client_disconnects_on_disconnect: "client", "peer_disconnected", "disconnect";
    client_forces_out_on_disconnect: "client", "peer_disconnected", "disconnect forced";
    client_closes_on_disconnect: "client", "peer_disconnected", "close";
    client_drops_peer_on_disconnect: "client", "peer_disconnected", "null";
}

scenario!(
    /// A server that sends a client away when it comes.
    server_disconnects_on_connect,
    both,
    ending("disconnect")
);

scenario!(
    /// A server that throws a client out when it comes.
    server_forces_out_on_connect,
    both,
    ending("disconnect forced")
);

scenario!(
    /// A server that closes when a client comes.
    server_closes_on_connect,
    both,
    ending("close")
);

scenario!(
    /// A server whose peer is let go of when a client comes.
    server_drops_peer_on_connect,
    both,
    ending("null")
);

/// With a network thread, a client may have come and gone between two polls.
const UNHEARD: &str = "who came and went before the game heard of it, without a packet, is not announced";

/// A client that goes as soon as it has come.
fn leaving(action: &str) -> Scenario {
    let scenario = acting("client", "peer_connected", action);
    if action == "disconnect" { scenario.differs("client_b", DELIVERED) } else { scenario }
}

macro_rules! leaving {
    ($($name:ident, $on_a_thread:ident: $action:literal;)+) => {
        $(
            scenario!(
                /// In place, the server hears of both.
                $name,
                both_in_place,
                leaving($action)
            );

            scenario!(
                /// On a thread, it hears of both or of neither.
                $on_a_thread,
                ours,
                leaving($action).differs("server", UNHEARD)
            );
        )+
    };
}

leaving! {
    client_disconnects_on_connect, client_disconnects_on_connect_unheard: "disconnect";
    client_forces_out_on_connect, client_forces_out_on_connect_unheard: "disconnect forced";
    client_closes_on_connect, client_closes_on_connect_unheard: "close";
    client_drops_peer_on_connect, client_drops_peer_on_connect_unheard: "null";
}

scenario!(
    /// A client that learns of its server's end and tries to send.
    client_sends_on_disconnect,
    both,
    acting("client", "peer_disconnected", "send")
        .says_as(Class::Builtin, "client_b", "STATE_OPEN")
        .may_say_as(Class::Ours, "client_b", "^(ERROR|WARNING): ")
);

scenario!(
    /// All of these, one after the other, for peers that a script polls itself.
    bare_peers,
    both,
    Scenario::solo("handlers/act_in_bare_signal")
        .says_as(Class::Builtin, "solo", "STATE_OPEN")
        .may_say_as(Class::Ours, "solo", "^(ERROR|WARNING): ")
);
