//! Every test of the workspace, with an engine, a fresh addon, and what only some machines can run: `cargo test` knows none.

use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, fs, thread};

use anyhow::{Context, Result, ensure};
use tempfile::NamedTempFile;

use crate::needs::{NEEDS, Need};
use crate::{addon, engine, process, workspace};

/// How many tests run at once, to those who know.
const THREADS_VARIABLE: &str = "RUST_TEST_THREADS";

/// Runs the tests; `arguments` go to the test binaries, as after `cargo test --`. Tests that need more than every
/// machine has are run where it is there; what was not run is said at the end.
///
/// # Errors
///
/// If the addon does not build, there is no engine, or a test fails.
pub fn run(arguments: &[String]) -> Result<()> {
    // Without an engine there is no point in building for minutes.
    let engine = engine::locate_or_fetch()?;
    addon::build()?;
    let unmeasured = NamedTempFile::new()?;
    let mut all = cargo_test(&engine);
    let passed = process::run("cargo test", all.args(arguments).env(engine::UNMEASURED_VARIABLE, unmeasured.path()));
    let special = list_special(&engine, arguments)?;
    let (mut to_run, mut unmet) = (Vec::new(), Vec::new());
    for need in NEEDS {
        let tests: Vec<&str> = special.iter().map(String::as_str).filter(|test| need.is_of(test)).collect();
        ensure!(!tests.is_empty() || !arguments.is_empty(), "there is no test in a module {}", need.module);
        match need.look() {
            _ if tests.is_empty() => {}
            Ok(_) => to_run.extend(tests),
            Err(why) => unmet.push(format!("  {}: {why}", tests.join(", "))),
        }
    }
    let mut special_passed = Ok(());
    if !to_run.is_empty() {
        special_passed = process::run("cargo test", cargo_test(&engine).args(["--ignored", "--exact"]).args(&to_run));
    }
    let count = fs::read_to_string(unmeasured.path())?.lines().count();
    if count > 0 {
        eprintln!("\nNot measured, for this engine is older than what they compare with: {count} tests");
    }
    if !unmet.is_empty() {
        eprintln!("\nNot run on this machine:\n{}", unmet.join("\n"));
    }
    passed.and(special_passed).context("tests failed")
}

/// A run of all tests, up to the arguments of the test programs.
fn cargo_test(engine: &Path) -> Command {
    let mut command = workspace::cargo();
    command
        // The feature brings the test that replays the corpora of the fuzz targets; the addon is built without it.
        .args(["test", "--workspace", "--features", "rust-websocket-transport/fuzzing", "--no-fail-fast", "--"])
        .env(engine::ENGINE_VARIABLE, engine)
        .stdin(Stdio::null());
    if env::var_os(THREADS_VARIABLE).is_none() {
        // Most tests wait, for an engine that starts or for a moment that passes.
        let processors = thread::available_parallelism().map_or(1, usize::from);
        command.env(THREADS_VARIABLE, (processors + processors.div_ceil(2)).to_string());
    }
    command
}

/// The tests that have a [`Need`], of those that the arguments ask for.
fn list_special(engine: &Path, arguments: &[String]) -> Result<Vec<String>> {
    let output = cargo_test(engine)
        .args(["--list", "--ignored", "--format=terse"])
        .args(arguments.iter().filter(|argument| !argument.starts_with('-')))
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(output.status.success(), "the tests cannot be listed");
    let text = String::from_utf8_lossy(&output.stdout);
    let has_need = |test: &&str| NEEDS.iter().any(|need: &Need| need.is_of(test));
    Ok(text.lines().filter_map(|line| line.strip_suffix(": test")).filter(has_need).map(str::to_owned).collect())
}
