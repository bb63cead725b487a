//! Codes of close frames (RFC 6455 section 7.4 and its registry).

use crate::error::CloseCodeError;

/// The purpose of the connection is fulfilled.
pub const NORMAL: CloseCode = CloseCode(1000);
/// The server is going down.
pub const GOING_AWAY: CloseCode = CloseCode(1001);
/// The other side broke the protocol.
pub const PROTOCOL_ERROR: CloseCode = CloseCode(1002);
/// A text or reason was not UTF-8.
pub const INVALID_PAYLOAD: CloseCode = CloseCode(1007);
/// A message was too large.
pub const MESSAGE_TOO_BIG: CloseCode = CloseCode(1009);
/// The server cannot do what it should.
pub const INTERNAL_ERROR: CloseCode = CloseCode(1011);
/// The server restarts, and may be asked again.
pub const RESTART: CloseCode = CloseCode(1012);
/// The other side is too slow, or comes at a bad time.
pub const TRY_AGAIN_LATER: CloseCode = CloseCode(1013);

/// Stands for the code of a close frame that had none. Never sent.
pub const NONE_RECEIVED: u16 = 1005;
/// Stands for the code of a close frame that did not come. Never sent.
pub const ABNORMAL: u16 = 1006;

/// A code that a close frame may carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CloseCode(u16);

impl CloseCode {
    /// Takes a code that somebody may send: 1000 to 1003, 1007 to 1014, or 3000 to 4999.
    ///
    /// # Errors
    /// [`CloseCodeError`], for any other.
    pub fn new(code: u16) -> Result<Self, CloseCodeError> {
        match code {
            1000..=1003 | 1007..=1014 | 3000..=4999 => Ok(Self(code)),
            _ => Err(CloseCodeError { code: code.into() }),
        }
    }

    /// Takes what a game asks for: 0 stands for a close frame without a code.
    ///
    /// # Errors
    /// [`CloseCodeError`], for a number that no close frame may carry.
    pub fn asked_for(code: i32) -> Result<Option<Self>, CloseCodeError> {
        match u16::try_from(code) {
            Ok(0) => Ok(None),
            Ok(code) => Self::new(code).map(Some),
            Err(_) => Err(CloseCodeError { code }),
        }
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> u16 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_be_sent_is_a_code() {
        let legal = (0..=u16::MAX).filter(|code| CloseCode::new(*code).is_ok());
        assert!(legal.eq((1000..=1003).chain(1007..=1014).chain(3000..=4999)));
        assert_eq!(CloseCode::asked_for(0), Ok(None));
        assert_eq!(CloseCode::asked_for(4000).unwrap().unwrap().get(), 4000);
        for code in [-1, 1, 1005, 65_536, 70_000, i32::MIN] {
            assert_eq!(CloseCode::asked_for(code), Err(CloseCodeError { code }));
        }
    }
}
