//! `cargo xtask`: the command line. It parses, delegates to the library and turns errors into exit codes.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use xtask::addon::Profile;
use xtask::{addon, bench, bindings, demo, doctor, engine, fuzz, package, reference, simulate, soak, suite};

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
    Bench {
        /// A first look, in under two minutes
        #[arg(long)]
        quick: bool,
        /// Only the work that has this in its name
        #[arg(long)]
        only: Option<String>,
    },
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
    Demo {
        /// Open the game in a window to play it; with --clients, a window for each process that plays by itself
        #[arg(long)]
        window: bool,
        /// How many clients play by themselves (3 unless it is said); the third of them joins late
        #[arg(long, value_parser = clap::value_parser!(u8).range(i64::from(demo::MIN_CLIENTS)..=i64::from(demo::MAX_CLIENTS)))]
        clients: Option<u8>,
        /// How many bots fill the arena, each with a connection of its own
        #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u8).range(..=i64::from(demo::MAX_BOTS)))]
        bots: u8,
        /// Walk through all screens instead, and put pictures of them into this folder
        #[arg(long, value_name = "FOLDER")]
        screenshots: Option<PathBuf>,
        /// Host a match here, and open the game in a browser to join it
        #[arg(long, conflicts_with_all = ["window", "clients", "screenshots"])]
        web: bool,
    },
    /// Look what this machine lacks for work on the project, and say how to get it
    Doctor,
    /// Feed the transport what a fuzzer invents, and count what breaks; needs a nightly toolchain and cargo-fuzz
    Fuzz {
        /// How long each target runs
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
        seconds: u32,
        /// The only target to run, instead of all
        #[arg(long, value_parser = fuzz::TARGET_NAMES)]
        target: Option<String>,
    },
    /// Print the path of a Godot that runs here, fetching one if there is none
    Godot,
    /// Write target/package/rust_websocket-VERSION.zip, and try it in a new project and in an exported game
    Package {
        /// Do not export a game with it
        #[arg(long)]
        no_export: bool,
        /// Build the library for machines with this glibc or newer, as in 2.28; needs cargo-zigbuild
        #[arg(long)]
        glibc: Option<String>,
        /// Write metadata, icon and pictures for the Asset Store to target/package/store/, and check them by its rules
        #[arg(long)]
        store: bool,
    },
    /// Write the class reference in docs/reference/ from the doc comments of the classes
    Reference {
        /// Only fail if it is not up to date
        #[arg(long)]
        check: bool,
    },
    /// Try the transport in simulated worlds, each made from a seed, and say which seed fails first
    Simulate {
        /// How many worlds
        #[arg(long, default_value_t = 1_000)]
        seeds: u64,
        /// The first seed
        #[arg(long, default_value_t = 0)]
        from: u64,
        /// This seed alone
        #[arg(long, conflicts_with_all = ["seeds", "from"])]
        seed: Option<u64>,
        /// Print what happens in it, line by line
        #[arg(long, requires = "seed")]
        trace: bool,
        /// Go on after a failure, and list all
        #[arg(long)]
        all: bool,
        /// Plant faults on purpose instead, and count the seeds it takes to find each
        #[arg(long, conflicts_with_all = ["seeds", "from", "seed", "all"])]
        faults: bool,
    },
    /// Load a server for minutes, with clients of every kind, and see that nothing of it stays
    Soak {
        /// How long the load lasts, after a warm-up of up to a minute
        #[arg(long, default_value_t = 10.0)]
        minutes: f64,
        /// How many clients there are at a time
        #[arg(long, default_value_t = 300)]
        clients: u32,
    },
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
        Command::Bench { quick, only } => bench::run(&bench::Options { quick, only }),
        Command::Bindings { check } => bindings::run(check),
        Command::Build { debug } => {
            let profile = if debug { Profile::Debug } else { Profile::Release };
            addon::build_with(profile).map(drop)
        }
        Command::Demo { window, clients, bots, screenshots, web } => {
            demo::run(&demo::Options { window, clients, bots, screenshots, web })
        }
        Command::Doctor => doctor::run(),
        Command::Fuzz { seconds, target } => fuzz::run(&fuzz::Options { seconds, target }),
        Command::Godot => {
            println!("{}", engine::locate_or_fetch()?.display());
            Ok(())
        }
        Command::Package { no_export, glibc, store } => {
            package::run(&package::Options { no_export, glibc, store }).map(drop)
        }
        Command::Reference { check } => reference::run(check),
        Command::Simulate { seeds, from, seed, trace, all, faults } => {
            simulate::run(&simulate::Options { seeds, from, seed, trace, all, faults })
        }
        Command::Soak { minutes, clients } => soak::run(&soak::Options { minutes, clients }),
        Command::Test { args } => suite::run(&args),
    }
}
