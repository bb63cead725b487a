//! The opening handshake as a server sees it (RFC 6455 section 4.2): a client's request, and the answer that opens. The
//! others are in `answer`.

use std::fmt::Write as _;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Uri, header};
use tungstenite::handshake::derive_accept_key;

use super::deflate::agreement::{self, Agreement};
use super::head::{self, HeadReader, MAX_HEADERS, Progress};
use super::request_head::{RequestHead, path_of};
use super::response::Target;
use crate::error::RequestError;
use crate::excerpt::Excerpt;

/// What a client asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// To be upgraded to WebSocket.
    Upgrade(UpgradeRequest),
    /// Something else, in plain HTTP.
    Page(PageRequest),
}

/// A client's request for a WebSocket connection, legal in every part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpgradeRequest {
    head: Arc<RequestHead>,
    headers: HeaderMap,
    accept: String,
}

/// A request in plain HTTP, 1.1 or 1.0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// What was asked for, without the query.
    pub path: String,
    /// How.
    pub method: PageMethod,
}

/// What is to be done with a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageMethod {
    /// It is to be sent.
    Get,
    /// Its head alone is to be sent.
    Head,
    /// Anything else.
    Other,
}

impl UpgradeRequest {
    /// What the client has said, to be kept as long as anybody wants.
    #[must_use]
    pub fn head(&self) -> &Arc<RequestHead> {
        &self.head
    }

    /// What the client asked for: path and query.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.head.target().path
    }

    /// The name, and maybe the port, by which the client knows the server: that of a target which is a whole URL, else the
    /// `Host` header.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.head.target().host
    }

    /// Every header of the request.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The subprotocols the client offers, its favourite first.
    pub fn protocols(&self) -> impl Iterator<Item = &str> {
        self.head.protocols()
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

    /// What is agreed on compression, and the header that says so: of what the client offers, its favourite.
    pub(crate) fn choose_compression(&self) -> Option<(Agreement, String)> {
        agreement::accept(&self.headers)
    }

    /// The answer that opens the connection. The lines are those that Godot's client insists on.
    pub(crate) fn accept<'line>(
        &self,
        protocol: Option<&str>,
        extensions: Option<&str>,
        extra_headers: impl IntoIterator<Item = &'line String>,
    ) -> Bytes {
        let mut head = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {}\r\n",
            self.accept
        );
        if let Some(protocol) = protocol {
            let _ = write!(head, "Sec-WebSocket-Protocol: {protocol}\r\n");
        }
        if let Some(extensions) = extensions {
            let _ = write!(head, "Sec-WebSocket-Extensions: {extensions}\r\n");
        }
        for line in extra_headers {
            let _ = write!(head, "{line}\r\n");
        }
        head.push_str("\r\n");
        Bytes::from(head)
    }
}

/// Collects a request; `Ok(None)` while more is to come. What follows the head stays in `input`.
pub(crate) fn read(reader: &mut HeadReader, input: &mut BytesMut) -> Result<Option<Asked>, RequestError> {
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

fn parse(bytes: &[u8]) -> Result<Asked, RequestError> {
    let mut parsed = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut parsed);
    if request.parse(bytes).map_err(|error| not_http(&error, bytes))?.is_partial() {
        return Err(RequestError::NotHttp("the head ends early".to_owned()));
    }
    let headers =
        head::header_map(request.headers).ok_or_else(|| RequestError::NotHttp("an illegal header".to_owned()))?;
    let asks_for_upgrade = head::has_token(&headers, &header::UPGRADE, "websocket")
        && head::has_token(&headers, &header::CONNECTION, "upgrade");
    let method = request.method.unwrap_or_default();
    if !asks_for_upgrade {
        return Ok(Asked::Page(page(method, request.path.unwrap_or_default())));
    }
    if method != "GET" {
        return Err(RequestError::Method(Excerpt::of(method)));
    }
    if request.version != Some(1) {
        return Err(RequestError::HttpVersion);
    }
    let (named_host, path) = split_target(request.path.unwrap_or_default()).ok_or(RequestError::Target)?;
    let mut hosts = headers.get_all(header::HOST).into_iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return Err(RequestError::Host) };
    let host = named_host.unwrap_or_else(|| host.to_str().unwrap_or_default().to_owned());
    if single(&headers, &header::SEC_WEBSOCKET_VERSION) != Some("13") {
        return Err(RequestError::WebSocketVersion);
    }
    let key = single(&headers, &header::SEC_WEBSOCKET_KEY).ok_or(RequestError::Key)?;
    if !is_key(key) {
        return Err(RequestError::Key);
    }
    let accept = derive_accept_key(key.as_bytes());
    let head = Arc::new(RequestHead::new(Target { host, path }, request.headers));
    Ok(Asked::Upgrade(UpgradeRequest { head, headers, accept }))
}

