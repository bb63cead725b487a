//! What a game says to a client that asks to be let in. Only what may be sent can be held here.

use http::StatusCode;

use super::{HeaderLines, Subprotocols};
use crate::error::AnswerError;
use crate::excerpt::Excerpt;

/// The answer to one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It becomes a peer.
    Accept(Acceptance),
    /// It does not, and is told why.
    Reject(Rejection),
}

/// How a client is let in. By default with the subprotocol that [`super::Handshake`] leads to, and without further words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Acceptance {
    protocol: Option<String>,
    headers: HeaderLines,
}

impl Acceptance {
    /// With a subprotocol of those that the client offers, unless it is empty, and these headers beside those of every
    /// handshake.
    ///
    /// # Errors
    /// [`AnswerError::Protocol`], if the client does not offer that: it would not take the answer.
    pub fn new<'offer>(
        offered: impl Iterator<Item = &'offer str> + Clone,
        protocol: &str,
        headers: HeaderLines,
    ) -> Result<Self, AnswerError> {
        if protocol.is_empty() {
            return Ok(Self { protocol: None, headers });
        }
        let is_offered = offered.clone().any(|offer| offer == protocol);
        // What a client offers may be no token.
        if !is_offered || Subprotocols::parse([protocol]).is_err() {
            return Err(AnswerError::Protocol { chosen: Excerpt::of(protocol), offered: Excerpt::list(offered) });
        }
        Ok(Self { protocol: Some(protocol.to_owned()), headers })
    }

    /// The subprotocol, if the game has chosen one.
    #[must_use]
    pub fn protocol(&self) -> Option<&str> {
        self.protocol.as_deref()
    }

    /// Headers of the answer.
    #[must_use]
    pub fn headers(&self) -> &HeaderLines {
        &self.headers
    }
}

/// How a client is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    status: StatusCode,
    reason: String,
    headers: HeaderLines,
    body: String,
}

impl Rejection {
    /// With a status from 400 to 599. The reason stands beside it in the first line, the usual one if it is empty.
    ///
    /// # Errors
    /// [`AnswerError`], for a status that is no refusal, or a reason that would end its line early.
    pub fn new(status: i64, reason: &str, headers: HeaderLines, body: String) -> Result<Self, AnswerError> {
        let code = u16::try_from(status).ok().filter(|code| (400..600).contains(code));
        let status = code.and_then(|code| StatusCode::from_u16(code).ok()).ok_or(AnswerError::Status(status))?;
        if reason.chars().any(|character| character.is_control() && character != '\t') {
            return Err(AnswerError::Reason);
        }
        Ok(Self { status, reason: reason.trim().to_owned(), headers, body })
    }

    /// What is said when the game has no answer that could be sent.
    #[must_use]
    pub fn without_words() -> Self {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        Self { status, reason: String::new(), headers: HeaderLines::default(), body: String::new() }
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The reason, maybe empty.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Headers of the answer.
    #[must_use]
    pub fn headers(&self) -> &HeaderLines {
        &self.headers
    }

    /// What follows the head.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.body
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subprotocol_is_one_that_the_client_offers() {
        let offered = ["chat", "game.v2", "a/b"];
        let chosen = |protocol: &str| {
            Acceptance::new(offered.into_iter(), protocol, HeaderLines::default())
                .map(|acceptance| acceptance.protocol().map(str::to_owned))
        };
        assert_eq!(chosen("game.v2"), Ok(Some("game.v2".to_owned())));
        assert_eq!(chosen(""), Ok(None));
        for protocol in ["Chat", "chat\r\nX: y", "other", "a/b"] {
            assert!(matches!(chosen(protocol), Err(AnswerError::Protocol { .. })), "{protocol}");
        }
    }

    #[test]
    fn a_refusal_has_the_status_of_one_and_a_reason_of_one_line() {
        let rejection = |status, reason: &str| {
            Rejection::new(status, reason, HeaderLines::default(), String::new())
                .map(|rejection| rejection.status().as_u16())
        };
        assert_eq!((rejection(400, ""), rejection(599, " zu spät\t")), (Ok(400), Ok(599)));
        for status in [i64::MIN, -1, 0, 101, 200, 302, 399, 600, 65_936, i64::MAX] {
            assert_eq!(rejection(status, ""), Err(AnswerError::Status(status)));
        }
        for reason in ["a\r\nX-Admin: yes", "a\n", "\u{0}", "a\u{7f}", "a\u{85}b"] {
            assert_eq!(rejection(403, reason), Err(AnswerError::Reason), "{reason:?}");
        }
    }
}
