//! What either end says in the opening handshake. Only what may be sent can be held here.

use std::ops::Deref;

use http::{HeaderName, HeaderValue, header};

use super::Compression;
use crate::error::HandshakeError;
use crate::excerpt::Excerpt;

/// Headers that the handshake sets itself, or that would change where its head ends. So does every `Sec-WebSocket-*`.
const RESERVED: [HeaderName; 5] =
    [header::HOST, header::UPGRADE, header::CONNECTION, header::CONTENT_LENGTH, header::TRANSFER_ENCODING];

/// What either end says in the opening handshake, beside what it has to say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Handshake {
    /// Subprotocols: what a client offers, in its order, or what a server supports.
    pub supported_protocols: Subprotocols,
    /// Further headers.
    pub headers: HeaderLines,
    /// Whether messages may be compressed, and which are.
    pub compression: Compression,
}

/// Names of subprotocols, each a token (RFC 9110 section 5.6.2) and each once, as RFC 6455 section 4.1 wants them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subprotocols(Vec<String>);

impl Subprotocols {
    /// Takes names as they come out of files and forms: blanks around them are dropped, and so are empty ones and all but
    /// the first of the same.
    ///
    /// # Errors
    /// [`HandshakeError::Subprotocol`] for a name with characters that none may have.
    pub fn parse<T: AsRef<str>>(names: impl IntoIterator<Item = T>) -> Result<Self, HandshakeError> {
        let mut protocols: Vec<String> = Vec::new();
        for name in names {
            let name = name.as_ref().trim();
            if name.is_empty() || protocols.iter().any(|other| other == name) {
                continue;
            }
            // The name of a header is a token, and nothing else is.
            if HeaderName::from_bytes(name.as_bytes()).is_err() {
                return Err(HandshakeError::Subprotocol(Excerpt::of(name)));
            }
            protocols.push(name.to_owned());
        }
        Ok(Self(protocols))
    }
}

impl Deref for Subprotocols {
    type Target = [String];

    fn deref(&self) -> &[String] {
        &self.0
    }
}

/// Further lines of a head, each `Name: value` without its end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeaderLines(Vec<String>);

impl HeaderLines {
    /// Takes lines of the form `Name: value`. Blanks around the name and the value are dropped.
    ///
    /// # Errors
    /// [`HandshakeError`], for a line that is no header, would end early, or is the handshake's own. It never repeats a
    /// value, which may be a secret.
    pub fn parse<T: AsRef<str>>(lines: impl IntoIterator<Item = T>) -> Result<Self, HandshakeError> {
        lines
            .into_iter()
            .zip(1..)
            .map(|(line, number)| header_line(line.as_ref(), number))
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl Deref for HeaderLines {
    type Target = [String];

    fn deref(&self) -> &[String] {
        &self.0
    }
}

fn header_line(line: &str, number: usize) -> Result<String, HandshakeError> {
    const BLANKS: [char; 2] = [' ', '\t'];
    let (name, value) = line.split_once(':').ok_or(HandshakeError::HeaderLine { number })?;
    let (name, value) = (name.trim_start_matches(BLANKS), value.trim_matches(BLANKS));
    let parsed = HeaderName::from_bytes(name.as_bytes()).map_err(|_| HandshakeError::HeaderLine { number })?;
    if RESERVED.contains(&parsed) || parsed.as_str().starts_with("sec-websocket-") {
        return Err(HandshakeError::ReservedHeader(Excerpt::of(name)));
    }
    if HeaderValue::from_bytes(value.as_bytes()).is_err() {
        return Err(HandshakeError::HeaderValue { name: Excerpt::of(name) });
    }
    Ok(format!("{name}: {value}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subprotocols_are_cleaned() {
        let cases: [(&[&str], &[&str]); 5] = [
            (&[""], &[]),
            (&["", "chat"], &["chat"]),
            (&[" chat ", "\tgame.v2 "], &["chat", "game.v2"]),
            (&["chat", "Chat", "chat"], &["chat", "Chat"]),
            (&["game.v2", "chat"], &["game.v2", "chat"]),
        ];
        for (given, expected) in cases {
            assert_eq!(&*Subprotocols::parse(given).unwrap(), expected, "{given:?}");
        }
    }

    #[test]
    fn a_subprotocol_is_a_token() {
        for name in ["a,b", "a b", "a/b", "a\r\nX: y", "ä", "\"a\"", "a\u{0}"] {
            let error = Subprotocols::parse(["chat", name]).unwrap_err();
            assert_eq!(error, HandshakeError::Subprotocol(Excerpt::of(name)));
        }
        assert!(Subprotocols::parse(["!#$%&'*+-.^_`|~09azAZ"]).is_ok());
    }

    #[test]
    fn header_lines_keep_their_spelling() {
        let lines = ["X-Token: a:b=c d", "  X-Spaced:   v  ", "Empty:", "Set-Cookie: a=b", "Set-Cookie: c=ä\td"];
        let expected = ["X-Token: a:b=c d", "X-Spaced: v", "Empty: ", "Set-Cookie: a=b", "Set-Cookie: c=ä\td"];
        assert_eq!(&*HeaderLines::parse(lines).unwrap(), expected);
    }

    #[test]
    fn what_would_end_a_line_is_refused() {
        for line in
            ["X: a\n", "X: a\r\n", "X: a\r\nX-Admin: yes", "X: a\r\n\r\nGET /", "X: a\u{1}b", "X: \u{7f}", "X: a\u{0}"]
        {
            let error = HeaderLines::parse([line]).unwrap_err();
            assert_eq!(error, HandshakeError::HeaderValue { name: Excerpt::of("X") }, "{line:?}");
        }
        for line in
            ["", "Nonsense", ": value", "X : a", "X\n: a", "\r\nX: a", "a b: c", "ä: b", "GET / HTTP/1.1\r\nX: a"]
        {
            let error = HeaderLines::parse(["Fine: yes", line]).unwrap_err();
            assert_eq!(error, HandshakeError::HeaderLine { number: 2 }, "{line:?}");
        }
    }

    #[test]
    fn the_handshakes_own_headers_are_refused() {
        let names = [
            "Host",
            "UPGRADE",
            "connection",
            "Content-Length",
            "transfer-encoding",
            "Sec-WebSocket-Key",
            "sec-websocket-x",
        ];
        for name in names {
            let error = HeaderLines::parse([format!("{name}: a")]).unwrap_err();
            assert_eq!(error, HandshakeError::ReservedHeader(Excerpt::of(name)));
        }
    }

    #[test]
    fn a_value_is_never_told() {
        for line in ["Authorization: secret\n", "secret", "Host: secret", "a b: secret"] {
            assert!(!HeaderLines::parse([line]).unwrap_err().to_string().contains("secret"), "{line}");
        }
    }
}
