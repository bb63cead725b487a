//! Both directions against each other, and what RFC 7692 says of messages.

use bytes::{Bytes, BytesMut};
use flate2::{Compress, Compression, FlushCompress};
use proptest::prelude::*;

use super::*;
use crate::config::CompressionLevel;
use crate::error::ProtocolError;
use crate::wire::Role;
use crate::wire::message::{Decoder, Incoming, Message, MessageKind};

const LIMIT: usize = 100_000;

/// The first bytes of frames: final, compressed, opcode.
const BINARY: u8 = 0xC2;
const TEXT: u8 = 0xC1;
const MORE: u8 = 0x80;
const OPEN: u8 = 0x7F;

/// "Hello", compressed, as RFC 7692 section 7.2.3.1 has it.
const HELLO: [u8; 7] = [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00];

/// The same as HELLO behind it, with a reference to it (section 7.2.3.2).
const HELLO_AGAIN: [u8; 5] = [0xF2, 0x00, 0x11, 0x00, 0x00];

/// A server's frame.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match u16::try_from(payload.len()) {
        Ok(length @ 0..=125) => frame.push(length.to_be_bytes()[1]),
        Ok(length) => {
            frame.push(126);
            frame.extend(length.to_be_bytes());
        }
        Err(_) => {
            frame.push(127);
            frame.extend((payload.len() as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(payload);
    frame
}

/// What a client makes of these bytes when they arrive in portions of `step`.
fn decode(bytes: &[u8], step: usize, takes_over: bool, limit: usize) -> (Vec<Incoming>, Option<ProtocolError>) {
    let agreement = Agreement { window: WindowBits::MAX, takes_over };
    let mut decoder = Decoder::new(Role::Client, limit).inflating(Some(&agreement));
    let mut inflaters = Inflaters::default();
    let mut seen = Vec::new();
    for portion in bytes.chunks(step.max(1)) {
        let mut input = BytesMut::from(portion);
        loop {
            match decoder.next(&mut input, &mut inflaters) {
                Ok(Some(Incoming::Unfinished)) => {
                    let work = decoder.take_inflated().work;
                    assert!(work > 0 && work < 3 << 20, "a step is work, and not much: {work}");
                }
                Ok(Some(incoming)) => seen.push(incoming),
                Ok(None) => break,
                Err(error) => return (seen, Some(error)),
            }
        }
        assert!(input.is_empty(), "a decoder that wants more has taken all there is");
    }
    (seen, None)
}

/// In portions of every size up to some: all the same.
fn meaning(bytes: &[u8], takes_over: bool, limit: usize) -> (Vec<Incoming>, Option<ProtocolError>) {
    let whole = decode(bytes, bytes.len(), takes_over, limit);
    for step in 1..bytes.len().min(40) {
        assert_eq!(decode(bytes, step, takes_over, limit), whole, "step {step}");
    }
    whole
}

fn heard(bytes: &[u8]) -> Vec<Incoming> {
    let (seen, error) = meaning(bytes, true, LIMIT);
    assert_eq!(error, None);
    seen
}

fn fault(bytes: &[u8]) -> ProtocolError {
    let errors = [true, false].map(|takes_over| meaning(bytes, takes_over, LIMIT).1.unwrap());
    assert_eq!(errors[0], errors[1]);
    errors[0]
}

fn message(kind: MessageKind, payload: &[u8]) -> Incoming {
    Incoming::Message(Message { kind, payload: Bytes::copy_from_slice(payload) })
}

fn text(payload: &str) -> Incoming {
    message(MessageKind::Text, payload.as_bytes())
}

fn deflated(payload: &[u8]) -> Vec<u8> {
    let mut made = Vec::with_capacity(payload.len() * 2 + 100);
    let mut compress = Compress::new(Compression::new(6), false);
    compress.compress_vec(payload, &mut made, FlushCompress::Sync).unwrap();
    made.truncate(made.len() - TAIL.len());
    made
}

#[test]
fn the_samples_of_the_rfc_are_understood() {
    let hello = text("Hello");
    assert_eq!(heard(&frame(TEXT, &HELLO)), [text("Hello")]);
    let parts = [frame(TEXT & OPEN, &HELLO[..3]), frame(MORE, &HELLO[3..])].concat();
    assert_eq!(heard(&parts), [text("Hello")], "7.2.3.1: in fragments");
    let twice = [frame(TEXT, &HELLO), frame(TEXT, &HELLO_AGAIN)].concat();
    assert_eq!(heard(&twice), [text("Hello"), text("Hello")], "7.2.3.2: with a reference to the last");
    let stored = [0x00, 0x05, 0x00, 0xFA, 0xFF, 0x48, 0x65, 0x6C, 0x6C, 0x6F, 0x00];
    assert_eq!(heard(&frame(TEXT, &stored)), [text("Hello")], "7.2.3.3: without compression");
    let last = [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00];
    assert_eq!(heard(&[frame(TEXT, &last), frame(TEXT, &last)].concat()), [text("Hello"), hello], "7.2.3.4: BFINAL");
    let blocks = [0xF2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xCA, 0xC9, 0xC9, 0x07, 0x00];
    assert_eq!(heard(&frame(TEXT, &blocks)), [text("Hello")], "7.2.3.5: two blocks");
    assert_eq!(heard(&frame(TEXT, &[0x00])), [text("")], "7.2.3.6: nothing");
}

#[test]
fn a_stream_may_end_within_a_message() {
    let bare = [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00];
    for payload in [[&bare[..], &[0x00]].concat(), bare.to_vec(), [&bare[..], &HELLO].concat()] {
        let expected = if payload.len() > 8 { "HelloHello" } else { "Hello" };
        for takes_over in [true, false] {
            let stream = [frame(TEXT, &payload), frame(TEXT, &HELLO)].concat();
            let (seen, error) = meaning(&stream, takes_over, LIMIT);
            assert_eq!((seen, error), (vec![text(expected), text("Hello")], None), "{payload:x?} {takes_over}");
        }
    }
}

#[test]
fn nothing_at_all_is_an_empty_message() {
    // What zlib makes of the second empty message, and what a fragment may be.
    for stream in [
        frame(BINARY, &[]),
        [frame(BINARY & OPEN, &[]), frame(MORE, &[])].concat(),
        [frame(BINARY & OPEN, &[]), frame(MORE & OPEN, &[0x00]), frame(MORE, &[])].concat(),
    ] {
        assert_eq!(heard(&stream), [message(MessageKind::Binary, b"")], "{stream:x?}");
    }
}

#[test]
fn plain_messages_and_control_frames_stand_between() {
    let stream = [
        frame(TEXT, &HELLO),
        frame(0x82, b"plain"),
        frame(TEXT & OPEN, &HELLO_AGAIN[..2]),
        frame(0x89, b"?"),
        frame(MORE & OPEN, &[]),
        frame(MORE, &HELLO_AGAIN[2..]),
        frame(0x02, b"pla"),
        frame(MORE, b"in"),
    ];
    let plain = || message(MessageKind::Binary, b"plain");
    let ping = Incoming::Ping(Bytes::from_static(b"?"));
    assert_eq!(heard(&stream.concat()), [text("Hello"), plain(), ping, text("Hello"), plain()]);
}

#[test]
fn the_bit_belongs_to_the_first_frame_of_a_message() {
    for (stream, is_legal) in [
        ([frame(TEXT & OPEN, &HELLO[..3]), frame(0xC0, &HELLO[3..])].concat(), false),
        ([frame(0x01, b"Hel"), frame(0xC0, b"lo")].concat(), false),
        (frame(0xC9, b""), false),
        (frame(0xCA, b""), false),
        (frame(0xC8, b""), false),
        (frame(0xC0, b""), false),
        (frame(TEXT | 0x20, &HELLO), false),
        (frame(TEXT | 0x10, &HELLO), false),
        (frame(TEXT, &HELLO), true),
    ] {
        let error = meaning(&stream, true, LIMIT).1;
        assert_eq!(error, (!is_legal).then_some(ProtocolError::ReservedBits), "{stream:x?}");
    }
    let mut decoder = Decoder::new(Role::Client, LIMIT);
    let result = decoder.next(&mut BytesMut::from(&frame(TEXT, &HELLO)[..]), &mut Inflaters::default());
    assert_eq!(result, Err(ProtocolError::ReservedBits), "nothing was agreed on");
}

#[test]
fn a_broken_stream_is_told() {
    // A block of the kind that there is not, a stored block with a wrong length, a reference before the beginning.
    for payload in [&[0x07][..], &[0x00, 0x05, 0x00, 0x00, 0x00], &[0x02, 0x00, 0x11, 0x00, 0x00]] {
        assert_eq!(fault(&frame(BINARY, payload)), ProtocolError::Deflate, "{payload:x?}");
    }
    // A stored block whose bytes do not all come: what is put back at the end is not some of them.
    let cut = [0x00, 0x20, 0x00, 0xDF, 0xFF, b'a'];
    assert_eq!(fault(&frame(BINARY, &cut)), ProtocolError::Deflate);
    assert_eq!(ProtocolError::Deflate.close_code().get(), 1007);
    // A reference to the message before, where none is kept.
    let again = [frame(TEXT, &HELLO), frame(TEXT, &HELLO_AGAIN)].concat();
    let (seen, error) = meaning(&again, false, LIMIT);
    assert_eq!((seen, error), (vec![text("Hello")], Some(ProtocolError::Deflate)));
}

#[test]
fn text_is_checked_as_it_is_inflated() {
    assert_eq!(fault(&frame(TEXT, &deflated(b"\xCE\xBA\xFF"))), ProtocolError::Utf8);
    assert_eq!(fault(&frame(TEXT, &deflated(b"\xCE"))), ProtocolError::Utf8, "it ends within a character");
    let long = [b"a".repeat(50_000), b"\xFF".to_vec()].concat();
    assert_eq!(fault(&frame(TEXT & OPEN, &deflated(&long))), ProtocolError::Utf8, "before the message ends");
}

#[test]
fn the_limit_is_of_what_is_inflated() {
    for size in [LIMIT - 1, LIMIT] {
        let stream = frame(BINARY, &deflated(&vec![0; size]));
        assert!(stream.len() < 200);
        assert_eq!(decode(&stream, 7, false, LIMIT), (vec![message(MessageKind::Binary, &vec![0; size])], None));
    }
    let big = frame(BINARY, &deflated(&vec![0; LIMIT + 1]));
    assert_eq!(fault(&big), ProtocolError::MessageTooBig { limit: LIMIT });
    // A message that does not get smaller takes more bytes than its limit.
    let noise: Vec<u8> = (0..1000_u32).flat_map(|number| number.wrapping_mul(2_654_435_761).to_be_bytes()).collect();
    let stored = deflated(&noise);
    assert!(stored.len() > noise.len());
    assert_eq!(decode(&frame(BINARY, &stored), 100, false, noise.len()).1, None);
}

#[test]
fn a_bomb_costs_its_limit_and_no_more() {
    let bomb = frame(BINARY, &deflated(&vec![0; 100 << 20]));
    assert!(bomb.len() > 100_000, "it is inflated in steps");
    let peak = allocation_counter::measure(|| {
        let (seen, error) = decode(&bomb, 64 * 1024, false, 4 << 20);
        assert_eq!((seen, error), (vec![], Some(ProtocolError::MessageTooBig { limit: 4 << 20 })));
    });
    assert!(peak.bytes_max < 10 << 20, "{peak:?}");
}

#[test]
fn nothing_is_set_aside_on_a_lengths_word() {
    let peak = allocation_counter::measure(|| {
        let header = [BINARY & OPEN, 127, 0, 0, 0, 1, 0, 0, 0, 0, 0xF2];
        assert_eq!(decode(&header, 64, false, usize::MAX), (vec![], None));
    });
    assert!(peak.bytes_max < 100_000, "{peak:?}");
}

#[test]
fn what_would_not_get_smaller_stays_as_it_is() {
    let mut deflater = Deflater::default();
    let noise: Vec<u8> = (0..256_u32).flat_map(|number| number.wrapping_mul(2_654_435_761).to_be_bytes()).collect();
    for payload in [&[][..], b"a", b"ab", &noise] {
        for level in 1..=9 {
            let level = CompressionLevel::new(level).unwrap();
            assert_eq!(deflater.deflate(payload, WindowBits::MAX, level), None, "{payload:?}");
        }
    }
}

#[test]
fn noise_leaves_a_compressor_as_it_was() {
    let mut deflater = Deflater::default();
    let mut state = 1_u32;
    let mut noise = |size: usize| -> Vec<u8> {
        std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        })
        .take(size)
        .collect()
    };
    for level in 1..=9 {
        let level = CompressionLevel::new(level).unwrap();
        for size in [16, 300, 1024, 8192, 40_000, 65_536, 131_072, 200_000] {
            for bits in [8, 9, 12, 15] {
                let window = WindowBits::new(bits).unwrap();
                for _ in 0..3 {
                    assert_eq!(deflater.deflate(&noise(size), window, level), None, "{size} {bits} {level:?}");
                }
                let words = b"words and words ".repeat(20);
                let deflated = deflater.deflate(&words, window, level).unwrap().to_vec();
                assert_eq!(heard(&frame(BINARY, &deflated)), [message(MessageKind::Binary, &words)]);
            }
        }
    }
}

