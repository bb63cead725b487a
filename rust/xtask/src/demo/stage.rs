//! The play: who is started when, what is shown meanwhile, and when it is over, one way or another.
//!
//! Everything that happens arrives on one channel. Whatever ends the play, the players' destructors reap every
//! process by its own handle.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use console::{Color, style};

use super::cast::{Client, Part, SERVER, server_arguments};
use super::player::{Event, Player, Record};
use super::summary::Summary;

/// How long the others may go on once a process has failed.
const LIMIT_AFTER_FAILURE: Duration = Duration::from_secs(5);
/// How often to look for processes that have ended.
const TICK: Duration = Duration::from_millis(50);

/// The server says its port.
const LISTENING: &str = "LISTENING ";
/// The server's cue for the late client.
const CUE_FOR_LATE: &str = "READY FOR LATE JOINER";

const COLORS: [Color; 6] = [Color::Yellow, Color::Cyan, Color::Green, Color::Magenta, Color::Blue, Color::Red];
const WINDOW_SIZE: (usize, usize) = (640, 400);
const WINDOWS_PER_ROW: usize = 3;

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

/// Plays the game with one server and `clients`; answers what every process did, the server first.
///
/// `events` receives what is sent to `sender`; others may send too.
pub(super) fn play(
    production: Production,
    clients: Vec<Client>,
    sender: Sender<Event>,
    events: &Receiver<Event>,
) -> Result<Vec<Record>> {
    let arguments = server_arguments(clients.len(), production.bots);
    let mut stage = Stage {
        deadline: Instant::now() + production.limit,
        production,
        waiting: clients,
        players: Vec::new(),
        port: None,
        sender,
    };
    stage.enter(SERVER, &arguments)?;
    stage.run(events)?;
    Ok(stage.into_records())
}

struct Stage {
    production: Production,
    /// Clients that have not entered yet.
    waiting: Vec<Client>,
    players: Vec<Player>,
    port: Option<u16>,
    sender: Sender<Event>,
    deadline: Instant,
}

impl Stage {
    fn run(&mut self, events: &Receiver<Event>) -> Result<()> {
        while !self.is_over()? {
            if Instant::now() >= self.deadline {
                eprintln!("out of time: whoever still plays is stopped");
                return Ok(());
            }
            match events.recv_timeout(TICK) {
                Ok(event) => self.handle(event)?,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => bail!("nobody is left on the stage"),
            }
        }
        Ok(())
    }

    fn handle(&mut self, event: Event) -> Result<()> {
        match event {
            Event::Interrupted => bail!("interrupted"),
            Event::OutputEnded { player } => {
                if let Some(player) = self.players.get_mut(player) {
                    player.note_output_end();
                }
                Ok(())
            }
            Event::Line { player, text } => {
                self.show(player, &text)?;
                if let Some(player) = self.players.get_mut(player) {
                    player.note(&text);
                }
                if player == 0 { self.take_cue(&text) } else { Ok(()) }
            }
        }
    }

    /// Acts on what the server says.
    fn take_cue(&mut self, line: &str) -> Result<()> {
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
        let (due, waiting) = self.waiting.drain(..).partition(|client| is_due(client.part));
        self.waiting = waiting;
        let due: Vec<Client> = due;
        for client in due {
            self.enter(client.name, &client.arguments(port))?;
        }
        Ok(())
    }

    fn enter(&mut self, name: &str, game_arguments: &[String]) -> Result<()> {
        let number = self.players.len();
        let mut engine_arguments = vec!["--path".to_owned(), self.production.project.display().to_string()];
        if self.production.window {
            let (width, height) = WINDOW_SIZE;
            let (column, row) = (number % WINDOWS_PER_ROW, number / WINDOWS_PER_ROW);
            engine_arguments.extend([
                "--resolution".to_owned(),
                format!("{width}x{height}"),
                "--position".to_owned(),
                format!("{},{}", column * width, row * height),
                // The game is silent, and a machine without a sound card should be as well.
                "--audio-driver".to_owned(),
                "Dummy".to_owned(),
            ]);
        } else {
            engine_arguments.push("--headless".to_owned());
        }
        let player =
            Player::start(name, number, &self.production.engine, &engine_arguments, game_arguments, &self.sender)?;
        self.players.push(player);
        Ok(())
    }

