//! What came of a soak.

use rust_websocket_transport::config::OverflowPolicy;
use rust_websocket_transport::statistics::{Queues, Statistics};

use super::crowd::Counts;
use super::house::{HOUSES, Tally};
use super::lives::Kind;
use super::watch::Holdings;

/// How much more memory a process may hold at the end than after the warm-up, in KiB: what an allocator keeps of a
/// crowd's peak differs from one peak to the next.
const MARGIN: usize = 8 * 1024;

/// One process at rest.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Side {
    pub(crate) name: &'static str,
    pub(crate) holdings: Holdings,
}

/// The figures, and the verdict.
pub(crate) struct Report {
    pub(crate) begin: [Side; 2],
    pub(crate) end: [Side; 2],
    pub(crate) tally: Tally,
    pub(crate) counts: Counts,
    /// What each server says of itself, after everybody has gone.
    pub(crate) statistics: [Statistics; HOUSES.len()],
}

impl Report {
    pub(crate) fn print(&self) {
        println!("| at rest | descriptors before | after | KiB before | after |");
        println!("|---|---|---|---|---|");
        for (begin, end) in self.begin.iter().zip(&self.end) {
            let (before, after) = (begin.holdings, end.holdings);
            println!(
                "| {} | {} | {} | {} | {} |",
                begin.name, before.descriptors, after.descriptors, before.memory, after.memory
            );
        }
        println!();
        println!("| seen by the servers | |");
        println!("|---|---|");
        let Tally { joined, left, failed, echoed, overflowed, sent_away, polls, longest_poll } = &self.tally;
        println!("| joined | {joined} |\n| left | {left} |\n| failed handshakes | {failed} |");
        println!("| packets echoed | {echoed} |");
        for (house, (overflowed, sent_away)) in HOUSES.iter().zip(overflowed.iter().zip(sent_away)) {
            let scheme = if house.uses_tls { "wss" } else { "ws" };
            let name = format!("{scheme}, policy {:?}", house.policy);
            println!(
                "| {name}: packets without room | {overflowed} |\n| {name}: peers sent away for it | {sent_away} |"
            );
        }
        println!("| polls | {polls} |\n| longest frame | {:.1} ms |", longest_poll.as_secs_f64() * 1000.0);
        println!();
        println!("| seen by the crowd | |");
        println!("|---|---|");
        let Counts { joined, failed, echoes, broadcasts, lives, .. } = &self.counts;
        println!("| joined | {joined} |\n| did not get in | {failed} |");
        println!("| echoes, each the next that was due | {echoes} |\n| broadcasts | {broadcasts} |");
        for (kind, count) in Kind::ALL.iter().zip(lives) {
            println!("| lives of the kind {kind:?} | {count} |");
        }
        println!();
        for complaint in self.complaints() {
            println!("FAILED: {complaint}");
        }
        if self.is_good() {
            println!("passed: descriptors exactly as before, memory within {MARGIN} KiB");
        }
    }

    pub(crate) fn is_good(&self) -> bool {
        self.complaints().is_empty()
    }

    fn complaints(&self) -> Vec<String> {
        let mut complaints = Vec::new();
        for (begin, end) in self.begin.iter().zip(&self.end) {
            let (before, after) = (begin.holdings, end.holdings);
            if before.descriptors != after.descriptors {
                complaints.push(format!("the {} does not hold as many descriptors as before", begin.name));
            }
            if after.memory > before.memory + MARGIN {
                complaints.push(format!("the {} holds over {MARGIN} KiB more than before", begin.name));
            }
        }
        if self.tally.joined != self.tally.left {
            complaints.push("not everybody who joined has left".to_owned());
        }
        for (house, (overflowed, sent_away)) in
            HOUSES.iter().zip(self.tally.overflowed.iter().zip(&self.tally.sent_away))
        {
            if *overflowed == 0 || (*sent_away > 0) != (house.policy == OverflowPolicy::Disconnect) {
                complaints
                    .push(format!("a server did not have the overflows that its policy {:?} is for", house.policy));
            }
        }
        for statistics in &self.statistics {
            let Statistics { peers, handshakes, queues, .. } = statistics;
            if *peers > 0 || handshakes.pending() > 0 || *queues != Queues::default() {
                complaints.push(format!("a server that is empty counts something: {statistics:?}"));
            }
        }
        if self.counts.failed > 0 {
            complaints.push("some well-behaved clients did not get in".to_owned());
        }
        if self.counts.echoes == 0 || self.counts.lives.contains(&0) {
            complaints.push("the crowd was not what it should be".to_owned());
        }
        complaints
    }
}
