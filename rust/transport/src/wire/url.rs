//! WebSocket URLs, read as browsers read them (<https://url.spec.whatwg.org>), and where Godot's
//! `WebSocketPeer.connect_to_url` is stricter or kinder, as it reads them.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use thiserror::Error;
use url::{Host, ParseError};

use super::response::Target;
use crate::excerpt::Excerpt;

/// Why a URL is not taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum UrlError {
    /// Nothing was given.
    #[error("the URL is empty")]
    Empty,
    /// Neither `ws://` nor `wss://`.
    #[error("the URL's scheme is '{0}', it must be ws:// or wss://")]
    Scheme(Excerpt),
    /// No host, or one that cannot be read.
    #[error("the URL has no valid host: '{0}'")]
    Host(Excerpt),
    /// No number from 1 to 65,535.
    #[error("the URL's port is not between 1 and 65535: '{0}'")]
    Port(Excerpt),
    /// `ws+unix://` without the path of a socket.
    #[error("the URL has no absolute path of a Unix socket: '{0}'; it is ws+unix:///run/game.sock:/path")]
    Socket(Excerpt),
    /// A line break, say.
    #[error("the URL has a control character in it")]
    Character,
}

/// A parsed URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    /// Whether the scheme is `wss://`.
    pub tls: bool,
    /// The host: a name in lower case and in its ASCII form (`xn--`), or an address, one of IPv6 without its brackets.
    pub host: String,
    /// The port; 80 or 443 if the URL names none.
    pub port: u16,
    /// Path and query, `/` at the least. What is not ASCII is percent-encoded.
    pub path: String,
    /// The Unix socket that leads there, by `ws+unix://`; then the host is `localhost`, and says nothing.
    pub socket: Option<PathBuf>,
}

impl Url {
    /// Reads a URL. Credentials and fragment are dropped, a missing scheme means `ws://`.
    ///
    /// # Errors
    /// [`UrlError`], which names the part that is wrong.
    pub fn parse(url: &str) -> Result<Self, UrlError> {
        let url = url.trim_matches(' ');
        if url.is_empty() {
            return Err(UrlError::Empty);
        }
        // A browser drops line breaks and tabs. Here they are somebody's mistake, or an attempt.
        if url.chars().any(char::is_control) {
            return Err(UrlError::Character);
        }
        if let Some(rest) = strip_unix(url) {
            return Self::of_socket(rest);
        }
        let (tls, rest) = split_scheme(url)?;
        let authority = authority_of(rest);
        // Browsers pass over slashes too many, and take what is in the path for the host.
        if authority.is_empty() {
            return Err(UrlError::Host(Excerpt::default()));
        }
        let port_error = || UrlError::Port(Excerpt::of(authority.rsplit(':').next().unwrap_or_default()));
        // To a browser this is the scheme's own port.
        if authority.ends_with(':') {
            return Err(port_error());
        }
        let scheme = if tls { "wss" } else { "ws" };
        let parsed = url::Url::parse(&format!("{scheme}://{rest}")).map_err(|error| match error {
            ParseError::InvalidPort => port_error(),
            _ => UrlError::Host(Excerpt::of(authority)),
        })?;
        let host = match parsed.host() {
            Some(Host::Domain(name)) => name.to_owned(),
            Some(Host::Ipv4(address)) => address.to_string(),
            Some(Host::Ipv6(address)) => address.to_string(),
            None => return Err(UrlError::Host(Excerpt::of(authority))),
        };
        let port = parsed.port_or_known_default().filter(|port| *port > 0).ok_or_else(port_error)?;
        let path = match parsed.query() {
            Some(query) => format!("{}?{query}", parsed.path()),
            None => parsed.path().to_owned(),
        };
        Ok(Self { tls, host, port, path, socket: None })
    }

    /// The path of a Unix socket, and after a colon, the path and query to ask for.
    fn of_socket(text: &str) -> Result<Self, UrlError> {
        let (socket, path) = text.split_once(':').unwrap_or((text, "/"));
        if !socket.starts_with('/') || socket.len() == 1 {
            return Err(UrlError::Socket(Excerpt::of(socket)));
        }
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        let asked = Self::parse(&format!("ws://localhost{path}"))?;
        Ok(Self { socket: Some(PathBuf::from(socket)), ..asked })
    }

