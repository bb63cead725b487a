//! The simulation: worlds in virtual time, in which the transport is tried. See `docs/simulation.md`.

use std::process::Stdio;

use anyhow::{Result, bail};

use crate::process::Reaped;
use crate::workspace;

/// Which worlds.
pub struct Options {
    /// How many.
    pub seeds: u64,
    /// The first seed.
    pub from: u64,
    /// This seed alone.
    pub seed: Option<u64>,
    /// Whether to print what happens in it.
    pub trace: bool,
    /// Whether to go on after a failure.
    pub all: bool,
    /// Whether to plant faults, and count the seeds it takes to find each.
    pub faults: bool,
}

/// Runs them, optimised and with every check.
///
/// # Errors
///
/// If it does not build, or something does not hold in a world.
pub fn run(options: &Options) -> Result<()> {
    let mut command = workspace::cargo();
    command.args(["run", "--quiet", "--profile", "simulation", "--package", "rust-websocket-simulation"]);
    if options.faults {
        // In a folder of its own, so that no library with faults in it lies where others are taken from.
        command.arg("--target-dir").arg(workspace::target_dir().join("planted-faults"));
        command.args(["--features", "planted-faults"]);
    }
    command.arg("--").args(arguments(options)).stdin(Stdio::null());
    let status = Reaped::spawn(&mut command)?.child().wait()?;
    if !status.success() {
        bail!("the simulation failed ({status})");
    }
    Ok(())
}

fn arguments(options: &Options) -> Vec<String> {
    if options.faults {
        return vec!["--faults".to_owned()];
    }
    let mut arguments = match options.seed {
        Some(seed) => vec![format!("--seed={seed}")],
        None => vec![format!("--seeds={}", options.seeds), format!("--from={}", options.from)],
    };
    arguments.extend(options.trace.then(|| "--trace".to_owned()));
    arguments.extend(options.all.then(|| "--all".to_owned()));
    arguments
}
