//! The opening handshake as a client sees it (RFC 6455 section 4.1): our request, and the server's answer.

use std::fmt::Write as _;

use bytes::{Bytes, BytesMut};
use data_encoding::BASE64;
use http::{HeaderMap, header};
use tungstenite::handshake::derive_accept_key;

use super::deflate::OFFER;
use super::deflate::agreement::{self, Agreement};
use super::head::{self, HeadReader, MAX_HEADERS, Progress};
use crate::config::Handshake;
use crate::error::ResponseError;
use crate::excerpt::Excerpt;

/// The most interim answers (RFC 9110 section 15.2) that are passed over.
pub(crate) const MAX_INTERIM: usize = 8;

/// How much of a refusal's body is read, in bytes. More of it would not be shown.
const MAX_BODY_SIZE: usize = 1024;

/// What our request asked for, to hold the answer against.
#[derive(Debug)]
pub(crate) struct Expectation {
    accept: String,
    protocols: Vec<String>,
    /// Compression was offered.
    offers_compression: bool,
    /// How many interim answers have come.
    interim: usize,
}

impl Expectation {
    /// What follows from the key and the subprotocols of a request.
    pub(crate) fn new(key: &str, protocols: &[String]) -> Self {
        Self {
            accept: derive_accept_key(key.as_bytes()),
            protocols: protocols.to_vec(),
            offers_compression: false,
            interim: 0,
        }
    }
}

/// Where a client wants to go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Target {
    /// The `Host` header: the server's name, and its port unless it is the scheme's own.
    pub host: String,
    /// Path and query.
    pub path: String,
}

/// Our request, in the lines and the order of Godot's client.
pub(crate) fn request(target: &Target, handshake: &Handshake, nonce: [u8; 16]) -> (Bytes, Expectation) {
    let protocols = &*handshake.supported_protocols;
    let offers_compression = handshake.compression.is_offered();
    let key = BASE64.encode(&nonce);
    let mut head = format!(
        "GET {} HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n",
        target.path, target.host
    );
    if !protocols.is_empty() {
        let _ = write!(head, "Sec-WebSocket-Protocol: {}\r\n", protocols.join(","));
    }
    if offers_compression {
        let _ = write!(head, "Sec-WebSocket-Extensions: {OFFER}\r\n");
    }
    for line in &*handshake.headers {
        let _ = write!(head, "{line}\r\n");
    }
    head.push_str("\r\n");
    (Bytes::from(head), Expectation { offers_compression, ..Expectation::new(&key, protocols) })
}

/// A server's answer that opened the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The subprotocol the server chose out of those that were offered.
    pub protocol: Option<String>,
    /// What was agreed on compression.
    pub(crate) compression: Option<Agreement>,
}

/// Collects an answer. Interim ones are passed over.
#[derive(Debug, Default)]
pub(crate) struct ResponseReader {
    head: HeadReader,
    /// The head is here, and is no 101.
    refusal: Option<Refusal>,
}

/// A refusal whose body arrives: the server's own words, for people.
#[derive(Debug)]
struct Refusal {
    status: u16,
    reason: Excerpt,
    body: Vec<u8>,
    /// How much of the body is waited for.
    wanted: usize,
}

impl ResponseReader {
    /// Takes what has arrived; `Ok(None)` while more is to come. What follows a head that opens the connection stays in
    /// `input`.
    pub(crate) fn feed(
        &mut self,
        expectation: &mut Expectation,
        input: &mut BytesMut,
    ) -> Result<Option<Accepted>, ResponseError> {
        while self.refusal.is_none() {
            match self.head.feed(input) {
                Progress::Complete(head) => match read_head(&head, expectation)? {
                    Verdict::Interim => {}
                    Verdict::Accepted(accepted) => return Ok(Some(accepted)),
                    Verdict::Refused(refusal) => self.refusal = Some(refusal),
                },
                Progress::Incomplete => return Ok(None),
                // What is no head is named so whatever its size: the same bytes get the same verdict in any portions.
                Progress::TooLarge => return look(self.head.bytes()).and(Err(ResponseError::HeadTooLarge)),
                Progress::Look => return look(self.head.bytes()).map(|()| None),
            }
        }
        let Some(refusal) = &mut self.refusal else { return Ok(None) };
        let missing = refusal.wanted.saturating_sub(refusal.body.len());
        let taken = input.split_to(input.len().min(missing));
        refusal.body.extend_from_slice(&taken);
        if refusal.body.len() < refusal.wanted { Ok(None) } else { Err(refusal.error()) }
    }

