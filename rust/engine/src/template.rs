//! The template that release exports for this machine are made from, since no engine brings it along.
//!
//! An engine exports only with templates of its own version. Those that were installed from the editor come first, the
//! distribution's package, fetched into the cache like the engine itself, comes second.

use std::env::consts;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail, ensure};
use etcetera::BaseStrategy;

use super::cache::Cache;
use super::debian;
use super::version::{Version, full_version, version_of};
use crate::addon;

/// Suites that may have the template; the engine's own first, for there the versions agree.
const SUITES: [&str; 2] = ["forky", "sid"];

/// Finds the program that a release export for this machine becomes, of the engine's version, or fetches it.
///
/// # Errors
///
/// If there is none; the message says why for each place.
pub fn template_for(engine: &Path) -> Result<PathBuf> {
    let version = full_version(engine)?;
    installed(&version).or_else(|not_installed| {
        packaged(version.parse()?)
            .map_err(|error| anyhow!("no export template of Godot {version}: {not_installed:#}; {error:#}"))
    })
}

/// The one that the editor's template manager puts into its user's home.
fn installed(version: &str) -> Result<PathBuf> {
    if consts::OS != "linux" {
        bail!("games are exported for Linux alone");
    }
    let program = installed_folder(version)?.join(format!("linux_release.{}", addon::architecture()?));
    ensure!(program.exists(), "{} is not there", program.display());
    Ok(program)
}

/// The distribution's.
fn packaged(version: Version) -> Result<PathBuf> {
    let mut last_error = anyhow!("no suite was tried");
    for suite in SUITES {
        match of_suite(suite, version) {
            Ok(program) => return Ok(program),
            Err(error) => last_error = error.context(format!("suite {suite}")),
        }
    }
    Err(last_error.context("the Debian package"))
}

fn of_suite(suite: &'static str, version: Version) -> Result<PathBuf> {
    let program = debian::Package::template(suite)?.find_or_fetch(&Cache::open()?)?;
    let found = version_of(&program)?;
    ensure!(found == version, "it is Godot {found}, and the engine is {version}");
    Ok(program)
}

/// Where the editor's template manager puts the templates of this engine's version.
///
/// # Errors
///
/// If the engine says no version, or there is no home.
pub fn templates_of(engine: &Path) -> Result<PathBuf> {
    installed_folder(&full_version(engine)?)
}

/// The folder of a version's templates is named after its numbers and its status, as in `4.3.stable` or `4.6.3.rc1`.
fn installed_folder(version: &str) -> Result<PathBuf> {
    let parts: Vec<&str> = version.split('.').collect();
    let numbers = parts.iter().take_while(|part| part.parse::<u32>().is_ok()).count();
    let named = parts.get(..=numbers).with_context(|| format!("{version:?} names no status"))?;
    Ok(etcetera::choose_base_strategy()?.data_dir().join("godot/export_templates").join(named.join(".")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_in_a_folder_named_after_version_and_status() {
        assert!(installed_folder("4.3.stable.official.77dcf97d8").unwrap().ends_with("export_templates/4.3.stable"));
        assert!(installed_folder("4.6.3.rc1.official").unwrap().ends_with("4.6.3.rc1"));
        assert!(installed_folder("4.6.3").is_err());
    }
}
