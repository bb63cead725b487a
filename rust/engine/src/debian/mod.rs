//! Debian's own packages, for machines that reach a mirror and nothing else: unpacked with everything they depend on and
//! told to start with their own dynamic loader.
//!
//! It needs no root and leaves the machine's packages alone, and it runs on releases older than the package's own.
//! This file owns the steps, and what there is to fetch: the engine, the template for exports, a display. [`apt`] drives apt
//! in folders of its own, [`tree`] unpacks.

mod apt;
pub(crate) mod display;
mod tree;

use std::env::consts;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail};

use super::cache::{Cache, Install};
use super::version;
use apt::AptRoot;
use tree::Tree;

/// The first suite whose Godot is new enough.
const SUITE: &str = "forky";
/// Part of the folder's name: an engine unpacked by another recipe is another engine.
const RECIPE: u32 = 5;

/// What tells programs where their loader and libraries are.
const PATCHER: &str = "patchelf";

/// What is fetched and unpacked together.
struct Contents {
    /// What the folder's name begins with.
    kind: &'static str,
    packages: &'static [&'static str],
    /// Their programs that are to run; the first is the one that is wanted.
    programs: &'static [&'static str],
    /// What is changed about the unpacked program.
    amend: fn(&Path) -> Result<()>,
    /// Whether it runs here.
    check: fn(&Path) -> Result<()>,
}

/// The engine, and the OpenGL it opens by name once it has a window; its package does not ask for that.
const ENGINE: Contents = Contents {
    kind: "debian",
    packages: &["godot", "libgl1", "libgl1-mesa-dri", PATCHER],
    programs: &["godot"],
    amend: |_| Ok(()),
    check: version::check,
};

/// The template for release exports.
const TEMPLATE: Contents = Contents {
    kind: "debian-template",
    packages: &["godot-template-release", PATCHER],
    programs: &["godot-template-release"],
    ..ENGINE
};

/// Packages of a suite, for a machine that can fetch them.
pub(crate) struct Package {
    contents: &'static Contents,
    suite: &'static str,
}

impl Package {
    /// The engine, if this machine has apt.
    pub(crate) fn for_machine() -> Result<Self> {
        Self::of(&ENGINE, SUITE)
    }

    /// The export template of a suite, if this machine has apt.
    pub(crate) fn template(suite: &'static str) -> Result<Self> {
        Self::of(&TEMPLATE, suite)
    }

    fn of(contents: &'static Contents, suite: &'static str) -> Result<Self> {
        for tool in ["apt-get", "dpkg-deb"] {
            if which::which(tool).is_err() {
                bail!("there is no {tool}");
            }
        }
        Ok(Self { contents, suite })
    }

    /// Where it goes in the cache, and its program there.
    pub(crate) fn install(&self) -> Install {
        let Contents { kind, programs, .. } = self.contents;
        let program = Path::new(tree::PROGRAMS).join(programs.first().unwrap_or(kind));
        Install { folder: format!("{kind}-{}-{}-{RECIPE}", self.suite, consts::ARCH), program }
    }

    /// Its program: out of the cache, or fetched into it from the first mirror that has it.
    pub(crate) fn find_or_fetch(&self, cache: &Cache) -> Result<PathBuf> {
        cache.find_or_install(&self.install(), self.contents.check, |partial, home| self.fill(partial, home))
    }

    fn fill(&self, partial: &Path, home: &Path) -> Result<()> {
        let apt_dir = partial.join("apt");
        let tree = Tree::unpack(&self.download(&AptRoot::create(&apt_dir)?)?, partial)?;
        fs::remove_dir_all(&apt_dir)?;
        (self.contents.amend)(&partial.join(self.install().program))?;
        self.contents.programs.iter().try_for_each(|program| tree.adopt(program, home))
    }

    fn download(&self, apt: &AptRoot) -> Result<Vec<PathBuf>> {
        let mut last_error = anyhow!("the apt sources name no Debian mirror");
        for mirror in apt.mirrors()? {
            match apt.turn_to(&mirror, self.suite).and_then(|()| apt.download(self.contents.packages)) {
                Ok(archives) => return Ok(archives),
                Err(error) => last_error = error.context(mirror),
            }
        }
        Err(last_error)
    }
}
