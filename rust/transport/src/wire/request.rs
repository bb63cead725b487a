//! The opening handshake as a server sees it (RFC 6455 section 4.2): a client's request, and the answers to it.

use std::fmt::Write as _;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode, Uri, header};
use tungstenite::handshake::derive_accept_key;

use super::head::{self, HeadReader, MAX_HEADERS, Progress};
use crate::error::RequestError;
use crate::excerpt::Excerpt;

/// A client's request for a WebSocket connection, legal in every part.
#[derive(Debug, Clone)]
pub struct UpgradeRequest {
    target: String,
    host: String,
    headers: HeaderMap,
    accept: String,
}

impl UpgradeRequest {
    /// What the client asked for: path and query.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.target
    }

    /// The name, and maybe the port, by which the client knows the server: that of a target which is a whole URL, else the
    /// `Host` header.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Every header of the request.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The subprotocols the client offers, its favourite first.
    pub fn protocols(&self) -> impl Iterator<Item = &str> {
        head::list(&self.headers, &header::SEC_WEBSOCKET_PROTOCOL)
    }

    /// Chooses a subprotocol as Godot's server does: the client's first that is in `supported`. Either both sides
    /// name subprotocols and share one, or neither names any.
    pub(crate) fn choose_protocol(&self, supported: &[String]) -> Result<Option<String>, RequestError> {
        let mut offered = self.protocols().peekable();
        if offered.peek().is_none() && supported.is_empty() {
            return Ok(None);
        }
        // Looked at one by one: a head can name thousands.
        match offered.find(|offer| supported.iter().any(|protocol| protocol == offer)) {
            Some(protocol) => Ok(Some(protocol.to_owned())),
            None => Err(RequestError::NoCommonProtocol { offered: Excerpt::list(self.protocols()) }),
        }
    }

    /// The answer that opens the connection. The lines are those that Godot's client insists on.
    pub(crate) fn accept(&self, protocol: Option<&str>, extra_headers: &[String]) -> Bytes {
        let mut head = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {}\r\n",
            self.accept
        );
        if let Some(protocol) = protocol {
            let _ = write!(head, "Sec-WebSocket-Protocol: {protocol}\r\n");
        }
        for line in extra_headers {
            let _ = write!(head, "{line}\r\n");
        }
        head.push_str("\r\n");
        Bytes::from(head)
    }
}

/// Collects a request; `Ok(None)` while more is to come. What follows the head stays in `input`.
pub(crate) fn read(reader: &mut HeadReader, input: &mut BytesMut) -> Result<Option<UpgradeRequest>, RequestError> {
    match reader.feed(input) {
        Progress::Complete(head) => parse(&head).map(Some),
        Progress::Incomplete => Ok(None),
        // What is no head is named so whatever its size: the same bytes get the same answer in any portions.
        Progress::TooLarge => look(reader.bytes()).and(Err(RequestError::HeadTooLarge)),
        Progress::Look => look(reader.bytes()).map(|()| None),
    }
}

/// Whether this can be the start of a head.
fn look(bytes: &[u8]) -> Result<(), RequestError> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    httparse::Request::new(&mut headers).parse(bytes).map(drop).map_err(|error| not_http(&error, bytes))
}

fn not_http(error: &httparse::Error, bytes: &[u8]) -> RequestError {
    match (error, bytes) {
        // The first byte of a TLS record with a handshake in it; no line of text starts so.
        (_, [0x16, ..]) => RequestError::TlsOnPlainPort,
        (httparse::Error::TooManyHeaders, _) => RequestError::HeadTooLarge,
        (other, _) => RequestError::NotHttp(other.to_string()),
    }
}

fn parse(bytes: &[u8]) -> Result<UpgradeRequest, RequestError> {
    let mut parsed = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut parsed);
    if request.parse(bytes).map_err(|error| not_http(&error, bytes))?.is_partial() {
        return Err(RequestError::NotHttp("the head ends early".to_owned()));
    }
    let method = request.method.unwrap_or_default();
    if method != "GET" {
        return Err(RequestError::Method(Excerpt::of(method)));
    }
    if request.version != Some(1) {
        return Err(RequestError::HttpVersion);
    }
    let (named_host, target) = split_target(request.path.unwrap_or_default()).ok_or(RequestError::Target)?;
    let headers =
        head::header_map(request.headers).ok_or_else(|| RequestError::NotHttp("an illegal header".to_owned()))?;
    let mut hosts = headers.get_all(header::HOST).into_iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return Err(RequestError::Host) };
    let host = named_host.unwrap_or_else(|| host.to_str().unwrap_or_default().to_owned());
    if !head::has_token(&headers, &header::UPGRADE, "websocket")
        || !head::has_token(&headers, &header::CONNECTION, "upgrade")
    {
        return Err(RequestError::NotAnUpgrade);
    }
    if single(&headers, &header::SEC_WEBSOCKET_VERSION) != Some("13") {
        return Err(RequestError::WebSocketVersion);
    }
    let key = single(&headers, &header::SEC_WEBSOCKET_KEY).ok_or(RequestError::Key)?;
    if !is_key(key) {
        return Err(RequestError::Key);
    }
    let accept = derive_accept_key(key.as_bytes());
    Ok(UpgradeRequest { target, host, headers, accept })
}

