//! How a server receives those who come: who decides, which pages of the web may connect, what it answers beside WebSocket.

use super::AllowedOrigins;
use crate::error::PathError;
use crate::excerpt::Excerpt;

/// How a server receives those who come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reception {
    /// Whether the game is asked about each request for an upgrade, see [`crate::event::Event::Requested`]. Default: no.
    pub asks_game: bool,
    /// Which pages of the web may connect. Default: any.
    pub allowed_origins: AllowedOrigins,
    /// Where a balancer asks whether new peers are taken. Default: nowhere.
    pub health_path: Option<PagePath>,
    /// Where Prometheus asks for the statistics. Default: nowhere.
    pub metrics_path: Option<PagePath>,
}

impl Reception {
    /// Whether something is answered beside WebSocket.
    pub(crate) fn has_pages(&self) -> bool {
        self.health_path.is_some() || self.metrics_path.is_some()
    }
}

/// The path of a page, from its `/` on, without a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PagePath(String);

impl PagePath {
    /// Takes a path, or nothing for nowhere.
    ///
    /// # Errors
    /// [`PathError`], for what no request could ask for.
    pub fn parse(path: &str) -> Result<Option<Self>, PathError> {
        if path.is_empty() {
            return Ok(None);
        }
        let is_path =
            path.starts_with('/') && path.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'?' | b'#'));
        if is_path { Ok(Some(Self(path.to_owned()))) } else { Err(PathError(Excerpt::of(path))) }
    }

    /// Whether a request's path is this one.
    pub(crate) fn is(&self, path: &str) -> bool {
        self.0 == path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_what_can_be_asked_for() {
        assert_eq!(PagePath::parse(""), Ok(None));
        assert!(PagePath::parse("/health").unwrap().unwrap().is("/health"));
        assert!(PagePath::parse("/").unwrap().unwrap().is("/"));
        for path in ["health", "/a b", "/a?b", "/a#b", "/ä", "/a\r\nX: y", "http://a/health"] {
            assert_eq!(PagePath::parse(path), Err(PathError(Excerpt::of(path))));
        }
    }
}
