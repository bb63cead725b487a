//! What a close frame carries: a code and a reason (RFC 6455 sections 5.5.1 and 7.4).

use bytes::{BufMut, Bytes, BytesMut};

use crate::close_code::CloseCode;
use crate::error::ProtocolError;

/// The longest reason: a control frame's 125 bytes less the code's two.
const MAX_REASON: usize = 123;

/// A close frame's meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Close {
    /// `None` if the frame was empty.
    pub(crate) code: Option<CloseCode>,
    /// Empty if the frame named none.
    pub(crate) reason: String,
}

impl Close {
    /// Reads a close frame's payload.
    pub(crate) fn parse(payload: &[u8]) -> Result<Self, ProtocolError> {
        let Some((code, reason)) = payload.split_first_chunk::<2>() else {
            return if payload.is_empty() {
                Ok(Self { code: None, reason: String::new() })
            } else {
                Err(ProtocolError::CloseCode)
            };
        };
        let code = u16::from_be_bytes(*code);
        let code = CloseCode::new(code).map_err(|_| ProtocolError::CloseCode)?;
        let reason = std::str::from_utf8(reason).map_err(|_| ProtocolError::Utf8)?;
        Ok(Self { code: Some(code), reason: reason.to_owned() })
    }
}

/// As much of a reason as fits into a close frame; it is cut at a character's end.
pub(crate) fn fitting(reason: &str) -> &str {
    reason.get(..reason.floor_char_boundary(MAX_REASON)).unwrap_or_default()
}

/// A close frame's payload, with as much of the reason as fits.
pub(crate) fn payload(code: CloseCode, reason: &str) -> Bytes {
    let reason = fitting(reason);
    let mut payload = BytesMut::with_capacity(2 + reason.len());
    payload.put_u16(code.get());
    payload.put_slice(reason.as_bytes());
    payload.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::close_code;

    #[test]
    fn only_codes_that_may_be_sent_are_taken() {
        for code in [1000, 1003, 1007, 1014, 3000, 4999] {
            let code = CloseCode::new(code).unwrap();
            assert_eq!(Close::parse(&payload(code, "why")).unwrap().code, Some(code), "{code:?}");
        }
        for code in [0_u16, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65535] {
            assert_eq!(Close::parse(&code.to_be_bytes()), Err(ProtocolError::CloseCode), "{code}");
        }
        assert_eq!(Close::parse(&[3]), Err(ProtocolError::CloseCode));
        assert_eq!(Close::parse(&[3, 232, 0xff]), Err(ProtocolError::Utf8));
        assert_eq!(Close::parse(&[]).unwrap().code, None);
    }

    #[test]
    fn a_long_reason_is_cut_between_characters() {
        let reason = "é".repeat(100);
        let close = Close::parse(&payload(close_code::NORMAL, &reason)).unwrap();
        assert_eq!(close.reason.len(), 122);
        assert!(reason.starts_with(&close.reason));
    }
}
