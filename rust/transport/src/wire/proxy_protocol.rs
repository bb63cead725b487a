//! The PROXY protocol, versions 1 and 2 (HAProxy's doc/proxy-protocol.txt): what a proxy says of a connection before the
//! connection's own bytes. Where a head ends is found here, within bounds; what it says is read by `ppp`.

use std::net::{IpAddr, SocketAddr};

use bytes::BytesMut;

use crate::error::ProxyError;

/// How a head of version 1 begins.
const TEXT: &[u8] = b"PROXY ";

/// How one of version 2 begins.
const BINARY: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

/// The largest head of version 1, its line's end included (section 2.1).
const MAX_TEXT: usize = 107;

/// The fixed part of a head of version 2.
const BINARY_HEAD: usize = 16;

/// The most that may follow it: addresses, and what a proxy adds about TLS.
const MAX_BINARY: usize = 4096;

/// Whose connection it is: `None` where the proxy speaks for itself or does not know.
pub(crate) type Source = Option<SocketAddr>;

/// A head whose end has not arrived.
#[derive(Debug, Default)]
pub(crate) struct ProxyHeadReader {
    bytes: BytesMut,
}

/// What is known so far.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// More is to come.
    Incomplete,
    /// The head, and what came after it.
    Complete(Source, BytesMut),
    /// These bytes are the connection's own: there is no head.
    Absent(BytesMut),
}

impl ProxyHeadReader {
    /// Takes bytes, and all of them: what follows a head comes back with it.
    ///
    /// # Errors
    /// [`ProxyError`], for what begins like a head and is none.
    pub(crate) fn feed(&mut self, input: &[u8]) -> Result<Progress, ProxyError> {
        self.bytes.extend_from_slice(input);
        let end = if self.bytes.starts_with(TEXT) {
            self.end_of_text()?
        } else if self.bytes.starts_with(BINARY) {
            self.end_of_binary()?
        } else if TEXT.starts_with(&self.bytes) || BINARY.starts_with(&self.bytes) {
            None
        } else {
            return Ok(Progress::Absent(std::mem::take(&mut self.bytes)));
        };
        let Some(end) = end.filter(|end| *end <= self.bytes.len()) else { return Ok(Progress::Incomplete) };
        let rest = self.bytes.split_off(end);
        let head = std::mem::take(&mut self.bytes);
        let source = if head.starts_with(TEXT) { text(&head) } else { binary(&head) };
        source.map(|source| Progress::Complete(source, rest))
    }

    fn end_of_text(&self) -> Result<Option<usize>, ProxyError> {
        let most = self.bytes.len().min(MAX_TEXT);
        let line = self.bytes.get(..most).unwrap_or_default();
        match line.windows(2).position(|pair| pair == b"\r\n") {
            Some(end) => Ok(Some(end + 2)),
            None if most == MAX_TEXT => Err(ProxyError::TooLong),
            None => Ok(None),
        }
    }

    fn end_of_binary(&self) -> Result<Option<usize>, ProxyError> {
        let Some([high, low]) = self.bytes.get(BINARY_HEAD - 2..BINARY_HEAD) else { return Ok(None) };
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        if length > MAX_BINARY { Err(ProxyError::TooLong) } else { Ok(Some(BINARY_HEAD + length)) }
    }
}

/// An address as it is written where it is of one family.
fn source(address: impl Into<IpAddr>, port: u16) -> Source {
    Some(SocketAddr::new(address.into().to_canonical(), port))
}

fn text(head: &[u8]) -> Result<Source, ProxyError> {
    use ppp::v1::{Addresses, Header};
    let header = Header::try_from(head).map_err(|error| ProxyError::Malformed(error.to_string()))?;
    Ok(match header.addresses {
        Addresses::Tcp4(ip) => source(ip.source_address, ip.source_port),
        Addresses::Tcp6(ip) => source(ip.source_address, ip.source_port),
        Addresses::Unknown => None,
    })
}

