//! WebSocket URLs, read as Godot's `WebSocketPeer.connect_to_url` reads them.

use thiserror::Error;

use crate::wire::response::Target;

/// Why a URL is not taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum UrlError {
    /// Nothing was given.
    #[error("the URL is empty")]
    Empty,
    /// Neither `ws://` nor `wss://`.
    #[error("the URL's scheme is '{0}', it must be ws:// or wss://")]
    Scheme(String),
    /// No host, or one that cannot be read.
    #[error("the URL has no valid host: '{0}'")]
    Host(String),
    /// No number from 1 to 65,535.
    #[error("the URL's port is not between 1 and 65535: '{0}'")]
    Port(String),
    /// A control character or space where it would change the request's meaning.
    #[error("the URL has a space or control character in it")]
    Character,
}

/// A parsed URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    /// Whether the scheme is `wss://`.
    pub tls: bool,
    /// The host in lower case, an IPv6 address without its brackets.
    pub host: String,
    /// The port; 80 or 443 if the URL names none.
    pub port: u16,
    /// Path and query, `/` at the least.
    pub path: String,
}

impl Url {
    /// Reads a URL. Credentials and fragment are dropped, a missing scheme means `ws://`.
    ///
    /// # Errors
    /// [`UrlError`], which names the part that is wrong.
    pub fn parse(url: &str) -> Result<Self, UrlError> {
        if url.is_empty() {
            return Err(UrlError::Empty);
        }
        if url.chars().any(|character| character.is_control() || character == ' ') {
            return Err(UrlError::Character);
        }
        let (scheme, rest) = split_scheme(url);
        let tls = match scheme.as_deref() {
            None | Some("ws") => false,
            Some("wss") => true,
            Some(other) => return Err(UrlError::Scheme(format!("{other}://"))),
        };
        let rest = rest.split_once('#').map_or(rest, |(before, _)| before);
        let (authority, path) = match rest.find('/') {
            Some(slash) => rest.split_at(slash),
            None => (rest, "/"),
        };
        let authority = authority.split_once('@').map_or(authority, |(_, after)| after);
        let bad_host = || UrlError::Host(authority.to_owned());
        let (host, port) = if let Some(bracketed) = authority.strip_prefix('[') {
            bracketed.rsplit_once(']').ok_or_else(bad_host)?
        } else {
            match authority.find(':') {
                Some(colon) => authority.split_at(colon),
                None => (authority, ""),
            }
        };
        if host.is_empty() {
            return Err(bad_host());
        }
        let port = match port.strip_prefix(':') {
            None if port.is_empty() => {
                if tls {
                    443
                } else {
                    80
                }
            }
            Some(digits) => match digits.parse() {
                Ok(port) if port > 0 => port,
                _ => return Err(UrlError::Port(digits.to_owned())),
            },
            None => return Err(bad_host()),
        };
        Ok(Self { tls, host: host.to_lowercase(), port, path: path.to_owned() })
    }

    /// Host and port as a `Host` header has them: the scheme's own port is left out, IPv6 addresses are bracketed.
    #[must_use]
    pub fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        if self.port == if self.tls { 443 } else { 80 } { host } else { format!("{host}:{}", self.port) }
    }

    pub(crate) fn target(&self) -> Target {
        Target { host: self.authority(), path: self.path.clone() }
    }
}

fn split_scheme(url: &str) -> (Option<String>, &str) {
    match url.split_once("://") {
        Some((scheme, rest))
            if scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')) =>
        {
            (Some(scheme.to_lowercase()), rest)
        }
        _ => (None, url),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found() {
        let cases = [
            ("ws://localhost", false, "localhost", 80, "/"),
            ("WSS://Example.com/Chat?a=b#top", true, "example.com", 443, "/Chat?a=b"),
            ("localhost:9080/x", false, "localhost", 9080, "/x"),
            ("ws://user:secret@host:1/", false, "host", 1, "/"),
            ("ws://[::1]:9080", false, "::1", 9080, "/"),
        ];
        for (url, tls, host, port, path) in cases {
            let expected = Url { tls, host: host.to_owned(), port, path: path.to_owned() };
            assert_eq!(Url::parse(url), Ok(expected), "{url}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert_eq!(Url::parse(""), Err(UrlError::Empty));
        assert_eq!(Url::parse("http://a"), Err(UrlError::Scheme("http://".to_owned())));
        for url in ["ws://", "ws://:80", "ws:///path", "ws://[::1", "ws://[::1]x"] {
            assert!(matches!(Url::parse(url), Err(UrlError::Host(_))), "{url}");
        }
        for url in ["ws://a:0", "ws://a:65536", "ws://a:x", "ws://a:", "ws://a:b:c"] {
            assert!(matches!(Url::parse(url), Err(UrlError::Port(_))), "{url}");
        }
        assert_eq!(Url::parse("ws://a/\r\nX: y"), Err(UrlError::Character));
    }

    #[test]
    fn the_host_header_is_that_of_the_rfc() {
        let authority = |url| Url::parse(url).unwrap().authority();
        assert_eq!(authority("ws://a"), "a");
        assert_eq!(authority("ws://a:443"), "a:443");
        assert_eq!(authority("wss://a:443"), "a");
        assert_eq!(authority("ws://[::1]:9"), "[::1]:9");
    }
}
