//! Real proxies, started with the configurations of `deploy/`, so that users copy what was tried.

use std::{
    fs,
    net::{Ipv4Addr, TcpListener, TcpStream},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use rust_websocket_engine::workspace;

use crate::{program::Program, stage::Stage};

/// How often a proxy is looked at that is about to listen.
const LOOK: Duration = Duration::from_millis(20);

/// How often another port is tried, since another process may take one between finding it free and listening on it.
const ATTEMPTS: usize = 8;

/// The address that a proxy speaks to the server from, so that it is not the player's.
pub const PROXY: &str = "127.0.0.2";

/// A configuration of `deploy/`, with what every machine has otherwise changed.
#[derive(Clone, Debug)]
pub struct Configuration {
    text: String,
}

impl Configuration {
    /// Reads one.
    pub fn read(file: &str) -> Result<Self> {
        let path = workspace::root().join("deploy").join(file);
        Ok(Self { text: fs::read_to_string(&path).with_context(|| path.display().to_string())? })
    }

    /// Changes what stands there once.
    pub fn change(mut self, from: &str, to: &str) -> Result<Self> {
        let count = self.text.matches(from).count();
        ensure!(count == 1, "'{from}' is there {count} times:\n{}", self.text);
        self.text = self.text.replace(from, to);
        Ok(self)
    }
}

/// A proxy that listens.
#[derive(Debug)]
pub struct Proxy {
    _program: Program,
}

impl Proxy {
    /// Starts HAProxy, and tells its port as `proxy`. `configure` is given that, and changes the configuration.
    pub fn haproxy(stage: &Stage, configure: impl Fn(u16) -> Result<Configuration>) -> Result<Self> {
        Self::start(stage, "haproxy", |port| {
            let file = stage.files().join("haproxy.cfg");
            fs::write(&file, configure(port)?.text)?;
            let mut command = Command::new("haproxy");
            command.arg("-db").arg("-f").arg(&file);
            Ok(command)
        })
    }

    /// Starts nginx likewise. The configuration is of a server within it.
    pub fn nginx(stage: &Stage, configure: impl Fn(u16) -> Result<Configuration>) -> Result<Self> {
        Self::start(stage, "nginx", |port| {
            let files = stage.files();
            fs::write(files.join("game.conf"), configure(port)?.text)?;
            let places: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
                .map(|kind| format!("    {kind}_temp_path {}/{kind};\n", files.display()))
                .concat();
            let around = format!(
                "daemon off;\nmaster_process off;\npid {0}/nginx.pid;\nevents {{}}\nhttp {{\n    access_log off;\n{places}    \
                 include {0}/game.conf;\n}}\n",
                files.display()
            );
            fs::write(files.join("nginx.conf"), around)?;
            let mut command = Command::new("nginx");
            command.arg("-e").arg("stderr").arg("-p").arg(&files).arg("-c").arg(files.join("nginx.conf"));
            Ok(command)
        })
    }

    fn start(stage: &Stage, name: &str, command: impl Fn(u16) -> Result<Command>) -> Result<Self> {
        for _ in 0..ATTEMPTS {
            let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
            let mut program = Program::start(name, command(port)?, stage.deadline())?;
            if listens(&mut program, port, stage.deadline())? {
                stage.leave("port.proxy", &port.to_string())?;
                return Ok(Self { _program: program });
            }
            let lines = program.stop().join("\n");
            ensure!(lines.contains("in use"), "{name} has ended:\n{lines}");
        }
        bail!("no port for {name} to listen on")
    }
}

/// Waits until a program listens on a port of this machine. It does not if it has ended before.
pub fn listens(program: &mut Program, port: u16, deadline: Instant) -> Result<bool> {
    while program.status()?.is_none() {
        if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(true);
        }
        ensure!(Instant::now() < deadline, "nobody listens on port {port}");
        thread::sleep(LOOK);
    }
    Ok(false)
}
