//! The opening handshake as a client sees it (RFC 6455 section 4.1): our request, and the server's answer.

use std::fmt::Write as _;

use bytes::{Bytes, BytesMut};
use data_encoding::BASE64;
use http::header;
use tungstenite::handshake::derive_accept_key;

use super::head::{self, HeadReader, MAX_HEADERS, Progress};
use super::request::UpgradeRequest;
use crate::error::ResponseError;
use crate::excerpt::Excerpt;

/// The most interim answers (RFC 9110 section 15.2) that are passed over.
pub(crate) const MAX_INTERIM: usize = 8;

/// What our request asked for, to hold the answer against.
#[derive(Debug)]
pub(crate) struct Expectation {
    accept: String,
    protocols: Vec<String>,
    /// How many interim answers have come.
    interim: usize,
}

impl Expectation {
    /// What follows from the key and the subprotocols of a request.
    pub(crate) fn new(key: &str, protocols: &[String]) -> Self {
        Self { accept: derive_accept_key(key.as_bytes()), protocols: protocols.to_vec(), interim: 0 }
    }
}

/// What a client asks for.
#[derive(Debug, Clone)]
pub struct Target {
    /// The `Host` header: the server's name, and its port unless it is the scheme's own.
    pub host: String,
    /// Path and query.
    pub path: String,
}

impl From<&UpgradeRequest> for Target {
    fn from(request: &UpgradeRequest) -> Self {
        Self { host: request.host().to_owned(), path: request.target().to_owned() }
    }
}

/// Our request, in the lines and the order of Godot's client.
pub(crate) fn request(
    target: &Target,
    protocols: &[String],
    extra_headers: &[String],
    nonce: [u8; 16],
) -> (Bytes, Expectation) {
    let key = BASE64.encode(&nonce);
    let mut head = format!(
        "GET {} HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n",
        target.path, target.host
    );
    if !protocols.is_empty() {
        let _ = write!(head, "Sec-WebSocket-Protocol: {}\r\n", protocols.join(","));
    }
    for line in extra_headers {
        let _ = write!(head, "{line}\r\n");
    }
    head.push_str("\r\n");
    (Bytes::from(head), Expectation::new(&key, protocols))
}

/// A server's answer that opened the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The subprotocol the server chose out of those that were offered.
    pub protocol: Option<String>,
}

