//! What a client has said in its request, kept for whoever wants to read it: small, and its own.

use std::borrow::Cow;

use http::header;
use url::form_urlencoded;

use super::response::Target;

/// The head of a request for a WebSocket connection. Bounded by [`crate::config::MAX_HEAD_SIZE`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RequestHead {
    target: Target,
    /// `Name: value`, each with a line feed at its end, in the order and spelling of the client: one piece of memory, for
    /// there is one of these for every peer.
    lines: Box<str>,
}

impl RequestHead {
    pub(super) fn new(target: Target, headers: &[httparse::Header<'_>]) -> Self {
        let mut lines = String::new();
        for header in headers {
            lines.push_str(header.name);
            lines.push_str(": ");
            lines.push_str(&String::from_utf8_lossy(header.value));
            lines.push('\n');
        }
        Self { target, lines: lines.into() }
    }

    /// The host, path and query that were asked for.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// The path, without the query, as the client wrote it.
    #[must_use]
    pub fn path(&self) -> &str {
        path_of(&self.target.path)
    }

    /// The fields of the query in their order, with `+` and percent signs decoded as a form's are
    /// (<https://url.spec.whatwg.org/#urlencoded-parsing>).
    pub fn query(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        let query = self.target.path.split_once('?').map_or("", |(_, query)| query);
        form_urlencoded::parse(query.as_bytes())
    }

    /// Every header as a line, `Name: value`.
    pub fn lines(&self) -> impl Iterator<Item = &str> + Clone {
        self.lines.lines()
    }

    /// The values of a header, whose name may be in any case, one for each of its lines.
    pub fn values<'head>(&'head self, name: &'head str) -> impl Iterator<Item = &'head str> + Clone {
        self.lines()
            .filter_map(|line| line.split_once(": "))
            .filter(move |(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// The value of a header, whose name may be in any case. Several lines of it are joined by commas, which is what they
    /// mean (RFC 9110 section 5.3).
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        let mut values = self.values(name);
        let mut joined = values.next()?.to_owned();
        for value in values {
            joined.push_str(", ");
            joined.push_str(value);
        }
        Some(joined)
    }

    /// The cookies in their order (RFC 6265 section 4.2.1), as they are: nothing in them is decoded.
    pub fn cookies(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values(header::COOKIE.as_str())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name.trim(), value.trim()))
            .filter(|(name, _)| !name.is_empty())
    }

    /// The subprotocols that the client offers, its favourite first.
    pub fn protocols(&self) -> impl Iterator<Item = &str> + Clone {
        self.values(header::SEC_WEBSOCKET_PROTOCOL.as_str())
            .filter(|value| value.is_ascii())
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .filter(|protocol| !protocol.is_empty())
    }
}

/// A target without its query.
pub(super) fn path_of(target: &str) -> &str {
    target.split_once('?').map_or(target, |(path, _)| path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(path: &str, headers: &[(&str, &str)]) -> RequestHead {
        let headers: Vec<_> =
            headers.iter().map(|(name, value)| httparse::Header { name, value: value.as_bytes() }).collect();
        RequestHead::new(Target { host: "game.example".to_owned(), path: path.to_owned() }, &headers)
    }

    #[test]
    fn headers_are_found_in_any_case_and_joined() {
        let head = head("/", &[("X-Tag", "a"), ("Accept", ""), ("x-tag", "b, c"), ("X-Url", "a: b")]);
        assert_eq!(head.header("X-TAG").as_deref(), Some("a, b, c"));
        assert_eq!(head.header("accept").as_deref(), Some(""));
        assert_eq!(head.header("x-url").as_deref(), Some("a: b"));
        assert_eq!(head.header("X"), None);
        assert_eq!(head.lines().collect::<Vec<_>>(), ["X-Tag: a", "Accept: ", "x-tag: b, c", "X-Url: a: b"]);
    }

    #[test]
    fn a_query_is_decoded_as_a_form() {
        let head = head("/match/7?name=J%C3%BCrgen+K&token=a%2Bb%3D&flag&x=1&x=2&bad=%zz%ff", &[]);
        assert_eq!(head.path(), "/match/7");
        let fields: Vec<(String, String)> =
            head.query().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        let expected =
            [("name", "Jürgen K"), ("token", "a+b="), ("flag", ""), ("x", "1"), ("x", "2"), ("bad", "%zz\u{fffd}")];
        assert_eq!(fields, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn cookies_are_taken_as_they_are() {
        let head = head("/", &[("Cookie", "session=a=b; theme=\"dark\";  ; lone; =x"), ("cookie", "id=%41")]);
        let expected = [("session", "a=b"), ("theme", "\"dark\""), ("id", "%41")];
        assert_eq!(head.cookies().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn bytes_that_are_no_text_stay_on_their_line() {
        let headers = [httparse::Header { name: "X", value: b"a\xff\xc2\x85b" }];
        let head = RequestHead::new(Target { host: String::new(), path: "/".to_owned() }, &headers);
        assert_eq!(head.header("x").as_deref(), Some("a\u{fffd}\u{85}b"));
        assert_eq!(head.lines().count(), 1);
    }
}
