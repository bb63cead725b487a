//! Which pages of the web may connect: origins (RFC 6454), as browsers name them in the `Origin` header.

use url::{Host, Url};

use crate::error::OriginError;
use crate::excerpt::Excerpt;

/// What a page without an origin of its own says: a local file, a sandboxed frame.
const NO_ORIGIN: &str = "null";

/// Origins whose pages may connect; none named is any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AllowedOrigins(Vec<Allowed>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Allowed {
    /// `null`.
    NoOrigin,
    /// This one.
    One(Origin),
    /// Every name below this one's.
    Below(Origin),
}

/// Scheme, host and port, each in the one form that there is of it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Origin {
    scheme: String,
    host: String,
    /// The scheme's own if none was named, and none for a scheme that has no own.
    port: Option<u16>,
}

impl AllowedOrigins {
    /// Takes origins as `https://play.example.com`, `http://localhost:8060`, `https://*.example.com` or `null`.
    ///
    /// # Errors
    /// [`OriginError`], for what is none of these.
    pub fn parse<T: AsRef<str>>(origins: impl IntoIterator<Item = T>) -> Result<Self, OriginError> {
        origins.into_iter().map(|origin| allowed(origin.as_ref().trim())).collect::<Result<_, _>>().map(Self)
    }

    /// Whether all may connect.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether whoever says these `Origin` headers may connect. Only browsers say any, and they say one.
    #[must_use]
    pub fn allow<'a>(&self, mut said: impl Iterator<Item = &'a str>) -> bool {
        if self.is_any() {
            return true;
        }
        match (said.next(), said.next()) {
            (None, _) => true,
            (Some(NO_ORIGIN), None) => self.0.contains(&Allowed::NoOrigin),
            (Some(origin), None) => {
                Origin::parse(origin).is_some_and(|origin| self.0.iter().any(|one| one.covers(&origin)))
            }
            (Some(_), Some(_)) => false,
        }
    }
}

impl Allowed {
    fn covers(&self, origin: &Origin) -> bool {
        match self {
            Self::NoOrigin => false,
            Self::One(allowed) => allowed == origin,
            Self::Below(allowed) => {
                let below = origin.host.strip_suffix(&allowed.host).and_then(|rest| rest.strip_suffix('.'));
                (&allowed.scheme, allowed.port) == (&origin.scheme, origin.port)
                    && below.is_some_and(|label| !label.is_empty())
            }
        }
    }
}

impl Origin {
    fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let host = url.host().map(|host| host.to_string()).filter(|host| !host.is_empty())?;
        let has_more = !matches!(url.path(), "" | "/")
            || text.ends_with('/')
            || url.query().is_some()
            || url.fragment().is_some()
            || text.contains('@');
        (!has_more).then(|| Self { scheme: url.scheme().to_owned(), host, port: url.port_or_known_default() })
    }
}

fn allowed(text: &str) -> Result<Allowed, OriginError> {
    let error = || OriginError(Excerpt::of(text));
    if text == NO_ORIGIN {
        return Ok(Allowed::NoOrigin);
    }
    let Some((scheme, below)) = text.split_once("://*.") else {
        let origin = Origin::parse(text).filter(|origin| !origin.host.contains('*'));
        return origin.map(Allowed::One).ok_or_else(error);
    };
    let origin = Origin::parse(&format!("{scheme}://{below}")).ok_or_else(error)?;
    // Nothing is below an address.
    let is_name = Host::parse(&origin.host).is_ok_and(|host| matches!(host, Host::Domain(_)));
    if is_name && !origin.host.contains('*') { Ok(Allowed::Below(origin)) } else { Err(error()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(list: &[&str], origin: &str) -> bool {
        AllowedOrigins::parse(list).unwrap().allow(std::iter::once(origin))
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        for (allowed, said, is_allowed) in [
            ("https://play.example.com", "https://play.example.com", true),
            ("https://play.example.com", "https://PLAY.example.com:443", true),
            ("HTTPS://Play.Example.com:443", "https://play.example.com", true),
            ("https://play.example.com", "http://play.example.com", false),
            ("https://play.example.com", "https://play.example.com:8443", false),
            ("https://play.example.com", "https://play.example.com.evil.net", false),
            ("https://play.example.com", "https://evil.net/https://play.example.com", false),
            ("https://play.example.com", "https://play.example.com@evil.net", false),
            ("https://play.example.com", "https://example.com", false),
            ("https://play.example.com", "play.example.com", false),
            ("https://play.example.com", "", false),
            ("http://localhost:8060", "http://localhost:8060", true),
            ("http://localhost:8060", "http://localhost", false),
            ("http://[::1]:8060", "http://[0:0::1]:8060", true),
            ("https://bücher.example", "https://xn--bcher-kva.example", true),
            ("capacitor://localhost", "capacitor://localhost", true),
        ] {
            assert_eq!(allows(&[allowed], said), is_allowed, "{allowed} for {said}");
        }
    }

    #[test]
    fn a_star_stands_for_labels_and_not_for_none() {
        for (said, is_allowed) in [
            ("https://a.example.com", true),
            ("https://b.a.example.com", true),
            ("https://example.com", false),
            ("https://.example.com", false),
            ("https://evilexample.com", false),
            ("https://a.example.com.evil.net", false),
            ("http://a.example.com", false),
            ("https://a.example.com:444", false),
        ] {
            assert_eq!(allows(&["https://*.example.com"], said), is_allowed, "{said}");
        }
    }

    #[test]
    fn who_says_nothing_comes_in_and_null_has_to_be_named() {
        let origins = AllowedOrigins::parse(["https://a.example"]).unwrap();
        assert!(origins.allow(std::iter::empty()), "no browser");
        assert!(!origins.allow(["https://a.example", "https://a.example"].into_iter()), "no browser says two");
        assert!(!allows(&["https://a.example"], "null"));
        assert!(allows(&["https://a.example", "null"], "null"));
        assert!(!allows(&["null"], "https://a.example"));
        assert!(allows(&[], "null") && allows(&[], "https://anybody.example") && allows(&[], "nonsense"));
    }

    #[test]
    fn what_is_no_origin_is_an_error() {
        for text in [
            "",
            "*",
            "play.example.com",
            "https://",
            "https://*",
            "https://*.",
            "https://a.*.com",
            "https://*.*.com",
            "https://a.example/",
            "https://a.example/game",
            "https://a.example?x",
            "https://me@a.example",
            "https://*.1.2.3.4",
            "https://a b",
            "https://a.example:99999",
            "Null",
        ] {
            assert!(AllowedOrigins::parse(["https://fine.example", text]).is_err(), "{text}");
        }
    }
}