/// Collects an answer; `Ok(None)` while more is to come. What follows the head stays in `input`. Interim answers are
/// passed over.
pub(crate) fn read(
    reader: &mut HeadReader,
    expectation: &mut Expectation,
    input: &mut BytesMut,
) -> Result<Option<Accepted>, ResponseError> {
    loop {
        match reader.feed(input) {
            Progress::Complete(head) => {
                if let Some(accepted) = verify(&head, expectation)? {
                    return Ok(Some(accepted));
                }
            }
            Progress::Incomplete => return Ok(None),
            // What is no head is named so whatever its size: the same bytes get the same verdict in any portions.
            Progress::TooLarge => return look(reader.bytes()).and(Err(ResponseError::HeadTooLarge)),
            Progress::Look => return look(reader.bytes()).map(|()| None),
        }
    }
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

/// Whether an answer opens the connection; `Ok(None)` if it is an interim one.
fn verify(bytes: &[u8], expectation: &mut Expectation) -> Result<Option<Accepted>, ResponseError> {
    let mut parsed = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut response = httparse::Response::new(&mut parsed);
    if response.parse(bytes).map_err(not_http)?.is_partial() {
        return Err(ResponseError::NotHttp("the head ends early".to_owned()));
    }
    let status = response.code.unwrap_or_default();
    if (100..200).contains(&status) && status != 101 {
        expectation.interim += 1;
        return if expectation.interim <= MAX_INTERIM { Ok(None) } else { Err(ResponseError::InterimOnly { status }) };
    }
    if status != 101 {
        let reason = Excerpt::of(response.reason.unwrap_or_default());
        return Err(ResponseError::Status { status, reason });
    }
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
    if let Some(extension) = head::list(&headers, &header::SEC_WEBSOCKET_EXTENSIONS).next() {
        return Err(ResponseError::UnrequestedExtension(Excerpt::of(extension)));
    }
    let mut chosen = head::list(&headers, &header::SEC_WEBSOCKET_PROTOCOL);
    let protocol = match (chosen.next(), chosen.next()) {
        (Some(protocol), None) if expectation.protocols.iter().any(|offer| offer == protocol) => {
            Some(protocol.to_owned())
        }
        (Some(protocol), _) => return Err(ResponseError::UnrequestedProtocol(Excerpt::of(protocol))),
        (None, _) if expectation.protocols.is_empty() => None,
        (None, _) => return Err(ResponseError::NoProtocol),
    };
    Ok(Some(Accepted { protocol }))
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let protocols: Vec<String> = protocols.iter().map(|&protocol| protocol.to_owned()).collect();
        let target = Target { host: "localhost:1".to_owned(), path: "/".to_owned() };
        let (request, mut expectation) = request(&target, &protocols, &[], [7; 16]);
        let answer = change(answer_to(&request));
        read(&mut HeadReader::default(), &mut expectation, &mut BytesMut::from(answer.as_str()))
    }

    fn adding(line: &'static str) -> impl Fn(String) -> String {
        move |answer| answer.replace("\r\n\r\n", &format!("\r\n{line}\r\n\r\n"))
    }

    #[test]
    fn a_right_answer_opens() {
        assert_eq!(verdict(&[], |answer| answer), Ok(Some(Accepted { protocol: None })));
        let spelled = |answer: String| answer.replace("Connection: Upgrade", "connection: keep-alive, UPGRADE");
        assert!(verdict(&[], spelled).unwrap().is_some());
        let chosen = verdict(&["a", "b"], adding("Sec-WebSocket-Protocol: b")).unwrap().unwrap();
        assert_eq!(chosen.protocol.as_deref(), Some("b"));
    }

    #[test]
    fn interim_answers_are_passed_over() {
        const HINTS: &str = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
        const CONTINUE: &str = "HTTP/1.1 100 Continue\r\n\r\n";
        let after = |interim: String| verdict(&[], move |answer| format!("{interim}{answer}"));
        assert_eq!(after(format!("{CONTINUE}{HINTS}{HINTS}")), Ok(Some(Accepted { protocol: None })));
        assert_eq!(verdict(&[], |_| format!("{CONTINUE}{HINTS}")), Ok(None));
        assert_eq!(after(HINTS.repeat(MAX_INTERIM)), Ok(Some(Accepted { protocol: None })));
        assert_eq!(after(HINTS.repeat(MAX_INTERIM + 1)), Err(ResponseError::InterimOnly { status: 103 }));
        let refused = verdict(&[], |_| format!("{CONTINUE}HTTP/1.1 404 Not Found\r\n\r\n"));
        assert!(matches!(refused, Err(ResponseError::Status { status: 404, .. })), "{refused:?}");
    }

    #[test]
    fn an_interim_answer_may_come_in_any_portions() {
        let target = Target { host: "localhost:1".to_owned(), path: "/".to_owned() };
        let (request, _) = request(&target, &[], &[], [7; 16]);
        let stream = format!("HTTP/1.1 102 Processing\r\nX: y\r\n\r\n{}frame", answer_to(&request));
        let key = std::str::from_utf8(&request).unwrap().split("Key: ").nth(1).unwrap().lines().next().unwrap();
        for step in 1..stream.len() {
            let (mut reader, mut expectation) = (HeadReader::default(), Expectation::new(key, &[]));
            let mut input = BytesMut::new();
            let mut opened = false;
            for portion in stream.as_bytes().chunks(step) {
                input.extend_from_slice(portion);
                opened = opened || read(&mut reader, &mut expectation, &mut input).unwrap().is_some();
            }
            assert!(opened, "step {step}");
            assert_eq!(&input[..], b"frame", "step {step}");
        }
    }

    #[test]
    fn every_wrong_answer_has_its_name() {
        let not_found = "HTTP/1.1 404 Nothing Here\r\n\r\n".to_owned();
        assert_eq!(
            verdict(&[], |_| not_found.clone()),
            Err(ResponseError::Status { status: 404, reason: Excerpt::of("Nothing Here") })
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
