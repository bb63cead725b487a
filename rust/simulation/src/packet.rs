//! What games send: bytes that follow from a number, so that whoever expects a packet knows every byte of it.

/// Eight bytes, each of them below 16.
const SIXTEEN_EACH: u64 = u64::from_le_bytes([15; 8]);

/// Eight times the first letter.
const FIRST_EACH: u64 = u64::from_le_bytes([b'a'; 8]);

/// A packet that was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parcel {
    /// No other packet of the world has it.
    pub number: u64,
    /// Bytes of payload.
    pub size: usize,
    /// It was put as one that may grow too old.
    pub is_unreliable: bool,
}

impl Parcel {
    /// The payload: letters, so that it is a legal text as well.
    #[must_use]
    pub fn payload(&self) -> Vec<u8> {
        let mut state = self.number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut payload = Vec::with_capacity(self.size + 8);
        while payload.len() < self.size {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            // Eight at once: half of a world's time would go into single ones.
            let letters = (state & SIXTEEN_EACH) + FIRST_EACH;
            payload.extend_from_slice(&letters.to_le_bytes());
        }
        payload.truncate(self.size);
        payload
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_look_alike() {
        let payload = |number| Parcel { number, size: 20, is_unreliable: false }.payload();
        assert_eq!(payload(1), payload(1));
        assert_ne!(payload(1), payload(2));
        assert!(payload(3).iter().all(u8::is_ascii_lowercase));
        assert!(Parcel { number: 4, size: 0, is_unreliable: false }.payload().is_empty());
    }
}
