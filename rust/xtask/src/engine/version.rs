//! Engine versions: what `godot --version` prints, and how old is too old.

use std::fmt;
use std::str::FromStr;

use anyhow::{Context, Result};

/// The oldest engine the addon runs on; `compatibility_minimum` in its `.gdextension` says the same.
pub const MINIMUM: Version = Version { major: 4, minor: 3, patch: 0 };

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

impl Version {
    /// Finds the version in what the engine printed: it may warn about the machine before it answers.
    pub fn find(output: &str) -> Option<Self> {
        output.lines().find_map(|line| line.trim().parse().ok())
    }
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
mod tests {
    use super::*;

    fn version(major: u32, minor: u32, patch: u32) -> Version {
        Version { major, minor, patch }
    }

    #[test]
    fn what_engines_print_is_understood() {
        for (line, expected) in [
            ("4.6.3.stable.debian4.6.3+ds-2", version(4, 6, 3)),
            ("4.3.stable.official.77dcf97d8", version(4, 3, 0)),
            ("4.5.dev5.official.64b09905c", version(4, 5, 0)),
            ("3.5.2.stable.custom_build", version(3, 5, 2)),
            ("4.10.1.rc.mono.official", version(4, 10, 1)),
        ] {
            assert_eq!(line.parse::<Version>().unwrap(), expected, "{line}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for line in ["", "godot", "4", "4.x", "v4.3.stable", "Godot Engine v4.3", "-4.3"] {
            assert!(line.parse::<Version>().is_err(), "{line}");
        }
    }

    #[test]
    fn a_warning_before_the_version_is_skipped() {
        let output = "WARNING: something about the machine\n4.4.1.stable.official\n";
        assert_eq!(Version::find(output), Some(version(4, 4, 1)));
        assert_eq!(Version::find("command not found\n"), None);
    }

    #[test]
    fn versions_are_ordered_by_number_not_by_text() {
        assert!(version(4, 10, 0) > version(4, 9, 9));
        assert!(version(4, 2, 9) < MINIMUM);
        assert!(version(4, 3, 0) >= MINIMUM);
        assert!(version(3, 99, 0) < MINIMUM);
    }

    #[test]
    fn shown_as_people_write_it() {
        assert_eq!(version(4, 3, 0).to_string(), "4.3");
        assert_eq!(version(4, 6, 3).to_string(), "4.6.3");
    }
}
