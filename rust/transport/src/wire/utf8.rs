//! UTF-8 that arrives in portions, refused at the first byte that cannot belong to it.

use crate::error::ProtocolError;

/// Remembers the start of a character whose end has not arrived: at most three bytes.
#[derive(Debug, Default)]
pub(crate) struct Utf8Validator {
    pending: [u8; 4],
    pending_length: usize,
}

impl Utf8Validator {
    /// Checks the next portion of a text.
    pub(crate) fn feed(&mut self, mut bytes: &[u8]) -> Result<(), ProtocolError> {
        while self.pending_length > 0 {
            let Some((&next, rest)) = bytes.split_first() else { return Ok(()) };
            let Some(place) = self.pending.get_mut(self.pending_length) else { return Err(ProtocolError::Utf8) };
            *place = next;
            self.pending_length += 1;
            bytes = rest;
            match std::str::from_utf8(self.pending.get(..self.pending_length).unwrap_or_default()) {
                Ok(_) => self.pending_length = 0,
                Err(error) if error.error_len().is_none() => {}
                Err(_) => return Err(ProtocolError::Utf8),
            }
        }
        if let Err(error) = std::str::from_utf8(bytes) {
            if error.error_len().is_some() {
                return Err(ProtocolError::Utf8);
            }
            let tail = bytes.get(error.valid_up_to()..).unwrap_or_default();
            for (place, byte) in self.pending.iter_mut().zip(tail) {
                *place = *byte;
            }
            self.pending_length = tail.len();
        }
        Ok(())
    }

    /// Checks that the text did not end within a character, and starts anew.
    pub(crate) fn finish(&mut self) -> Result<(), ProtocolError> {
        if std::mem::take(&mut self.pending_length) == 0 { Ok(()) } else { Err(ProtocolError::Utf8) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn verdict(portions: &[&[u8]]) -> Result<(), ProtocolError> {
        let mut validator = Utf8Validator::default();
        portions.iter().try_for_each(|portion| validator.feed(portion))?;
        validator.finish()
    }

    #[test]
    fn fails_at_the_first_impossible_byte() {
        let mut validator = Utf8Validator::default();
        validator.feed(b"ok \xf0").unwrap();
        // 0xF0 0x80 would be an overlong form: no third byte can save it.
        assert_eq!(validator.feed(b"\x80"), Err(ProtocolError::Utf8));
    }

    #[test]
    fn a_text_may_not_end_within_a_character() {
        assert_eq!(verdict(&["é".as_bytes().split_at(1).0]), Err(ProtocolError::Utf8));
    }

    proptest! {
        #[test]
        fn agrees_with_the_standard_library(bytes in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..24),
            "\\PC{0,12}".prop_map(String::into_bytes),
        ], cuts in prop::collection::vec(0usize..24, 0..6)) {
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.push(0);
            cuts.push(bytes.len());
            cuts.sort_unstable();
            let portions: Vec<&[u8]> = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
            prop_assert_eq!(verdict(&portions).is_ok(), std::str::from_utf8(&bytes).is_ok());
        }
    }
}
