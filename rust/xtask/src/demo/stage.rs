//! The play, in which clients come and leave by the server's cues: who is started when, what is shown meanwhile, and when
//! it is over, one way or another.
//!
//! Whatever ends the play, the programs' destructors reap every process by its own handle.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use console::{Color, style};

use super::cast::{Client, Part, SERVER, server_arguments};
use super::record::{End, Record};
use crate::program::Program;

/// How long the others may go on once a process has failed.
const LIMIT_AFTER_FAILURE: Duration = Duration::from_secs(5);
/// How often to look what was said, and who has ended.
const TICK: Duration = Duration::from_millis(20);

/// The server says its port.
pub(super) const LISTENING: &str = "LISTENING ";
/// The server's cue for the late client.
const CUE_FOR_LATE: &str = "READY FOR LATE JOINER";

const COLORS: [Color; 6] = [Color::Yellow, Color::Cyan, Color::Green, Color::Magenta, Color::Blue, Color::Red];
const WINDOW_SIZE: (usize, usize) = (640, 400);
const WINDOWS_PER_ROW: usize = 3;

/// Set when the user wants to stop.
pub(super) static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// How the play is put on.
pub(super) struct Production {
    pub(super) engine: PathBuf,
    pub(super) project: PathBuf,
    /// A window for each process, instead of none.
    pub(super) window: bool,
    /// How many bots the server brings along.
    pub(super) bots: u8,
    /// Whoever still plays after this long is stopped.
    pub(super) limit: Duration,
}

/// Has Ctrl-C and requests to terminate noted instead of ending us, so that every process is reaped.
pub(super) fn watch_for_interrupts() -> Result<()> {
    ctrlc::set_handler(|| INTERRUPTED.store(true, Ordering::Relaxed)).context("cannot watch for an interrupt")
}

/// Plays the game with one server and `clients`; answers what every process did, the server first.
pub(super) fn play(production: Production, clients: Vec<Client>) -> Result<Vec<Record>> {
    let arguments = server_arguments(clients.len(), production.bots);
    let deadline = Instant::now() + production.limit;
    let mut stage = Stage { deadline, production, waiting: clients, players: Vec::new(), port: None };
    stage.enter(SERVER, &arguments)?;
    while !stage.is_over()? {
        if INTERRUPTED.load(Ordering::Relaxed) {
            bail!("interrupted");
        }
        if Instant::now() >= stage.deadline {
            eprintln!("out of time: whoever still plays is stopped");
            break;
        }
        thread::sleep(TICK);
    }
    Ok(stage.into_records())
}

struct Stage {
    production: Production,
    /// Clients that have not entered yet.
    waiting: Vec<Client>,
    players: Vec<Player>,
    port: Option<u16>,
    deadline: Instant,
}

/// A process, and what it did so far.
struct Player {
    program: Program,
    record: Record,
}

impl Stage {
    /// Listens to everybody; answers whether all have played and ended. A process that failed brings the deadline close: the
    /// others may be waiting for it.
    fn is_over(&mut self) -> Result<bool> {
        let mut is_over = true;
        for number in 0..self.players.len() {
            let Some(player) = self.players.get_mut(number) else { break };
            if let (End::Killed, Some(status)) = (player.record.end, player.program.status()?) {
                player.record.end = End::Exited(status);
                // Waits for the last words of one that has ended.
                player.program.stop();
                if !status.success() {
                    self.deadline = self.deadline.min(Instant::now() + LIMIT_AFTER_FAILURE);
                }
            }
            is_over &= player.record.end != End::Killed;
            let lines = player.program.new_lines();
            for line in lines {
                self.hear(number, &console::strip_ansi_codes(&line))?;
            }
        }
        // A cue may just have brought somebody in.
        Ok(is_over && self.players.iter().all(|player| player.record.end != End::Killed))
    }

