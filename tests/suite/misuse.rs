//! Wrong arguments, wrong settings, wrong times: both classes answer the same, but for what is listed here.

use integration_tests::{
    Class, Scenario, Since,
    certificates::{Authority, Server},
};

const PORT: &str = "a port that is none is refused; the built-in class listens on what its last 16 bits say";
const KEY: &str = "a key that does not match is refused at once, not by every client's handshake";
const OTHER_CLASS: &str = "an object of another class is refused; the built-in class goes on without TLS options";
const OUT_OF_RANGE: &str = "a size that no int has is refused; the built-in class takes its last 32 bits";
const NOTHING_WORKS: &str =
    "a size with which nothing can arrive is refused; the built-in class takes it, and hangs or stays mute";
const OTHER_TYPE: &str = "a value of another type is refused and changes nothing; the built-in class sets something";
const SWALLOWED: &str = "put_packet reports on a server what it reports on a client";

const ADDRESSES: Since = Since::godot_4(4, "the built-in class has other codes for `256.0.0.1`");
const HEARTBEAT: Since = Since::godot_4(4, "`WebSocketPeer` has no `heartbeat_interval`");

/// One case of a script. What an engine says to wrong calls is its own matter.
fn misuse(script: &str, case: &str) -> Scenario {
    Scenario::solo(script).option("case", case).may_say("solo", "^(ERROR|WARNING): ")
}