    /// Whether everybody has played and ended. A process that failed brings the deadline close: the others may be
    /// waiting for it.
    fn is_over(&mut self) -> Result<bool> {
        let mut all_ended = true;
        for player in &mut self.players {
            all_ended &= player.has_ended()?;
        }
        if self.players.iter().any(Player::has_failed) {
            self.deadline = self.deadline.min(Instant::now() + LIMIT_AFTER_FAILURE);
        }
        Ok(all_ended)
    }

    fn show(&self, player: usize, text: &str) -> Result<()> {
        let (Some(player), Some(&color)) = (self.players.get(player), COLORS.get(player % COLORS.len())) else {
            return Ok(());
        };
        if !is_worth_showing(text) {
            return Ok(());
        }
        let prefix = format!("{:>6} |", player.name());
        writeln!(io::stdout(), "{} {text}", style(prefix).fg(color)).context("cannot write to stdout")
    }

    /// Ends whoever still plays; answers what everybody did, also those who never came to play.
    fn into_records(self) -> Vec<Record> {
        let absent = self.waiting.iter().map(|client| Record { name: client.name.to_owned(), ..Record::default() });
        let absent: Vec<Record> = absent.collect();
        self.players.into_iter().map(Player::into_record).chain(absent).collect()
    }
}

/// The greetings of engine and bindings say nothing new, and summaries are shown as one table at the end.
fn is_worth_showing(line: &str) -> bool {
    let greetings = ["Godot Engine v", "Initialize godot-rust"];
    let is_greeting = greetings.iter().any(|greeting| line.starts_with(greeting));
    !line.trim().is_empty() && !is_greeting && Summary::from_line(line).is_none()
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::path::Path;
    use std::sync::mpsc::channel;

    use super::*;
    use crate::demo::cast;
    use crate::demo::report::problems;
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

    fn play_script(dir: &Path, script: &str, limit: Duration) -> Result<Vec<Record>> {
        let engine = dir.join("godot");
        write_script(&engine, script);
        let production = Production { engine, project: dir.to_path_buf(), window: false, bots: 0, limit };
        let (sender, events) = channel();
        play(production, cast::of(3), sender, &events)
    }

    #[test]
    fn a_good_play_has_four_records_and_no_problem() {
        let dir = tempfile::tempdir().unwrap();
        let records = play_script(dir.path(), GAME, Duration::from_secs(60)).unwrap();
        assert_eq!(
            records.iter().map(|record| record.name.as_str()).collect::<Vec<_>>(),
            ["server", "Ada", "Ben", "Cleo"]
        );
        assert_eq!(records.iter().flat_map(problems).collect::<Vec<_>>(), [""; 0]);
    }

    #[test]
    fn a_server_that_hangs_is_stopped_and_the_absent_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let records = play_script(dir.path(), "exec sleep 600", Duration::from_millis(100)).unwrap();
        let problems: Vec<String> = records.iter().flat_map(problems).collect();
        assert!(problems.contains(&"server: did not end by itself".to_owned()), "{problems:?}");
        assert!(problems.contains(&"Cleo: was never started: its cue did not come".to_owned()), "{problems:?}");
    }

    #[test]
    fn an_interrupt_ends_the_play() {
        let dir = tempfile::tempdir().unwrap();
        let engine = dir.path().join("godot");
        write_script(&engine, "exec sleep 600");
        let production = Production {
            engine,
            project: dir.path().to_path_buf(),
            window: false,
            bots: 0,
            limit: Duration::from_secs(60),
        };
        let (sender, events) = channel();
        sender.send(Event::Interrupted).unwrap();
        let error = play(production, cast::of(3), sender, &events).unwrap_err();
        assert_eq!(error.to_string(), "interrupted");
    }
}
