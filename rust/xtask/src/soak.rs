//! The soak: a crowd that joins, talks, misbehaves and leaves for minutes, and what that leaves behind.

use std::process::Stdio;

use anyhow::{Result, bail};

use crate::process::Reaped;
use crate::workspace;

/// How long, and how many.
pub struct Options {
    /// How long the load lasts, after a warm-up of up to a minute.
    pub minutes: f64,
    /// How many clients there are at a time.
    pub clients: u32,
}

/// Runs it, optimised as users have it.
///
/// # Errors
///
/// If it does not build, or a process does not end with what it began with.
pub fn run(options: &Options) -> Result<()> {
    let mut command = workspace::cargo();
    command
        .args(["run", "--release", "--package", "rust-websocket-transport", "--example", "soak", "--"])
        .args([options.minutes.to_string(), options.clients.to_string()])
        .stdin(Stdio::null());
    let status = Reaped::spawn(&mut command)?.child().wait()?;
    if !status.success() {
        bail!("the soak failed ({status})");
    }
    Ok(())
}
