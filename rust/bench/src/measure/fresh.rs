//! How old state is that a server sends over a link which carries half of it.

use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Context, Result};

use super::plot::{Line, Plot};
use super::series::{Series, value};
use super::trial::{self, EndsWith, Measures};
use super::{BUILTIN, OURS};

/// What `--only` finds it by.
const NAME: &str = "fresh state over 1 Mbit/s, twice offered";

/// Who is measured: a name, the class, and the `unreliable_max_age` in milliseconds.
const SERVERS: [(&str, &str, Option<u32>); 3] = [
    ("WebSocketMultiplayerPeer", BUILTIN, None),
    ("RustWebSocketMultiplayerPeer", OURS, None),
    ("the same, unreliable_max_age = 0.1", OURS, Some(100)),
];

/// What came of one server.
#[derive(Debug)]
pub(super) struct Freshness {
    pub(super) name: &'static str,
    /// How old state was, in milliseconds: the middle, and what 99 of 100 stay under.
    pub(super) state: [f64; 2],
    /// How old reliable packets were: what 99 of 100 stay under, and the oldest.
    pub(super) reliable: [f64; 2],
    /// How much of the link was used by state.
    pub(super) used: f64,
    /// By seconds, in seconds.
    oldest: Vec<(f64, f64)>,
}

impl Series<'_> {
    /// Each server in turn; nothing if it is not wanted.
    pub(super) fn freshness(&self) -> Result<Vec<Freshness>> {
        if !self.is_wanted(NAME) {
            return Ok(Vec::new());
        }
        SERVERS.iter().map(|&(name, class, age)| self.fresh(name, class, age).context(name)).collect()
    }

    fn fresh(&self, name: &'static str, class: &str, age: Option<u32>) -> Result<Freshness> {
        let through = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let seconds = if self.is_quick() { 4 } else { 20 };
        let mut arguments = vec!["--workload=fresh".to_owned(), format!("--class={class}")];
        arguments.extend([format!("--through={through}"), format!("--seconds={seconds}")]);
        arguments.extend(age.map(|age| format!("--age_ms={age}")));
        let load = format!("link --through {through} --bytes-per-second 125000");
        let measures = trial::run(self.engine(&arguments)?, |port| Some(self.load(port, &load)), EndsWith::Server)?;
        Ok(Freshness {
            name,
            state: [value(&measures, "state_ms")?, value(&measures, "state_ms_p99")?],
            reliable: [value(&measures, "word_ms_p99")?, value(&measures, "word_ms_max")?],
            used: value(&measures, "used")?,
            oldest: oldest(&measures, seconds),
        })
    }
}

fn oldest(measures: &Measures, seconds: u32) -> Vec<(f64, f64)> {
    let at = |second| Some((f64::from(second), measures.get(&format!("oldest_ms_{second}"))? / 1000.0));
    (1..=seconds).filter_map(at).collect()
}

/// Age over time.
pub(super) fn plot(all: &[Freshness]) -> Option<Plot> {
    (!all.is_empty()).then(|| Plot {
        file: "fresh_state.svg",
        title: "State over a link of 1 Mbit/s to which twice that is offered",
        horizontal: "seconds",
        vertical: "age of the oldest state of a second, in seconds",
        falls: false,
        lines: all.iter().map(|one| Line { name: one.name.to_owned(), points: one.oldest.clone() }).collect(),
    })
}
