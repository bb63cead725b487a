//! Heads of requests and responses.

use bytes::BytesMut;
use http::header;

use super::portions::{Portions, variants};
use crate::config::{Handshake, MAX_HEAD_SIZE};
use crate::error::{RequestError, ResponseError};
use crate::wire::answer;
use crate::wire::head::{HeadReader, MAX_HEADERS};
use crate::wire::request::{self, Asked, UpgradeRequest};
use crate::wire::request_head::RequestHead;
use crate::wire::response::{self, Accepted, Expectation, MAX_INTERIM, ResponseReader};

/// The key of RFC 6455 section 1.3, so that a seed can hold the right answer to it.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

/// What collects bytes, and how many it holds.
trait Held {
    fn held(&self) -> usize;
}

impl Held for HeadReader {
    fn held(&self) -> usize {
        self.bytes().len()
    }
}

impl Held for ResponseReader {
    fn held(&self) -> usize {
        self.held_bytes()
    }
}

/// Feeds `data` to `read` in portions, as a connection does: until there is a result, which ends it. Returns the
/// result, and how many bytes it took to get there.
fn feed<Reader: Default + Held, T, E>(
    data: &[u8],
    portions: Portions,
    mut read: impl FnMut(&mut Reader, &mut BytesMut) -> Result<Option<T>, E>,
) -> (Result<Option<T>, E>, usize) {
    let mut reader = Reader::default();
    for portion in portions.cut(data.len()) {
        let end = portion.end;
        let mut input = BytesMut::from(&data[portion]);
        match read(&mut reader, &mut input) {
            Ok(None) => {
                assert!(input.is_empty(), "a reader that wants more has taken all there is");
                assert!(reader.held() <= MAX_HEAD_SIZE, "what goes on has its limit");
            }
            decided => return (decided, end - input.len()),
        }
    }
    (Ok(None), data.len())
}

/// A server reads `data` as a client's request.
///
/// # Panics
/// When the answer depends on the portions, or one end does not understand what the other wrote.
pub fn request_head(data: &[u8]) {
    let (whole, taken) = feed(data, Portions::Whole, request::read);
    for portions in variants(data) {
        let (other, other_taken) = feed(data, portions, request::read);
        match (&whole, &other) {
            (Ok(Some(whole)), Ok(Some(other))) => {
                assert_eq!(whole, other, "{portions:?}");
                assert_eq!(taken, other_taken, "what follows the head is left alone, {portions:?}");
            }
            (Ok(None), Ok(None)) => {}
            (Err(whole), Err(other)) => assert_eq!(whole, other, "{portions:?}"),
            // Small portions are not looked at each time: a fault may show only when more arrives.
            (Err(_), Ok(None)) => {}
            _ => panic!("{whole:?} at once, {other:?} in {portions:?}"),
        }
    }
    match whole {
        Ok(None) => assert!(data.len() <= MAX_HEAD_SIZE),
        Ok(Some(request)) => {
            assert!(taken <= MAX_HEAD_SIZE);
            let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
            let end = httparse::Request::new(&mut headers).parse(&data[..taken]);
            assert_eq!(end, Ok(httparse::Status::Complete(taken)), "the head ends where its parser says");
            if let Asked::Upgrade(request) = request {
                readable(request.head());
                understood_by_client(&request);
                understood_again(&request);
            }
        }
        Err(error) => refusal_is_understood(&error),
    }
}

/// Whatever a game may ask about it has an answer within the head's bounds.
fn readable(head: &RequestHead) {
    assert!(head.lines().all(|line| !line.contains(['\r', '\n'])), "a line is a line");
    let most = MAX_HEAD_SIZE * 4;
    for line in head.lines() {
        let (name, _) = line.split_once(':').expect("a name");
        assert!(head.header(&name.to_uppercase()).is_some_and(|value| value.len() < most));
    }
    assert!(head.query().map(|(name, value)| name.len() + value.len()).sum::<usize>() < most);
    assert!(head.cookies().all(|(name, _)| !name.is_empty()));
    assert!(!head.path().contains('?'));
}

