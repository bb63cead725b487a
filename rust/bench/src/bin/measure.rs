//! What `cargo xtask bench` runs: it measures, and writes the report and its plots.

use std::process::ExitCode;

use clap::Parser as _;
use rust_websocket_bench::measure::{self, Options};

fn main() -> ExitCode {
    match measure::run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
