//! When packets leave: in the frame in which they were put.

use std::io::Write as _;

use anyhow::Context as _;
use integration_tests::{Cast, Failure, Scenario};

scenario!(
    /// Their sender is not polled again, and still all arrive.
    same_frame,
    both,
    Scenario::solo("frames/same_frame")
);

scenario!(
    /// A script that never lets the main loop run.
    without_main_loop,
    both,
    Scenario::solo("frames/without_main_loop")
);

/// An echo between two loops that poll 60 times per second: measured and printed, never judged.
#[test]
fn round_trip() -> Result<(), Failure> {
    let scenario = Scenario::new("frames/round_trip", &["server", "client"]);
    let mut report = "round trip at 60 polls per second, median:".to_owned();
    for (name, cast) in [("built-in", Cast::BUILTIN), ("ours", Cast::OURS)] {
        let run = scenario.check("round_trip", cast)?;
        let median = *run.measures("round_trip_median_ms").first().context("nothing measured")?;
        report += &format!(" {name} {median:.1} ms");
    }
    // Past the test runner, which keeps what passing tests print.
    writeln!(std::io::stderr(), "{report}")?;
    Ok(())
}