fn binary(head: &[u8]) -> Result<Source, ProxyError> {
    use ppp::v2::{Addresses, Command, Header, Protocol};
    let header = Header::try_from(head).map_err(|error| ProxyError::Malformed(error.to_string()))?;
    Ok(match header.addresses {
        _ if header.command == Command::Local || header.protocol != Protocol::Stream => None,
        Addresses::IPv4(ip) => source(ip.source_address, ip.source_port),
        Addresses::IPv6(ip) => source(ip.source_address, ip.source_port),
        Addresses::Unspecified | Addresses::Unix(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A head of version 2 with this command, family and payload.
    fn version_2(command: u8, family: u8, payload: &[u8]) -> Vec<u8> {
        let mut head = BINARY.to_vec();
        head.extend([command, family]);
        head.extend(u16::try_from(payload.len()).unwrap().to_be_bytes());
        head.extend(payload);
        head
    }

    const IPV4: &[u8] = &[192, 0, 2, 7, 10, 0, 0, 1, 0x12, 0x34, 0x23, 0x78];

    /// Feeds it whole and in portions, and holds one against the other.
    fn read(bytes: &[u8]) -> Result<Progress, ProxyError> {
        let whole = ProxyHeadReader::default().feed(bytes);
        for step in 1..bytes.len() {
            let mut reader = ProxyHeadReader::default();
            let mut outcome = Ok(Progress::Incomplete);
            let mut portions = bytes.chunks(step);
            while outcome == Ok(Progress::Incomplete)
                && let Some(portion) = portions.next()
            {
                outcome = reader.feed(portion);
            }
            match (&whole, outcome) {
                (Ok(Progress::Complete(source, rest)), Ok(Progress::Complete(other, mut begun))) => {
                    portions.for_each(|portion| begun.extend_from_slice(portion));
                    assert_eq!((source, rest), (&other, &begun), "in portions of {step}");
                }
                (Ok(Progress::Absent(all)), Ok(Progress::Absent(begun))) => assert!(all.starts_with(&begun)),
                (whole, other) => assert_eq!(whole, &other, "in portions of {step}"),
            }
        }
        whole
    }

    fn complete(source: Option<&str>, rest: &str) -> Result<Progress, ProxyError> {
        Ok(Progress::Complete(source.map(|source| source.parse().unwrap()), BytesMut::from(rest)))
    }

    #[test]
    fn version_1_tells_the_source() {
        for (head, source) in [
            ("PROXY TCP4 192.0.2.7 10.0.0.1 4660 9080\r\n", Some("192.0.2.7:4660")),
            ("PROXY TCP6 2001:db8::7 2001:db8::1 4660 9080\r\n", Some("[2001:db8::7]:4660")),
            ("PROXY TCP6 ::ffff:192.0.2.7 ::1 4660 9080\r\n", Some("192.0.2.7:4660")),
            ("PROXY UNKNOWN\r\n", None),
            ("PROXY UNKNOWN what ever 1 2\r\n", None),
        ] {
            assert_eq!(read(format!("{head}GET / HTTP").as_bytes()), complete(source, "GET / HTTP"), "{head}");
            assert_eq!(read(head.as_bytes()), complete(source, ""));
        }
    }

    #[test]
    fn version_2_tells_the_source() {
        let mut ipv6 = [0; 36];
        ipv6[..4].copy_from_slice(&[0x20, 1, 0x0d, 0xb8]);
        ipv6[15] = 7;
        ipv6[32..].copy_from_slice(&[0x12, 0x34, 0x23, 0x78]);
        let with_extras = [IPV4, &[4, 0, 3, 1, 2, 3]].concat();
        for (head, source) in [
            (version_2(0x21, 0x11, IPV4), Some("192.0.2.7:4660")),
            (version_2(0x21, 0x11, &with_extras), Some("192.0.2.7:4660")),
            (version_2(0x21, 0x21, &ipv6), Some("[2001:db8::7]:4660")),
            (version_2(0x20, 0x00, &[]), None),
            (version_2(0x20, 0x11, IPV4), None),
            (version_2(0x21, 0x31, &[0; 216]), None),
            (version_2(0x21, 0x12, IPV4), None),
        ] {
            let bytes = [&head[..], b"\x16\x03\x01"].concat();
            assert_eq!(read(&bytes), complete(source, "\u{16}\u{3}\u{1}"), "{head:02x?}");
        }
    }

    #[test]
    fn what_is_no_head_is_left_as_it_is() {
        for bytes in ["GET / HTTP/1.1\r\n", "\u{16}\u{3}\u{1}", "PROPFIND", "\r\n\r\nGET"] {
            assert_eq!(ProxyHeadReader::default().feed(bytes.as_bytes()), Ok(Progress::Absent(BytesMut::from(bytes))));
        }
        for beginning in ["", "P", "PROXY", "\r\n\r\n"] {
            assert_eq!(ProxyHeadReader::default().feed(beginning.as_bytes()), Ok(Progress::Incomplete));
        }
    }

    #[test]
    fn broken_heads_are_named_and_bounded() {
        for head in
            ["PROXY TCP5 a b 1 2\r\n", "PROXY TCP4 192.0.2.300 10.0.0.1 1 2\r\n", "PROXY \r\n", "PROXY TCP4\r\n"]
        {
            assert!(matches!(read(head.as_bytes()), Err(ProxyError::Malformed(_))), "{head}");
        }
        let endless = format!("PROXY UNKNOWN {}", "x".repeat(MAX_TEXT));
        assert_eq!(read(endless.as_bytes()), Err(ProxyError::TooLong));
        for head in [version_2(0x31, 0x11, IPV4), version_2(0x25, 0x11, IPV4), version_2(0x21, 0x11, &IPV4[1..])] {
            assert!(matches!(read(&head), Err(ProxyError::Malformed(_))), "{head:02x?}");
        }
        assert_eq!(read(&version_2(0x21, 0x11, &[0; MAX_BINARY + 1])), Err(ProxyError::TooLong));
        assert!(read(&version_2(0x21, 0x11, &[0; MAX_BINARY])).is_ok());
    }
}
