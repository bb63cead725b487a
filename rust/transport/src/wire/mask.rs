//! Masking (RFC 6455 section 5.3): XOR with four bytes that repeat.

/// Masks or unmasks `bytes` in place. `phase` is how many bytes of the payload came before these, so that a
/// payload can be unmasked in portions.
pub(crate) fn apply(bytes: &mut [u8], mask: [u8; 4], phase: usize) {
    let mut key = mask;
    key.rotate_left(phase % 4);
    let wide = u64::from_ne_bytes([key[0], key[1], key[2], key[3], key[0], key[1], key[2], key[3]]);
    let mut chunks = bytes.chunks_exact_mut(8);
    for chunk in &mut chunks {
        if let Ok(word) = <[u8; 8]>::try_from(&*chunk) {
            chunk.copy_from_slice(&(u64::from_ne_bytes(word) ^ wide).to_ne_bytes());
        }
    }
    for (byte, key) in chunks.into_remainder().iter_mut().zip(key.iter().cycle()) {
        *byte ^= key;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn equals_the_definition(bytes in prop::collection::vec(any::<u8>(), 0..200), mask: [u8; 4], phase in 0usize..9) {
            let expected: Vec<u8> = bytes.iter().enumerate().map(|(i, byte)| byte ^ mask[(i + phase) % 4]).collect();
            let mut masked = bytes;
            apply(&mut masked, mask, phase);
            prop_assert_eq!(masked, expected);
        }
    }
}