    /// How many bytes are kept at the moment.
    #[cfg(feature = "fuzzing")]
    pub(crate) fn held_bytes(&self) -> usize {
        self.refusal.as_ref().map_or(self.head.bytes().len(), |refusal| refusal.body.len())
    }

    /// What is known of a refusal when no more will come of it.
    pub(crate) fn unfinished(&self) -> Option<ResponseError> {
        self.refusal.as_ref().map(Refusal::error)
    }
}

impl Refusal {
    fn new(status: u16, response: &httparse::Response<'_, '_>) -> Self {
        Self {
            status,
            reason: Excerpt::of(response.reason.unwrap_or_default()),
            body: Vec::new(),
            wanted: head::header_map(response.headers).map_or(0, |headers| wanted(status, &headers)),
        }
    }

    fn error(&self) -> ResponseError {
        let body = String::from_utf8_lossy(&self.body);
        // On one line.
        let text = Excerpt::of(&body.split_whitespace().collect::<Vec<_>>().join(" "));
        ResponseError::Status { status: self.status, reason: self.reason.clone(), text }
    }
}

/// How much of a refusal's body is worth waiting for, in bytes: none of a page for a browser, nor of one in pieces.
fn wanted(status: u16, headers: &HeaderMap) -> usize {
    let is_for_browsers =
        headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    // RFC 9112 section 6.3: these statuses have no body.
    let has_none = status < 200 || status == 204 || status == 304;
    if is_for_browsers || has_none || headers.contains_key(header::TRANSFER_ENCODING) {
        return 0;
    }
    match headers.get(header::CONTENT_LENGTH) {
        // Without a length the body goes to the end of the stream.
        None => MAX_BODY_SIZE,
        Some(length) => length
            .to_str()
            .ok()
            .and_then(|length| length.trim().parse().ok())
            .map_or(0, |length: usize| length.min(MAX_BODY_SIZE)),
    }
}

enum Verdict {
    /// There is another answer to come.
    Interim,
    Accepted(Accepted),
    Refused(Refusal),
}

/// Whether this can be the start of a head.
fn look(bytes: &[u8]) -> Result<(), ResponseError> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    httparse::Response::new(&mut headers).parse(bytes).map(drop).map_err(not_http)
}

fn not_http(error: httparse::Error) -> ResponseError {
    match error {
        httparse::Error::TooManyHeaders => ResponseError::HeadTooLarge,
        other => ResponseError::NotHttp(other.to_string()),
    }
}

fn read_head(bytes: &[u8], expectation: &mut Expectation) -> Result<Verdict, ResponseError> {
    let mut parsed = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut response = httparse::Response::new(&mut parsed);
    if response.parse(bytes).map_err(not_http)?.is_partial() {
        return Err(ResponseError::NotHttp("the head ends early".to_owned()));
    }
    let status = response.code.unwrap_or_default();
    if (100..200).contains(&status) && status != 101 {
        expectation.interim += 1;
        let is_enough = expectation.interim > MAX_INTERIM;
        return if is_enough { Err(ResponseError::InterimOnly { status }) } else { Ok(Verdict::Interim) };
    }
    if status != 101 {
        return Ok(Verdict::Refused(Refusal::new(status, &response)));
    }
    verify(&response, expectation).map(Verdict::Accepted)
}