    /// Host and port as a `Host` header has them: the scheme's own port is left out, IPv6 addresses are bracketed.
    #[must_use]
    pub fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        if self.port == if self.tls { 443 } else { 80 } { host } else { format!("{host}:{}", self.port) }
    }

    /// Host and port, as a person reads where a connection leads.
    #[must_use]
    pub fn host_and_port(&self) -> String {
        if let Some(socket) = &self.socket {
            return socket.display().to_string();
        }
        match self.host.parse::<IpAddr>() {
            Ok(ip) => SocketAddr::new(ip.to_canonical(), self.port).to_string(),
            Err(_) => format!("{}:{}", self.host, self.port),
        }
    }

    pub(crate) fn target(&self) -> Target {
        Target { host: self.authority(), path: self.path.clone() }
    }
}

/// What follows `ws+unix://`.
fn strip_unix(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once("://")?;
    scheme.eq_ignore_ascii_case("ws+unix").then_some(rest)
}

/// Whether it is `wss://`, and what follows the scheme.
fn split_scheme(url: &str) -> Result<(bool, &str), UrlError> {
    let is_scheme = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    match url.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("ws") => Ok((false, rest)),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("wss") => Ok((true, rest)),
        Some((scheme, _)) if is_scheme(scheme) => Err(UrlError::Scheme(Excerpt::of(&format!("{scheme}://")))),
        _ => Ok((false, url)),
    }
}

