//! What came of it, as tables in Markdown.

use std::fmt::Write as _;
use std::time::Duration;

use anyhow::Result;

use super::Traffic;
use super::trial::{self, Outcome, Way};

/// Where a class of sizes begins; it ends where the next begins.
const SIZES: [usize; 7] = [0, 64, 128, 256, 512, 1024, 4096];

/// Thresholds that are tried.
const THRESHOLDS: [usize; 5] = [0, 64, 128, 256, 512];

const LEVELS: [u32; 3] = [1, 2, 6];

/// Every packet by itself, whatever its size, as hard as the default is.
const ANEW: Way = Way { level: 1, threshold: 0, keeps_context: false, window: 15 };

/// What packets of each size gain and cost, each by itself and with a context.
///
/// # Errors
/// When what comes out is not what went in.
pub fn by_size(all: &[Traffic]) -> Result<String> {
    let mut table = String::from(
        "| packets | bytes | how many | level 1 | level 2 | level 6 | level 1, with context |\n|---|---|---|---|---|---|---|\n",
    );
    for traffic in all {
        let mut ways = Vec::new();
        for level in LEVELS {
            ways.push(trial::try_out(traffic, Way { level, ..ANEW })?);
        }
        ways.push(trial::try_out(traffic, Way { keeps_context: true, ..ANEW })?);
        for (place, least) in SIZES.into_iter().enumerate() {
            let end = SIZES.get(place + 1).copied().unwrap_or(usize::MAX);
            let is_in = |outcome: &&Outcome| (least.max(1)..end).contains(&outcome.before);
            let count = ways.first().map_or(0, |way| way.iter().filter(is_in).count());
            if count == 0 {
                continue;
            }
            let range = if end == usize::MAX { format!("{least} and more") } else { format!("{least} to {}", end - 1) };
            let _ = write!(table, "| {} | {range} | {count} |", traffic.name);
            for way in &ways {
                let part: Vec<Outcome> = way.iter().filter(is_in).copied().collect();
                let _ = write!(
                    table,
                    " {} %, {} and {} us |",
                    share(&part),
                    micros(&part, |outcome| outcome.deflating),
                    micros(&part, |outcome| outcome.inflating)
                );
            }
            table.push('\n');
        }
    }
    Ok(table)
}

/// What all packets of a kind gain and cost, by the threshold.
///
/// # Errors
/// When what comes out is not what went in.
pub fn by_threshold(all: &[Traffic]) -> Result<String> {
    let mut table = String::from(
        "| packets | threshold | level 1 | level 2 | level 6 | level 1, with context | the same, window of 1 KiB |\n|---|---|---|---|---|---|---|\n",
    );
    for traffic in all {
        for threshold in THRESHOLDS {
            let _ = write!(table, "| {} | {threshold} |", traffic.name);
            let anew = LEVELS.map(|level| Way { level, threshold, ..ANEW });
            let on = [15, 10].map(|window| Way { threshold, keeps_context: true, window, ..ANEW });
            for way in anew.into_iter().chain(on) {
                let outcomes = trial::try_out(traffic, way)?;
                let time = micros(&outcomes, |outcome| outcome.deflating);
                let _ = write!(table, " {} %, {time} us |", share(&outcomes));
            }
            table.push('\n');
        }
    }
    Ok(table)
}

/// What a compressor and an inflater hold on to.
#[must_use]
pub fn memory() -> String {
    let mut table =
        String::from("| window | compressor, level 1 | compressor, level 6 | inflater |\n|---|---|---|---|\n");
    for window in [15, 12, 10, 9] {
        let kib = |bytes: u64| bytes.div_ceil(1024);
        let (fast, inflating) = trial::memory(1, window);
        let (hard, _) = trial::memory(6, window);
        let _ = writeln!(
            table,
            "| {} KiB | {} KiB | {} KiB | {} KiB |",
            f64::from(1_u32 << window) / 1024.0,
            kib(fast),
            kib(hard),
            kib(inflating)
        );
    }
    table
}

/// Bytes after, of a hundred before.
#[expect(clippy::cast_precision_loss, reason = "megabytes at the most")]
fn share(outcomes: &[Outcome]) -> String {
    let sum = |size: fn(&Outcome) -> usize| outcomes.iter().map(size).sum::<usize>() as f64;
    format!("{:.0}", 100.0 * sum(|outcome| outcome.after) / sum(|outcome| outcome.before).max(1.0))
}

/// The time for one packet, of all of them.
#[expect(clippy::cast_precision_loss, reason = "thousands at the most")]
fn micros(outcomes: &[Outcome], time: fn(&Outcome) -> Duration) -> String {
    let sum: Duration = outcomes.iter().map(time).sum();
    format!("{:.1}", sum.as_secs_f64() * 1e6 / outcomes.len().max(1) as f64)
}