/// Something like what games send: pieces that come again and again.
fn payload() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::collection::vec(prop_oneof![any::<u8>(), Just(0), Just(b'a')], 0..60);
    prop::collection::vec((piece, 1usize..40), 0..30)
        .prop_map(|pieces| pieces.into_iter().flat_map(|(piece, times)| piece.repeat(times)).collect())
}

proptest! {
    #[test]
    fn what_is_deflated_is_inflated(
        payloads in prop::collection::vec(payload(), 1..4),
        bits in 8u8..=15,
        level in 1u8..=9,
        step in 1usize..5000,
        cut in 1usize..500,
        takes_over: bool,
    ) {
        let mut deflater = Deflater::default();
        let (window, level) = (WindowBits::new(bits).unwrap(), CompressionLevel::new(level).unwrap());
        let mut stream = Vec::new();
        for payload in &payloads {
            match deflater.deflate(payload, window, level) {
                Some(deflated) => {
                    prop_assert!(deflated.len() < payload.len());
                    let (first, rest) = deflated.split_at(cut.min(deflated.len()));
                    stream.extend(frame(BINARY & OPEN, first));
                    stream.extend(frame(MORE, rest));
                }
                None => stream.extend(frame(0x82, payload)),
            }
        }
        let (seen, error) = decode(&stream, step, takes_over, LIMIT);
        prop_assert_eq!(error, None);
        let expected: Vec<_> = payloads.iter().map(|payload| message(MessageKind::Binary, payload)).collect();
        prop_assert_eq!(seen, expected);
    }

    #[test]
    fn no_message_refers_further_back_than_agreed(payload in payload(), bits in 9u8..=15, level in 1u8..=9) {
        let mut deflater = Deflater::default();
        let level = CompressionLevel::new(level).unwrap();
        if let Some(deflated) = deflater.deflate(&payload, WindowBits::new(bits).unwrap(), level) {
            let mut inflater = flate2::Decompress::new_with_window_bits(false, bits);
            let mut stream = deflated.to_vec();
            stream.extend(TAIL);
            let (mut inflated, mut rest) = (Vec::new(), &stream[..]);
            // In small pieces, so that an inflater has nothing but its window to look back into.
            while inflated.len() < payload.len() {
                let mut piece = [0; 64];
                let before = (inflater.total_in(), inflater.total_out());
                inflater.decompress(rest, &mut piece, flate2::FlushDecompress::None).unwrap();
                rest = &rest[usize::try_from(inflater.total_in() - before.0).unwrap()..];
                let made = usize::try_from(inflater.total_out() - before.1).unwrap();
                prop_assert!(made > 0);
                inflated.extend_from_slice(&piece[..made]);
            }
            prop_assert_eq!(inflated, payload);
        }
    }

    #[test]
    fn no_bytes_make_it_panic_and_portions_change_nothing(
        payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 1..4),
        step in 1usize..50,
        takes_over: bool,
    ) {
        let stream: Vec<u8> = payloads.iter().flat_map(|payload| frame(BINARY, payload)).collect();
        prop_assert_eq!(
            decode(&stream, step, takes_over, 2000),
            decode(&stream, stream.len(), takes_over, 2000)
        );
    }
}
