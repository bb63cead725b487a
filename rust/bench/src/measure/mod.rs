//! The benchmark: the same work for the built-in class and for ours, in turns, beside the floor.
//!
//! `work` and `threads` list what is measured, `build` makes the programs, `trial` runs one server under one load, `series` repeats
//! it and takes the medians, `fresh` is the work in which time passes, `report` and `plot` write what came of it, `machine` says
//! where that was.

mod build;
mod fresh;
mod machine;
mod plot;
mod report;
mod series;
mod threads;
mod trial;
mod work;

use std::fs;

use anyhow::{Context, Result, bail};
use clap::Parser;
use rust_websocket_engine::workspace;

use self::series::Series;

/// What the command line can choose.
#[derive(Parser, Debug, Clone)]
pub struct Options {
    /// A first look, in under two minutes
    #[arg(long)]
    pub quick: bool,
    /// Only the work that has this in its name
    #[arg(long)]
    pub only: Option<String>,
}

/// The class that is measured against.
pub(super) const BUILTIN: &str = "WebSocketMultiplayerPeer";
/// The class that is measured.
pub(super) const OURS: &str = "RustWebSocketMultiplayerPeer";

/// Builds what is needed, measures, prints the tables, and writes `target/bench/report.md` and the plots beside it.
///
/// # Errors
///
/// If something does not build, or a server or the load fails.
pub fn run(options: &Options) -> Result<()> {
    if !cfg!(unix) {
        bail!("the benchmark runs on Linux and macOS only");
    }
    let folder = workspace::target_dir().join("bench");
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let programs = build::all(&folder)?;
    let machine = machine::describe(&programs)?;
    let mut series = Series::new(programs, options);
    let mut document = report::Document::new(options, &machine);

    document.engine_table(&series.engine_rows()?);
    document.thread_table(&series.thread_rows()?);
    document.transport_table(&series.transport_rows()?);
    let freshness = series.freshness()?;
    document.freshness_table(&freshness);
    for plot in series.plots()?.into_iter().chain(fresh::plot(&freshness)) {
        let file = folder.join(plot.file);
        plot::draw(&plot, &file)?;
        document.plot(&plot);
        println!("{}", file.display());
    }
    let file = folder.join("report.md");
    fs::write(&file, document.text()).with_context(|| format!("cannot write {}", file.display()))?;
    println!("{}", file.display());
    Ok(())
}
