//! The commands whose work is in crates of their own, which are built and run here: nobody builds them who asks for other
//! commands.

use anyhow::Result;
use clap::Args;

use crate::{process, workspace};

/// What is measured.
#[derive(Args)]
pub struct Bench {
    /// A first look, in under two minutes
    #[arg(long)]
    quick: bool,
    /// Only the work that has this in its name
    #[arg(long)]
    only: Option<String>,
}

/// Which worlds.
#[derive(Args)]
pub struct Simulate {
    /// How many worlds
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// The first seed
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// This seed alone
    #[arg(long, conflicts_with_all = ["seeds", "from"])]
    seed: Option<u64>,
    /// Print what happens in it, line by line
    #[arg(long, requires = "seed")]
    trace: bool,
    /// Go on after a failure, and list all
    #[arg(long)]
    all: bool,
    /// Plant faults on purpose instead, and count the seeds it takes to find each
    #[arg(long, conflicts_with_all = ["seeds", "from", "seed", "all"])]
    faults: bool,
}

/// How long, and how many.
#[derive(Args)]
pub struct Soak {
    /// How long the load lasts, after a warm-up of up to a minute
    #[arg(long, default_value_t = 10.0)]
    minutes: f64,
    /// How many clients there are at a time
    #[arg(long, default_value_t = 300)]
    clients: u32,
}

/// Measures the addon beside the built-in class, and the transport beside other libraries: `rust/bench/src/measure/`.
///
/// # Errors
///
/// If something does not build, or a server or the load fails.
pub fn bench(options: &Bench) -> Result<()> {
    let mut command = workspace::cargo();
    command.args(["run", "--package", "rust-websocket-bench", "--bin", "measure", "--"]);
    command.args(options.quick.then_some("--quick"));
    command.args(options.only.as_ref().map(|only| format!("--only={only}")));
    process::run("the benchmark", &mut command)
}

/// Tries the transport in worlds of virtual time, optimised and with every check: `rust/simulation/`, and see
/// `docs/simulation.md`.
///
/// # Errors
///
/// If it does not build, or something does not hold in a world.
pub fn simulate(options: &Simulate) -> Result<()> {
    let mut command = workspace::cargo();
    command.args(["run", "--quiet", "--profile", "simulation", "--package", "rust-websocket-simulation"]);
    if options.faults {
        // In a folder of its own, so that no library with faults in it lies where others are taken from.
        command.arg("--target-dir").arg(workspace::target_dir().join("planted-faults"));
        command.args(["--features", "planted-faults", "--", "--faults"]);
        return process::run("the simulation", &mut command);
    }
    command.arg("--");
    match options.seed {
        Some(seed) => command.arg(format!("--seed={seed}")),
        None => command.args([format!("--seeds={}", options.seeds), format!("--from={}", options.from)]),
    };
    command.args(options.trace.then_some("--trace")).args(options.all.then_some("--all"));
    process::run("the simulation", &mut command)
}

/// Has a crowd join, talk, misbehave and leave for minutes, and sees what that leaves behind; optimised as users have it.
///
/// # Errors
///
/// If it does not build, or a process does not end with what it began with.
pub fn soak(options: &Soak) -> Result<()> {
    let mut command = workspace::cargo();
    command.args(["run", "--release", "--package", "rust-websocket-transport", "--example", "soak", "--"]);
    command.args([options.minutes.to_string(), options.clients.to_string()]);
    process::run("the soak", &mut command)
}
