//! What happened in a world, line by line, or only the sum of it. Two runs of a seed write the same.

use std::fmt;

use crate::time::VirtualTime;

/// What is kept of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Nothing: it costs nothing.
    Nothing,
    /// Each line is printed.
    Lines,
    /// A sum by which two runs are compared.
    Sum,
}

/// The trace of a world.
pub struct Trace {
    time: VirtualTime,
    keep: Keep,
    sum: u64,
    lines: u64,
}

impl Trace {
    /// An empty one.
    #[must_use]
    pub fn new(time: VirtualTime, keep: Keep) -> Self {
        Self { time, keep, sum: 0xcbf2_9ce4_8422_2325, lines: 0 }
    }

    /// Something happened. The line is only made if somebody wants it. It must not tell what a peer's bytes were: those of
    /// tungstenite's clients are masked by random numbers of its own.
    pub fn say(&mut self, line: impl FnOnce() -> String) {
        if self.keep == Keep::Nothing {
            return;
        }
        let line = format!("{:>14.6} {}", self.time.elapsed().as_secs_f64() * 1000.0, line());
        self.lines += 1;
        for byte in line.bytes() {
            self.sum = (self.sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        if self.keep == Keep::Lines {
            println!("{line}");
        }
    }

    /// How many lines there were, and their sum.
    #[must_use]
    pub fn sum(&self) -> (u64, u64) {
        (self.lines, self.sum)
    }
}

impl fmt::Debug for Trace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Trace({} lines)", self.lines)
    }
}