/// A request that is not ours to judge: whoever asks for a page is a browser, a balancer or a probe, and some of these still
/// speak HTTP/1.0 and name no host.
fn page(method: &str, target: &str) -> PageRequest {
    let path = split_target(target).map_or_else(|| target.to_owned(), |(_, path)| path);
    let method = match method {
        "GET" => PageMethod::Get,
        "HEAD" => PageMethod::Head,
        _ => PageMethod::Other,
    };
    PageRequest { path: path_of(&path).to_owned(), method }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::answer;

    const GODOT: &str = "GET /chat?room=1 HTTP/1.1\r\nHost: localhost:9080\r\nUpgrade: websocket\r\n\
        Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

    fn read_asked(head: &str) -> Result<Option<Asked>, RequestError> {
        read(&mut HeadReader::default(), &mut BytesMut::from(head))
    }

    fn read_all(head: &str) -> Result<Option<UpgradeRequest>, RequestError> {
        match read_asked(head)? {
            None => Ok(None),
            Some(Asked::Upgrade(request)) => Ok(Some(request)),
            Some(Asked::Page(_)) => Err(RequestError::NotAnUpgrade),
        }
    }

    #[test]
    fn the_sample_of_the_rfc_gets_the_answer_of_the_rfc() {
        let request = read_all(GODOT).unwrap().unwrap();
        assert_eq!((request.target(), request.host()), ("/chat?room=1", "localhost:9080"));
        let answer = String::from_utf8(request.accept(Some("chat"), None, &["X-A: b".to_owned()]).to_vec()).unwrap();
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
            let answer = String::from_utf8(answer::refusal(&error).to_vec()).unwrap();
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
    fn what_is_no_upgrade_is_a_page() {
        let page = |head: &str| match read_asked(head).unwrap().unwrap() {
            Asked::Page(PageRequest { path, method }) => (path, method),
            Asked::Upgrade(_) => panic!("an upgrade: {head}"),
        };
        let get = |path: &str| (path.to_owned(), PageMethod::Get);
        assert_eq!(page("GET /health?from=probe HTTP/1.1\r\nHost: a\r\n\r\n"), get("/health"));
        assert_eq!(page("GET http://a:81/health HTTP/1.1\r\nHost: b\r\n\r\n"), get("/health"));
        // What HAProxy asks if nobody has told it more.
        assert_eq!(page("OPTIONS / HTTP/1.0\r\n\r\n"), ("/".to_owned(), PageMethod::Other));
        assert_eq!(page("GET /health HTTP/1.0\r\n\r\n"), get("/health"));
        assert_eq!(page("HEAD * HTTP/1.1\r\nHost: a\r\n\r\n"), ("*".to_owned(), PageMethod::Head));
        assert_eq!(page(&GODOT.replace("Upgrade: websocket", "Upgrade: h2c")), get("/chat"));
        assert_eq!(page(&GODOT.replace("Connection: Upgrade", "Connection: close")), get("/chat"));
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
