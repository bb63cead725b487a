//! 6.1 to 6.4: text in frames and fragments that end anywhere, refused at the first byte that cannot be text.

use super::case::{Case, run};
use super::frame::{CONTINUATION, Frame, TEXT};

/// Characters of two and three bytes.
const VALID: &str = "κ\u{1F79}σμε";
/// The number 0x110000 in the manner of UTF-8: one more than there are characters.
const TOO_LARGE: [u8; 4] = [0xF4, 0x90, 0x80, 0x80];

fn part(payload: impl AsRef<[u8]>) -> Frame {
    Frame::new(CONTINUATION, payload)
}

/// The valid text, half of a surrogate pair, and text again.
fn with_a_surrogate() -> Vec<u8> {
    [VALID.as_bytes(), &[0xED, 0xA0, 0x80], b"the rest"].concat()
}

#[test]
fn empty_fragments() {
    run([
        Case::new("6.1.1").echo(Frame::text("")),
        Case::new("6.1.2").say(Frame::text("").open()).say(part("").open()).say(part("")).hear(Frame::text("")),
        Case::new("6.1.3")
            .say(Frame::text("").open())
            .say(part("middle").open())
            .say(part(""))
            .hear(Frame::text("middle")),
    ]);
}

#[test]
fn fragments_may_cut_characters() {
    let text = "Grüße – 世界 🌍!";
    let (start, end) = text.split_at(text.find('界').unwrap());
    let by_byte = |number: &str, text: &str| {
        Case::new(number).say_all(Frame::fragments(TEXT, text.as_bytes(), 1)).hear(Frame::text(text))
    };
    run([
        Case::new("6.2.1").echo(Frame::text(text)),
        Case::new("6.2.2").say(Frame::text(start).open()).say(part(end)).hear(Frame::text(text)),
        by_byte("6.2.3", text),
        by_byte("6.2.4", VALID),
    ]);
}

#[test]
fn invalid_text() {
    run([
        Case::new("6.3.1").say(Frame::text(with_a_surrogate())).failed(1007),
        Case::new("6.3.2").say_all(Frame::fragments(TEXT, &with_a_surrogate(), 1)).failed(1007),
    ]);
}

/// What would follow is never said: who waits for it waits for ever.
#[test]
fn the_first_impossible_byte_ends_the_connection() {
    let (possible, impossible) = TOO_LARGE.split_at(1);
    let start = [VALID.as_bytes(), possible].concat();
    let chop = |rest: &[u8]| Frame::text([VALID.as_bytes(), rest].concat());
    let end = "the rest".len();
    run([
        Case::new("6.4.1").say(Frame::text(VALID).open()).say(part(TOO_LARGE).open()).failed(1007),
        Case::new("6.4.2").say(Frame::text(start).open()).say(part(&impossible[..1]).open()).failed(1007),
        Case::new("6.4.3").say(chop(&TOO_LARGE).missing(end)).failed(1007),
        Case::new("6.4.4").say(chop(&TOO_LARGE[..2]).missing(2 + end)).failed(1007),
    ]);
}
