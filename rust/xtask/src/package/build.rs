//! The library of this machine, compiled as users get it.

use std::env::consts;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::{addon, process, workspace};

const QUESTION_LIMIT: Duration = Duration::from_secs(60);

/// Builds it; answers where it is.
///
/// With `glibc`, it asks for no newer glibc than that, whatever this machine has: the linker of Zig comes with the
/// symbols of every version.
///
/// # Errors
///
/// If it does not build, or `cargo-zigbuild` is missing.
pub(super) fn library(glibc: Option<&str>) -> Result<PathBuf> {
    let Some(glibc) = glibc else {
        return addon::build();
    };
    if consts::OS != "linux" {
        bail!("only Linux has glibc; --glibc is of no use on {}", consts::OS);
    }
    check_tools()?;
    let mut command = workspace::cargo();
    command.args(["zigbuild", "--release", "--target", &format!("{}-unknown-linux-gnu.{glibc}", consts::ARCH)]);
    addon::compile_with(command, addon::PACKAGE)
}

/// Sees that `cargo zigbuild` can be called; says in words how to get it.
fn check_tools() -> Result<()> {
    let advice = "--glibc needs cargo-zigbuild and Zig. Install both, for example with: pip install cargo-zigbuild";
    let finished = process::run_within(Command::new("cargo").args(["zigbuild", "--help"]), QUESTION_LIMIT)
        .context("cannot call cargo")?;
    if !finished.status.success() {
        bail!("{advice}\n{}", finished.output());
    }
    Ok(())
}
