//! The library of this machine, compiled as users get it: for older systems than this one, too.

use std::env::consts;
use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::{addon, doctor, workspace};

/// Builds it; answers where it is.
///
/// With `glibc`, it asks for no newer glibc than that, whatever this machine has: the linker of Zig comes with the
/// symbols of every version.
/// Fails if it does not build, or `cargo-zigbuild` is missing.
pub(super) fn library(glibc: Option<&str>) -> Result<PathBuf> {
    let Some(glibc) = glibc else {
        return addon::build();
    };
    if consts::OS != "linux" {
        bail!("only Linux has glibc; --glibc is of no use on {}", consts::OS);
    }
    doctor::insist("cargo-zigbuild")?;
    let mut command = workspace::cargo();
    command.args(["zigbuild", "--release", "--target", &format!("{}-unknown-linux-gnu.{glibc}", consts::ARCH)]);
    addon::compile_with(command, addon::PACKAGE)
}
