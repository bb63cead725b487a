//! The example's server beside a stand-in of the Agones sidecar: the endpoints that its documentation names, and nothing behind them.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use tiny_http::{Method, Response, Server};

use super::*;

/// Ready when it listens, alive all the time, allocated with the first player, shut down after the last, ended by SIGTERM.
#[cfg(unix)]
#[test]
fn agones() -> Result<(), Failure> {
    let (sidecar, words) = sidecar()?;
    let port = sidecar.server_addr().to_ip().context("the stand-in has no port")?.port();
    let example = Example::new("agones")?.with_variable("AGONES_SDK_HTTP_PORT", &port.to_string());
    let hear = |wanted: &str| -> Result<()> {
        loop {
            let left = example.deadline().saturating_duration_since(std::time::Instant::now());
            let word = words.recv_timeout(left).with_context(|| format!("the server never said {wanted}"))?;
            if word == wanted {
                return Ok(());
            }
            ensure_equal(word, "POST /health {}".to_owned())?;
        }
    };
    let server = example.start_program("server.tscn", &["--port=0"])?;
    let port = server.says("listening on port ([0-9]+)")?.parse()?;
    hear("POST /ready {}")?;
    hear("POST /health {}")?;
    let first = by_hand::Client::join(port, example.deadline())?;
    hear("POST /allocate {}")?;
    let second = by_hand::Client::join(port, example.deadline())?;
    first.leave()?;
    second.leave()?;
    hear("POST /shutdown {}")?;
    server.terminate()?;
    let (status, lines) = server.end()?;
    ensure_equal(status.code(), Some(0))?;
    ensure_equal(lines.iter().find(|line| line.contains("Agones")), None)?;
    sidecar.unblock();
    Ok(())
}

/// A stand-in, and what it is asked, line by line.
fn sidecar() -> Result<(Arc<Server>, Receiver<String>)> {
    let server = Server::http("127.0.0.1:0").map_err(|error| anyhow::anyhow!("no stand-in: {error}"))?;
    let server = Arc::new(server);
    let (sender, words) = channel();
    let asked = Arc::clone(&server);
    thread::spawn(move || {
        for mut request in asked.incoming_requests() {
            let mut body = String::new();
            // What cannot be read is no word that anybody waits for.
            let _ = request.as_reader().read_to_string(&mut body);
            let is_known = *request.method() == Method::Post
                && ["/ready", "/health", "/allocate", "/shutdown"].contains(&request.url());
            // Nobody listens any more once the test is over.
            let _ = sender.send(format!("{} {} {body}", request.method(), request.url()));
            let answer = Response::from_string("{}").with_status_code(if is_known { 200 } else { 404 });
            // Nor does an asker who has gone.
            let _ = request.respond(answer);
        }
    });
    Ok((server, words))
}
