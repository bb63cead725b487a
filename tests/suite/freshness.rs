//! State that is never old, over a link that is too slow for all of it: our class puts, either class takes.

use integration_tests::certificates::{Authority, Server, trust};
use integration_tests::{Cast, Failure, Scenario, Stage};
use rust_websocket_bench::link::Link;

/// What the link carries each way, half of what is put.
const BYTES_PER_SECOND: u32 = 125_000;

fn slow_link(from: &str, scheme: &str, thread: bool) -> Scenario {
    Scenario::new("freshness/slow_link", &["server", "client"])
        .with("link", |stage: &Stage| {
            let link = Link::open(0)?;
            let port = stage.wait_for_port("server")?;
            stage.leave("port.link", &link.port()?.to_string())?;
            link.carry(port, BYTES_PER_SECOND)
        })
        .option("from", from)
        .option("scheme", scheme)
        .option("thread", &thread.to_string())
        .files(|files| {
            let root = Authority::root("The Root")?;
            root.issue(Server::default())?.write(files)?;
            trust(files, &root.pem())
        })
        .incomparable("the built-in class drops nothing")
}

/// With our server and the engine's own client, or our client and the engine's own server.
macro_rules! fresh {
    ($name:ident, $from:literal, $cast:expr, $scheme:literal, $thread:literal) => {
        #[test]
        fn $name() -> Result<(), Failure> {
            slow_link($from, $scheme, $thread).check(concat!(module_path!(), "::", stringify!($name)), $cast).map(drop)
        }
    };
}

fresh!(our_server, "server", Cast::OUR_SERVER, "ws", false);
fresh!(our_server_with_tls, "server", Cast::OUR_SERVER, "wss", false);
fresh!(our_server_with_a_thread, "server", Cast::OUR_SERVER, "ws", true);
fresh!(our_server_with_a_thread_and_tls, "server", Cast::OUR_SERVER, "wss", true);
fresh!(our_client, "client", Cast::OUR_CLIENTS, "ws", false);
fresh!(our_client_with_a_thread_and_tls, "client", Cast::OUR_CLIENTS, "wss", true);
