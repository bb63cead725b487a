//! An engine whose system finds no names, to see it end meanwhile: its resolver is deaf until the test lets it answer.
//!
//! The other half is `tests/resolver/deaf.rs`, which the loader puts before the system's own functions. That needs no
//! rights, no name server and no network; only Linux's loader does it so simply.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;

use crate::{engine, program::Program, project, stage::Stage};

/// The hard end of such an engine, less than the resolver's patience.
const DEADLINE: Duration = Duration::from_secs(50);

/// An engine under test, and what it lives on.
#[derive(Debug)]
pub struct DeafEngine {
    program: Program,
    stage: Stage,
    _resolver: TempDir,
}

impl DeafEngine {
    /// Starts a scenario of one role with our class.
    pub fn start(script: &str) -> Result<Self> {
        let stage = Stage::new(Instant::now() + DEADLINE)?;
        let (folder, resolver) = build_resolver()?;
        let mut command = engine::command(&project::with_addon()?, &stage.home())?;
        command
            .args(["--", "--role=solo", "--roles=solo", "--class=RustWebSocketMultiplayerPeer"])
            .arg(format!("--scenario={script}"))
            .args(stage.arguments())
            .env("LD_PRELOAD", resolver)
            .env("DEAF_RESOLVER", stage.files());
        let program = Program::start("the engine", command, stage.deadline())?;
        Ok(Self { program, stage, _resolver: folder })
    }

    /// Waits for the end of the scenario, and then for that of the process: how long the latter took, and all lines.
    pub fn end(self) -> Result<(Duration, Vec<String>)> {
        self.program.says("^TRANSCRIPT ")?;
        let began = Instant::now();
        let (status, lines) = self.program.end()?;
        ensure!(status.success(), "the engine ended with {status}:\n{}", lines.join("\n"));
        ensure!(self.stage.files().join("asked").exists(), "no name was looked up:\n{}", lines.join("\n"));
        Ok((began.elapsed(), lines))
    }
}

fn build_resolver() -> Result<(TempDir, PathBuf)> {
    let folder = tempfile::Builder::new().prefix("resolver-").tempdir()?;
    let library = folder.path().join("libdeaf.so");
    let output = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        .args(["--edition=2024", "--crate-type=cdylib", "-o"])
        .arg(&library)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("resolver/deaf.rs"))
        .output()
        .context("starting rustc")?;
    ensure!(output.status.success(), "the deaf resolver: {}", String::from_utf8_lossy(&output.stderr));
    Ok((folder, library))
}
