//! Engine versions, since the addon runs on none that is too old: what an engine answers when it is asked.

use std::fmt;
use std::path::Path;
use std::process::Command;
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::process;

/// The oldest engine the addon runs on; `compatibility_minimum` in its `.gdextension` says the same.
pub const MINIMUM: Version = Version { major: 4, minor: 3, patch: 0 };

/// An engine answers at once; a cold disk and a large unpacked tree may take a while.
const ANSWER_LIMIT: Duration = Duration::from_secs(60);

/// The numbers of an engine's version, without status and build.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// The first number, 4 for Godot 4.
    pub major: u32,
    /// The second number.
    pub minor: u32,
    /// The third number; 0 where the engine leaves it out.
    pub patch: u32,
}

/// Runs `engine --version` and accepts [`MINIMUM`] or newer.
pub(crate) fn check(engine: &Path) -> Result<()> {
    version_of(engine).map(drop)
}

/// The version of an engine.
///
/// # Errors
///
/// If it does not run here, or is older than [`MINIMUM`].
pub fn version_of(engine: &Path) -> Result<Version> {
    full_version(engine)?.parse()
}

/// The line with which an engine of version [`MINIMUM`] or newer answers `--version`, as in
/// `4.3.stable.official.77dcf97d8`. It may warn about the machine before it answers.
///
/// # Errors
///
/// As for [`version_of`].
pub fn full_version(engine: &Path) -> Result<String> {
    let finished = process::run_within(Command::new(engine).arg("--version"), ANSWER_LIMIT)?;
    if !finished.status.success() {
        bail!("does not run here ({}): {}", finished.status, finished.output());
    }
    let parsed = finished.stdout.lines().find_map(|line| Some((line.trim(), line.trim().parse::<Version>().ok()?)));
    let (line, version) = parsed.context("does not say a version")?;
    if version < MINIMUM {
        bail!("is Godot {version}, older than {MINIMUM}");
    }
    Ok(line.to_owned())
}

impl FromStr for Version {
    type Err = anyhow::Error;

    /// Parses a line such as `4.6.3.stable.debian4.6.3+ds-2` or `4.3.stable.official.77dcf97d8`.
    fn from_str(line: &str) -> Result<Self> {
        let not_a_version = || format!("{line:?} is no engine version");
        let mut parts = line.split('.');
        let mut number = || parts.next().and_then(|part| part.parse().ok());
        let major = number().with_context(not_a_version)?;
        let minor = number().with_context(not_a_version)?;
        let patch = number().unwrap_or(0);
        Ok(Self { major, minor, patch })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.major, self.minor)?;
        if self.patch > 0 {
            write!(formatter, ".{}", self.patch)?;
        }
        Ok(())
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::process::write_script;

    #[test]
    fn what_engines_print_is_understood_and_shown_as_people_write_it() {
        for (line, expected) in [
            ("4.6.3.stable.debian4.6.3+ds-2", "4.6.3"),
            ("4.3.stable.official.77dcf97d8", "4.3"),
            ("4.5.dev5.official.64b09905c", "4.5"),
            ("4.10.1.rc.mono.official", "4.10.1"),
        ] {
            assert_eq!(line.parse::<Version>().unwrap().to_string(), expected, "{line}");
        }
        for line in ["", "godot", "4", "4.x", "v4.3.stable", "Godot Engine v4.3", "-4.3"] {
            assert!(line.parse::<Version>().is_err(), "{line}");
        }
    }

    fn ask(script: &str) -> Result<String, String> {
        let dir = tempfile::tempdir().unwrap();
        let engine = dir.path().join("godot");
        write_script(&engine, script).unwrap();
        full_version(&engine).map_err(|error| error.to_string())
    }

    #[test]
    fn an_engine_is_new_enough_or_says_why_not() {
        assert_eq!(ask("echo WARNING: odd; echo 4.10.stable.official").unwrap(), "4.10.stable.official");
        assert_eq!(ask("echo 3.5.2.stable.official").unwrap_err(), "is Godot 3.5.2, older than 4.3");
        assert_eq!(ask("echo hello").unwrap_err(), "does not say a version");
        assert!(ask("echo 4.3.stable; echo 'no library' >&2; exit 127").unwrap_err().contains("no library"));
    }
}
