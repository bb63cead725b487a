//! Debian's own packages, unpacked with everything they depend on and started through their own dynamic loader.
//!
//! It needs no root and leaves the machine's packages alone, and it runs on releases older than the package's own.
//! This file owns the steps, and what there is to fetch: the engine, and the template for exports. [`sources`] reads
//! the machine's apt sources, [`mirror`] picks the ones that carry the suite, [`apt`] drives apt in a private root,
//! [`tree`] unpacks and writes the launchers.

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
pub(crate) use tree::Runtime;

/// The first suite whose Godot is new enough.
const SUITE: &str = "forky";
/// Part of the folder's name: an engine unpacked by another recipe is another engine.
const RECIPE: u32 = 1;

/// What is fetched and unpacked together.
struct Contents {
    /// What the folder's name begins with.
    kind: &'static str,
    packages: &'static [&'static str],
    /// The engine among their programs, which gets a launcher.
    program: &'static str,
    /// Other programs that get one.
    tools: &'static [&'static str],
}

/// The engine, and the OpenGL it opens by name once it has a window; its package does not ask for that.
const ENGINE: Contents =
    Contents { kind: "debian", packages: &["godot", "libgl1", "libgl1-mesa-dri"], program: "godot", tools: &[] };

/// The template for release exports, and the tool that tells an exported game where its loader is.
const TEMPLATE: Contents = Contents {
    kind: "debian-template",
    packages: &["godot-template-release", "patchelf"],
    program: "godot-template-release",
    tools: &["patchelf"],
};

/// Packages of a suite, for a machine that can fetch them.
pub(crate) struct Package {
    contents: &'static Contents,
    suite: &'static str,
    architecture: String,
    mirrors: Vec<Mirror>,
}

impl Package {
    /// The engine, if this machine has apt and a Debian mirror.
    pub(crate) fn for_machine() -> Result<Self> {
        Self::of(&ENGINE, SUITE)
    }

    /// The export template of a suite, if this machine has apt and a Debian mirror.
    pub(crate) fn template(suite: &'static str) -> Result<Self> {
        Self::of(&TEMPLATE, suite)
    }

    fn of(contents: &'static Contents, suite: &'static str) -> Result<Self> {
        for tool in ["apt-get", "apt-config", "dpkg", "dpkg-deb"] {
            if which::which(tool).is_err() {
                bail!("there is no {tool}");
            }
        }
        let mirrors = mirror::of_machine(&sources::of_machine()?, Path::new("/etc/os-release"));
        if mirrors.is_empty() {
            bail!("the apt sources name no Debian mirror");
        }
        Ok(Self { contents, suite, architecture: native_architecture()?, mirrors })
    }

    /// Where it goes in the cache, and the launcher that starts it there.
    pub(crate) fn install(&self) -> Install {
        Install {
            folder: format!("{}-{}-{}-{RECIPE}", self.contents.kind, self.suite, self.architecture),
            program: self.contents.program.into(),
        }
    }

    /// Downloads, unpacks and installs it from the first mirror that has it.
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
        let apt = AptRoot::create(&apt_dir, mirror, self.suite, &self.architecture)?;
        apt.update()?;
        let archives = apt.download(self.contents.packages)?;
        tree::unpack(&archives, partial)?;
        fs::remove_dir_all(&apt_dir)?;
        tree::write_launcher(partial, self.contents.program, "")?;
        self.contents.tools.iter().try_for_each(|tool| tree::write_launcher(partial, tool, ""))
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
