//! The head of an HTTP message, collected from portions of any size.

use bytes::{Buf, BytesMut};

use crate::config::MAX_HEAD_SIZE;

/// The most headers a head may have.
pub(crate) const MAX_HEADERS: usize = 128;

/// A head whose end has not arrived.
#[derive(Debug, Default)]
pub(crate) struct HeadReader {
    bytes: BytesMut,
    /// How far the search for the empty line has come.
    searched: usize,
    /// The size at which an unfinished head is looked at again: doubling it keeps slow senders cheap.
    next_look: usize,
}

/// What is known of a head so far.
#[derive(Debug)]
pub(crate) enum Progress {
    /// The head is complete, its empty line included.
    Complete(BytesMut),
    /// More is to come, and it is time to see whether what is here can become a head at all.
    Look,
    /// More is to come.
    Incomplete,
    /// More than [`MAX_HEAD_SIZE`] bytes, and no end.
    TooLarge,
}

impl HeadReader {
    /// Takes bytes off `input` up to the head's end; what follows the head stays there.
    pub(crate) fn feed(&mut self, input: &mut BytesMut) -> Progress {
        let before = self.bytes.len();
        let room = (MAX_HEAD_SIZE + 1).saturating_sub(before);
        let taken = input.len().min(room);
        self.bytes.extend_from_slice(input.get(..taken).unwrap_or_default());
        match self.end() {
            Some(end) if end <= MAX_HEAD_SIZE => {
                input.advance(end.saturating_sub(before));
                // Another head may follow, and what was taken of it is in `input` still.
                let mut head = std::mem::take(self).bytes;
                head.truncate(end);
                Progress::Complete(head)
            }
            _ if self.bytes.len() > MAX_HEAD_SIZE => Progress::TooLarge,
            _ => {
                input.advance(taken);
                if self.bytes.len() < self.next_look {
                    return Progress::Incomplete;
                }
                self.next_look = self.bytes.len() * 2;
                Progress::Look
            }
        }
    }

    /// What has arrived.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where the head ends, if its empty line is there. A bare line feed counts as a line's end (RFC 9112 section 2.2).
    fn end(&mut self) -> Option<usize> {
        while let Some(rest) = self.bytes.get(self.searched..) {
            let Some(found) = rest.iter().position(|byte| *byte == b'\n') else {
                self.searched = self.bytes.len();
                return None;
            };
            let after = self.searched + found + 1;
            match self.bytes.get(after..) {
                Some([b'\n', ..]) => return Some(after + 1),
                Some([b'\r', b'\n', ..]) => return Some(after + 2),
                // Look at this line's end again when there is more.
                Some([] | [b'\r']) => return None,
                _ => self.searched = after,
            }
        }
        None
    }
}

/// Whether a comma-separated header names `token`, in any spelling (RFC 9110 section 5.6.1).
pub(crate) fn has_token(headers: &http::HeaderMap, name: &http::HeaderName, token: &str) -> bool {
    list(headers, name).any(|item| item.eq_ignore_ascii_case(token))
}

/// The items of a comma-separated header, over all of its lines.
pub(crate) fn list<'head>(
    headers: &'head http::HeaderMap,
    name: &http::HeaderName,
) -> impl Iterator<Item = &'head str> {
    headers
        .get_all(name)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|item| !item.is_empty())
}

/// The headers in the form of the `http` crate; `None` if a name or value is illegal or the map is full.
pub(crate) fn header_map(parsed: &[httparse::Header<'_>]) -> Option<http::HeaderMap> {
    let mut headers = http::HeaderMap::with_capacity(parsed.len());
    for header in parsed {
        let name = http::HeaderName::from_bytes(header.name.as_bytes()).ok()?;
        let value = http::HeaderValue::from_bytes(header.value).ok()?;
        headers.try_append(name, value).ok()?;
    }
    Some(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_ends_at_the_empty_line_in_any_portions() {
        let stream = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n\x82\x80frame";
        for step in 1..stream.len() {
            let mut reader = HeadReader::default();
            let mut rest = Vec::new();
            let mut head = None;
            for portion in stream.chunks(step) {
                let mut input = BytesMut::from(portion);
                if head.is_none()
                    && let Progress::Complete(bytes) = reader.feed(&mut input)
                {
                    head = Some(bytes);
                }
                rest.extend_from_slice(&input);
            }
            assert_eq!(head.unwrap(), &stream[..27], "step {step}");
            assert_eq!(rest, &stream[27..], "step {step}");
        }
    }

    #[test]
    fn a_head_without_end_is_too_large() {
        let mut reader = HeadReader::default();
        let line = b"X-Filler: 0123456789\r\n";
        for _ in 0..MAX_HEAD_SIZE / line.len() {
            assert!(matches!(reader.feed(&mut BytesMut::from(&line[..])), Progress::Look | Progress::Incomplete));
        }
        assert!(matches!(reader.feed(&mut BytesMut::from(&line[..])), Progress::TooLarge));
    }
}
