//! Fuzzing, by one command for all: every target of `rust/transport/fuzz` for so many seconds, and a table of what came of
//! it.
//!
//! It builds with `cargo fuzz`, which needs a nightly toolchain, and runs the targets side by side, as many as there
//! are processors. Each starts with its checked-in corpus and writes what it finds into the target folder; `outcome`
//! reads what it said.

mod outcome;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Error, Result, bail};
use clap::Args;
use comfy_table::{Table, presets};

use self::outcome::{FIGURES, Outcome};
use crate::process::{self, Reaped};
use crate::progress::Progress;
use crate::{doctor, workspace};

/// A target of `rust/transport/fuzz`.
#[derive(Debug, Clone, Copy)]
struct Target {
    name: &'static str,
    /// In `rust/transport/fuzz/dictionaries`.
    dictionary: Option<&'static str>,
    /// The longest input worth trying, in bytes.
    max_length: u32,
}

/// Heads may be a little longer than a server takes, see `MAX_HEAD_SIZE`.
const TARGETS: [Target; 6] = [
    Target { name: "request_head", dictionary: Some("http.dict"), max_length: 17_000 },
    Target { name: "response_head", dictionary: Some("http.dict"), max_length: 17_000 },
    Target { name: "frames", dictionary: Some("frames.dict"), max_length: 4096 },
    Target { name: "compressed", dictionary: Some("frames.dict"), max_length: 4096 },
    Target { name: "connection", dictionary: None, max_length: 1024 },
    Target { name: "proxy", dictionary: Some("http.dict"), max_length: 17_000 },
];

/// No target needs more memory than this, in MiB; a single allocation needs far less.
const MEMORY_LIMIT: u32 = 1024;
const ALLOCATION_LIMIT: u32 = 64;

/// What one input may take, in seconds. Generous: machines are busy, and a loop without end stays one.
const INPUT_LIMIT: u32 = 60;

/// How often it is looked whether the targets still run.
const LOOK: Duration = Duration::from_millis(200);

/// What the command line can choose.
#[derive(Args, Debug, Clone)]
pub struct Options {
    /// How long each target runs
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub seconds: u32,
    /// The only target to run, instead of all
    #[arg(long, value_parser = TARGETS.map(|target| target.name))]
    pub target: Option<String>,
}

/// Builds the targets, runs them, and prints what came of it.
///
/// # Errors
///
/// If the tools are missing, the targets do not build, or one of them crashed.
pub fn run(options: &Options) -> Result<()> {
    let triple = check_tools()?;
    let folder = target_folder();
    build(&folder)?;
    let programs = folder.join(triple).join("release");
    let targets: Vec<Target> =
        TARGETS.into_iter().filter(|target| options.target.as_ref().is_none_or(|name| name == target.name)).collect();
    let side_by_side = thread::available_parallelism().map_or(1, usize::from);
    let mut outcomes = Vec::new();
    for batch in targets.chunks(side_by_side) {
        outcomes.extend(run_batch(batch, &folder, &programs, options.seconds)?);
    }
    println!("{}", table(&outcomes));
    let crashes: Vec<String> = outcomes.iter().filter_map(|(target, outcome)| complaint(*target, outcome)).collect();
    if !crashes.is_empty() {
        bail!("{}", crashes.join("\n"));
    }
    Ok(())
}

/// Where the fuzz package is.
fn package() -> PathBuf {
    workspace::root().join("rust").join("transport").join("fuzz")
}

/// Where its programs, logs and finds go: beside everything else that is built.
fn target_folder() -> PathBuf {
    workspace::target_dir().join("fuzz")
}

/// A command of the nightly toolchain, in the repository's root.
fn nightly(arguments: &[&str]) -> Command {
    let mut command = Command::new("rustup");
    command.args(["run", "nightly"]).args(arguments).current_dir(workspace::root());
    command
}

/// Sees that everything is installed; says in words what is not. Answers the name of the platform to build for.
fn check_tools() -> Result<String> {
    doctor::insist("nightly Rust")?;
    doctor::insist("cargo-fuzz")?;
    process::ask("rustup", &["run", "nightly", "rustc", "--print", "host-tuple"]).map_err(Error::msg)
}

