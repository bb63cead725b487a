//! Streams of frames on a connection whose messages may be compressed.

use bytes::BytesMut;

use super::portions::{Portions, variants};
use crate::config::CompressionLevel;
use crate::connection::Frame;
use crate::error::ProtocolError;
use crate::wire::Role;
use crate::wire::deflate::{Agreement, Deflater, Inflaters, WindowBits};
use crate::wire::message::{Decoder, Incoming};

/// How large a message may be: small enough to be met by what little a fuzzer writes, and far more than that.
const LIMITS: [usize; 3] = [20, 3000, 1 << 20];

/// A client decodes what follows the handshake; the first byte says what was agreed on.
///
/// # Panics
/// When the meaning depends on the portions, is more than the limit allows, or does not survive being compressed again.
pub fn compressed(data: &[u8]) {
    let Some((&first, stream)) = data.split_first() else { return };
    let agreement = Agreement { window: WindowBits::MAX, takes_over: first & 1 == 1 };
    for limit in LIMITS {
        let whole = decode(stream, Portions::Whole, &agreement, limit);
        for portions in variants(stream) {
            let other = decode(stream, portions, &agreement, limit);
            assert_eq!(other, whole, "{limit} {portions:?} {agreement:?}");
        }
        for incoming in &whole.0 {
            if let Incoming::Message(message) = incoming {
                assert!(message.payload.len() <= limit);
            }
        }
        let level = CompressionLevel::new(1 + first / 2 % 9).unwrap_or_default();
        survives_being_compressed(
            &whole.0,
            &agreement,
            level,
            WindowBits::new(8 + first / 32).unwrap_or(WindowBits::MAX),
        );
    }
}

fn decode(
    data: &[u8],
    portions: Portions,
    agreement: &Agreement,
    limit: usize,
) -> (Vec<Incoming>, Option<ProtocolError>) {
    let mut decoder = Decoder::new(Role::Client, limit).inflating(Some(agreement));
    let mut inflaters = Inflaters::default();
    let mut seen = Vec::new();
    for portion in portions.cut(data.len()) {
        let mut input = BytesMut::from(&data[portion]);
        loop {
            match decoder.next(&mut input, &mut inflaters) {
                Ok(Some(Incoming::Unfinished)) => assert!(decoder.take_inflated().work > 0, "a step without work"),
                Ok(Some(incoming)) => seen.push(incoming),
                Ok(None) => break,
                Err(error) => return (seen, Some(error)),
            }
        }
        assert!(input.is_empty(), "a decoder that wants more has taken all there is");
    }
    (seen, None)
}

/// The same messages, compressed by us, arrive as the same.
fn survives_being_compressed(seen: &[Incoming], agreement: &Agreement, level: CompressionLevel, window: WindowBits) {
    let mut deflater = Deflater::default();
    let (mut bytes, mut expected) = (Vec::new(), Vec::new());
    for incoming in seen {
        let Incoming::Message(message) = incoming else { continue };
        let frame = Frame::message(message.kind, &message.payload, Role::Server);
        let form = deflater.deflate(&message.payload, window, level).map(|deflated| frame.compressed(deflated));
        bytes.extend_from_slice(&form.unwrap_or(frame).into_bytes(None));
        expected.push(Incoming::Message(message.clone()));
    }
    let (again, error) = decode(&bytes, Portions::Whole, agreement, usize::MAX);
    assert_eq!((again, error), (expected, None));
}
