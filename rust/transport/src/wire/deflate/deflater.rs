//! The way out: payloads are compressed (RFC 7692 section 7.2.1), each by itself.

use flate2::{Compress, Compression, FlushCompress, Status};

use super::{TAIL, WindowBits};
use crate::config::CompressionLevel;

/// How many compressors are kept, up to 372 KiB each. There is more than one only where clients ask for different windows.
const MAX_KEPT: usize = 2;

/// The least window of the compressor, as an exponent of two. It refers 262 bytes less far back than its window reaches.
const LEAST_BITS: u8 = 9;

/// What an endpoint compresses with.
#[derive(Debug, Default)]
pub(crate) struct Deflater {
    /// The one that was used last is the last.
    compressors: Vec<Compressor>,
    /// Room for what is made.
    made: Vec<u8>,
}

#[derive(Debug)]
struct Compressor {
    window: WindowBits,
    level: CompressionLevel,
    compress: Compress,
}

impl Deflater {
    /// A payload in fewer bytes, for whoever can look back as far as `window` says; `None` if it would not be fewer.
    pub(crate) fn deflate(&mut self, payload: &[u8], window: WindowBits, level: CompressionLevel) -> Option<&[u8]> {
        let compress = compressor(&mut self.compressors, window, level)?;
        // If the tail still has no room, nothing was won.
        self.made.clear();
        self.made.resize(payload.len() + TAIL.len(), 0);
        let status = compress.compress(payload, &mut self.made, FlushCompress::Sync);
        let made = usize::try_from(compress.total_out()).unwrap_or(usize::MAX);
        let is_whole =
            matches!(status, Ok(Status::Ok)) && compress.total_in() == payload.len() as u64 && made < self.made.len();
        if is_whole {
            compress.reset();
        } else {
            // What it has not given away yet would stand in its way: zlib-rs 0.6.8 forgets only where it ends, not where it
            // begins, and panics later.
            self.compressors.pop();
        }
        self.made.truncate(made);
        let deflated = self.made.strip_suffix(&TAIL).filter(|_| is_whole)?;
        (deflated.len() < payload.len()).then_some(deflated)
    }
}

/// The compressor for this window and level, which is made if there is none.
fn compressor(kept: &mut Vec<Compressor>, window: WindowBits, level: CompressionLevel) -> Option<&mut Compress> {
    let place = kept.iter().position(|compressor| compressor.window == window && compressor.level == level);
    match place {
        Some(place) if place + 1 == kept.len() => {}
        Some(place) => {
            let found = kept.remove(place);
            kept.push(found);
        }
        None => {
            if kept.len() >= MAX_KEPT {
                kept.remove(0);
            }
            let bits = window.get().max(LEAST_BITS);
            let compress = Compress::new_with_window_bits(Compression::new(level.get().into()), false, bits);
            kept.push(Compressor { window, level, compress });
        }
    }
    kept.last_mut().map(|compressor| &mut compressor.compress)
}
