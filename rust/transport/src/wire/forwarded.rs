//! What HTTP proxies say of whom they speak for: `Forwarded` (RFC 7239), and the `X-Forwarded-For`, `X-Forwarded-Proto` and
//! `X-Real-IP` that came before it.
//!
//! Each proxy adds to the right what it has seen itself; what is left of that came with the request, and may be anybody's
//! invention. So all of it is read from the right, and no further than the proxies that are trusted reach.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use http::{HeaderMap, HeaderName, header};

static FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
static PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
static REAL_IP: HeaderName = HeaderName::from_static("x-real-ip");

/// Who is behind the proxies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Behind {
    /// Its address, as far as the proxies tell; port 0 if they do not tell that.
    pub(crate) address: Option<SocketAddr>,
    /// Whether it speaks TLS with the first of them, if that is told.
    pub(crate) uses_tls: Option<bool>,
}

/// What one proxy has added.
#[derive(Debug, Default, PartialEq, Eq)]
struct Hop {
    address: Option<SocketAddr>,
    uses_tls: Option<bool>,
}

/// Reads the head of a request that a trusted proxy has sent; `is_trusted` says which others there are. `Forwarded` counts
/// alone if it is there, then `X-Forwarded-For`, then `X-Real-IP`.
pub(crate) fn read(headers: &HeaderMap, is_trusted: impl Fn(IpAddr) -> bool) -> Behind {
    let mut behind = if headers.contains_key(header::FORWARDED) {
        walk(lines(headers, &header::FORWARDED).flat_map(|line| split(line, b',')).map(hop), is_trusted)
    } else if headers.contains_key(&FOR) {
        walk(addresses(headers), is_trusted)
    } else {
        Behind { address: lines(headers, &REAL_IP).next().and_then(address), uses_tls: None }
    };
    // One proxy's word is for all; only few add to a list here.
    behind.uses_tls =
        behind.uses_tls.or_else(|| lines(headers, &PROTO).flat_map(|line| split(line, b',')).find_map(scheme));
    behind
}

/// Goes from the last hop to the first that is not trusted, or does not tell.
fn walk(hops: impl Iterator<Item = Hop>, is_trusted: impl Fn(IpAddr) -> bool) -> Behind {
    let mut behind = Behind::default();
    for hop in hops {
        behind.uses_tls = hop.uses_tls.or(behind.uses_tls);
        let Some(address) = hop.address else { break };
        behind.address = Some(address);
        if !is_trusted(address.ip()) {
            break;
        }
    }
    behind
}

/// The lines of a header, from the last to the first. What is no text ends them: it is nobody's whom we trust.
fn lines<'head>(headers: &'head HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'head str> {
    headers.get_all(name).into_iter().rev().map_while(|value| value.to_str().ok())
}

/// The parts of a line, from the last to the first, each without the blanks around it. A separator within quotes is none. As
/// the quotes are counted from the right, an open one in what a client has sent hides nothing that a proxy has added.
fn split(line: &str, separator: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let text = rest?;
        let bytes = text.as_bytes();
        let mut is_quoted = false;
        let at = (0..bytes.len()).rev().find(|index| {
            let byte = bytes.get(*index).copied().unwrap_or_default();
            is_quoted ^= byte == b'"' && !is_escaped(bytes, *index);
            byte == separator && !is_quoted
        });
        let (before, part) = match at {
            Some(at) => (text.get(..at), text.get(at + 1..)?),
            None => (None, text),
        };
        rest = before;
        Some(part.trim_matches([' ', '\t']))
    })
}

/// Whether an odd number of backslashes is before this byte.
fn is_escaped(bytes: &[u8], index: usize) -> bool {
    let before = bytes.get(..index).unwrap_or_default();
    before.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}