/// Whether a 101 is the answer to our request.
fn verify(response: &httparse::Response<'_, '_>, expectation: &Expectation) -> Result<Accepted, ResponseError> {
    if response.version != Some(1) {
        return Err(ResponseError::NotHttp("101 needs HTTP/1.1".to_owned()));
    }
    let headers =
        head::header_map(response.headers).ok_or_else(|| ResponseError::NotHttp("an illegal header".to_owned()))?;
    if !head::has_token(&headers, &header::UPGRADE, "websocket") {
        return Err(ResponseError::MissingHeader("Upgrade: websocket"));
    }
    if !head::has_token(&headers, &header::CONNECTION, "upgrade") {
        return Err(ResponseError::MissingHeader("Connection: Upgrade"));
    }
    let accept =
        headers.get(header::SEC_WEBSOCKET_ACCEPT).ok_or(ResponseError::MissingHeader("Sec-WebSocket-Accept"))?;
    if accept.as_bytes() != expectation.accept.as_bytes() {
        return Err(ResponseError::Accept);
    }
    let compression = match head::list(&headers, &header::SEC_WEBSOCKET_EXTENSIONS).next() {
        _ if expectation.offers_compression => agreement::conclude(&headers)?,
        Some(extension) => return Err(ResponseError::UnrequestedExtension(Excerpt::of(extension))),
        None => None,
    };
    let mut chosen = head::list(&headers, &header::SEC_WEBSOCKET_PROTOCOL);
    let protocol = match (chosen.next(), chosen.next()) {
        (Some(protocol), None) if expectation.protocols.iter().any(|offer| offer == protocol) => {
            Some(protocol.to_owned())
        }
        (Some(protocol), _) => return Err(ResponseError::UnrequestedProtocol(Excerpt::of(protocol))),
        (None, _) if expectation.protocols.is_empty() => None,
        (None, _) => return Err(ResponseError::NoProtocol),
    };
    Ok(Accepted { protocol, compression })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Compression, CompressionMode, Subprotocols};

    fn answer_to(request: &Bytes) -> String {
        let text = std::str::from_utf8(request).unwrap();
        let key = text.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap();
        let accept = derive_accept_key(key.as_bytes());
        format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {accept}\r\n\r\n"
        )
    }

    fn verdict(protocols: &[&str], change: impl Fn(String) -> String) -> Result<Option<Accepted>, ResponseError> {
        let supported_protocols = Subprotocols::parse(protocols).unwrap();
        verdict_on(&Handshake { supported_protocols, ..Handshake::default() }, change)
    }

    fn verdict_on(handshake: &Handshake, change: impl Fn(String) -> String) -> Result<Option<Accepted>, ResponseError> {
        let target = Target { host: "localhost:1".to_owned(), path: "/".to_owned() };
        let (request, mut expectation) = request(&target, handshake, [7; 16]);
        let answer = change(answer_to(&request));
        ResponseReader::default().feed(&mut expectation, &mut BytesMut::from(answer.as_str()))
    }

    fn adding(line: &'static str) -> impl Fn(String) -> String {
        move |answer| answer.replace("\r\n\r\n", &format!("\r\n{line}\r\n\r\n"))
    }

    #[test]
    fn a_right_answer_opens() {
        assert_eq!(verdict(&[], |answer| answer), Ok(Some(Accepted { protocol: None, compression: None })));
        let spelled = |answer: String| answer.replace("Connection: Upgrade", "connection: keep-alive, UPGRADE");
        assert!(verdict(&[], spelled).unwrap().is_some());
        let chosen = verdict(&["a", "b"], adding("Sec-WebSocket-Protocol: b")).unwrap().unwrap();
        assert_eq!(chosen.protocol.as_deref(), Some("b"));
    }

    #[test]
    fn compression_is_taken_from_whom_it_was_offered() {
        let compression = Compression { mode: CompressionMode::Auto, ..Compression::default() };
        let offering = Handshake { compression, ..Handshake::default() };
        let none = verdict_on(&offering, |answer| answer).unwrap().unwrap();
        assert_eq!(none.compression, None);
        let agreed = verdict_on(&offering, adding("Sec-WebSocket-Extensions: permessage-deflate")).unwrap().unwrap();
        assert!(agreed.compression.is_some());
        assert!(matches!(
            verdict_on(&offering, adding("Sec-WebSocket-Extensions: permessage-deflate; unknown")),
            Err(ResponseError::ExtensionParameters(_))
        ));
    }

    fn refusal(answer: &[u8], step: usize) -> (Option<ResponseError>, bool) {
        let (mut reader, mut expectation) = (ResponseReader::default(), Expectation::new("key", &[]));
        for portion in answer.chunks(step) {
            if let Err(error) = reader.feed(&mut expectation, &mut BytesMut::from(portion)) {
                return (Some(error), true);
            }
        }
        (reader.unfinished(), false)
    }

    fn said(text: &str) -> ResponseError {
        ResponseError::Status { status: 503, reason: Excerpt::of("Service Unavailable"), text: Excerpt::of(text) }
    }

    #[test]
    fn the_servers_own_words_are_kept_in_any_portions() {
        let answer = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 19\r\n\r\nthe server is full\nNEXT";
        for step in 1..answer.len() {
            assert_eq!(refusal(answer, step), (Some(said("the server is full")), true), "step {step}");
        }
        // Cut off, by the end or by the deadline.
        assert_eq!(refusal(&answer[..answer.len() - 9], 7), (Some(said("the server is")), false));
        // Without a length it goes to the end of the stream.
        let to_the_end = b"HTTP/1.1 503 Service Unavailable\r\n\r\nnot now";
        assert_eq!(refusal(to_the_end, 9), (Some(said("not now")), false));
    }

    #[test]
    fn the_servers_own_words_are_bounded_and_harmless() {
        let head = "HTTP/1.1 503 Service Unavailable\r\n";
        let of = |more: &str, body: &str| refusal(format!("{head}{more}\r\n{body}").as_bytes(), 1000);
        let endless = "many words ".repeat(10_000);
        let (error, is_over) = of("", &endless);
        let text = error.unwrap().to_string();
        assert!(is_over && text.chars().count() < 280 && text.ends_with('…'), "{text}");
        assert_eq!(
            of("Content-Length: 16\r\n", "a\r\n\tb\x1b[31m\u{202e}c\r\n"),
            (Some(said("a b\x1b[31m\u{202e}c")), true)
        );
        for (more, body) in [
            ("Content-Length: 0\r\n", "x"),
            ("Content-Type: text/html\r\nContent-Length: 15\r\n", "<h1>Sorry</h1>\n"),
            ("Transfer-Encoding: chunked\r\n", "5\r\nSorry\r\n0\r\n\r\n"),
        ] {
            assert_eq!(of(more, body), (Some(said("")), true), "{more}");
        }
        let long = format!("HTTP/1.1 503 {}\r\nContent-Length: 0\r\n\r\n", "x".repeat(5000));
        assert!(refusal(long.as_bytes(), 1000).0.unwrap().to_string().len() < 300, "the reason phrase, too");
    }

    #[test]
    fn interim_answers_are_passed_over() {
        const HINTS: &str = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
        const CONTINUE: &str = "HTTP/1.1 100 Continue\r\n\r\n";
        let after = |interim: String| verdict(&[], move |answer| format!("{interim}{answer}"));
        assert_eq!(
            after(format!("{CONTINUE}{HINTS}{HINTS}")),
            Ok(Some(Accepted { protocol: None, compression: None }))
        );
        assert_eq!(verdict(&[], |_| format!("{CONTINUE}{HINTS}")), Ok(None));
        assert_eq!(after(HINTS.repeat(MAX_INTERIM)), Ok(Some(Accepted { protocol: None, compression: None })));
        assert_eq!(after(HINTS.repeat(MAX_INTERIM + 1)), Err(ResponseError::InterimOnly { status: 103 }));
        let refused = verdict(&[], |_| format!("{CONTINUE}HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"));
        assert!(matches!(refused, Err(ResponseError::Status { status: 404, .. })), "{refused:?}");
    }

    #[test]
    fn an_interim_answer_may_come_in_any_portions() {
        let target = Target { host: "localhost:1".to_owned(), path: "/".to_owned() };
        let (request, _) = request(&target, &Handshake::default(), [7; 16]);
        let stream = format!("HTTP/1.1 102 Processing\r\nX: y\r\n\r\n{}frame", answer_to(&request));
        let key = std::str::from_utf8(&request).unwrap().split("Key: ").nth(1).unwrap().lines().next().unwrap();
        for step in 1..stream.len() {
            let (mut reader, mut expectation) = (ResponseReader::default(), Expectation::new(key, &[]));
            let mut input = BytesMut::new();
            let mut opened = false;
            for portion in stream.as_bytes().chunks(step) {
                input.extend_from_slice(portion);
                opened = opened || reader.feed(&mut expectation, &mut input).unwrap().is_some();
            }
            assert!(opened, "step {step}");
            assert_eq!(&input[..], b"frame", "step {step}");
        }
    }

    #[test]
    fn every_wrong_answer_has_its_name() {
        let not_found = "HTTP/1.1 404 Nothing Here\r\nContent-Length: 0\r\n\r\n".to_owned();
        assert_eq!(
            verdict(&[], |_| not_found.clone()),
            Err(ResponseError::Status { status: 404, reason: Excerpt::of("Nothing Here"), text: Excerpt::default() })
        );
        assert_eq!(verdict(&[], |answer| answer.replace("Accept: ", "Accept: A")), Err(ResponseError::Accept));
        let without = |line: &'static str| move |answer: String| answer.replace(&format!("{line}\r\n"), "");
        assert_eq!(
            verdict(&[], without("Upgrade: websocket")),
            Err(ResponseError::MissingHeader("Upgrade: websocket"))
        );
        assert_eq!(
            verdict(&[], without("Connection: Upgrade")),
            Err(ResponseError::MissingHeader("Connection: Upgrade"))
        );
        assert_eq!(verdict(&["a"], |answer| answer), Err(ResponseError::NoProtocol));
        assert_eq!(
            verdict(&[], adding("Sec-WebSocket-Protocol: x")),
            Err(ResponseError::UnrequestedProtocol(Excerpt::of("x")))
        );
        assert!(matches!(
            verdict(&[], adding("Sec-WebSocket-Extensions: permessage-deflate")),
            Err(ResponseError::UnrequestedExtension(_))
        ));
        assert!(matches!(verdict(&[], |_| "SSH-2.0-OpenSSH\r\n".to_owned()), Err(ResponseError::NotHttp(_))));
    }
}