/// The parts of a request's target: a host if it is a whole URL, as a proxy is asked (RFC 9112 section 3.2.2), and path
/// and query.
fn split_target(target: &str) -> Option<(Option<String>, String)> {
    if target.starts_with('/') {
        return Some((None, target.to_owned()));
    }
    let uri = Uri::try_from(target).ok()?;
    uri.scheme()?;
    let authority = uri.authority().filter(|authority| !authority.host().is_empty())?.as_str();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let path = uri.query().map_or_else(|| uri.path().to_owned(), |query| format!("{}?{query}", uri.path()));
    Some((Some(host.to_owned()), path))
}

/// A header that may stand only once.
fn single<'head>(headers: &'head HeaderMap, name: &header::HeaderName) -> Option<&'head str> {
    let mut values = headers.get_all(name).into_iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok().map(str::trim),
        _ => None,
    }
}

/// Whether this is the base64 form of 16 bytes: 22 characters of the alphabet and two of padding.
fn is_key(key: &str) -> bool {
    key.strip_suffix("==").is_some_and(|digits| {
        digits.len() == 22 && digits.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/')
    })
}

/// The answer to a request that opens nothing: a status, the headers that belong to it, and the cause in words.
pub(crate) fn refusal(error: &RequestError) -> Bytes {
    let extra = match error {
        RequestError::Method(_) => "Allow: GET\r\n",
        RequestError::NotAnUpgrade => "Upgrade: websocket\r\n",
        RequestError::WebSocketVersion => "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
        _ => "",
    };
    response(error.status(), extra, &error.to_string())
}

