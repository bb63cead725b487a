//! Packets compressed and inflated in one way, and what that comes to. The library is used as the transport uses it.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};

use super::{Stream, Traffic};

/// What a sync flush ends with, which is not sent.
const TAIL: [u8; 4] = [0x00, 0x00, 0xFF, 0xFF];

/// How often everything is done. Of each packet the shortest time counts: others use this machine as well.
const TIMES: usize = 7;

/// One way to compress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Way {
    /// 1 to 9.
    pub level: u32,
    /// Smaller packets stay as they are.
    pub threshold: usize,
    /// Packets may refer to those before them.
    pub keeps_context: bool,
    /// How far back, as an exponent of two.
    pub window: u8,
}

/// What became of one packet.
#[derive(Debug, Clone, Copy)]
pub struct Outcome {
    /// Its size before.
    pub before: usize,
    /// Its size on the wire.
    pub after: usize,
    /// To compress it.
    pub deflating: Duration,
    /// To inflate it.
    pub inflating: Duration,
}

/// What becomes of every packet of this traffic.
///
/// # Errors
/// When what comes out is not what went in.
pub fn try_out(traffic: &Traffic, way: Way) -> Result<Vec<Outcome>> {
    let mut outcomes: Vec<Outcome> = Vec::new();
    for stream in &traffic.streams {
        let mut best = once(stream, way)?;
        for _ in 1..TIMES {
            for (best, again) in best.iter_mut().zip(once(stream, way)?) {
                best.deflating = best.deflating.min(again.deflating);
                best.inflating = best.inflating.min(again.inflating);
            }
        }
        outcomes.extend(best);
    }
    Ok(outcomes)
}

fn once(stream: &Stream, way: Way) -> Result<Vec<Outcome>> {
    let mut compress = Compress::new_with_window_bits(Compression::new(way.level), false, way.window);
    let mut decompress = Decompress::new(false);
    let (mut made, mut inflated) = (Vec::new(), Vec::new());
    let mut outcomes = Vec::with_capacity(stream.len());
    for packet in stream {
        if packet.len() < way.threshold.max(1) {
            let size = packet.len();
            outcomes.push(Outcome { before: size, after: size, deflating: Duration::ZERO, inflating: Duration::ZERO });
            continue;
        }
        let began = Instant::now();
        // With a context, what has gone through the compressor has to be sent so, larger or not.
        let room = if way.keeps_context { packet.len() * 2 + 64 } else { packet.len() + TAIL.len() };
        made.clear();
        made.resize(room, 0);
        let before = compress.total_out();
        compress.compress(packet, &mut made, FlushCompress::Sync)?;
        let count = usize::try_from(compress.total_out() - before)?;
        let is_whole = count < room;
        if !is_whole {
            compress = Compress::new_with_window_bits(Compression::new(way.level), false, way.window);
        } else if !way.keeps_context {
            compress.reset();
        }
        let deflating = began.elapsed();
        let size = count.saturating_sub(TAIL.len());
        if !is_whole || (size >= packet.len() && !way.keeps_context) {
            outcomes.push(Outcome { before: packet.len(), after: packet.len(), deflating, inflating: Duration::ZERO });
            continue;
        }
        made.truncate(count);
        inflated.clear();
        inflated.resize(packet.len() + 64, 0);
        let began = Instant::now();
        let before = decompress.total_out();
        decompress.decompress(&made, &mut inflated, FlushDecompress::Sync)?;
        let back = usize::try_from(decompress.total_out() - before)?;
        if !way.keeps_context {
            decompress.reset(false);
        }
        let inflating = began.elapsed();
        ensure!(inflated.get(..back) == Some(packet.as_slice()), "a packet did not come back as it was");
        outcomes.push(Outcome { before: packet.len(), after: size, deflating, inflating });
    }
    Ok(outcomes)
}

/// How many bytes a compressor and an inflater hold on to.
#[must_use]
pub fn memory(level: u32, window: u8) -> (u64, u64) {
    let mut made = vec![0; 4096];
    let held = |act: &mut dyn FnMut() -> Box<dyn std::any::Any>| {
        let mut kept = None;
        let info = allocation_counter::measure(|| kept = Some(act()));
        drop(kept);
        info.bytes_max
    };
    let deflating = held(&mut || {
        let mut compress = Compress::new_with_window_bits(Compression::new(level), false, window);
        // What comes of it does not matter here.
        let _ = compress.compress(b"words and words and words", &mut made, FlushCompress::Sync);
        Box::new(compress)
    });
    let inflating = held(&mut || {
        let mut decompress = Decompress::new_with_window_bits(false, window);
        let mut room = [0; 64];
        let _ = decompress.decompress(&[0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00], &mut room, FlushDecompress::Sync);
        Box::new(decompress)
    });
    (deflating, inflating)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that unwraps says where it failed")]
mod tests {
    use super::*;

    const PLAIN: Way = Way { level: 1, threshold: 100, keeps_context: false, window: 15 };

    #[test]
    fn what_repeats_itself_gets_smaller_and_more_so_with_a_context() {
        let noise: Vec<u8> = (0..100_u32).map(|number| number.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
        let stream = vec![noise.repeat(3), vec![7; 99], noise.repeat(3)];
        let traffic = Traffic { name: "", streams: vec![stream] };
        let sizes = |way| try_out(&traffic, way).unwrap().iter().map(|outcome| outcome.after).collect::<Vec<_>>();
        let (anew, on) = (sizes(PLAIN), sizes(Way { keeps_context: true, ..PLAIN }));
        assert!(anew[0] < 200 && anew[0] == anew[2] && anew[1] == 99, "{anew:?}");
        assert!(on[0] == anew[0] && on[2] < 50, "{on:?}");
    }

    #[test]
    fn smaller_windows_hold_on_to_less() {
        let (wide, narrow) = (memory(6, 15), memory(6, 9));
        assert!(narrow.0 < wide.0 && narrow.1 <= wide.1 && narrow.1 > 1000, "{wide:?} {narrow:?}");
    }
}
