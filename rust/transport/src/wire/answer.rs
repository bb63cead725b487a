//! Answers to requests that open no WebSocket connection: whole HTTP responses, after which the connection ends.

use std::fmt::Write as _;

use bytes::Bytes;
use http::{StatusCode, header};

use crate::config::Rejection;
use crate::error::RequestError;

/// What words are sent as.
pub(crate) const PLAIN_TEXT: &str = "text/plain; charset=utf-8";

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

/// Words, with a status. `extra_lines` end with CRLF each.
pub(crate) fn response(status: StatusCode, extra_lines: &str, text: &str) -> Bytes {
    // RFC 9110 section 7.8: a sender of Upgrade names it in Connection too.
    let connection = if extra_lines.contains("Upgrade:") { "Upgrade, close" } else { "close" };
    let lines = format!("Connection: {connection}\r\n{extra_lines}Content-Type: {PLAIN_TEXT}\r\n");
    whole(status, reason_of(status), &lines, &format!("{text}\n"))
}

/// A page of HTTP; its head alone if that was asked for.
pub(crate) fn page(status: StatusCode, kind: &str, body: &str, is_head: bool) -> Bytes {
    let lines = format!("Connection: close\r\nCache-Control: no-store\r\nContent-Type: {kind}\r\n");
    let response = whole(status, reason_of(status), &lines, body);
    if is_head { response.slice(..response.len() - body.len()) } else { response }
}

/// What the game says to whom it does not let in.
pub(crate) fn rejection(rejection: &Rejection) -> Bytes {
    let status = rejection.status();
    let mut lines = String::from("Connection: close\r\n");
    for line in rejection.headers().iter() {
        let _ = write!(lines, "{line}\r\n");
    }
    let names_its_kind = rejection.headers().iter().any(|line| {
        line.split_once(':').is_some_and(|(name, _)| name.eq_ignore_ascii_case(header::CONTENT_TYPE.as_str()))
    });
    let (reason, body) = match (rejection.reason(), rejection.body()) {
        ("", body) => (reason_of(status), body),
        (reason, body) if reason.is_ascii() => (reason, body),
        // RFC 9112 section 4: other letters in a status line mean nothing. In a body they do.
        (reason, "") => (reason_of(status), reason),
        (_, body) => (reason_of(status), body),
    };
    if !body.is_empty() && !names_its_kind {
        let _ = write!(lines, "Content-Type: {PLAIN_TEXT}\r\n");
    }
    whole(status, reason, &lines, body)
}

fn reason_of(status: StatusCode) -> &'static str {
    status.canonical_reason().unwrap_or("Refused")
}

/// `lines` end with CRLF each.
fn whole(status: StatusCode, reason: &str, lines: &str, body: &str) -> Bytes {
    let (status, length) = (status.as_u16(), body.len());
    Bytes::from(format!("HTTP/1.1 {status} {reason}\r\n{lines}Content-Length: {length}\r\n\r\n{body}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::HeaderLines;

    fn text(response: &Bytes) -> &str {
        str::from_utf8(response).unwrap()
    }

    #[test]
    fn a_rejection_is_said_in_the_games_words() {
        let headers = HeaderLines::parse(["Retry-After: 60", "content-type: application/json"]).unwrap();
        let banned = Rejection::new(403, "Banned till Sunday", headers, "{}".to_owned()).unwrap();
        assert_eq!(
            text(&rejection(&banned)),
            "HTTP/1.1 403 Banned till Sunday\r\nConnection: close\r\nRetry-After: 60\r\n\
             content-type: application/json\r\nContent-Length: 2\r\n\r\n{}"
        );
        let plain = Rejection::new(499, "", HeaderLines::default(), String::new()).unwrap();
        assert_eq!(text(&rejection(&plain)), "HTTP/1.1 499 Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        let words = Rejection::new(401, "", HeaderLines::default(), "log in".to_owned()).unwrap();
        assert!(text(&rejection(&words)).starts_with("HTTP/1.1 401 Unauthorized\r\n"));
        assert!(
            text(&rejection(&words)).contains("\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 6\r\n")
        );
    }

    #[test]
    fn a_reason_of_any_letters_is_said_in_the_body() {
        let words = Rejection::new(403, "Ticket ungültig", HeaderLines::default(), String::new()).unwrap();
        let answer = rejection(&words);
        assert!(text(&answer).starts_with("HTTP/1.1 403 Forbidden\r\n"), "{answer:?}");
        assert!(text(&answer).ends_with("\r\nContent-Length: 16\r\n\r\nTicket ungültig"), "{answer:?}");
    }

    #[test]
    fn a_head_says_how_long_the_page_would_be() {
        let whole = page(StatusCode::OK, PLAIN_TEXT, "ok\n", false);
        assert!(text(&whole).ends_with("\r\nContent-Length: 3\r\n\r\nok\n"));
        let head = page(StatusCode::OK, PLAIN_TEXT, "ok\n", true);
        assert!(text(&head).ends_with("\r\nContent-Length: 3\r\n\r\n"));
    }
}
