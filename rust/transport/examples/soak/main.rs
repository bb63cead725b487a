//! A long load: a server polled 60 times per second in one process, and in another a crowd that joins, talks,
//! misbehaves and leaves, half of it by `wss://`. Both processes must end with the descriptors and the memory they
//! began with.
//!
//! `cargo xtask soak --minutes N [--clients M]` runs it. By itself: `soak MINUTES CLIENTS`.

#![allow(clippy::unwrap_used, reason = "a tool that unwraps says where it failed")]

mod crowd;
mod house;
mod lives;
mod report;
mod watch;

use std::process::ExitCode;

/// How the crowd's process is started: `soak crowd CLIENTS PORT...`, with a port for each of [`house::HOUSES`].
const CROWD: &str = "crowd";

fn main() -> ExitCode {
    // A client takes two descriptors and its end at the server one. What the system does not grant, arrivals will show.
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        [CROWD, clients, ports @ ..] => {
            let ports: Vec<u16> = ports.iter().map(|port| port.parse().unwrap()).collect();
            crowd::run(ports.try_into().unwrap(), clients.parse().unwrap());
            ExitCode::SUCCESS
        }
        [minutes, clients] => match (minutes.parse(), clients.parse()) {
            (Ok(minutes), Ok(clients)) if minutes > 0.0 && f64::is_finite(minutes) => house::run(minutes, clients),
            _ => usage(),
        },
        _ => usage(),
    }
}

fn usage() -> ExitCode {
    eprintln!("usage: soak MINUTES CLIENTS");
    ExitCode::FAILURE
}
