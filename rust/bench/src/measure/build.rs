//! The programs of a benchmark, all optimised: the addon, the peer without a network, the load, the other servers.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use rust_websocket_engine::addon::{self, Profile};
use rust_websocket_engine::{locate_or_fetch, process, project, workspace};

/// Where everything is.
#[derive(Debug)]
pub(super) struct Programs {
    pub(super) engine: PathBuf,
    /// The engine's project.
    pub(super) project: PathBuf,
    /// The folder with the programs that cargo has built.
    binaries: PathBuf,
    /// In PEM.
    pub(super) key: PathBuf,
    /// In PEM.
    pub(super) certificate: PathBuf,
}

impl Programs {
    /// The path of a program of `rust/bench`, or of an example of the transport.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.binaries.join(name)
    }
}

pub(super) fn all(folder: &Path) -> Result<Programs> {
    // Without an engine there is no point in building for minutes.
    let engine = locate_or_fetch()?;
    addon::build()?;
    let project = workspace::root().join("rust/bench/project");
    let memory_peer = addon::compile("memory-peer", Profile::Release)?;
    let name = memory_peer.file_name().context("a library without a name")?;
    addon::install(&memory_peer, &project.join("bin").join(name))?;
    // Without what measures, which needs no optimisation.
    cargo_build(&["--package", "rust-websocket-bench", "--no-default-features", "--bins"])?;
    cargo_build(&["--package", "rust-websocket-transport", "--example", "packet_echo_server"])?;
    project::prepare(&engine, &project)?;
    let (key, certificate) = make_certificate(folder)?;
    Ok(Programs { engine, project, binaries: workspace::target_dir().join("release"), key, certificate })
}

fn cargo_build(arguments: &[&str]) -> Result<()> {
    let mut command = workspace::cargo();
    command.args(["build", "--release"]).args(arguments);
    process::run(&format!("cargo build {}", arguments.join(" ")), &mut command)
}

/// An EC P-256 key and a certificate for `localhost`, as files, since the engine reads files.
fn make_certificate(folder: &Path) -> Result<(PathBuf, PathBuf)> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    let (key, certificate) = (folder.join("key.key"), folder.join("certificate.crt"));
    fs::write(&key, made.signing_key.serialize_pem())?;
    fs::write(&certificate, made.cert.pem())?;
    Ok((key, certificate))
}
