//! Engines, and games made of them, without a window: how each is started, and which of its words are complaints. It is here
//! because the commands and the tests hold engines to the same.

use std::path::Path;
use std::process::Command;

/// The command that starts an engine or a game, in English, with what it would keep in its user's home kept in `home`.
#[must_use]
pub fn headless(program: &Path, home: &Path) -> Command {
    let mut command = Command::new(program);
    command.arg("--headless");
    away_from_home(&mut command, home);
    command
}

/// Has an engine keep what it would keep in its user's home in `home`, and speak English.
pub fn away_from_home(command: &mut Command, home: &Path) {
    for variable in ["XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"] {
        command.env(variable, home);
    }
    command.env("LC_ALL", "C");
}

/// Whether an engine or a script complains in this line.
#[must_use]
pub fn is_complaint(line: &str) -> bool {
    let kinds = ["ERROR: ", "WARNING: ", "USER ERROR: ", "USER WARNING: ", "SHADER ERROR: ", "Unicode parsing error"];
    // Containers run as root; that is about the machine, and not about the project.
    kinds.iter().any(|kind| line.starts_with(kind)) && !line.contains("Started the engine as `root`/superuser")
}

/// Whether this line says what nothing can excuse: a broken or failed script, something left behind.
#[must_use]
pub fn is_unforgivable(line: &str) -> bool {
    let words =
        ["SCRIPT ERROR", "Parse Error", "Parse error", "leaked", "Leaked", "still in use at exit", "panicked at"];
    line.starts_with("FAILED ") || words.iter().any(|word| line.contains(word))
}

/// Whether an engine complains of more in this line than a warning: of a script, itself, or something left over at exit.
#[must_use]
pub fn is_error(line: &str) -> bool {
    let line = line.trim_start();
    is_unforgivable(line) || (is_complaint(line) && line.contains("ERROR: "))
}

/// The lines in which an engine is not content.
#[must_use]
pub fn complaints(lines: &[String]) -> Vec<&str> {
    let lines = lines.iter().map(|line| line.trim_start());
    lines.filter(|line| is_complaint(line) || is_unforgivable(line)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_are_told_from_talk() {
        let output = "Godot Engine v4\nERROR: a\nWARNING: Started the engine as `root`/superuser. That\n  SCRIPT ERROR: b\n\
            WARNING: ObjectDB instances leaked at exit\nan ERROR: in the middle\n   at: push_error (c)";
        let lines: Vec<String> = output.lines().map(str::to_owned).collect();
        assert_eq!(complaints(&lines), ["ERROR: a", "SCRIPT ERROR: b", "WARNING: ObjectDB instances leaked at exit"]);
    }
}
