//! Compression, as a game sees it: properties, packets, counts. What it is on the wire is the transport's to test.

use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use integration_tests::{
    Cast, Class, Failure, Scenario, Stage,
    browser::Browser,
    certificates::{Authority, Server, trust},
};
use rust_websocket_engine::workspace;
use xtask::web::server::WebServer;

const NONE: &str = "the built-in class has no compression";

scenario!(
    /// What can be set, and what holds until it is.
    properties,
    ours,
    Scenario::solo("compression/properties")
        .incomparable(NONE)
        .says_as(Class::Ours, "solo", "compression must be COMPRESSION_OFF or COMPRESSION_AUTO")
        .says_as(Class::Ours, "solo", "compression_threshold must not be negative")
        .says_as(Class::Ours, "solo", "compression_level must be from 1 to 9")
);

fn packets(scheme: &str, network_thread: &str) -> Scenario {
    Scenario::solo("compression/packets")
        .incomparable(NONE)
        .option("scheme", scheme)
        .option("network_thread", network_thread)
        .files(|files| {
            let root = Authority::root("The Root")?;
            root.issue(Server::default())?.write(files)?;
            trust(files, &root.pem())
        })
}

scenario!(
    /// Packets both ways, to those who want it and to one who does not.
    packets_in_place,
    ours,
    packets("ws", "false")
);

scenario!(
    /// The same beside the game.
    packets_by_a_network_thread,
    ours,
    packets("ws", "true")
);

scenario!(
    /// The same through TLS.
    packets_with_tls,
    ours,
    packets("wss", "false")
);

scenario!(
    /// Text and bytes of a single connection, by a stream of the engine's.
    single_connection,
    ours_in_place,
    Scenario::solo("compression/single_connection").incomparable(NONE)
);

mod needs_chromium {
    use super::*;

    /// What a browser agrees on by itself, packets of it and for it, in place and beside the game.
    #[test]
    #[ignore = "needs Chromium"]
    fn a_browser_and_a_server() -> Result<(), Failure> {
        for cast in [Cast::OURS, Cast::OURS_WITH_THREADS] {
            let scenario = Scenario::solo("compression/browser").incomparable(NONE).with("browser", browse);
            scenario.check(module_path!(), cast)?;
        }
        Ok(())
    }

    fn browse(stage: &Stage) -> Result<()> {
        let page: PathBuf = workspace::root().join("tests/project/scenarios/compression/browser.html");
        let web = WebServer::start(vec![("/browser.html".to_owned(), page)])?;
        let port = stage.wait_for_port("server")?;
        let mut browser =
            Browser::open(&web.url(&format!("/browser.html?url=ws://127.0.0.1:{port}")), stage.deadline())?;
        let outcome = (|| {
            let extensions = web.report(stage.deadline())?;
            let agreed = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
            ensure!(extensions == agreed, "the page says: {extensions}");
            let end = web.report(stage.deadline())?;
            ensure!(end == "closed with 1000", "the page says: {end}");
            Ok(())
        })();
        let lines = browser.stop();
        outcome.with_context(|| format!("the browser said:\n{}", lines.join("\n")))
    }
}