/// Host and port as they were written, for checks and messages; a password is nothing for a log.
fn authority_of(rest: &str) -> &str {
    let end = rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len());
    let authority = rest.get(..end).unwrap_or_default();
    authority.rsplit_once('@').map_or(authority, |(_, after)| after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unix_socket_has_a_path_and_then_another() {
        let parts = |text: &str| {
            let url = Url::parse(text).unwrap();
            (url.socket.unwrap().display().to_string(), url.path, url.tls)
        };
        let expected = |socket: &str, path: &str| (socket.to_owned(), path.to_owned(), false);
        assert_eq!(parts("ws+unix:///run/game.sock"), expected("/run/game.sock", "/"));
        assert_eq!(parts("WS+UNIX:///run/game.sock:/match/7?a=b"), expected("/run/game.sock", "/match/7?a=b"));
        assert_eq!(parts("ws+unix:///run/game.sock:"), expected("/run/game.sock", "/"));
        for wrong in ["ws+unix://", "ws+unix://run/game.sock", "ws+unix:///", "ws+unix://:/path"] {
            assert!(matches!(Url::parse(wrong), Err(UrlError::Socket(_))), "{wrong}");
        }
        assert!(matches!(Url::parse("wss+unix:///run/game.sock"), Err(UrlError::Scheme(_))));
    }

    fn check(cases: &[(&str, bool, &str, u16, &str)]) {
        for (url, tls, host, port, path) in cases {
            let expected =
                Url { tls: *tls, host: (*host).to_owned(), port: *port, path: (*path).to_owned(), socket: None };
            assert_eq!(Url::parse(url), Ok(expected), "{url}");
        }
    }

    #[test]
    fn parts_are_found() {
        check(&[
            ("ws://localhost", false, "localhost", 80, "/"),
            ("WSS://Example.com/Chat?a=b#top", true, "example.com", 443, "/Chat?a=b"),
            ("localhost:9080/x", false, "localhost", 9080, "/x"),
            ("localhost:9080/x?next=ws://elsewhere", false, "localhost", 9080, "/x?next=ws://elsewhere"),
            ("ws://user:secret@host:1/", false, "host", 1, "/"),
            ("ws://[::1]:9080", false, "::1", 9080, "/"),
            ("ws://[0:0:0:0:0:0:0:1]/", false, "::1", 80, "/"),
            ("ws://[::ffff:127.0.0.1]:1", false, "::ffff:127.0.0.1", 1, "/"),
            (" ws://host/ ", false, "host", 80, "/"),
        ]);
    }

    #[test]
    fn the_host_ends_where_anything_else_begins() {
        check(&[
            ("ws://good?mail=me@evil:1", false, "good", 80, "/?mail=me@evil:1"),
            ("ws://good#me@evil:1", false, "good", 80, "/"),
            ("ws://good/me@evil:1", false, "good", 80, "/me@evil:1"),
            ("ws://good\\@evil:1", false, "good", 80, "/@evil:1"),
            ("ws://me@evil@good:1", false, "good", 1, "/"),
            ("good:1?a=b", false, "good", 1, "/?a=b"),
            ("ws://host?next=/lobby", false, "host", 80, "/?next=/lobby"),
            ("ws://host/?u=ws://x/y@z", false, "host", 80, "/?u=ws://x/y@z"),
        ]);
    }

    #[test]
    fn what_is_not_ascii_leaves_as_ascii() {
        check(&[
            ("ws://host/raum-ä?n=ü", false, "host", 80, "/raum-%C3%A4?n=%C3%BC"),
            ("ws://host/a b?c d", false, "host", 80, "/a%20b?c%20d"),
            ("ws://host/%C3%A4%20b?x=%2F+", false, "host", 80, "/%C3%A4%20b?x=%2F+"),
            ("wss://Bücher.example/", true, "xn--bcher-kva.example", 443, "/"),
            ("ws://faß.example/", false, "xn--fa-hia.example", 80, "/"),
            ("ws://my\u{ff0e}host/", false, "my.host", 80, "/"),
        ]);
    }

    #[test]
    fn an_address_has_one_spelling() {
        for url in ["ws://127.0.0.1", "ws://127.1", "ws://0x7f.1", "ws://2130706433", "ws://0177.0.0.1"] {
            assert_eq!(Url::parse(url).unwrap().host, "127.0.0.1", "{url}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert_eq!(Url::parse(""), Err(UrlError::Empty));
        assert_eq!(Url::parse("http://a"), Err(UrlError::Scheme(Excerpt::of("http://"))));
        let hosts = [
            "ws://",
            "ws://:80",
            "ws:///path",
            "ws:///",
            "ws://\\\\host",
            "ws://?a=b",
            "ws://#top",
            "ws://me@",
            "ws://[::1",
            "ws://[::1]x",
            "ws://[1::2::3]",
            "ws://256.0.0.1",
            "ws://a b",
            "ws://a%00b",
            "ws://a|b",
            "ws://xn--a",
        ];
        for url in hosts {
            assert!(matches!(Url::parse(url), Err(UrlError::Host(_))), "{url}: {:?}", Url::parse(url));
        }
        for url in ["ws://a:0", "ws://a:65536", "ws://a:x", "ws://a:", "ws://a:b:c", "ws://a:0x50", "ws://a:-42/"] {
            assert!(matches!(Url::parse(url), Err(UrlError::Port(_))), "{url}: {:?}", Url::parse(url));
        }
        for url in ["ws://a/\r\nX: y", "ws://a/\t", "ws://a\n", "ws://a/\u{7f}"] {
            assert_eq!(Url::parse(url), Err(UrlError::Character), "{url:?}");
        }
    }

    #[test]
    fn a_password_is_not_told() {
        for url in ["ws://me:secret@a b", "ws://me:secret@a:x", "ws://me:secret@", "ws://me:secret@a:"] {
            let error = Url::parse(url).unwrap_err().to_string();
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn the_host_header_is_that_of_the_rfc() {
        let authority = |url| Url::parse(url).unwrap().authority();
        assert_eq!(authority("ws://a"), "a");
        assert_eq!(authority("ws://a:443"), "a:443");
        assert_eq!(authority("wss://a:443"), "a");
        assert_eq!(authority("ws://[::1]:9"), "[::1]:9");
        assert_eq!(authority("wss://user@Bücher.example:1/x"), "xn--bcher-kva.example:1");
    }

    #[test]
    fn addresses_read_as_people_write_them() {
        let read = |url| Url::parse(url).unwrap().host_and_port();
        assert_eq!(read("ws://[::1]:9"), "[::1]:9");
        assert_eq!(read("ws://[::ffff:127.0.0.1]:9"), "127.0.0.1:9");
        assert_eq!(read("ws://example.com"), "example.com:80");
    }
}