macro_rules! cases {
    ($script:literal: $($(#[doc = $doc:literal])+ $name:ident;)+) => {
        $(scenario!($(#[doc = $doc])+ $name, both, misuse($script, stringify!($name)));)+
    };
}

scenario!(
    /// A script that reads the log uses the peer that has something to say.
    log_reader,
    both,
    Scenario::solo("misuse/log_reader").may_say("solo", "^(ERROR|WARNING): ")
);

/// Arguments.
mod arguments {
    use super::*;

    fn with_certificate(case: &str) -> Scenario {
        misuse("misuse/arguments", case)
            .files(|files| Authority::root("The Root")?.issue(Server::default())?.write(files))
    }

    scenario!(
        /// Of the wrong type, too many, too few.
        types,
        both,
        misuse("misuse/arguments", "types")
            .intended("solo", r#"["create_server(int, String, Object)","0"]"#, r#"["create_server(int, String, Object)","<null>"]"#, OTHER_CLASS)
            .intended("solo", r#"["create_client(String, Object)","0"]"#, r#"["create_client(String, Object)","<null>"]"#, OTHER_CLASS)
    );

    scenario!(
        /// Ports that are none.
        ports,
        both,
        misuse("misuse/arguments", "ports")
            .intended("solo", r#"["create_server with +65536","OK"]"#, r#"["create_server with +65536","Invalid parameter"]"#, PORT)
            .intended("solo", r#"["create_server with -65536","OK"]"#, r#"["create_server with -65536","Invalid parameter"]"#, PORT)
            .intended("solo", r#"["status","connected"]"#, r#"["status","disconnected"]"#, PORT)
    );

    scenario!(
        /// TLS options for the other side.
        options_of_the_other_side,
        both,
        with_certificate("options_of_the_other_side")
    );

    scenario!(
        /// A certificate with another one's key.
        mismatched_key,
        both,
        misuse("misuse/arguments", "mismatched_key")
            .files(|files| {
                let root = Authority::root("The Root")?;
                let key = root.issue(Server::default())?.key;
                let mut identity = root.issue(Server::default())?;
                identity.key = key;
                identity.write(files)
            })
            .intended("solo", r#"["create_server","OK"]"#, r#"["create_server","Invalid parameter"]"#, KEY)
            .intended("solo", r#"["status","connected"]"#, r#"["status","disconnected"]"#, KEY)
    );

    scenario!(
        /// Addresses to listen on.
        addresses,
        both,
        misuse("misuse/arguments", "addresses").measured_since(ADDRESSES).option("ipv6", if has_ipv6() { "yes" } else { "no" })
    );

    fn has_ipv6() -> bool {
        std::net::TcpListener::bind(("::1", 0)).is_ok()
    }
}

/// Properties.
mod settings {
    use super::*;

    const SIZES: &[&str] = &["inbound_buffer_size", "outbound_buffer_size", "max_queued_packets"];

    /// A property that is another value than the built-in class's when it is set to this.
    fn set(scenario: Scenario, property: &str, value: &str, becomes: [&str; 2], reason: &'static str) -> Scenario {
        let event = |becomes: &str| format!(r#"["{property} = {value}",{becomes}]"#);
        scenario.intended("solo", &event(becomes[0]), &event(becomes[1]), reason)
    }

    fn sizes_out_of_range() -> Scenario {
        let scenario = SIZES.iter().fold(misuse("misuse/settings", "sizes"), |scenario, size| {
            set(scenario, size, "2147483648", ["-2147483648", "2147483647"], OUT_OF_RANGE)
        });
        let no_limits = [("inbound_buffer_size", "65535"), ("max_queued_packets", "2048")];
        no_limits.into_iter().fold(scenario, |scenario, (size, default)| {
            let scenario = set(scenario, size, "-1", ["-1", default], NOTHING_WORKS);
            set(scenario, size, "0", ["0", default], NOTHING_WORKS)
        })
    }

    fn other_types() -> Scenario {
        let mut scenario = misuse("misuse/settings", "wrong_types");
        for size in SIZES {
            for (value, becomes) in [("12", "12"), ("<null>", "0"), ("[]", "0"), ("(1.0, 1.0)", "0")] {
                scenario = set(scenario, size, value, [becomes, "7"], OTHER_TYPE);
            }
        }
        scenario = set(scenario, "handshake_timeout", "12", ["12.0", "7.0"], OTHER_TYPE);
        for array in ["supported_protocols", "handshake_headers"] {
            for value in ["5", "<null>", "a"] {
                let event = |becomes: &str| format!(r#"["{array} = {value}"{becomes}]"#);
                scenario = scenario.intended("solo", &event(""), &event(r#","before""#), OTHER_TYPE);
            }
            scenario = set(scenario, array, "[1]", [r#""1""#, r#""before""#], OTHER_TYPE);
        }
        scenario
    }

    scenario!(
        /// Sizes below nothing and beyond everything.
        sizes,
        both,
        sizes_out_of_range()
    );

    scenario!(
        /// Values of another type.
        wrong_types,
        both,
        other_types()
    );

    cases! { "misuse/settings":
        /// Timeouts of nothing and below.
        timeouts;
        /// Arrays are copies.
        arrays;
        /// Modes and channels, which change nothing.
        transfer;
    }
}

/// Calls in the wrong state, and about nobody.
mod calls {
    use super::*;

    cases! { "misuse/calls":
        /// Everything before the connection is there.
        while_connecting;
        /// A client that gives up before it was in.
        disconnect_while_connecting;
        /// A client that is closed before it was in, and tries again.
        close_while_connecting;
        /// A client's packets to whomever.
        client_to_strangers;
        /// Sending away whom there is not.
        server_disconnects_strangers;
        /// The same by a client.
        client_disconnects_strangers;
        /// Questions about whom there is not.
        questions_about_strangers;
        /// Sending somebody away again.
        disconnect_twice;
        /// Everything after the end.
        after_close;
        /// Values instead of bytes.
        variants;
        /// Server, client, server, client.
        one_job_after_the_other;
        /// Peers that the scene tree cannot use.
        as_multiplayer_peer;
        /// A server's packets to nobody.
        server_to_strangers;
    }
}

/// What may wait and what may come.
mod limits {
    use super::*;

    cases! { "settings/limits":
        /// The largest packet that may come.
        inbound;
        /// The largest packet that a client may send.
        outbound_of_client;
        /// Limits of nothing.
        without_outbound;
        /// More in one frame than may ever wait.
        burst;
        /// Settings do not touch what is there.
        afterwards;
    }

    scenario!(
        /// The largest packet that a server may send.
        outbound_of_server,
        both,
        misuse("settings/limits", "outbound_of_server")
            .intended("solo", r#"["put 1001","OK"]"#, r#"["put 1001","Out of memory"]"#, SWALLOWED)
    );
}

fn protocols(offered: &str, supported: &str, outcome: &str) -> Scenario {
    Scenario::new("settings/protocols", &["server", "client"])
        .option("offered", offered)
        .option("supported", supported)
        .option("outcome", outcome)
        .may_say_as(Class::Builtin, "client", "^ERROR: ")
        .may_say_as(Class::Builtin, "server", "^ERROR: ")
}

/// Subprotocols.
mod subprotocols {
    use super::*;

    scenario!(
        /// One in common: the client's first choice of those.
        in_common,
        pairs,
        protocols("a,b,c", "x,c,b", "in")
    );

    scenario!(
        /// With spaces around them.
        with_spaces,
        pairs,
        protocols(" chat ", "chat", "in")
    );

    scenario!(
        /// None in common.
        none_in_common,
        pairs,
        protocols("a", "b", "out")
    );

    scenario!(
        /// The server wants one and the client offers none.
        none_offered,
        pairs,
        protocols("", "a", "out")
    );

    scenario!(
        /// The client wants one and the server has none.
        none_supported,
        pairs,
        protocols("a", "", "out")
    );
}

scenario!(
    /// Who the other side is, as `get_peer` and its kin tell it.
    about_peers,
    pairs,
    Scenario::new("settings/peers", &["server", "client"])
        .measured_since(HEARTBEAT)
        .may_say("server", "^ERROR: ")
        .may_say("client", "^ERROR: ")
);
