//! Where and when something was measured.

use std::fs;
use std::thread;

use anyhow::Result;

use rust_websocket_engine::version::full_version;

use super::build::Programs;

/// One line: processor, cores, system, engine.
pub(super) fn describe(programs: &Programs) -> Result<String> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let engine = full_version(&programs.engine)?;
    Ok(format!("{}, {cores} cores, {}, Godot {engine}, loopback, release build", processor(), system()))
}

fn processor() -> String {
    fs::read_to_string("/proc/cpuinfo")
        .ok()
        .and_then(|text| {
            let line = text.lines().find(|line| line.starts_with("model name"))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        })
        .unwrap_or_else(|| std::env::consts::ARCH.to_owned())
}

fn system() -> String {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    // What follows the version proper names a machine's build of it, not a kind of system.
    let version = release.trim().split('-').next().unwrap_or_default().to_owned();
    format!("{} {version}", std::env::consts::OS).trim_end().to_owned()
}
