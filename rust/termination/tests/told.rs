//! A process that is told to end, as another process sees it.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that unwraps says where it failed")]

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use termination::Listener;

/// Names what the process that this program starts is to do.
const PLAY: &str = "TERMINATION_PLAY";

/// Long enough for the busiest machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Not a test by itself: what the tests below start.
#[test]
fn player() {
    let Ok(play) = std::env::var(PLAY) else { return };
    let listener = (play != "unheard").then(|| Listener::new().unwrap());
    let other = (play == "two").then(|| Listener::new().unwrap());
    if play == "no_more" {
        drop(listener);
        assert!(!termination::has_listeners());
        println!("\nready");
        std::thread::sleep(PATIENCE);
        return;
    }
    println!("\nready");
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        if listener.as_ref().is_some_and(Listener::was_told) {
            assert!(other.as_ref().is_none_or(Listener::was_told));
            println!("told");
            if play == "stays" {
                std::thread::sleep(PATIENCE);
            }
            std::process::exit(7);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

struct Player {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Player {
    fn start(play: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "player", "--nocapture", "--test-threads=1"])
            .env(PLAY, play)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut player = Self { child, lines };
        player.hear("ready");
        player
    }

    fn hear(&mut self, wanted: &str) {
        assert!(self.lines.by_ref().any(|line| line.unwrap() == wanted), "it never said '{wanted}'");
    }

    fn tell(&self, signal: &str) {
        let status = Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    fn end(mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }
}

#[test]
fn the_first_time_it_is_heard() {
    for signal in ["-TERM", "-INT"] {
        for play in ["hears", "two"] {
            let mut player = Player::start(play);
            player.tell(signal);
            player.hear("told");
            assert_eq!(player.end().code(), Some(7));
        }
    }
}

#[test]
fn the_second_time_it_ends_at_once() {
    for (first, second, number) in [("-TERM", "-TERM", 15), ("-INT", "-TERM", 15), ("-TERM", "-INT", 2)] {
        let mut player = Player::start("stays");
        player.tell(first);
        player.hear("told");
        player.tell(second);
        assert_eq!(player.end().signal(), Some(number));
    }
}

#[test]
fn without_a_listener_it_ends_at_once() {
    for play in ["unheard", "no_more"] {
        let player = Player::start(play);
        player.tell("-TERM");
        assert_eq!(player.end().signal(), Some(15), "{play}");
    }
}