/// A plain-text HTTP response after which the connection ends. `extra_lines` end with CRLF each.
pub(crate) fn response(status: StatusCode, extra_lines: &str, text: &str) -> Bytes {
    // RFC 9110 section 7.8: a sender of Upgrade names it in Connection too.
    let connection = if extra_lines.contains("Upgrade:") { "Upgrade, close" } else { "close" };
    Bytes::from(format!(
        "HTTP/1.1 {} {}\r\nConnection: {connection}\r\n{extra_lines}Content-Type: text/plain; charset=utf-8\r\n\
         Content-Length: {}\r\n\r\n{text}\n",
        status.as_u16(),
        status.canonical_reason().unwrap_or("Refused"),
        text.len() + 1,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GODOT: &str = "GET /chat?room=1 HTTP/1.1\r\nHost: localhost:9080\r\nUpgrade: websocket\r\n\
        Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

    fn read_all(head: &str) -> Result<Option<UpgradeRequest>, RequestError> {
        read(&mut HeadReader::default(), &mut BytesMut::from(head))
    }

    #[test]
    fn the_sample_of_the_rfc_gets_the_answer_of_the_rfc() {
        let request = read_all(GODOT).unwrap().unwrap();
        assert_eq!((request.target(), request.host()), ("/chat?room=1", "localhost:9080"));
        let answer = String::from_utf8(request.accept(Some("chat"), &["X-A: b".to_owned()]).to_vec()).unwrap();
        assert!(answer.starts_with("HTTP/1.1 101 Switching Protocols\r\n"));
        assert!(answer.contains("\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
        assert!(answer.contains("\r\nSec-WebSocket-Protocol: chat\r\nX-A: b\r\n\r\n"));
    }

    #[test]
    fn legal_spellings_are_taken() {
        for (from, to) in [
            ("Connection: Upgrade", "cOnNeCtIoN: keep-alive, upGRADE"),
            ("Connection: Upgrade", "Connection: keep-alive\r\nConnection: Upgrade"),
            ("Upgrade: websocket", "UPGRADE:   WebSocket  "),
            ("Host: localhost:9080", "Host:localhost:9080\r\nCookie: x"),
        ] {
            assert!(read_all(&GODOT.replace(from, to)).unwrap().is_some(), "{to}");
        }
        let cookie = format!("Cookie: {}\r\n\r\n", "c".repeat(16_000));
        assert!(read_all(&GODOT.replacen("\r\n\r\n", &format!("\r\n{cookie}"), 1)).unwrap().is_some());
    }

    #[test]
    fn what_is_illegal_gets_its_status() {
        let cases = [
            ("GET", "POST", 405),
            ("HTTP/1.1", "HTTP/1.0", 505),
            ("HTTP/1.1", "HTTP/2.0", 400),
            ("Host: localhost:9080\r\n", "", 400),
            ("Host: localhost:9080", "Host: a\r\nHost: b", 400),
            ("Upgrade: websocket", "Upgrade: h2c", 426),
            ("Connection: Upgrade", "Connection: close", 426),
            ("Version: 13", "Version: 8", 426),
            ("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZQ==", 400),
            ("dGhlIHNhbXBsZSBub25jZQ==", "dGhl IHNhbXBsZSBub25jZQ==", 400),
            ("Host", "Ho st", 400),
        ];
        for (from, to, status) in cases {
            let error = read_all(&GODOT.replacen(from, to, 1)).unwrap_err();
            assert_eq!(error.status().as_u16(), status, "{to}: {error}");
            let answer = String::from_utf8(refusal(&error).to_vec()).unwrap();
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        }
    }

    #[test]
    fn a_target_may_be_a_whole_url() {
        let asked = |target: &str| {
            let request = read_all(&GODOT.replacen("/chat?room=1", target, 1)).unwrap().unwrap();
            (request.host().to_owned(), request.target().to_owned())
        };
        let parts = |host: &str, target: &str| (host.to_owned(), target.to_owned());
        // RFC 9112 section 3.2.2: the Host header counts for nothing then.
        assert_eq!(asked("ws://game.example/chat?room=1"), parts("game.example", "/chat?room=1"));
        assert_eq!(asked("HTTP://game.example:81"), parts("game.example:81", "/"));
        assert_eq!(asked("wss://me:secret@game.example?a=b"), parts("game.example", "/?a=b"));
        assert_eq!(asked("ws://[::1]:9/x"), parts("[::1]:9", "/x"));
        assert_eq!(asked("/ws://a/b"), parts("localhost:9080", "/ws://a/b"));
        for target in ["*", "game.example:80", ".evil.example/", "?room=1", "ws://", "ws:///x", "ws://:80/x", "ws:game"]
        {
            let error = read_all(&GODOT.replacen("/chat?room=1", target, 1)).unwrap_err();
            assert_eq!(error, RequestError::Target, "{target}");
            assert_eq!(error.status().as_u16(), 400);
        }
    }

    #[test]
    fn garbage_is_named_at_once() {
        assert!(matches!(read_all("\x01\x02\x03 hello"), Err(RequestError::NotHttp(_))));
        for hello in ["\x16", "\x16\x03\x01\x02\x00", "\x16\x03\x01\n\n"] {
            assert_eq!(read_all(hello).unwrap_err(), RequestError::TlsOnPlainPort);
        }
        let long_garbage = format!("GET / HTTP/1.1\r\nHo st: {}", "y".repeat(20_000));
        assert!(matches!(read_all(&long_garbage), Err(RequestError::NotHttp(_))));
        let endless = format!("GET / HTTP/1.1\r\nX: {}", "y".repeat(20_000));
        assert_eq!(read_all(&endless).unwrap_err(), RequestError::HeadTooLarge);
        let many = format!("GET / HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(200));
        assert_eq!(read_all(&many).unwrap_err(), RequestError::HeadTooLarge);
    }

    #[test]
    fn subprotocols_follow_the_clients_order() {
        let offer = GODOT.replace("\r\n\r\n", "\r\nSec-WebSocket-Protocol: one, two\r\n\r\n");
        let request = read_all(&offer).unwrap().unwrap();
        let supported = ["two".to_owned(), "one".to_owned()];
        assert_eq!(request.choose_protocol(&supported), Ok(Some("one".to_owned())));
        assert!(request.choose_protocol(&[]).is_err());
        let silent = read_all(GODOT).unwrap().unwrap();
        assert_eq!(silent.choose_protocol(&[]), Ok(None));
        assert!(silent.choose_protocol(&supported).is_err());
    }
}
