//! What a close frame carries: a code and a reason (RFC 6455 sections 5.5.1 and 7.4).

use bytes::{BufMut, Bytes, BytesMut};
use tungstenite::protocol::frame::coding::CloseCode;

use crate::error::ProtocolError;

/// The longest reason: a control frame's 125 bytes less the code's two.
const MAX_REASON: usize = 123;

/// A close frame's meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Close {
    /// `None` if the frame was empty.
    pub(crate) code: Option<u16>,
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
        // tungstenite knows all codes but this one, which IANA's registry has since: bad gateway.
        if code != 1014 && !CloseCode::from(code).is_allowed() {
            return Err(ProtocolError::CloseCode);
        }
        let reason = std::str::from_utf8(reason).map_err(|_| ProtocolError::Utf8)?;
        Ok(Self { code: Some(code), reason: reason.to_owned() })
    }
}

/// A close frame's payload; a reason that is too long is cut at a character's end.
pub(crate) fn payload(code: u16, reason: &str) -> Bytes {
    let reason = reason.get(..reason.floor_char_boundary(MAX_REASON)).unwrap_or_default();
    let mut payload = BytesMut::with_capacity(2 + reason.len());
    payload.put_u16(code);
    payload.put_slice(reason.as_bytes());
    payload.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_codes_that_may_be_sent_are_taken() {
        for code in [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999] {
            assert_eq!(Close::parse(&payload(code, "why")).unwrap().code, Some(code), "{code}");
        }
        for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535] {
            assert_eq!(Close::parse(&payload(code, "")), Err(ProtocolError::CloseCode), "{code}");
        }
        assert_eq!(Close::parse(&[3]), Err(ProtocolError::CloseCode));
        assert_eq!(Close::parse(&[3, 232, 0xff]), Err(ProtocolError::Utf8));
        assert_eq!(Close::parse(&[]).unwrap().code, None);
    }

    #[test]
    fn a_long_reason_is_cut_between_characters() {
        let reason = "é".repeat(100);
        let close = Close::parse(&payload(1000, &reason)).unwrap();
        assert_eq!(close.reason.len(), 122);
        assert!(reason.starts_with(&close.reason));
    }
}
