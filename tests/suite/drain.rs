//! The end of a server: what balancers, players and Prometheus see of it, and what the system's word to end does.

use anyhow::{Result, ensure};
use integration_tests::{
    Scenario, Stage,
    raw::{RawSocket, request, wire},
};

const BUILTIN_CANNOT: &str = "the built-in class ends without a word";

fn server(
    script: &str,
    options: &[(&str, &str)],
    play: impl Fn(&Stage) -> Result<()> + Send + Sync + 'static,
) -> Scenario {
    let scenario = Scenario::new(script, &["server"]).incomparable(BUILTIN_CANNOT);
    options.iter().fold(scenario, |scenario, (key, value)| scenario.option(key, value)).with("client", play)
}

/// One that the game drains.
fn drained_by_the_game(
    options: &[(&str, &str)],
    play: impl Fn(&Stage) -> Result<()> + Send + Sync + 'static,
) -> Scenario {
    server("drain/server", options, play)
        .says("server", "there is no server to drain")
        .says("server", "'nonsense' is no path")
        .says("server", "grace_seconds must not be negative")
        .says("server", "there is no close code 1005 to be sent")
}

fn join(stage: &Stage) -> Result<RawSocket> {
    let mut client = RawSocket::connect(stage)?;
    client.join(stage, "client")?;
    stage.wait_for("joined")?;
    Ok(client)
}

fn ask(stage: &Stage, words: &str) -> Result<String> {
    let mut client = RawSocket::connect(stage)?;
    client.send(words.as_bytes())?;
    Ok(String::from_utf8(client.read_to_end()?)?)
}

fn get(stage: &Stage, path: &str) -> Result<String> {
    ask(stage, &format!("GET {path} HTTP/1.1\r\nHost: game\r\n\r\n"))
}

/// Answers the close frame that comes, which has this code and reason.
fn say_goodbye(client: &mut RawSocket, code: u16, reason: &str) -> Result<()> {
    let (first, payload) = client.read_frame()?;
    ensure!((first, payload) == (wire::CLOSE, wire::close(code, reason)), "not the goodbye of a drain");
    client.send(&wire::frame(wire::CLOSE, wire::MASK, &wire::close(code, "")))?;
    client.read_to_end().map(drop)
}

/// With pages, from the first day of a server to its last.
fn with_pages(stage: &Stage) -> Result<()> {
    let health = get(stage, "/health?from=probe")?;
    ensure!(health.starts_with("HTTP/1.1 200 OK\r\n") && health.ends_with("\r\n\r\nok\n"), "{health}");
    let nothing = get(stage, "/")?;
    ensure!(nothing.starts_with("HTTP/1.1 426 ") && nothing.contains("WebSocket"), "{nothing}");
    let mut client = join(stage)?;
    let metrics = get(stage, "/metrics")?;
    ensure!(metrics.contains("\nrust_websocket_peers 1\n"), "{metrics}");
    ensure!(metrics.contains("\nrust_websocket_handshakes_total{outcome=\"succeeded\"} 1\n"), "{metrics}");
    ensure!(metrics.contains("\nrust_websocket_draining 0\n"), "{metrics}");
    stage.leave("drain", "")?;
    stage.wait_for("draining")?;
    let health = get(stage, "/health")?;
    ensure!(health.starts_with("HTTP/1.1 503 ") && health.ends_with("\r\n\r\ndraining\n"), "{health}");
    let late = ask(stage, &request(&[]))?;
    ensure!(late.starts_with("HTTP/1.1 503 ") && late.contains("\r\nRetry-After: "), "{late}");
    client.send(&wire::frame(wire::PING, wire::MASK, b"still here"))?;
    ensure!(client.read_frame()? == (wire::PONG, b"still here".to_vec()), "who is here may finish");
    ensure!(!stage.notes().join("drained").exists(), "somebody is here");
    stage.leave("now", "")?;
    say_goodbye(&mut client, 1012, "moving")?;
    stage.wait_for("drained")?;
    let metrics = get(stage, "/metrics")?;
    ensure!(metrics.contains("\nrust_websocket_draining 1\n"), "{metrics}");
    stage.leave("done", "")
}

