//! The proxies in front of a server, and what they are believed.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

use crate::error::TrustedProxyError;
use crate::excerpt::Excerpt;

/// What stands for a proxy that comes by a Unix socket.
const UNIX: &str = "unix:";

/// Addresses that speak for others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies {
    networks: Vec<IpNet>,
    has_unix: bool,
}

impl TrustedProxies {
    /// Takes addresses and ranges of them, as in `10.0.0.0/8`, and `unix:` for whoever comes by a Unix socket. Blanks around
    /// them are dropped, and so are empty ones.
    ///
    /// # Errors
    /// [`TrustedProxyError`], for the first that is none.
    pub fn parse<T: AsRef<str>>(entries: impl IntoIterator<Item = T>) -> Result<Self, TrustedProxyError> {
        let mut proxies = Self::default();
        for entry in entries {
            match entry.as_ref().trim() {
                "" => {}
                UNIX => proxies.has_unix = true,
                other => proxies.networks.push(network(other).ok_or(TrustedProxyError(Excerpt::of(other)))?),
            }
        }
        Ok(proxies)
    }

    /// Whether nobody is trusted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.networks.is_empty() && !self.has_unix
    }

    /// Whether this is a proxy.
    #[must_use]
    pub fn has_ip(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        self.networks.iter().any(|network| network.contains(&ip))
    }

    /// Whether a connection from there is a proxy's; one without an address comes by a Unix socket.
    #[must_use]
    pub fn has(&self, address: Option<SocketAddr>) -> bool {
        address.map_or(self.has_unix, |address| self.has_ip(address.ip()))
    }
}

/// A range of addresses, or a single one.
fn network(text: &str) -> Option<IpNet> {
    match text.parse::<IpAddr>() {
        Ok(ip) => Some(IpNet::from(ip.to_canonical())),
        Err(_) => text.parse().ok(),
    }
}

/// Whether the PROXY protocol is spoken with a server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ProxyProtocol {
    /// Nobody speaks it.
    #[default]
    Off,
    /// Trusted proxies may; what others send of it is a bad request.
    Optional,
    /// Everybody has to. Without trusted proxies anybody is believed, else they alone.
    Required,
}

/// The proxies in front of a server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxies {
    /// Who speaks for others. Default: nobody.
    pub trusted: TrustedProxies,
    /// Whether they speak the PROXY protocol. Default: they do not.
    pub protocol: ProxyProtocol,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_ranges_are_taken() {
        let proxies = TrustedProxies::parse(["10.0.0.0/8", " 192.0.2.7 ", "", "fd00::/8", "::1"]).unwrap();
        for (ip, is_trusted) in [
            ("10.255.0.1", true),
            ("11.0.0.1", false),
            ("192.0.2.7", true),
            ("192.0.2.8", false),
            ("::ffff:10.0.0.1", true),
            ("fd12::1", true),
            ("fe80::1", false),
            ("::1", true),
            ("127.0.0.1", false),
        ] {
            assert_eq!(proxies.has_ip(ip.parse().unwrap()), is_trusted, "{ip}");
        }
        assert!(!proxies.has(None));
        assert!(TrustedProxies::parse(["unix:"]).unwrap().has(None));
        assert!(TrustedProxies::default().is_empty() && !proxies.is_empty());
    }

    #[test]
    fn anything_else_is_named() {
        for wrong in ["localhost", "10.0.0.0/33", "10.0.0", "10.0.0.0/8, 11.0.0.0/8", "*", "unix:/run/proxy.sock"] {
            let error = TrustedProxies::parse(["10.0.0.1", wrong]).unwrap_err();
            assert_eq!(error, TrustedProxyError(Excerpt::of(wrong)));
        }
    }
}
