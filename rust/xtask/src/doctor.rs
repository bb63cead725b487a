//! The doctor: looks what a machine lacks for work on the project, and says in words how to get it, before a build fails
//! for the want of it.

use anyhow::{Context, Result, anyhow, bail};
use console::style;

use crate::needs::NEEDS;
use crate::process::ask;
use crate::progress::Progress;
use crate::{engine, workspace};

/// What a build of everything and an engine take, with room to breathe.
const DISK_NEED: u64 = 8 * GIB;
const GIB: u64 = 1024 * 1024 * 1024;

/// What is looked for: its name, the one thing that it is for, what it says of itself or what was found instead, and how to
/// get it. Nothing works without what is for no one thing.
type Examination = (&'static str, Option<&'static str>, fn() -> Result<String, String>, &'static str);

/// What everything that is pushed must pass.
const CI: Option<&str> = Some("bash .ci/run");
const FUZZ: Option<&str> = Some("cargo xtask fuzz");

/// What is looked for besides what single tests need, in the order in which a newcomer needs it.
const EXAMINATIONS: [Examination; 11] = [
    ("Rust", None, rust, RUST_ADVICE),
    ("rustfmt", CI, || ask("cargo", &["fmt", "--version"]), "rustup component add rustfmt"),
    ("Clippy", CI, || ask("cargo", &["clippy", "--version"]), "rustup component add clippy"),
    ("a C compiler", None, c_compiler, C_COMPILER_ADVICE),
    ("the repository's links", None, links, LINKS_ADVICE),
    ("Godot", None, godot, "Then: cargo xtask godot"),
    ("disk", None, disk, "Make room for 8 GiB; `cargo clean` removes what was built."),
    (
        "nightly Rust",
        FUZZ,
        || ask("rustup", &["run", "nightly", "rustc", "--version"]),
        "rustup toolchain install nightly (rustup itself: https://rustup.rs)",
    ),
    ("cargo-fuzz", FUZZ, || ask("cargo", &["fuzz", "--version"]), "cargo install cargo-fuzz --locked"),
    (
        "cargo-deny",
        Some("checking licences and advisories"),
        || ask("cargo", &["deny", "--version"]),
        "cargo install cargo-deny --locked",
    ),
    (
        "cargo-zigbuild",
        Some("packages for older Linux systems"),
        || ask("cargo", &["zigbuild", "--version"]),
        "pip install cargo-zigbuild (which brings Zig)",
    ),
];

const RUST_ADVICE: &str = concat!(
    "Install Rust ",
    env!("CARGO_PKG_RUST_VERSION"),
    " or newer from https://rustup.rs, or: rustup update stable"
);
const C_COMPILER_ADVICE: &str =
    "Debian and Ubuntu: apt-get install gcc libc6-dev\nFedora: dnf install gcc\nmacOS: xcode-select --install";
const LINKS_ADVICE: &str = "Clone again with: git clone -c core.symlinks=true\n\
    On Windows, turn on the developer mode first: only then may you make links.";

/// Examines this machine, and prints what was found.
///
/// # Errors
///
/// If something is missing without which nothing works.
pub fn run() -> Result<()> {
    let mut progress = Progress::with_total("examining this machine", (EXAMINATIONS.len() + NEEDS.len()) as u64);
    let mut findings = Vec::new();
    for (name, only_for, examine, advice) in EXAMINATIONS {
        findings.push((name.to_owned(), only_for, examine(), advice));
        progress.advance(1);
    }
    for need in NEEDS {
        let name = need.reason.trim_start_matches("needs ").to_owned();
        findings.push((name, Some("tests that need it"), (need.probe)(), need.advice));
        progress.advance(1);
    }
    progress.finish();
    let mut missing = Vec::new();
    for (name, only_for, finding, advice) in findings {
        println!("{}", line(&name, only_for, &finding, advice));
        if finding.is_err() && only_for.is_none() {
            missing.push(name);
        }
    }
    if !missing.is_empty() {
        bail!("this machine lacks what everybody needs: {}", missing.join(", "));
    }
    println!("\nThis machine has all that is needed. Next: cargo xtask test");
    Ok(())
}

/// Sees to one of the examinations, by its name, for a command that nothing becomes of without it.
///
/// # Errors
///
/// If what it looks for is not here; in words, and with how to get it.
pub(crate) fn insist(name: &str) -> Result<()> {
    let found = EXAMINATIONS.into_iter().find(|(known, ..)| *known == name);
    let (_, _, examine, advice) = found.with_context(|| format!("nobody looks for {name}"))?;
    examine().map(drop).map_err(|why| anyhow!("{name} is needed: {why}\n{advice}"))
}

fn line(name: &str, only_for: Option<&str>, finding: &Result<String, String>, advice: &str) -> String {
    let (mark, purpose, words) = match (finding, only_for) {
        (Ok(found), _) => {
            let mark = style("ok     ").green();
            return format!("{mark} {name}: {found}").trim_end_matches([':', ' ']).to_owned();
        }
        (Err(words), None) => (style("MISSING").red(), String::new(), words),
        (Err(words), Some(purpose)) => (style("without").yellow(), format!(" (only for {purpose})"), words),
    };
    let words = format!("{mark} {name}{purpose}: {words}\n{advice}");
    words.trim_end().replace('\n', "\n        ")
}

fn rust() -> Result<String, String> {
    let said = ask("rustc", &["--version"])?;
    let version = said.split_whitespace().nth(1).unwrap_or_default();
    if numbers(version) >= numbers(env!("CARGO_PKG_RUST_VERSION")) { Ok(said) } else { Err(said) }
}

/// The numbers of a version, by which versions are compared; what follows them does not count.
pub(crate) fn numbers(version: &str) -> Vec<u32> {
    version.split(['.', '-']).map_while(|part| part.parse().ok()).collect()
}

/// The TLS library compiles some C and assembly.
fn c_compiler() -> Result<String, String> {
    // On Windows the compiler is found by way of its installer, not of the path.
    if cfg!(windows) {
        return Ok("Rust for MSVC finds Visual Studio's by itself, and needs it to link".to_owned());
    }
    let named = std::env::var("CC").unwrap_or_default();
    let mut compilers = [named.as_str(), "cc", "gcc", "clang"].into_iter().filter(|name| !name.is_empty());
    compilers.find_map(|name| ask(name, &["--version"]).ok()).ok_or_else(|| "there is no cc, gcc or clang".to_owned())
}

/// The demo's project sees the addon through a symbolic link.
fn links() -> Result<String, String> {
    if workspace::demo_project().join("addons").is_dir() {
        return Ok("godot_project/addons leads to addons".to_owned());
    }
    Err("godot_project/addons is no link to a folder".to_owned())
}

fn godot() -> Result<String, String> {
    engine::locate_or_fetch().map(|path| path.display().to_string()).map_err(|error| format!("{error:#}"))
}

fn disk() -> Result<String, String> {
    fs4::available_space(workspace::root()).map_err(|error| error.to_string()).and_then(room)
}

fn room(free: u64) -> Result<String, String> {
    let free_gib = free / GIB;
    if free >= DISK_NEED {
        Ok(format!("{free_gib} GiB are free"))
    } else {
        Err(format!("only {free_gib} GiB are free"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number() {
        for version in ["1.94.0", "1.95.0", "1.100.0", "2.0.0", "1.95.0-nightly"] {
            assert!(numbers(version) >= numbers("1.94"), "{version}");
        }
        for version in ["1.93.1", "1.9.0", "0.99.0", "none"] {
            assert!(numbers(version) < numbers("1.94"), "{version}");
        }
    }

    #[test]
    fn a_full_disk_is_told_and_the_compiler_that_built_this_is_found() {
        assert!(room(DISK_NEED).is_ok());
        insist("Rust").unwrap();
        assert!(insist("a moon").is_err());
        assert_eq!(room(3 * GIB).unwrap_err(), "only 3 GiB are free");
    }

    #[test]
    fn a_line_says_what_is_missing_what_for_and_how_to_get_it() {
        let text = line("a tool", Some("fun"), &Err("there is none".to_owned()), "install it\nor build it");
        let text = console::strip_ansi_codes(&text).into_owned();
        assert_eq!(text, "without a tool (only for fun): there is none\n        install it\n        or build it");
    }
}
