//! Many worlds, on a few threads.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::trace::Keep;
use crate::world::run;

/// Which worlds.
#[derive(Debug, Clone, Copy)]
pub struct Campaign {
    /// The first seed.
    pub from: u64,
    /// How many.
    pub seeds: u64,
    /// How many at a time.
    pub workers: usize,
    /// Whether to go on after a failure.
    pub goes_on: bool,
}

/// What came of them.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// How many were run.
    pub worlds: u64,
    /// Connections in all of them.
    pub connections: u64,
    /// Packets that arrived.
    pub packets: u64,
    /// Their own time.
    pub virtual_time: Duration,
    /// The time it took.
    pub real_time: Duration,
    /// Seeds that failed, lowest first, and why.
    pub failures: Vec<(u64, String)>,
}

impl Campaign {
    /// Runs them; `tell` hears of each that is done. Without [`Campaign::goes_on`] the lowest seed that fails is the first
    /// failure, however the threads ran.
    #[must_use]
    pub fn run(&self, tell: impl Fn(u64) + Sync) -> Report {
        let next = AtomicU64::new(self.from);
        let end = AtomicU64::new(self.from.saturating_add(self.seeds));
        let report = Mutex::new(Report::default());
        let began = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..self.workers.max(1) {
                scope.spawn(|| {
                    loop {
                        let seed = next.fetch_add(1, Ordering::Relaxed);
                        if seed >= end.load(Ordering::Relaxed) {
                            return;
                        }
                        let outcome = run(seed, Keep::Nothing);
                        let Ok(mut report) = report.lock() else { return };
                        report.worlds += 1;
                        report.connections += outcome.connections as u64;
                        report.packets += outcome.packets;
                        report.virtual_time += outcome.lasted;
                        if let Some(fault) = outcome.fault {
                            report.failures.push((seed, fault));
                            if !self.goes_on {
                                // Lower seeds that are under way are still heard.
                                end.fetch_min(seed, Ordering::Relaxed);
                            }
                        }
                        tell(report.worlds);
                    }
                });
            }
        });
        let mut report = report.into_inner().unwrap_or_default();
        report.failures.sort();
        report.real_time = began.elapsed();
        report
    }
}
