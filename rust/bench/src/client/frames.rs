//! A server's frames, counted and thrown away.

/// What a portion of bytes completed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tally {
    /// Messages that ended.
    pub(super) messages: u64,
    /// The payload size of the first of them.
    pub(super) first: u64,
    /// A close frame came.
    pub(super) has_closed: bool,
}

/// Where in the stream of frames the next byte belongs.
#[derive(Debug, Default)]
pub(super) struct FrameReader {
    has_begun: bool,
    header: [u8; 10],
    /// How much of the header is there.
    length: usize,
    /// Bytes of the payload that are to come; for bare TCP, bytes of a frame that have come.
    remaining: u64,
    size: u64,
    opcode: u8,
    is_final: bool,
}

impl FrameReader {
    /// Frames come from now on.
    pub(super) fn begin(&mut self) {
        self.has_begun = true;
    }

    pub(super) fn has_begun(&self) -> bool {
        self.has_begun
    }

    /// Without frames: how many times `frame` bytes have come back.
    pub(super) fn count_bytes(&mut self, count: usize, frame: usize) -> u64 {
        let total = self.remaining + count as u64;
        self.remaining = total % frame as u64;
        total / frame as u64
    }

    pub(super) fn feed(&mut self, mut bytes: &[u8]) -> Tally {
        let mut tally = Tally::default();
        loop {
            if self.remaining > 0 {
                let taken = usize::try_from(self.remaining).unwrap_or(usize::MAX).min(bytes.len());
                bytes = bytes.get(taken..).unwrap_or_default();
                self.remaining -= taken as u64;
                if self.remaining > 0 {
                    return tally;
                }
                self.complete(&mut tally);
            }
            let Some((&byte, rest)) = bytes.split_first() else { return tally };
            bytes = rest;
            if let Some(place) = self.header.get_mut(self.length) {
                *place = byte;
            }
            self.length += 1;
            if self.parse() && self.remaining == 0 {
                self.complete(&mut tally);
            }
        }
    }

    /// Whether the header is whole.
    fn parse(&mut self) -> bool {
        let [first, second, a, b, c, d, e, f, g, h] = self.header;
        self.size = match (self.length, second & 0x7F) {
            (2, size @ 0..=125) => u64::from(size),
            (4, 126) => u64::from(u16::from_be_bytes([a, b])),
            (10, 127) => u64::from_be_bytes([a, b, c, d, e, f, g, h]),
            _ => return false,
        };
        self.length = 0;
        self.remaining = self.size;
        self.opcode = first & 0x0F;
        self.is_final = first & 0x80 != 0;
        true
    }

    fn complete(&mut self, tally: &mut Tally) {
        match self.opcode {
            0..=2 if self.is_final => {
                if tally.messages == 0 {
                    tally.first = self.size;
                }
                tally.messages += 1;
            }
            8 => tally.has_closed = true,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_counted_in_any_portions() {
        let mut bytes = vec![0x82, 4, 1, 2, 3, 4, 0x89, 1, 0, 0x82, 0];
        bytes.extend([0x02, 126, 1, 0]);
        bytes.extend([7; 256]);
        bytes.extend([0x80, 127, 0, 0, 0, 0, 0, 0, 0, 3, 9, 9, 9, 0x88, 0]);
        for step in 1..bytes.len() {
            let mut reader = FrameReader::default();
            let (mut messages, mut first, mut has_closed) = (0, None, false);
            for portion in bytes.chunks(step) {
                let tally = reader.feed(portion);
                if tally.messages > 0 {
                    first.get_or_insert(tally.first);
                }
                messages += tally.messages;
                has_closed |= tally.has_closed;
            }
            assert_eq!((messages, first, has_closed), (3, Some(4), true), "in portions of {step}");
        }
    }

    #[test]
    fn bare_bytes_are_counted_as_frames() {
        let mut reader = FrameReader::default();
        assert_eq!(reader.count_bytes(15, 10), 1);
        assert_eq!(reader.count_bytes(4, 10), 0);
        assert_eq!(reader.count_bytes(21, 10), 3);
    }
}