/// One element of `Forwarded`.
fn hop(element: &str) -> Hop {
    let mut hop = Hop::default();
    for (name, value) in split(element, b';').filter_map(|pair| pair.split_once('=')) {
        let Some(value) = unquoted(value) else { continue };
        if name.eq_ignore_ascii_case("for") {
            hop.address = address(&value);
        } else if name.eq_ignore_ascii_case("proto") {
            hop.uses_tls = scheme(&value);
        }
    }
    hop
}

/// A token, or what is between quotes.
fn unquoted(value: &str) -> Option<String> {
    let Some(open) = value.strip_prefix('"') else { return (!value.contains('"')).then(|| value.to_owned()) };
    let mut text = String::new();
    let mut letters = open.chars();
    loop {
        match letters.next()? {
            '"' => return letters.next().is_none().then_some(text),
            '\\' => text.push(letters.next()?),
            other => text.push(other),
        }
    }
}

/// The hops of `X-Forwarded-For`, from the last to the first.
fn addresses(headers: &HeaderMap) -> impl Iterator<Item = Hop> {
    lines(headers, &FOR).flat_map(|line| split(line, b',')).map(|part| Hop { address: address(part), uses_tls: None })
}

/// An address with or without a port, in each of the spellings that proxies use. `None` for `unknown`, for names that hide
/// one (RFC 7239 section 6.3), and for nonsense.
fn address(text: &str) -> Option<SocketAddr> {
    if let Ok(ip) = text.parse::<IpAddr>() {
        return Some(SocketAddr::new(ip.to_canonical(), 0));
    }
    let (ip, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (ip, port) = rest.split_once(']')?;
            (
                IpAddr::V6(ip.parse::<Ipv6Addr>().ok()?),
                if port.is_empty() { None } else { Some(port.strip_prefix(':')?) },
            )
        }
        None => {
            let (ip, port) = text.rsplit_once(':')?;
            (IpAddr::V4(ip.parse().ok()?), Some(port))
        }
    };
    let port = match port {
        None => 0,
        Some(hidden) if hidden.starts_with('_') => 0,
        Some(port) => port.parse().ok()?,
    };
    Some(SocketAddr::new(ip.to_canonical(), port))
}

