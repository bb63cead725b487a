//! The crowd's process: so many lives at a time, each followed by another, until the house asks for rest.
//!
//! It is told `go`, `rest` and `end` on stdin, a line each, and says on stdout what it counts (`count ...`) and, once
//! everybody has gone, what it still holds (`rested ...`).

use std::io::{BufRead, Write};
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::thread;
use std::time::{Duration, Instant};

use rand::SeedableRng;
use rand::rngs::StdRng;

use super::house::HOUSES;
use super::lives::{Kind, Life};
use super::watch::Holdings;

/// How often everybody has a turn.
const FRAME: Duration = Duration::from_micros(16_667);

/// How often it says what it counts, in frames.
const COUNTED: u32 = 60;

/// How many begin a life in one frame, at the most.
const ARRIVALS: usize = 20;

/// What the crowd has seen.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counts {
    pub(crate) alive: u64,
    pub(crate) joined: u64,
    pub(crate) failed: u64,
    pub(crate) echoes: u64,
    pub(crate) broadcasts: u64,
    pub(crate) lives: [u64; Kind::ALL.len()],
}

impl Counts {
    fn line(&self) -> String {
        let mut words = vec![self.alive, self.joined, self.failed, self.echoes, self.broadcasts];
        words.extend(self.lives);
        words.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let numbers: Vec<u64> = text.split_whitespace().map_while(|word| word.parse().ok()).collect();
        let (&[alive, joined, failed, echoes, broadcasts], lives) = numbers.split_first_chunk::<5>()?;
        Some(Self { alive, joined, failed, echoes, broadcasts, lives: lives.try_into().ok()? })
    }
}

/// Runs the crowd's process to its end.
pub(crate) fn run(ports: [u16; HOUSES.len()], clients: usize) {
    let orders = orders();
    let seed = rand::random();
    eprintln!("the crowd's seed is {seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    let mut lives: Vec<Life> = Vec::new();
    let mut counts = Counts::default();
    let mut goes = false;
    let mut frame = 0;
    loop {
        let started = Instant::now();
        match orders.try_recv().as_deref() {
            Ok("go") => goes = true,
            Ok("rest") => {
                goes = false;
                lives = Vec::new();
                say(&format!("rested {}", Holdings::now()));
            }
            Ok(_) | Err(TryRecvError::Disconnected) => return,
            Err(TryRecvError::Empty) => {}
        }
        if goes {
            for _ in 0..ARRIVALS.min(clients - lives.len()) {
                if let Some(life) = Life::begin(ports, &mut rng) {
                    counts.lives[Kind::ALL.iter().position(|&kind| kind == life.kind).unwrap()] += 1;
                    lives.push(life);
                }
            }
        }
        lives.retain_mut(|life| {
            let turn = life.turn(started, &mut rng);
            counts.echoes += turn.echoes;
            counts.broadcasts += turn.broadcasts;
            counts.joined += u64::from(turn.joined);
            counts.failed += u64::from(turn.failed);
            !turn.over
        });
        counts.alive = lives.len() as u64;
        frame += 1;
        if frame % COUNTED == 0 {
            say(&format!("count {} {}", Holdings::now(), counts.line()));
        }
        thread::sleep(FRAME.saturating_sub(started.elapsed()));
    }
}

/// The lines on stdin, read on a thread of its own. Its end is the end of everything.
fn orders() -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).unwrap();
}
