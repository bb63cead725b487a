//! `simulate`: runs worlds, one seed after the other, on two threads. `cargo xtask simulate` builds and calls it.

#[cfg(feature = "planted-faults")]
mod faults;

use std::process::ExitCode;

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use rust_websocket_simulation::campaign::{Campaign, Report};
use rust_websocket_simulation::{Keep, run};

/// How many worlds are run at a time.
const WORKERS: usize = 2;

/// Runs simulated worlds, and says which seed fails first.
#[derive(Parser)]
struct Options {
    /// How many worlds
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// The first seed
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// This seed alone
    #[arg(long)]
    seed: Option<u64>,
    /// Print what happens in that world, line by line
    #[arg(long, requires = "seed")]
    trace: bool,
    /// Go on after a failure, and list all
    #[arg(long)]
    all: bool,
    /// Plant faults on purpose, and say how many seeds it takes to find each; all of them unless one is named
    #[cfg(feature = "planted-faults")]
    #[arg(long)]
    faults: Option<Option<String>>,
}

fn main() -> ExitCode {
    let options = Options::parse();
    // A panic is reported with its seed.
    std::panic::set_hook(Box::new(|_| {}));
    #[cfg(feature = "planted-faults")]
    if let Some(name) = &options.faults {
        return faults::table(name.as_deref(), &options);
    }
    match options.seed {
        Some(seed) => one(seed, options.trace),
        None => many(&options),
    }
}

fn one(seed: u64, has_trace: bool) -> ExitCode {
    let outcome = run(seed, if has_trace { Keep::Lines } else { Keep::Sum });
    let (lines, sum) = outcome.trace;
    println!(
        "seed {seed}: {} connections, {} packets, {:?} of its own time; trace of {lines} lines, sum {sum:016x}",
        outcome.connections, outcome.packets, outcome.lasted
    );
    match outcome.fault {
        None => ExitCode::SUCCESS,
        Some(fault) => {
            println!("it fails: {fault}");
            ExitCode::FAILURE
        }
    }
}

fn many(options: &Options) -> ExitCode {
    let campaign = Campaign { from: options.from, seeds: options.seeds, workers: WORKERS, goes_on: options.all };
    let bar = progress(options.seeds);
    let report = campaign.run(|worlds| bar.set_position(worlds));
    bar.finish_and_clear();
    print(&report);
    if report.failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A live line on a terminal, nothing elsewhere.
fn progress(worlds: u64) -> ProgressBar {
    if !console::user_attended_stderr() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(worlds);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} worlds, {per_sec}, {eta} left") {
        bar.set_style(style);
    }
    bar
}

fn print(report: &Report) {
    #[expect(clippy::cast_precision_loss, reason = "nobody counts so many")]
    let rate = report.worlds as f64 / report.real_time.as_secs_f64();
    println!(
        "{} worlds in {:.1} s ({rate:.0} per second): {} connections, {} packets, {:.0} s of their own time",
        report.worlds,
        report.real_time.as_secs_f64(),
        report.connections,
        report.packets,
        report.virtual_time.as_secs_f64()
    );
    for (seed, fault) in &report.failures {
        println!("seed {seed} fails: {fault}");
    }
    if let Some((seed, _)) = report.failures.first() {
        println!("See it again: cargo xtask simulate --seed {seed} --trace");
    }
}
