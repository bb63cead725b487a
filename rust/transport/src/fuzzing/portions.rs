//! The same bytes, cut in different ways.

use std::ops::Range;

/// How a stream is cut into what single reads return.
#[derive(Debug, Clone, Copy)]
pub(super) enum Portions {
    /// All at once.
    Whole,
    /// So many bytes at a time.
    Steps(usize),
    /// Lengths that look random, and are the same for the same number.
    Mixed(u32),
}

impl Portions {
    /// Cuts a stream of `length` bytes. An empty stream arrives in no portion at all.
    pub(super) fn cut(self, length: usize) -> Vec<Range<usize>> {
        let mut state = match self {
            Self::Mixed(seed) => seed,
            _ => 0,
        };
        let mut portions = Vec::new();
        let mut start = 0;
        while start < length {
            let step = match self {
                Self::Whole => length,
                Self::Steps(step) => step.max(1),
                Self::Mixed(_) => {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    // Mostly short, now and then long.
                    1 + (state >> 24) as usize % (1 << (1 + (state >> 16) % 7))
                }
            };
            let end = (start + step).min(length);
            portions.push(start..end);
            start = end;
        }
        portions
    }
}

/// The ways of cutting that every check compares with [`Portions::Whole`]. The mixed one depends on the bytes, so
/// that a fuzzer that changes them tries other cuts too.
pub(super) fn variants(data: &[u8]) -> [Portions; 3] {
    let seed = data.iter().fold(0x811c_9dc5, |hash: u32, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193));
    [Portions::Steps(1), Portions::Steps(2 + seed as usize % 13), Portions::Mixed(seed)]
}
