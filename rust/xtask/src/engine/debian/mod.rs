//! Debian's own package, unpacked with everything it depends on and started through its own dynamic loader.
//!
//! It needs no root and leaves the machine's packages alone, and it runs on releases older than the package's own.
//! This file owns the steps; [`sources`] reads the machine's apt sources, [`mirror`] picks the ones that carry the
//! suite, [`apt`] drives apt in a private root, [`tree`] unpacks and writes the launcher.

mod apt;
pub(crate) mod display;
mod mirror;
mod sources;
mod tree;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};

use super::cache::{Install, LockedCache};
use crate::process;
use apt::AptRoot;
use mirror::Mirror;
use tree::LAUNCHER;

/// The first suite whose Godot is new enough.
const SUITE: &str = "forky";
/// The engine, and the OpenGL it opens by name once it has a window; its package does not ask for that.
const PACKAGES: [&str; 3] = ["godot", "libgl1", "libgl1-mesa-dri"];
/// Part of the folder's name: an engine unpacked by another recipe is another engine.
const RECIPE: u32 = 1;

/// The package, for a machine that can fetch it.
pub(crate) struct Package {
    architecture: String,
    mirrors: Vec<Mirror>,
}

impl Package {
    /// Looks whether this machine has apt and a Debian mirror.
    pub(crate) fn for_machine() -> Result<Self> {
        for tool in ["apt-get", "apt-config", "dpkg", "dpkg-deb"] {
            if which::which(tool).is_err() {
                bail!("there is no {tool}");
            }
        }
        let mirrors = mirror::of_machine(&sources::of_machine()?, Path::new("/etc/os-release"));
        if mirrors.is_empty() {
            bail!("the apt sources name no Debian mirror");
        }
        Ok(Self { architecture: native_architecture()?, mirrors })
    }

    /// Where the engine goes in the cache.
    pub(crate) fn install(&self) -> Install {
        Install { folder: format!("debian-{SUITE}-{}-{RECIPE}", self.architecture), program: LAUNCHER.into() }
    }

    /// Downloads, unpacks and installs the engine from the first mirror that has it.
    pub(crate) fn fetch(&self, cache: &LockedCache<'_>) -> Result<PathBuf> {
        let mut last_error = anyhow!("no mirror was tried");
        for mirror in &self.mirrors {
            match cache.install(&self.install(), |partial| self.fill(mirror, partial)) {
                Ok(engine) => return Ok(engine),
                Err(error) => last_error = error.context(mirror.uri.clone()),
            }
        }
        Err(last_error)
    }

    fn fill(&self, mirror: &Mirror, partial: &Path) -> Result<()> {
        let apt_dir = partial.join("apt");
        let apt = AptRoot::create(&apt_dir, mirror, SUITE, &self.architecture)?;
        apt.update()?;
        let archives = apt.download(&PACKAGES)?;
        tree::unpack(&archives, partial)?;
        fs::remove_dir_all(&apt_dir)?;
        tree::write_launcher(partial)
    }
}

fn native_architecture() -> Result<String> {
    let asked = process::run_within(Command::new("dpkg").arg("--print-architecture"), Duration::from_secs(30))?;
    let architecture = asked.stdout.trim();
    if !asked.status.success() || architecture.is_empty() {
        return Err(anyhow!("{}", asked.output())).context("dpkg names no architecture");
    }
    Ok(architecture.to_owned())
}