/// What the server answers, a client that sent this key takes.
fn understood_by_client(request: &UpgradeRequest) {
    let offered: Vec<String> = request.protocols().map(str::to_owned).collect();
    let supported: Vec<String> = offered.last().cloned().into_iter().collect();
    let chosen = request.choose_protocol(&supported).expect("a shared subprotocol is found");
    let answer = request.accept(chosen.as_deref(), None, &[]);
    let key = request.head().header(header::SEC_WEBSOCKET_KEY.as_str()).expect("there is a key");
    let mut expectation = Expectation::new(key.trim(), &offered);
    let mut input = BytesMut::from(&answer[..]);
    if answer.len() <= MAX_HEAD_SIZE {
        let verdict = ResponseReader::default().feed(&mut expectation, &mut input);
        assert_eq!(verdict, Ok(Some(Accepted { protocol: chosen, compression: None })));
        assert!(input.is_empty());
    }
    let strangers = request.choose_protocol(&["\u{0}nobody".to_owned()]).expect_err("no subprotocol is shared");
    refusal_is_understood(&strangers);
}

/// A client of ours that asks for the same is read as asking for the same.
fn understood_again(request: &UpgradeRequest) {
    let target = request.head().target().clone();
    let (bytes, _) = response::request(&target, &Handshake::default(), [7; 16]);
    if bytes.len() <= MAX_HEAD_SIZE {
        let mut input = BytesMut::from(&bytes[..]);
        let again = request::read(&mut HeadReader::default(), &mut input).expect("legal").expect("whole");
        let Asked::Upgrade(again) = again else { panic!("it asks for an upgrade") };
        assert_eq!((again.target(), again.host()), (target.path.as_str(), target.host.as_str()));
        assert!(input.is_empty());
    }
}

/// A refusal is one HTTP response with a body of the length it names, and our client can tell its status.
fn refusal_is_understood(error: &RequestError) {
    let answer = answer::refusal(error);
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut parsed = httparse::Response::new(&mut headers);
    let Ok(httparse::Status::Complete(head)) = parsed.parse(&answer) else { panic!("{answer:?}") };
    let length = parsed.headers.iter().find(|header| header.name == "Content-Length").expect("a length");
    assert_eq!(std::str::from_utf8(length.value), Ok((answer.len() - head).to_string().as_str()));
    let mut input = BytesMut::from(&answer[..]);
    let verdict = ResponseReader::default().feed(&mut Expectation::new(KEY, &[]), &mut input);
    let Err(ResponseError::Status { status, text, .. }) = verdict else { panic!("{verdict:?}") };
    assert_eq!(status, error.status().as_u16());
    assert!(!text.is_empty(), "and the reason in words");
}

/// The answer behind those that are passed over.
fn after_interim_answers(mut data: &[u8]) -> &[u8] {
    for _ in 0..=MAX_INTERIM {
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut response = httparse::Response::new(&mut headers);
        match response.parse(data) {
            Ok(httparse::Status::Complete(end)) if response.code != Some(101) => data = &data[end..],
            _ => return data,
        }
    }
    panic!("more than {MAX_INTERIM} interim answers were passed over");
}

/// A client reads `data` as a server's answer, once having offered no subprotocol and once two.
///
/// # Panics
/// When the verdict depends on the portions, or lets in what was not asked for.
pub fn response_head(data: &[u8]) {
    for offered in [vec![], vec!["game".to_owned(), "chat".to_owned()]] {
        let read = || {
            let mut expectation = Expectation::new(KEY, &offered);
            move |reader: &mut ResponseReader, input: &mut BytesMut| reader.feed(&mut expectation, input)
        };
        let (whole, taken) = feed(data, Portions::Whole, read());
        for portions in variants(data) {
            let (other, other_taken) = feed(data, portions, read());
            // Small portions are not looked at each time: a fault may show only when more arrives.
            assert!(
                whole == other || (whole.is_err() && other == Ok(None)),
                "{whole:?} at once, {other:?} in {portions:?}"
            );
            assert!(whole.is_err() || taken == other_taken, "what follows the head is left alone, {portions:?}");
        }
        match whole {
            Ok(None) => assert!(data.len() <= MAX_HEAD_SIZE * (MAX_INTERIM + 1)),
            Ok(Some(accepted)) => {
                let head = after_interim_answers(&data[..taken]);
                assert!(head.len() <= MAX_HEAD_SIZE);
                let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
                let end = httparse::Response::new(&mut headers).parse(head);
                assert_eq!(end, Ok(httparse::Status::Complete(head.len())), "the head ends where its parser says");
                match accepted.protocol {
                    Some(protocol) => assert!(offered.contains(&protocol), "{protocol}"),
                    None => assert!(offered.is_empty(), "one of those that were offered is chosen"),
                }
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
}
