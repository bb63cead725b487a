//! Everything the doctor looks for, in the order in which a newcomer needs it.

use std::env::consts;
use std::process::Command;
use std::time::Duration;

use super::{Examination, Finding, Need};
use crate::{engine, process, workspace};

/// What a build of everything and an engine take, with room to breathe.
const DISK_NEED: u64 = 8 * GIB;
const GIB: u64 = 1024 * 1024 * 1024;
const ANSWER_LIMIT: Duration = Duration::from_secs(60);

/// What is looked for.
pub(super) const EXAMINATIONS: [Examination; 13] = [
    Examination { name: "Rust", need: Need::Needed, examine: rust },
    Examination { name: "rustfmt", need: Need::OnlyFor("bash .ci/run"), examine: rustfmt },
    Examination { name: "Clippy", need: Need::OnlyFor("bash .ci/run"), examine: clippy },
    Examination { name: "a C compiler", need: Need::Needed, examine: c_compiler },
    Examination { name: "the repository's links", need: Need::Needed, examine: links },
    Examination { name: "Godot", need: Need::Needed, examine: godot },
    Examination { name: "disk", need: Need::Needed, examine: disk },
    Examination { name: "nightly Rust", need: Need::OnlyFor("cargo xtask fuzz"), examine: nightly },
    Examination { name: "cargo-fuzz", need: Need::OnlyFor("cargo xtask fuzz"), examine: cargo_fuzz },
    Examination { name: "cargo-deny", need: Need::OnlyFor("checking licences and advisories"), examine: cargo_deny },
    Examination { name: "Xvfb", need: Need::OnlyFor("windows without a screen"), examine: xvfb },
    Examination { name: "ip and tc", need: Need::OnlyFor("tests on networks that lose packets"), examine: ip_and_tc },
    Examination {
        name: "cargo-zigbuild",
        need: Need::OnlyFor("packages for older Linux systems"),
        examine: cargo_zigbuild,
    },
];

fn rust() -> Finding {
    let needed = env!("CARGO_PKG_RUST_VERSION");
    let advice = format!("Install Rust {needed} or newer from https://rustup.rs, or: rustup update stable");
    let Ok(said) = ask("rustc", &["--version"]) else {
        return Finding::Missing { found: "there is no rustc".to_owned(), advice };
    };
    let is_new_enough = said.split_whitespace().nth(1).is_some_and(|version| is_at_least(version, needed));
    if is_new_enough { Finding::Present(said) } else { Finding::Missing { found: said, advice } }
}

/// Compares versions number by number; what follows the numbers does not count.
fn is_at_least(version: &str, needed: &str) -> bool {
    let numbers = |text: &str| -> Vec<u32> { text.split(['.', '-']).map_while(|part| part.parse().ok()).collect() };
    numbers(version) >= numbers(needed)
}

fn rustfmt() -> Finding {
    answer("cargo", &["fmt", "--version"], "rustup component add rustfmt")
}

fn clippy() -> Finding {
    answer("cargo", &["clippy", "--version"], "rustup component add clippy")
}

/// The TLS library compiles some C and assembly.
fn c_compiler() -> Finding {
    // On Windows the compiler is found by way of its installer, not of the path.
    if cfg!(windows) {
        return Finding::Present("Rust for MSVC finds Visual Studio's by itself, and needs it to link".to_owned());
    }
    let named = std::env::var("CC").ok().filter(|name| !name.is_empty());
    for compiler in named.iter().map(String::as_str).chain(["cc", "gcc", "clang"]) {
        if let Ok(said) = ask(compiler, &["--version"]) {
            return Finding::Present(said);
        }
    }
    let advice = match consts::OS {
        "macos" => "xcode-select --install",
        _ => "Debian and Ubuntu: apt-get install gcc libc6-dev\nFedora: dnf install gcc",
    };
    Finding::Missing { found: "there is no cc, gcc or clang".to_owned(), advice: advice.to_owned() }
}

/// The demo's project sees the addon through a symbolic link.
fn links() -> Finding {
    let link = workspace::demo_project().join("addons");
    if link.is_dir() {
        return Finding::Present("godot_project/addons leads to addons".to_owned());
    }
    Finding::Missing {
        found: "godot_project/addons is no link to a folder".to_owned(),
        advice: "Clone again with: git clone -c core.symlinks=true\n\
                 On Windows, turn on the developer mode first: only then may you make links."
            .to_owned(),
    }
}

