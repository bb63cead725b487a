//! The load against each of the servers that ours is measured beside: all of them answer it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that unwraps says where it failed")]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rust_websocket_bench::client::Protocol;
use rust_websocket_bench::compression::relay::Relay;
use rust_websocket_bench::work::{self, Echo};

/// Long enough for the busiest machine; nothing that works takes it.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server that ends with the test.
struct Server {
    process: Child,
    port: u16,
}

impl Server {
    fn start(command: &mut Command) -> Self {
        let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim().strip_prefix("LISTENING ").expect("a server says its port first").parse().unwrap();
        Self { process, port }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only for a process that has ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn echoes(program: &str, arguments: &[&str], protocol: Protocol) {
    let server = Server::start(Command::new(program).args(arguments));
    for size in [1, 64, 4096] {
        let started = Instant::now();
        // On a busy machine a short time may pass without an echo.
        while rate(server.port, protocol, size) == 0.0 {
            assert!(started.elapsed() < PATIENCE, "nothing of {size} bytes came back");
        }
    }
}

fn rate(port: u16, protocol: Protocol, size: usize) -> f64 {
    let manner = work::manner(protocol, false, size, false).unwrap();
    let time = Duration::from_millis(50);
    let result = work::echo(port, manner, Echo { peers: 3, in_flight: 4, warm_up: time, time }).unwrap();
    result["messages_per_second"].as_f64().unwrap()
}

#[test]
fn bare_tcp_echoes() {
    echoes(env!("CARGO_BIN_EXE_bare_server"), &["echo"], Protocol::Bare);
}

#[test]
fn a_relay_writes_down_both_directions() {
    let server = Server::start(&mut Command::new(env!("CARGO_BIN_EXE_fastwebsockets_echo")));
    let relay = Relay::start(server.port).unwrap();
    let started = Instant::now();
    while rate(relay.port(), Protocol::WebSocket, 300) == 0.0 {
        assert!(started.elapsed() < PATIENCE, "nothing came back");
        drop(relay.recordings(3));
    }
    for recording in relay.recordings(3) {
        assert!(!recording.up.is_empty() && recording.up.starts_with(&recording.down));
        assert!(recording.up.iter().all(|message| message.len() == 300 && message[1] == 1));
    }
}

#[test]
fn fastwebsockets_echoes() {
    echoes(env!("CARGO_BIN_EXE_fastwebsockets_echo"), &[], Protocol::WebSocket);
}

#[test]
fn tokio_tungstenite_echoes() {
    echoes(env!("CARGO_BIN_EXE_tokio_tungstenite_echo"), &[], Protocol::WebSocket);
}
