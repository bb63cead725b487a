//! Frames as RFC 6455 section 5.2 draws them, legal or not; nothing of the crate's own is used here.

use std::io::{self, Read};

pub(crate) const CONTINUATION: u8 = 0x0;
pub(crate) const TEXT: u8 = 0x1;
pub(crate) const BINARY: u8 = 0x2;
pub(crate) const CLOSE: u8 = 0x8;
pub(crate) const PING: u8 = 0x9;
pub(crate) const PONG: u8 = 0xA;

const FINAL: u8 = 0x80;
const MASKED: u8 = 0x80;

/// One frame to say or to hear.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    /// `FIN`, the reserved bits, and the opcode.
    first: u8,
    pub(crate) payload: Vec<u8>,
    /// How many bytes of the payload are held back; the header promises them.
    missing: usize,
}

impl Frame {
    pub(crate) fn new(opcode: u8, payload: impl AsRef<[u8]>) -> Self {
        Self { first: FINAL | opcode, payload: payload.as_ref().to_vec(), missing: 0 }
    }

    pub(crate) fn text(payload: impl AsRef<[u8]>) -> Self {
        Self::new(TEXT, payload)
    }

    pub(crate) fn ping(payload: impl AsRef<[u8]>) -> Self {
        Self::new(PING, payload)
    }

    pub(crate) fn pong(payload: impl AsRef<[u8]>) -> Self {
        Self::new(PONG, payload)
    }

    pub(crate) fn close(code: u16, reason: &str) -> Self {
        Self::new(CLOSE, [&code.to_be_bytes(), reason.as_bytes()].concat())
    }

    /// Not the last fragment.
    pub(crate) fn open(mut self) -> Self {
        self.first &= !FINAL;
        self
    }

    /// With these reserved bits, 1 to 7.
    pub(crate) fn reserved(mut self, bits: u8) -> Self {
        self.first |= bits << 4;
        self
    }

    /// Without the last bytes of what the header promises.
    pub(crate) fn missing(mut self, count: usize) -> Self {
        self.missing = count;
        self
    }

    pub(crate) fn opcode(&self) -> u8 {
        self.first & 0x0F
    }

    /// A message in fragments of this size.
    pub(crate) fn fragments(opcode: u8, payload: &[u8], size: usize) -> Vec<Self> {
        let mut frames: Vec<Self> =
            payload.chunks(size).map(|fragment| Self::new(CONTINUATION, fragment).open()).collect();
        frames.first_mut().unwrap().first |= opcode;
        frames.last_mut().unwrap().first |= FINAL;
        frames
    }

    /// Whether it is the last of its message.
    pub(crate) fn is_final(&self) -> bool {
        self.first & FINAL != 0
    }

    /// The reserved bits, as [`Frame::reserved`] takes them.
    pub(crate) fn reserved_bits(&self) -> u8 {
        self.first >> 4 & 7
    }

    /// The bytes on the wire.
    pub(crate) fn encode(&self, mask: Option<[u8; 4]>) -> Vec<u8> {
        let masked = if mask.is_some() { MASKED } else { 0 };
        let length = self.payload.len() + self.missing;
        let mut bytes = vec![self.first];
        if let Ok(length) = u8::try_from(length)
            && length < 126
        {
            bytes.push(masked | length);
        } else if let Ok(length) = u16::try_from(length) {
            bytes.push(masked | 126);
            bytes.extend(length.to_be_bytes());
        } else {
            bytes.push(masked | 127);
            bytes.extend((length as u64).to_be_bytes());
        }
        bytes.extend(mask.iter().flatten());
        let start = bytes.len();
        bytes.extend(&self.payload);
        apply_mask(&mut bytes[start..], mask.unwrap_or_default());
        bytes
    }

    /// The next frame of a stream, and whether it was masked. `None` at the stream's end.
    pub(crate) fn read(stream: &mut impl Read) -> io::Result<Option<(Self, bool)>> {
        let mut first = [0];
        if stream.read(&mut first)? == 0 {
            return Ok(None);
        }
        let [second] = read_array(stream)?;
        let length = match second & !MASKED {
            126 => u64::from(u16::from_be_bytes(read_array(stream)?)),
            127 => u64::from_be_bytes(read_array(stream)?),
            short => u64::from(short),
        };
        let is_masked = second & MASKED != 0;
        let mask = if is_masked { read_array(stream)? } else { [0; 4] };
        let mut payload = vec![0; usize::try_from(length).unwrap()];
        stream.read_exact(&mut payload)?;
        apply_mask(&mut payload, mask);
        Ok(Some((Self { first: first[0], payload, missing: 0 }, is_masked)))
    }
}

impl std::fmt::Debug for Frame {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let start = &self.payload[..self.payload.len().min(32)];
        write!(formatter, "frame {:#04x} of {} bytes: {}", self.first, self.payload.len(), start.escape_ascii())
    }
}

fn read_array<const N: usize>(stream: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn apply_mask(bytes: &mut [u8], mask: [u8; 4]) {
    if mask == [0; 4] {
        return;
    }
    // Sixteen at a time, or an unoptimised build spends its time here.
    let wide = u128::from_le_bytes(std::array::from_fn(|place| mask[place % 4]));
    for chunk in bytes.chunks_mut(16) {
        let mut block = [0; 16];
        block[..chunk.len()].copy_from_slice(chunk);
        let block = (u128::from_le_bytes(block) ^ wide).to_le_bytes();
        chunk.copy_from_slice(&block[..chunk.len()]);
    }
}