fn build(folder: &Path) -> Result<()> {
    let mut command = nightly(&["cargo", "fuzz", "build"]);
    command.arg("--fuzz-dir").arg(package()).arg("--target-dir").arg(folder);
    process::run("building the fuzz targets", &mut command)
}

/// Runs some targets at the same time, to their end.
fn run_batch(batch: &[Target], folder: &Path, programs: &Path, seconds: u32) -> Result<Vec<(Target, Outcome)>> {
    let names: Vec<&str> = batch.iter().map(|target| target.name).collect();
    let mut progress = Progress::with_total(format!("fuzzing {} for {seconds} s", names.join(", ")), seconds.into());
    let mut running = Vec::new();
    for target in batch {
        let log = folder.join(format!("{}.log", target.name));
        let mut command = fuzzer(*target, folder, programs, seconds)?;
        let output = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
        running.push((*target, log, Reaped::spawn(&mut command)?));
    }
    let began = Instant::now();
    let mut outcomes = Vec::new();
    for (target, log, mut process) in running {
        let status = loop {
            if let Some(status) = process.child().try_wait()? {
                break status;
            }
            progress.set(began.elapsed().as_secs());
            thread::sleep(LOOK);
        };
        let text = fs::read(&log).with_context(|| format!("cannot read {}", log.display()))?;
        outcomes.push((target, Outcome::read(&String::from_utf8_lossy(&text), status, log)));
    }
    progress.finish();
    Ok(outcomes)
}

/// The command that runs one target. What it finds goes to the first corpus folder; the second is only read.
fn fuzzer(target: Target, folder: &Path, programs: &Path, seconds: u32) -> Result<Command> {
    let found = folder.join("corpus").join(target.name);
    let crashes = folder.join("crashes").join(target.name);
    for new in [&found, &crashes] {
        fs::create_dir_all(new).with_context(|| format!("cannot create {}", new.display()))?;
    }
    let mut command = Command::new(programs.join(target.name));
    command
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-max_len={}", target.max_length))
        .arg(format!("-rss_limit_mb={MEMORY_LIMIT}"))
        .arg(format!("-malloc_limit_mb={ALLOCATION_LIMIT}"))
        .arg(format!("-timeout={INPUT_LIMIT}"))
        .arg("-print_final_stats=1")
        // A path that ends with a separator is a folder.
        .arg(format!("-artifact_prefix={}", crashes.join("").display()));
    if let Some(dictionary) = target.dictionary {
        command.arg(format!("-dict={}", package().join("dictionaries").join(dictionary).display()));
    }
    command.arg(found).arg(package().join("corpus").join(target.name));
    Ok(command)
}

fn table(outcomes: &[(Target, Outcome)]) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header(["target"].into_iter().chain(FIGURES.map(|(name, _)| name)).chain(["crashes"]));
    for (target, outcome) in outcomes {
        let mut row = vec![target.name.to_owned()];
        row.extend(outcome.figures.iter().map(|figure| figure.map_or_else(|| "-".to_owned(), |it| it.to_string())));
        row.push(u8::from(outcome.has_crashed()).to_string());
        table.add_row(row);
    }
    table.to_string()
}

/// What went wrong with a target, and how to look at it again.
fn complaint(target: Target, outcome: &Outcome) -> Option<String> {
    if !outcome.has_crashed() {
        return None;
    }
    let name = target.name;
    let log = outcome.log.display();
    let advice = outcome.input.as_ref().map_or_else(String::new, |input| {
        format!(
            "\n  again: cargo +nightly fuzz run --fuzz-dir rust/transport/fuzz {name} {input}\
             \n  once it is mended, keep that file in rust/transport/fuzz/corpus/{name}/"
        )
    });
    Some(format!("{name} crashed: {}\n  log: {log}{advice}", outcome.message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_is_there_with_its_corpus_and_dictionary() {
        let manifest = fs::read_to_string(package().join("Cargo.toml")).unwrap();
        assert_eq!(manifest.matches("[[bin]]").count(), TARGETS.len());
        for target in TARGETS {
            assert!(manifest.contains(&format!("name = \"{}\"", target.name)), "{}", target.name);
            assert!(package().join("corpus").join(target.name).is_dir(), "{}", target.name);
            if let Some(dictionary) = target.dictionary {
                assert!(package().join("dictionaries").join(dictionary).is_file(), "{dictionary}");
            }
        }
    }
}