scenario!(
    /// With pages for balancers and Prometheus.
    pages,
    ours,
    drained_by_the_game(&[("health", "/health"), ("metrics", "/metrics")], with_pages)
);

scenario!(
    /// The same with the network on a thread.
    pages_on_a_thread,
    ours,
    drained_by_the_game(&[("health", "/health"), ("metrics", "/metrics"), ("thread", "yes")], with_pages)
);

scenario!(
    /// Without pages the port is given back at once.
    port,
    ours,
    drained_by_the_game(&[], |stage: &Stage| {
        let mut client = join(stage)?;
        stage.leave("drain", "")?;
        stage.wait_for("draining")?;
        let port = stage.wait_for_port("server")?;
        stage.wait_until("the port to be given back", || Ok(std::net::TcpStream::connect(("127.0.0.1", port)).is_err()))?;
        // The last one leaves by itself, long before its time is up.
        client.send(&wire::frame(wire::CLOSE, wire::MASK, &wire::close(1000, "")))?;
        client.read_to_end()?;
        stage.wait_for("drained")?;
        stage.leave("now", "")?;
        stage.leave("done", "")
    })
);

/// One that the system tells to end.
#[cfg(unix)]
fn told(options: &[(&str, &str)], play: impl Fn(&Stage) -> Result<()> + Send + Sync + 'static) -> Scenario {
    server("drain/told", options, play).says("server", "drain_on_termination must not be negative")
}

#[cfg(unix)]
fn told_to_end(stage: &Stage) -> Result<()> {
    let mut client = join(stage)?;
    stage.signal("-TERM")?;
    stage.wait_for("requested")?;
    say_goodbye(&mut client, 1012, "")?;
    stage.wait_for("drained").map(drop)
}

#[cfg(unix)]
scenario!(
    /// SIGTERM: the game is told, its peers are closed, and the tree quits.
    sigterm,
    ours,
    told(&[("seconds", "0.2")], told_to_end)
);

#[cfg(unix)]
scenario!(
    /// The same with the network on a thread.
    sigterm_on_a_thread,
    ours,
    told(&[("seconds", "0.2"), ("thread", "yes")], told_to_end)
);

#[cfg(unix)]
scenario!(
    /// A handler lets go of the server: there is nothing to wait for.
    freed_when_told,
    ours,
    told(&[("seconds", "600"), ("then", "free")], |stage: &Stage| {
        let mut client = join(stage)?;
        stage.signal("-TERM")?;
        stage.wait_for("requested")?;
        client.read_to_end().map(drop)
    })
);

/// The signal comes while the game polls nothing, as when it loads a level.
#[cfg(unix)]
fn told_unheard(then: &'static str) -> Scenario {
    told(&[("seconds", "600"), ("then", then)], |stage: &Stage| {
        stage.signal("-TERM")?;
        stage.leave("told", "")
    })
}

#[cfg(unix)]
scenario!(
    /// And the game closes its server before it hears of it.
    closed_unheard,
    ours,
    told_unheard("close")
);

#[cfg(unix)]
scenario!(
    /// And the game does not want to wait any more.
    switched_off_unheard,
    ours,
    told_unheard("off")
);

#[cfg(unix)]
scenario!(
    /// A drain of ten minutes is under way: it gets shorter, and its words stay.
    told_while_draining,
    ours,
    told(&[("seconds", "0.2"), ("then", "drain")], |stage: &Stage| {
        let mut client = join(stage)?;
        stage.wait_for("draining")?;
        stage.signal("-TERM")?;
        stage.wait_for("requested")?;
        say_goodbye(&mut client, 4000, "moving")?;
        stage.wait_for("drained").map(drop)
    })
);

#[cfg(unix)]
scenario!(
    /// A second signal ends the process at once.
    second_signal,
    ours,
    told(&[("seconds", "600")], |stage: &Stage| {
        let mut client = join(stage)?;
        stage.signal("-TERM")?;
        stage.wait_for("requested")?;
        stage.signal("-INT")?;
        ensure!(client.read_to_end()?.is_empty(), "nobody says goodbye");
        Ok(())
    })
    .dies("server")
);
