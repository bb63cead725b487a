//! Whether a program is an engine that runs here, and new enough: asked of the program itself.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::version::{MINIMUM, Version};
use crate::process;

/// An engine answers at once; a cold disk and a large unpacked tree may take a while.
const ANSWER_LIMIT: Duration = Duration::from_secs(60);

/// Runs `engine --version` and accepts [`MINIMUM`] or newer.
pub(crate) fn check(engine: &Path) -> Result<()> {
    full_version(engine).map(drop)
}

/// The version of an engine.
///
/// # Errors
///
/// If it does not run here, or is older than [`MINIMUM`].
pub fn version(engine: &Path) -> Result<Version> {
    full_version(engine)?.parse()
}

/// The line with which an engine of version [`MINIMUM`] or newer answers `--version`, as in
/// `4.3.stable.official.77dcf97d8`.
pub(crate) fn full_version(engine: &Path) -> Result<String> {
    let finished = process::run_within(Command::new(engine).arg("--version"), ANSWER_LIMIT)?;
    if !finished.status.success() {
        bail!("does not run here ({}): {}", finished.status, finished.output());
    }
    let version = Version::find(&finished.stdout).context("does not say a version")?;
    if version < MINIMUM {
        bail!("is Godot {version}, older than {MINIMUM}");
    }
    let line = finished.stdout.lines().map(str::trim).find(|line| line.parse::<Version>().is_ok());
    Ok(line.unwrap_or_default().to_owned())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::engine::fake::write_fake_engine;

    fn verdict(script: &str) -> Result<()> {
        let dir = tempfile::tempdir().unwrap();
        let engine = dir.path().join("godot");
        write_fake_engine(&engine, script);
        check(&engine)
    }

    #[test]
    fn a_new_enough_engine_is_accepted() {
        verdict("echo 4.3.stable.official.77dcf97d8").unwrap();
    }

    #[test]
    fn an_old_engine_is_named() {
        let error = verdict("echo 3.5.2.stable.official").unwrap_err();
        assert_eq!(error.to_string(), "is Godot 3.5.2, older than 4.3");
    }

    #[test]
    fn an_engine_that_fails_is_refused_with_its_words() {
        let error = verdict("echo 4.3.stable; echo 'missing library' >&2; exit 127").unwrap_err();
        assert!(error.to_string().contains("missing library"), "{error}");
    }

    #[test]
    fn a_program_that_says_something_else_is_refused() {
        assert!(verdict("echo hello").is_err());
    }
}
