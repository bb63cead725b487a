//! The template that release exports for this machine are made from.
//!
//! An engine exports only with templates of its own version. Those that were installed from the editor come first, the
//! distribution's package, fetched into the cache like the engine itself, comes second.

use std::env::consts;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use etcetera::BaseStrategy;

use super::cache::Cache;
use super::debian::{self, Runtime};
use super::probe;
use super::version::Version;

/// Suites that may have the template; the engine's own first, for there the versions agree.
const SUITES: [&str; 2] = ["forky", "sid"];
/// The program in the package.
const PROGRAM: &str = "godot-template-release";

/// A template for release exports on this machine.
pub(crate) struct Template {
    /// The program that becomes the game.
    pub(crate) program: PathBuf,
}

impl Template {
    /// Finds a template of the engine's version, or fetches one.
    ///
    /// # Errors
    ///
    /// If there is none; the message says why for each place.
    pub(crate) fn for_engine(engine: &Path) -> Result<Self> {
        let version = probe::full_version(engine)?;
        let installed = match Self::installed(&version) {
            Ok(template) => return Ok(template),
            Err(error) => error,
        };
        let packaged = match Self::packaged(&version) {
            Ok(template) => return Ok(template),
            Err(error) => error,
        };
        Err(anyhow!("no export template of Godot {version}: {installed:#}; {packaged:#}"))
    }

    /// The one that the editor's template manager puts into its user's home.
    fn installed(version: &str) -> Result<Self> {
        if consts::OS != "linux" {
            bail!("games are exported for Linux alone");
        }
        let program = installed_folder(version)?.join(format!("linux_release.{}", architecture()?));
        if !program.exists() {
            bail!("{} is not there", program.display());
        }
        Ok(Self { program })
    }

    /// The distribution's.
    fn packaged(version: &str) -> Result<Self> {
        let numbers: Version = version.parse()?;
        let mut last_error = anyhow!("no suite was tried");
        for suite in SUITES {
            match Self::of_suite(suite, numbers) {
                Ok(template) => return Ok(template),
                Err(error) => last_error = error.context(format!("suite {suite}")),
            }
        }
        Err(last_error.context("the Debian package"))
    }

    fn of_suite(suite: &'static str, version: Version) -> Result<Self> {
        let package = debian::Package::template(suite)?;
        let launcher = package.find_or_fetch(&Cache::open()?)?;
        let found: Version = probe::full_version(&launcher)?.parse()?;
        if found != version {
            bail!("it is Godot {found}, and the engine is {version}");
        }
        let dir = launcher.parent().context("the template is in no folder")?;
        Ok(Self { program: Runtime::program(dir, PROGRAM) })
    }
}

/// The engine's name for this machine's architecture.
fn architecture() -> Result<&'static str> {
    match consts::ARCH {
        "x86_64" => Ok("x86_64"),
        "aarch64" => Ok("arm64"),
        other => bail!("there are no templates for {other}"),
    }
}

/// Where the editor's template manager puts the templates of this engine's version.
///
/// # Errors
///
/// If the engine says no version, or there is no home.
pub(crate) fn templates_of(engine: &Path) -> Result<PathBuf> {
    installed_folder(&probe::full_version(engine)?)
}

fn installed_folder(version: &str) -> Result<PathBuf> {
    let templates = etcetera::choose_base_strategy()?.data_dir().join("godot").join("export_templates");
    Ok(templates.join(template_folder(version)?))
}

/// The folder of a version's templates: its numbers and its status, as in `4.3.stable` or `4.6.3.rc1`.
fn template_folder(version: &str) -> Result<String> {
    let is_number = |part: &&str| part.parse::<u32>().is_ok();
    let parts: Vec<&str> = version.split('.').collect();
    let numbers = parts.iter().take_while(|part| is_number(part)).count();
    let named = parts.get(..=numbers).with_context(|| format!("{version:?} names no status"))?;
    Ok(named.join("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_in_a_folder_named_after_version_and_status() {
        assert_eq!(template_folder("4.3.stable.official.77dcf97d8").unwrap(), "4.3.stable");
        assert_eq!(template_folder("4.6.3.rc1.official").unwrap(), "4.6.3.rc1");
        assert!(template_folder("4.6.3").is_err());
    }
}