fn scheme(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "https" | "wss" => Some(true),
        "http" | "ws" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a head with these lines says; `10.x.x.x` and `fd00::/8` are trusted.
    fn behind(lines: &[(&'static str, &str)]) -> (String, Option<bool>) {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        let behind = read(&headers, |ip| match ip {
            IpAddr::V4(ip) => ip.octets()[0] == 10,
            IpAddr::V6(ip) => ip.octets()[0] == 0xfd,
        });
        (behind.address.map(|address| address.to_string()).unwrap_or_default(), behind.uses_tls)
    }

    fn told(name: &'static str, value: &str) -> String {
        behind(&[(name, value)]).0
    }

    #[test]
    fn forwarded_is_read_as_its_rfc_writes_it() {
        for (value, player) in [
            ("for=192.0.2.43", "192.0.2.43:0"),
            ("For=\"[2001:db8:cafe::17]:4711\"", "[2001:db8:cafe::17]:4711"),
            ("for=192.0.2.60;proto=http;by=203.0.113.43", "192.0.2.60:0"),
            ("for=192.0.2.43, for=198.51.100.17", "198.51.100.17:0"),
            ("by=203.0.113.43 ; for=\"192.0.2.43:47011\" ; host=\"a,b;for=1.2.3.4\"", "192.0.2.43:47011"),
            ("for=\"192.0.2.43:_port\"", "192.0.2.43:0"),
            ("for=\"[::ffff:192.0.2.43]\"", "192.0.2.43:0"),
            ("for=\"192.0\\.2.43\"", "192.0.2.43:0"),
            ("for=unknown", ""),
            ("for=_hidden", ""),
            ("for=\"_SEVKISEK\"", ""),
            ("proto=https", ""),
            ("", ""),
        ] {
            assert_eq!(told("forwarded", value), player, "{value}");
        }
        let https = behind(&[("forwarded", "for=192.0.2.43;proto=https")]);
        assert_eq!(https, ("192.0.2.43:0".to_owned(), Some(true)));
    }

    #[test]
    fn it_is_read_from_the_right_as_far_as_trust_goes() {
        let value = "for=1.1.1.1;proto=http, for=192.0.2.43;proto=https, for=10.0.0.7;proto=http, for=10.0.0.8";
        assert_eq!(behind(&[("forwarded", value)]), ("192.0.2.43:0".to_owned(), Some(true)));
        assert_eq!(told("x-forwarded-for", "1.1.1.1, 192.0.2.43, 10.0.0.7"), "192.0.2.43:0");
        assert_eq!(told("x-forwarded-for", "10.0.0.9, 10.0.0.7"), "10.0.0.9:0", "all are trusted: the first of them");
        assert_eq!(told("x-forwarded-for", "1.1.1.1, unknown, 10.0.0.7"), "10.0.0.7:0", "nobody knows further");
        let lines = [("x-forwarded-for", "1.1.1.1"), ("x-forwarded-for", "192.0.2.43, 10.0.0.7")];
        assert_eq!(behind(&lines).0, "192.0.2.43:0", "several lines are one");
    }

    #[test]
    fn what_a_client_sends_hides_nothing_that_a_proxy_adds() {
        for evil in ["for=\"evil", "for=\"a\\", "\"", "for=1.1.1.1;host=\"", "\\\"", "for=\"1.1.1.1\";x=\"\\\\"] {
            assert_eq!(told("forwarded", &format!("{evil}, for=192.0.2.43")), "192.0.2.43:0", "{evil}");
        }
        assert_eq!(told("forwarded", "for=\"192.0.2.43"), "");
        assert_eq!(told("forwarded", "for=192.0.2.43\""), "");
    }

    #[test]
    fn older_headers_are_read_as_proxies_write_them() {
        for (value, player) in [
            ("192.0.2.43:4711", "192.0.2.43:4711"),
            ("2001:db8::17", "[2001:db8::17]:0"),
            ("[2001:db8::17]", "[2001:db8::17]:0"),
            ("[2001:db8::17]:4711", "[2001:db8::17]:4711"),
            ("192.0.2.43:99999", ""),
            ("[2001:db8::17]4711", ""),
            ("localhost", ""),
        ] {
            assert_eq!(told("x-forwarded-for", value), player, "{value}");
            assert_eq!(told("x-real-ip", value), player, "{value}");
        }
        assert_eq!(behind(&[("x-forwarded-proto", "HTTPS")]), (String::new(), Some(true)));
        assert_eq!(behind(&[("x-forwarded-proto", "https, http")]).1, Some(false));
        assert_eq!(behind(&[("x-forwarded-proto", "gopher")]).1, None);
    }

    #[test]
    fn the_newest_header_counts() {
        let all = [("x-real-ip", "3.3.3.3"), ("x-forwarded-for", "2.2.2.2"), ("forwarded", "for=1.2.3.4")];
        assert_eq!(behind(&all).0, "1.2.3.4:0");
        assert_eq!(behind(&all[..2]).0, "2.2.2.2:0");
        assert_eq!(behind(&all[..1]).0, "3.3.3.3:0");
        assert_eq!(behind(&[("forwarded", "for=unknown"), ("x-forwarded-for", "2.2.2.2")]).0, "", "though it hides it");
    }

    #[test]
    fn a_long_line_costs_what_it_is_long() {
        let line = format!("{}, for=192.0.2.43", "\\".repeat(15_000));
        let started = std::time::Instant::now();
        assert_eq!(told("forwarded", &line), "192.0.2.43:0");
        let all_quoted = "\\\"".repeat(7_500);
        assert_eq!(told("forwarded", &all_quoted), "");
        assert!(started.elapsed() < std::time::Duration::from_secs(5));
    }
}
