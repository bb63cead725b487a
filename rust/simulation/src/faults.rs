//! How many seeds it takes to find each planted fault.

use std::process::ExitCode;

use rust_websocket_simulation::campaign::Campaign;
use rust_websocket_transport::fault::{Fault, plant};

use super::{Options, WORKERS};

/// Within so many seeds each has to be found.
const MOST: u64 = 2_000;

/// The longest text of a cell.
const WIDTH: usize = 110;

/// Plants one after the other, or one alone, and prints the table of `docs/simulation.md`.
pub(super) fn table(name: Option<&str>, options: &Options) -> ExitCode {
    let mut is_complete = true;
    println!("| fault | seeds | what the first world says that sees it |\n|---|---|---|");
    for fault in Fault::ALL {
        let own_name = format!("{fault:?}");
        if name.is_some_and(|name| name != own_name) {
            continue;
        }
        plant(Some(fault));
        let report = Campaign { from: options.from, seeds: MOST, workers: WORKERS, goes_on: false }.run(|_| {});
        plant(None);
        match report.failures.first() {
            Some((seed, what)) => {
                let what: String = what.replace(['|', '\n'], " ").chars().take(WIDTH).collect();
                println!("| `{own_name}` | {} | {what} |", seed - options.from + 1);
            }
            None => {
                is_complete = false;
                println!("| `{own_name}` | more than {MOST} | |");
            }
        }
    }
    if is_complete { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