    /// Notes and shows what somebody says, and acts on what the server says.
    fn hear(&mut self, number: usize, line: &str) -> Result<()> {
        let (Some(player), Some(&color)) = (self.players.get_mut(number), COLORS.get(number % COLORS.len())) else {
            return Ok(());
        };
        // The greetings of engine and bindings say nothing new, and summaries are shown as one table at the end.
        let is_greeting = ["Godot Engine v", "Initialize godot-rust"].iter().any(|greeting| line.starts_with(greeting));
        if !player.record.note(line) && !is_greeting && !line.trim().is_empty() {
            let prefix = format!("{:>6} |", player.record.name);
            writeln!(io::stdout(), "{} {line}", style(prefix).fg(color)).context("cannot write to stdout")?;
        }
        if number > 0 {
            return Ok(());
        }
        if let Some(port) = line.strip_prefix(LISTENING) {
            self.port = Some(port.trim().parse().with_context(|| format!("the server says {line:?}"))?);
            self.enter_clients(|part| part != Part::Late)?;
        } else if line.starts_with(CUE_FOR_LATE) {
            self.enter_clients(|part| part == Part::Late)?;
        }
        Ok(())
    }

    fn enter_clients(&mut self, is_due: impl Fn(Part) -> bool) -> Result<()> {
        let port = self.port.context("the server gave a cue before it listened")?;
        let due: Vec<Client>;
        (due, self.waiting) = self.waiting.drain(..).partition(|client| is_due(client.part));
        due.into_iter().try_for_each(|client| self.enter(client.name, &client.arguments(port)))
    }

    fn enter(&mut self, name: &str, game_arguments: &[String]) -> Result<()> {
        let number = self.players.len();
        let mut command = Command::new(&self.production.engine);
        command.arg("--path").arg(&self.production.project);
        if self.production.window {
            let (width, height) = WINDOW_SIZE;
            let (column, row) = (number % WINDOWS_PER_ROW, number / WINDOWS_PER_ROW);
            command.args(["--resolution", &format!("{width}x{height}")]);
            command.args(["--position", &format!("{},{}", column * width, row * height)]);
            // The game is silent, and a machine without a sound card should be as well.
            command.args(["--audio-driver", "Dummy"]);
        } else {
            command.arg("--headless");
        }
        command.arg("--").args(game_arguments);
        let program = Program::beside_us(name, command, self.deadline)?;
        // Until it is seen to end by itself, that is how it will end.
        let record = Record::new(name, End::Killed);
        self.players.push(Player { program, record });
        Ok(())
    }

    /// Ends whoever still plays; answers what everybody did, also those who never came to play.
    fn into_records(self) -> Vec<Record> {
        let absent = self.waiting.iter().map(|client| Record::new(client.name, End::NeverStarted));
        self.players.into_iter().map(|player| player.record).chain(absent).collect()
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::demo::cast;
    use crate::process::write_script;

    /// A game in which everybody does as told: Ben leaves a file when he leaves, Cleo when she has come.
    const GAME: &str = r#"
dir=$(dirname "$0")
wait_for() { while [ ! -e "$dir/$1" ]; do sleep 0.02; done; }
summary() { echo "SUMMARY {\"who\": \"$1\", \"checks\": {\"played\": true}}"; }
case "$*" in
    *--role=server*) echo LISTENING 4711; wait_for ben; echo READY FOR LATE JOINER; wait_for cleo; summary server ;;
    *--name=Ada*--port=4711*) wait_for cleo; summary Ada ;;
    *--name=Ben*--port=4711*) touch "$dir/ben"; summary Ben ;;
    *--name=Cleo*--port=4711*) touch "$dir/cleo"; summary Cleo ;;
esac
"#;

    fn play_script(script: &str, limit: Duration) -> (Vec<String>, Vec<String>) {
        let dir = tempfile::tempdir().unwrap();
        let engine = dir.path().join("godot");
        write_script(&engine, script).unwrap();
        let production = Production { engine, project: dir.path().to_path_buf(), window: false, bots: 0, limit };
        let records = play(production, cast::CLIENTS[..3].to_vec()).unwrap();
        let names = records.iter().map(|record| record.name.clone()).collect();
        (names, records.iter().flat_map(Record::problems).collect())
    }

    #[test]
    fn a_good_play_has_four_records_and_no_problem() {
        let (names, problems) = play_script(GAME, Duration::from_secs(60));
        assert_eq!(names, ["server", "Ada", "Ben", "Cleo"]);
        assert_eq!(problems, [""; 0]);
    }

    #[test]
    fn a_server_that_hangs_is_stopped_and_the_absent_are_named() {
        let (_, problems) = play_script("exec sleep 600", Duration::from_millis(100));
        assert!(problems.contains(&"server: did not end by itself".to_owned()), "{problems:?}");
        assert!(problems.contains(&"Cleo: was never started: its cue did not come".to_owned()), "{problems:?}");
    }
}
