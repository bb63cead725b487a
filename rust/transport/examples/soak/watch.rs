//! What this process holds, as the system tells it.

use std::fmt;
use std::fs;
use std::str::FromStr;

/// Descriptors and memory of a process.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Holdings {
    pub(crate) descriptors: usize,
    /// Resident memory, in KiB.
    pub(crate) memory: usize,
}

impl Holdings {
    /// Of this process. Only Linux tells them this way.
    pub(crate) fn now() -> Self {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let memory = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .and_then(|rest| rest.trim().trim_end_matches("kB").trim().parse().ok());
        Self { descriptors: descriptors(), memory: memory.unwrap_or(0) }
    }
}

/// How many descriptors are open, without the one that counts them.
pub(crate) fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").map_or(0, |entries| entries.count().saturating_sub(1))
}

impl fmt::Display for Holdings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.descriptors, self.memory)
    }
}

impl FromStr for Holdings {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut numbers = text.split_whitespace().map_while(|word| word.parse().ok());
        match (numbers.next(), numbers.next()) {
            (Some(descriptors), Some(memory)) => Ok(Self { descriptors, memory }),
            _ => Err(()),
        }
    }
}
