//! A crowd that comes in the same instant.

use std::{
    io::Write as _,
    sync::{Arc, Mutex},
    time::Duration,
};

use anyhow::Result;
use integration_tests::{Cast, Failure, Scenario, Stage, raw::crowd::Crowd};

const CROWD: usize = 300;
const BURSTS: usize = 3;

/// A second of the server's own frames. A busy machine makes frames longer, not more.
const FRAMES: f64 = 60.0;

/// 300 clients connect at once to a server that polls 60 times per second: all are in within a second.
#[test]
fn crowd_of_300() -> Result<(), Failure> {
    let times = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&times);
    let scenario = Scenario::new("load/burst", &["server"])
        .option("crowd", &CROWD.to_string())
        .option("bursts", &BURSTS.to_string())
        .with("crowd", move |stage: &Stage| {
            let port = stage.wait_for_port("server")?;
            for burst in 0..BURSTS {
                stage.leave(&format!("burst.{burst}"), "")?;
                stage.wait_for(&format!("ready.{burst}"))?;
                let crowd = Crowd::rush_in(port, CROWD)?;
                told.lock().map_err(|error| anyhow::anyhow!("{error}"))?.push(crowd.took);
                stage.wait_for(&format!("in.{burst}"))?;
            }
            Ok(())
        });
    let run = scenario.run(Cast::OURS)?;

    let frames = run.measures("burst_frames");
    let times: Vec<Duration> = times.lock().map_err(|error| anyhow::anyhow!("{error}"))?.clone();
    writeln!(
        std::io::stderr(),
        "{CROWD} clients at once, {BURSTS} times: in within {times:?}, server frames {frames:?}"
    )?;
    ensure(frames.len() == BURSTS, "not all bursts were measured")?;
    let best = frames.iter().copied().fold(f64::INFINITY, f64::min);
    ensure(best <= FRAMES, "even the best burst took too long")?;
    Ok(())
}

fn ensure(holds: bool, what: &'static str) -> Result<()> {
    anyhow::ensure!(holds, what);
    Ok(())
}