fn godot() -> Finding {
    match engine::locate_or_fetch() {
        Ok(path) => Finding::Present(path.display().to_string()),
        Err(error) => Finding::Missing {
            found: "there is none that runs here, and none could be fetched".to_owned(),
            advice: format!("{error:#}"),
        },
    }
}

fn disk() -> Finding {
    match fs4::available_space(workspace::root()) {
        Ok(free) => room(free),
        Err(error) => Finding::Missing {
            found: format!("the system does not say how much is free: {error}"),
            advice: format!("See that {} GiB are.", DISK_NEED / GIB),
        },
    }
}

fn room(free: u64) -> Finding {
    let free_gib = free / GIB;
    if free >= DISK_NEED {
        return Finding::Present(format!("{free_gib} GiB are free"));
    }
    Finding::Missing {
        found: format!("only {free_gib} GiB are free"),
        advice: format!("Make room for {} GiB; `cargo clean` removes what was built.", DISK_NEED / GIB),
    }
}

fn nightly() -> Finding {
    answer("rustup", &["run", "nightly", "rustc", "--version"], "rustup toolchain install nightly")
}

fn cargo_fuzz() -> Finding {
    answer("cargo", &["fuzz", "--version"], "cargo install cargo-fuzz --locked")
}

fn cargo_deny() -> Finding {
    answer("cargo", &["deny", "--version"], "cargo install cargo-deny --locked")
}

fn xvfb() -> Finding {
    on_path(&["Xvfb"], "Debian and Ubuntu: apt-get install xvfb")
}

fn ip_and_tc() -> Finding {
    on_path(&["ip", "tc"], "Debian and Ubuntu: apt-get install iproute2")
}

fn cargo_zigbuild() -> Finding {
    answer("cargo", &["zigbuild", "--version"], "pip install cargo-zigbuild")
}

/// Looks for programs that have no common way to be asked.
fn on_path(programs: &[&str], advice: &str) -> Finding {
    let missing: Vec<&str> = programs.iter().copied().filter(|program| which::which(program).is_err()).collect();
    if missing.is_empty() {
        return Finding::Present("on the path".to_owned());
    }
    Finding::Missing { found: format!("there is no {}", missing.join(" and no ")), advice: advice.to_owned() }
}

/// Asks a program for its version.
fn answer(program: &str, arguments: &[&str], advice: &str) -> Finding {
    match ask(program, arguments) {
        Ok(said) => Finding::Present(said),
        Err(found) => Finding::Missing { found, advice: advice.to_owned() },
    }
}

/// The first line that a program says, or why there is none.
fn ask(program: &str, arguments: &[&str]) -> Result<String, String> {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(workspace::root());
    let finished = process::run_within(&mut command, ANSWER_LIMIT).map_err(|error| format!("{error:#}"))?;
    let line = finished.stdout.lines().next().unwrap_or_default().trim().to_owned();
    if finished.status.success() && !line.is_empty() {
        return Ok(line);
    }
    let complaint = finished.stderr.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("it says nothing");
    Err(format!("`{program} {}` does not work: {complaint}", arguments.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number() {
        for version in ["1.94.0", "1.95.0", "1.100.0", "2.0.0", "1.95.0-nightly"] {
            assert!(is_at_least(version, "1.94"), "{version}");
        }
        for version in ["1.93.1", "1.9.0", "0.99.0", "none"] {
            assert!(!is_at_least(version, "1.94"), "{version}");
        }
    }

    #[test]
    fn a_full_disk_is_told() {
        assert!(matches!(room(DISK_NEED), Finding::Present(_)));
        let Finding::Missing { found, .. } = room(3 * GIB) else { panic!("3 GiB are not enough") };
        assert_eq!(found, "only 3 GiB are free");
    }

    #[test]
    fn a_program_that_is_not_there_is_missing_with_advice() {
        let Finding::Missing { advice, .. } = answer("no-such-program-anywhere", &["--version"], "install it") else {
            panic!("there is no such program");
        };
        assert_eq!(advice, "install it");
    }

    #[test]
    fn the_compiler_that_built_this_is_found() {
        assert!(matches!(rust(), Finding::Present(_)));
    }
}
