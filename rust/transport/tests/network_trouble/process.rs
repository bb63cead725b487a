//! A process at one end of a cable: told what to do by lines, and heard by lines.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::cable::{Cable, End};
use super::party::SAYS;

/// Far more than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// This very program, playing a part. It ends with its owner.
pub(crate) struct Process {
    name: &'static str,
    child: Child,
    lines: Receiver<String>,
    heard: Vec<String>,
}

impl Process {
    pub(crate) fn start(
        cable: &Cable,
        end: End,
        name: &'static str,
        address: &str,
        tls: bool,
        heartbeat: Duration,
    ) -> Self {
        let mut child = Command::new("ip")
            .args(["netns", "exec", &cable.namespace(end)])
            .arg(std::env::current_exe().unwrap())
            .args(["part", "--exact", "--ignored", "--nocapture"])
            .env("PARTY", name)
            .env("PARTY_ADDRESS", address)
            .env("PARTY_TLS", if tls { "1" } else { "0" })
            .env("PARTY_HEARTBEAT", heartbeat.as_millis().to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { name, child, lines, heard: Vec::new() }
    }

    pub(crate) fn order(&mut self, what: &str) {
        let stdin = self.child.stdin.as_mut().unwrap();
        writeln!(stdin, "{what}").and_then(|()| stdin.flush()).unwrap();
    }

    /// What follows these words, once it has said them.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, words: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    if let Some((_, said)) = line.split_once(SAYS)
                        && let Some(rest) = said.strip_prefix(words)
                    {
                        return rest.to_owned();
                    }
                    self.heard.push(line);
                }
                Err(_) => panic!("the {} did not say '{words}', but {:?}", self.name, self.heard),
            }
        }
    }

    /// Ends it without giving it time for a word.
    pub(crate) fn kill(&mut self) {
        // Both fail only for a process that has ended and been waited for, which is the aim.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
