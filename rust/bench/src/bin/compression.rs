//! The tables of docs/tuning.md about compression: records packets of the demo and of a script, and compresses them in every
//! way that the addon could. Needs an engine and a built addon.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Parser;
use rust_websocket_bench::compression::{Traffic, play, tables};

/// What compression does for real packets
#[derive(Parser)]
struct Cli {
    /// The engine that plays, as `cargo xtask godot` prints it
    #[arg(long)]
    engine: PathBuf,
    /// Where the script puts its packets
    #[arg(long, default_value = "target/bench")]
    folder: PathBuf,
}

fn main() -> Result<()> {
    let cli = Cli::parse();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    std::fs::create_dir_all(&cli.folder).with_context(|| format!("cannot create {}", cli.folder.display()))?;
    let folder = cli.folder.canonicalize()?;
    let mut all = play::made(&cli.engine, &root, &folder)?;
    all.extend(play::demo(&cli.engine, &root)?);
    for Traffic { name, streams } in &all {
        let packets: usize = streams.iter().map(Vec::len).sum();
        let bytes: usize = streams.iter().flatten().map(Vec::len).sum();
        println!("{name}: {packets} packets, {bytes} bytes");
    }
    println!("\n{}", tables::by_size(&all)?);
    println!("{}", tables::by_threshold(&all)?);
    println!("{}", tables::memory());
    Ok(())
}
