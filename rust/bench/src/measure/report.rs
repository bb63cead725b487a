//! The tables, for the terminal and as Markdown.

use std::fmt::Write as _;

use comfy_table::{Table, presets};

use super::fresh::Freshness;
use super::plot::Plot;
use super::series::{Outcome, Row, SERVERS, ThreadRow, TransportRow};
use super::work::Unit;
use super::{BUILTIN, OURS, Options};

/// The report as it grows; what is added to it is printed as well.
pub(super) struct Document {
    text: String,
}

impl Document {
    pub(super) fn new(options: &Options, machine: &str) -> Self {
        let mut command = "cargo xtask bench".to_owned();
        if options.quick {
            command += " --quick";
        }
        if let Some(only) = &options.only {
            let _ = write!(command, " --only '{only}'");
        }
        let text = format!("# Benchmark\n\n`{command}`\n\n{machine}. Medians.\n");
        println!("{machine}");
        Self { text }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Both classes, on the engine.
    pub(super) fn engine_table(&mut self, rows: &[Row]) {
        let cells = rows.iter().map(|row| {
            let unit = row.work.unit;
            let builtin = match row.builtin {
                None => "-".to_owned(),
                Some(Outcome::Done(value)) => format_value(value, unit),
                Some(Outcome::Incomplete { joined, of }) => format!("never: {joined:.0} of {of:.0}"),
            };
            let ratio = match row.builtin {
                Some(Outcome::Done(builtin)) => format!("{:.1}", times_better(row.ours, builtin, unit)),
                _ => "-".to_owned(),
            };
            let floor = row.floor.map_or_else(
                || "-".to_owned(),
                |floor| format!("{} ({:.2})", format_value(floor, unit), times_better(row.ours, floor, unit)),
            );
            vec![
                row.work.name.to_owned(),
                format_value(row.ours, unit),
                builtin,
                ratio,
                floor,
                row.work.reach.to_owned(),
            ]
        });
        let header = ["work", "ours", "built-in", "times better", "floor (share of it)", "to reach"];
        self.table(&format!("{OURS} beside {BUILTIN}"), &header, cells.collect());
        self.text += "\nThe floor of an echo is the time of the engine's own loop over packets in memory plus the time of a bare TCP \
                      echo of the same bytes; that of a broadcast is one bare write to each peer.\n";
    }

    /// The game's thread, with the network on it and beside it.
    pub(super) fn thread_table(&mut self, rows: &[ThreadRow]) {
        let cells = rows.iter().map(|row| {
            let cell =
                |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format_value(value, row.work.unit));
            let mut cells = vec![row.work.name.to_owned()];
            cells.extend(row.values.map(cell));
            cells.push(row.work.reach.to_owned());
            cells
        });
        let header = ["work", "built-in", "in place", "network_thread", "to reach with it"];
        self.table("The network beside the game", &header, cells.collect());
    }

    /// The transport without the engine.
    pub(super) fn transport_table(&mut self, rows: &[TransportRow]) {
        let header: Vec<&str> =
            std::iter::once("echo, messages per second").chain(SERVERS.map(|server| server.0)).collect();
        let cells = rows.iter().map(|row| {
            let rates = row.rates.iter().map(|rate| grouped(*rate));
            std::iter::once(row.work.to_owned()).chain(rates).collect()
        });
        self.table("The transport alone, one core", &header, cells.collect());
    }

    /// How old state gets on its way.
    pub(super) fn freshness_table(&mut self, all: &[Freshness]) {
        let header =
            ["state over 1 Mbit/s, twice offered", "median", "p99", "reliable p99", "the oldest", "of the link"];
        let seconds = |milliseconds: f64| format!("{:.2} s", milliseconds / 1000.0);
        let rows = all.iter().map(|Freshness { name, state, reliable, used, .. }| {
            let ages = state.iter().chain(reliable).map(|age| seconds(*age));
            std::iter::once((*name).to_owned()).chain(ages).chain([format!("{used:.2}")]).collect()
        });
        self.table("The age of state", &header, rows.collect());
    }

    pub(super) fn plot(&mut self, plot: &Plot) {
        let _ = write!(self.text, "\n## {}\n\n![{}]({})\n\n", plot.title, plot.title, plot.file);
        for line in &plot.lines {
            let points: Vec<_> = line.points.iter().map(|(x, y)| format!("{} at {x:.0}", grouped(*y))).collect();
            let _ = writeln!(self.text, "- {}, {}: {}", line.name, plot.vertical, points.join(", "));
        }
    }

    fn table(&mut self, title: &str, header: &[&str], rows: Vec<Vec<String>>) {
        if rows.is_empty() {
            return;
        }
        let mut table = Table::new();
        table.load_style(presets::UTF8_FULL_CONDENSED).set_header(header);
        let _ = write!(self.text, "\n## {title}\n\n| {} |\n|{}\n", header.join(" | "), "---|".repeat(header.len()));
        for row in rows {
            let _ = writeln!(self.text, "| {} |", row.join(" | "));
            table.add_row(row);
        }
        println!("{table}");
    }
}

/// How many times better the first is.
fn times_better(ours: f64, other: f64, unit: Unit) -> f64 {
    if unit.more_is_better() { ours / other } else { other / ours }
}

fn format_value(value: f64, unit: Unit) -> String {
    match unit {
        Unit::PerSecond(unit) => format!("{} {unit}", grouped(value)),
        Unit::Micros => format!("{} us", grouped(value)),
        Unit::Millis => format!("{value:.2} ms"),
        Unit::Seconds => format!("{value:.2} s"),
        Unit::KibPerPeer => format!("{value:.1} KiB"),
        Unit::Bytes => format!("{value:.0} B"),
    }
}

/// Whole numbers in groups of three digits; small ones keep a decimal.
fn grouped(value: f64) -> String {
    if value < 100.0 {
        return format!("{value:.1}");
    }
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_easy_to_read() {
        assert_eq!([3.25, 999.6, 1_234_567.0].map(grouped), ["3.2", "1,000", "1,234,567"]);
        assert_eq!(format_value(0.25, Unit::Seconds), "0.25 s");
    }

    #[test]
    fn better_is_more_or_less() {
        assert_eq!(times_better(30.0, 10.0, Unit::PerSecond("")), 3.0);
        assert_eq!(times_better(10.0, 30.0, Unit::Micros), 3.0);
    }
}
