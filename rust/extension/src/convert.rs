//! Between the transport's values and the engine's.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use godot::builtin::{GString, PackedStringArray};
use godot::classes::multiplayer_peer::TransferMode;
use godot::global::Error;
use rust_websocket_transport::config::{AllowedOrigins, Handshake, HeaderLines, Subprotocols, TrustedProxies};
use rust_websocket_transport::connection::Delivery;
use rust_websocket_transport::error::{HandshakeError, ListenError, OriginError, SendError, TrustedProxyError};
use rust_websocket_transport::network::BindAddress;
use rust_websocket_transport::wire::response::Target;

/// The engine's code for a packet that was not queued.
pub(crate) fn send_error(error: SendError) -> Error {
    match error {
        SendError::UnknownPeer(_) => Error::ERR_INVALID_PARAMETER,
        SendError::Full { .. } | SendError::TooLarge { .. } => Error::ERR_OUT_OF_MEMORY,
        _ => Error::FAILED,
    }
}

/// The engine's code for a server that does not listen, as `TCPServer.listen` gives it.
pub(crate) fn listen_error(error: &ListenError) -> Error {
    match error {
        ListenError::Bind { .. } | ListenError::Path { .. } | ListenError::NoSocket { .. } => Error::ERR_ALREADY_IN_USE,
        ListenError::NotHere => Error::ERR_UNAVAILABLE,
        _ => Error::ERR_CANT_CREATE,
    }
}

/// A bind address: `"*"` or an address as `TCPServer.listen` takes them, a Unix socket, or one of systemd's.
pub(crate) fn bind_address(text: &GString) -> Option<BindAddress> {
    match text.to_string().as_str() {
        "*" => Some(BindAddress::Any),
        "systemd" => Some(BindAddress::Activated(None)),
        other => match other.split_once(':') {
            Some(("systemd", name)) if !name.is_empty() => Some(BindAddress::Activated(Some(name.to_owned()))),
            Some(("unix", path)) if path.starts_with('/') => Some(BindAddress::Unix(path.into())),
            _ => other.parse().ok().map(BindAddress::Ip),
        },
    }
}

/// An address in the engine's spelling: IPv4 also where it came mapped into IPv6, and IPv6 without `::`.
pub(crate) fn host(address: IpAddr) -> GString {
    let text = match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => address.segments().map(|segment| format!("{segment:x}")).join(":"),
    };
    GString::from(text.as_str())
}

/// Host and port, empty and 0 if they are not known.
pub(crate) fn remote(address: Option<SocketAddr>) -> (GString, i32) {
    address.map_or_else(Default::default, |address| (host(address.ip()), i32::from(address.port())))
}

/// The URL of a request, as a server can tell it.
pub(crate) fn requested_url(uses_tls: bool, target: &Target) -> String {
    let scheme = if uses_tls { "wss" } else { "ws" };
    format!("{scheme}://{}{}", target.host, target.path)
}

/// A limit in bytes or packets. A negative one, where it is taken at all, is none, as 0 is.
pub(crate) fn limit(value: i32) -> usize {
    usize::try_from(value).unwrap_or(0)
}

/// Whether this can be a limit without which nothing would work.
pub(crate) fn is_positive(value: i32) -> bool {
    value > 0
}

/// The interval of a heartbeat in seconds; 0 is none.
pub(crate) fn heartbeat(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds).ok().filter(|interval| !interval.is_zero())
}

/// How old an unreliable packet may get, in seconds; 0 is as old as may be.
pub(crate) fn max_age(seconds: f64) -> Option<Duration> {
    (seconds > 0.0).then(|| Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)).filter(|age| !age.is_zero())
}

/// How a packet that is put now is to be delivered. The order of all that arrives is that of putting, whatever the mode.
pub(crate) fn delivery(mode: TransferMode) -> Delivery {
    match mode {
        TransferMode::UNRELIABLE | TransferMode::UNRELIABLE_ORDERED => Delivery::Unreliable { put_at: Instant::now() },
        _ => Delivery::Reliable,
    }
}

/// A copy of an array of strings, each without the spaces around it.
pub(crate) fn stripped(array: &PackedStringArray) -> PackedStringArray {
    array.as_slice().iter().map(GString::strip_edges).collect()
}

/// What either end says in the handshake, if all of it can be said.
pub(crate) fn handshake(
    supported_protocols: &PackedStringArray,
    headers: &PackedStringArray,
) -> Result<Handshake, HandshakeError> {
    Ok(Handshake {
        supported_protocols: subprotocols(supported_protocols)?,
        headers: header_lines(headers)?,
        ..Handshake::default()
    })
}

/// Subprotocols, if all of them can be named.
pub(crate) fn subprotocols(array: &PackedStringArray) -> Result<Subprotocols, HandshakeError> {
    Subprotocols::parse(strings(array))
}

/// Further lines of the handshake, if all of them can be said.
pub(crate) fn header_lines(array: &PackedStringArray) -> Result<HeaderLines, HandshakeError> {
    HeaderLines::parse(strings(array))
}

/// The proxies in front of a server, if all of them are addresses.
pub(crate) fn trusted_proxies(array: &PackedStringArray) -> Result<TrustedProxies, TrustedProxyError> {
    TrustedProxies::parse(strings(array))
}

/// Which pages may connect, if all of them are named as browsers name them.
pub(crate) fn origins(array: &PackedStringArray) -> Result<AllowedOrigins, OriginError> {
    AllowedOrigins::parse(strings(array))
}

fn strings(array: &PackedStringArray) -> impl Iterator<Item = String> {
    array.as_slice().iter().map(GString::to_string)
}
