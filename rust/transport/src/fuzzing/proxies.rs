//! What proxies say, below HTTP and in it.

use http::{HeaderMap, HeaderValue, header};

use super::portions::{Portions, variants};
use crate::error::ProxyError;
use crate::wire::forwarded;
use crate::wire::proxy_protocol::{Progress, ProxyHeadReader};

/// A server reads `data` as the beginning of a connection by a proxy, and as the value of its headers.
///
/// # Panics
/// When the answer depends on the portions, or a byte of the connection is lost, or more is kept than a head may have.
pub fn proxy(data: &[u8]) {
    let whole = read(data, Portions::Whole);
    for portions in variants(data) {
        assert_eq!(whole, read(data, portions), "{portions:?}");
    }
    match whole {
        Ok((Progress::Incomplete, _)) => assert!(data.len() < 16 + 4096),
        Ok((Progress::Absent(_), rest)) => assert_eq!(rest, data),
        Ok((Progress::Complete(..), rest)) => assert!(data.ends_with(&rest)),
        Err(_) => {}
    }
    for name in [header::FORWARDED, "x-forwarded-for".parse().unwrap(), "x-real-ip".parse().unwrap()] {
        let Ok(value) = HeaderValue::from_bytes(data) else { return };
        let untrusting = forwarded::read(&HeaderMap::from_iter([(name.clone(), value.clone())]), |_| false);
        forwarded::read(&HeaderMap::from_iter([(name.clone(), value.clone())]), |_| true);
        // Whatever was there before, what the proxy adds counts.
        if let Ok(text) = value.to_str()
            && let Ok(longer) = HeaderValue::from_str(&format!("{text}, for=192.0.2.7"))
            && name == header::FORWARDED
        {
            let behind = forwarded::read(&HeaderMap::from_iter([(name, longer)]), |_| false);
            assert_eq!(behind.address, Some("192.0.2.7:0".parse().unwrap()), "instead of {untrusting:?}");
        }
    }
}

/// What is known of these bytes in the end, and what is left of them for the connection.
fn read(data: &[u8], portions: Portions) -> Result<(Progress, Vec<u8>), ProxyError> {
    let mut reader = ProxyHeadReader::default();
    for portion in portions.cut(data.len()) {
        let end = portion.end;
        let mut all = match reader.feed(&data[portion])? {
            Progress::Incomplete => continue,
            Progress::Complete(source, rest) => (Progress::Complete(source, Default::default()), rest.to_vec()),
            Progress::Absent(rest) => (Progress::Absent(Default::default()), rest.to_vec()),
        };
        all.1.extend_from_slice(&data[end..]);
        return Ok(all);
    }
    Ok((Progress::Incomplete, Vec::new()))
}
