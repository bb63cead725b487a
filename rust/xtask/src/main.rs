//! `cargo xtask`: the command line. It parses, delegates to the library and turns errors into exit codes.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use rust_websocket_engine::addon::{self, Profile};
use rust_websocket_engine::{locate_or_fetch, locate_or_fetch_official};
use xtask::{bindings, demo, doctor, elsewhere, fuzz, package, reference, suite};

/// The project's commands.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measure the addon beside the built-in class, and write tables and plots
    Bench(elsewhere::Bench),
    /// Write rust/extension_api.json, which the bindings to the engine are made from
    Bindings {
        /// Only fail if it is not up to date
        #[arg(long)]
        check: bool,
    },
    /// Build the addon's library and put it into addons/rust_websocket/bin/
    Build {
        /// Build without optimisation, with debug assertions
        #[arg(long)]
        debug: bool,
    },
    /// Play the demo game: one server and its clients, each a process of its own, or one window for you
    Demo(demo::Options),
    /// Look what this machine lacks for work on the project, and say how to get it
    Doctor,
    /// Feed the transport what a fuzzer invents, and count what breaks; needs a nightly toolchain and cargo-fuzz
    Fuzz(fuzz::Options),
    /// Print the path of a Godot that runs here, fetching one if there is none
    Godot {
        /// The official build of this version, as in 4.3, whatever else is here
        #[arg(long, value_name = "VERSION")]
        official: Option<String>,
    },
    /// Write target/package/rust_websocket-VERSION.zip, and try it in a new project and in an exported game
    Package(package::Options),
    /// Write the class reference in docs/reference/ from the doc comments of the classes
    Reference {
        /// Only fail if it is not up to date
        #[arg(long)]
        check: bool,
    },
    /// Try the transport in simulated worlds, each made from a seed, and say which seed fails first
    Simulate(elsewhere::Simulate),
    /// Load a server for minutes, with clients of every kind, and see that nothing of it stays
    Soak(elsewhere::Soak),
    /// Run every test: Rust and headless Godot
    Test {
        /// Passed on to the test binaries, for example a part of a test's name
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    match command {
        Command::Bench(options) => elsewhere::bench(&options),
        Command::Bindings { check } => bindings::run(check),
        Command::Build { debug } => addon::build_with(if debug { Profile::Debug } else { Profile::Release }).map(drop),
        Command::Demo(options) => demo::run(&options),
        Command::Doctor => doctor::run(),
        Command::Fuzz(options) => fuzz::run(&options),
        Command::Godot { official } => {
            let found = official.map_or_else(locate_or_fetch, |version| locate_or_fetch_official(&version));
            found.map(|path| println!("{}", path.display()))
        }
        Command::Package(options) => package::run(&options).map(drop),
        Command::Reference { check } => reference::run(check),
        Command::Simulate(options) => elsewhere::simulate(&options),
        Command::Soak(options) => elsewhere::soak(&options),
        Command::Test { args } => suite::run(&args),
    }
}
