//! The play: who is started when, what is shown meanwhile, and when it is over, one way or another.
//!
//! Everything that happens arrives on one channel. Whatever ends the play, the players' destructors reap every
//! process by its own handle.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use console::{Color, style};

use super::cast::{Client, Part, SERVER, server_arguments};
use super::player::{Event, Player, Record};

/// The whole play.
const LIMIT: Duration = Duration::from_secs(60);
/// How long the others may go on once a process has failed.
const LIMIT_AFTER_FAILURE: Duration = Duration::from_secs(5);
/// How often to look for processes that have ended.
const TICK: Duration = Duration::from_millis(50);

/// The server says its port.
const LISTENING: &str = "LISTENING ";
/// The server's cue for the late client.
const CUE_FOR_LATE: &str = "READY FOR LATE JOINER";

const COLORS: [Color; 6] = [
    Color::Yellow,
    Color::Cyan,
    Color::Green,
    Color::Magenta,
    Color::Blue,
    Color::Red,
];
const WINDOW_SIZE: (usize, usize) = (640, 400);
const WINDOWS_PER_ROW: usize = 3;

/// Plays the game with one server and `clients`; answers what every process did, the server first.
pub(super) fn play(
    engine: &Path,
    project: &Path,
    clients: &[Client],
    window: bool,
) -> Result<Vec<Record>> {
    let (sender, events) = channel();
    let interrupt = sender.clone();
    ctrlc::set_handler(move || {
        // Once the play is over there is nobody to tell.
        let _ = interrupt.send(Event::Interrupted);
    })
    .context("cannot watch for an interrupt")?;

    let mut stage = Stage {
        engine: engine.to_path_buf(),
        project: project.to_path_buf(),
        window,
        waiting: clients.to_vec(),
        players: Vec::new(),
        port: None,
        sender,
        deadline: Instant::now() + LIMIT,
    };
    stage.enter(SERVER, &server_arguments(clients.len()))?;
    stage.run(&events)?;
    Ok(stage.into_records())
}

struct Stage {
    engine: PathBuf,
    project: PathBuf,
    window: bool,
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
                if player == 0 {
                    self.take_cue(&text)
                } else {
                    Ok(())
                }
            }
        }
    }

    /// Acts on what the server says.
    fn take_cue(&mut self, line: &str) -> Result<()> {
        if let Some(port) = line.strip_prefix(LISTENING) {
            self.port = Some(
                port.trim()
                    .parse()
                    .with_context(|| format!("the server says {line:?}"))?,
            );
            self.enter_clients(|part| part != Part::Late)?;
        } else if line.starts_with(CUE_FOR_LATE) {
            self.enter_clients(|part| part == Part::Late)?;
        }
        Ok(())
    }

    fn enter_clients(&mut self, is_due: impl Fn(Part) -> bool) -> Result<()> {
        let port = self
            .port
            .context("the server gave a cue before it listened")?;
        let (due, waiting) = self
            .waiting
            .drain(..)
            .partition(|client| is_due(client.part));
        self.waiting = waiting;
        let due: Vec<Client> = due;
        for client in due {
            self.enter(client.name, &client.arguments(port))?;
        }
        Ok(())
    }

    fn enter(&mut self, name: &str, game_arguments: &[String]) -> Result<()> {
        let number = self.players.len();
        let mut engine_arguments = vec!["--path".to_owned(), self.project.display().to_string()];
        if self.window {
            let (width, height) = WINDOW_SIZE;
            let (column, row) = (number % WINDOWS_PER_ROW, number / WINDOWS_PER_ROW);
            engine_arguments.extend([
                "--resolution".to_owned(),
                format!("{width}x{height}"),
                "--position".to_owned(),
                format!("{},{}", column * width, row * height),
            ]);
        } else {
            engine_arguments.push("--headless".to_owned());
        }
        let player = Player::start(
            name,
            number,
            &self.engine,
            &engine_arguments,
            game_arguments,
            &self.sender,
        )?;
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
        let (Some(player), Some(&color)) =
            (self.players.get(player), COLORS.get(player % COLORS.len()))
        else {
            return Ok(());
        };
        let prefix = format!("{:>6} |", player.name());
        writeln!(io::stdout(), "{} {text}", style(prefix).fg(color))
            .context("cannot write to stdout")
    }

    /// Ends whoever still plays; answers what everybody did, also those who never came to play.
    fn into_records(self) -> Vec<Record> {
        let absent = self.waiting.iter().map(|client| Record {
            name: client.name.to_owned(),
            ..Record::default()
        });
        let absent: Vec<Record> = absent.collect();
        self.players
            .into_iter()
            .map(Player::into_record)
            .chain(absent)
            .collect()
    }
}
