//! 6.5 to 6.23: what is UTF-8 (RFC 3629) and what is not, each as a message of one frame.

use super::case::{Case, run};
use super::frame::Frame;

/// Five characters, of which the second has three bytes and the others two.
const WORD: &str = "κ\u{1F79}σμε";

/// Whether a text is one has to be said here: the standard library's opinion is on trial too.
#[derive(Clone, Copy)]
enum Verdict {
    Valid,
    Invalid,
}
use Verdict::{Invalid, Valid};

fn case(number: String, bytes: Vec<u8>, verdict: Verdict) -> Case {
    match verdict {
        Valid => Case::new(number).echo(Frame::text(bytes)),
        Invalid => Case::new(number).say(Frame::text(bytes)).failed(1007),
    }
}

/// Cases of one subsection, numbered from 1.
fn section(number: u8, verdict: Verdict, texts: impl IntoIterator<Item = Vec<u8>>) -> Vec<Case> {
    texts.into_iter().zip(1..).map(|(bytes, index)| case(format!("6.{number}.{index}"), bytes, verdict)).collect()
}

/// A number in the manner of UTF-8 in this many bytes, whether or not that is allowed: the first byte says how many
/// there are, the others carry six bits each.
fn in_bytes(number: u32, count: u32) -> Vec<u8> {
    if count == 1 {
        return vec![u8::try_from(number).unwrap()];
    }
    let bits = |index: u32| (number >> (6 * index)) & 0x3F;
    let lead = (0xFF00_u32 >> count) & 0xFF;
    let first = lead | (number >> (6 * (count - 1)));
    let rest = (0..count - 1).rev().map(|index| 0x80 | bits(index));
    std::iter::once(first).chain(rest).map(|byte| u8::try_from(byte).unwrap()).collect()
}

fn character(number: u32) -> Vec<u8> {
    let count = match number {
        0..0x80 => 1,
        0x80..0x800 => 2,
        0x800..0x1_0000 => 3,
        _ => 4,
    };
    in_bytes(number, count)
}

/// The least and the greatest number that needs this many bytes.
fn least(count: u32) -> u32 {
    [0, 0x80, 0x800, 0x1_0000, 0x20_0000, 0x400_0000][count as usize - 1]
}

fn greatest(count: u32) -> u32 {
    if count == 6 { 0x7FFF_FFFF } else { least(count + 1) - 1 }
}

fn without_its_end(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.pop();
    bytes
}

#[test]
fn the_tables_begin_with_what_is_known() {
    for known in ['/', '¢', '€', '𐍈', '\u{10FFFF}'] {
        assert_eq!(character(known.into()), known.to_string().as_bytes());
    }
    assert_eq!(in_bytes(0, 2), [0xC0, 0x80]);
    assert_eq!(in_bytes(least(5), 5), [0xF8, 0x88, 0x80, 0x80, 0x80]);
    assert_eq!(in_bytes(greatest(6), 6), [0xFD, 0xBF, 0xBF, 0xBF, 0xBF, 0xBF]);
}

#[test]
fn valid_texts() {
    let texts = ["one $", "one ¢", "one €", "one 𐍈", WORD];
    run(section(5, Valid, texts.map(|text| text.as_bytes().to_vec())));
}

#[test]
fn every_beginning_of_a_text() {
    let text = WORD;
    run((1..=text.len()).map(|length| {
        let verdict = if text.is_char_boundary(length) { Valid } else { Invalid };
        case(format!("6.6.{length}"), text.as_bytes()[..length].to_vec(), verdict)
    }));
}

#[test]
fn the_first_and_last_of_every_length() {
    run(section(7, Valid, (1..=4).map(|count| in_bytes(least(count), count))));
    run(section(8, Invalid, (5..=6).map(|count| in_bytes(least(count), count))));
    run(section(9, Valid, [character(0x7F), character(0x7FF), character(0xFFFF), character(0x10_FFFF)]));
    run(section(10, Invalid, (4..=6).map(|count| in_bytes(greatest(count), count))));
}

#[test]
fn other_boundaries() {
    run(section(11, Valid, [0xD7FF, 0xE000, 0xFFFD, 0x10_FFFF].map(character)));
    run([case("6.11.5".to_owned(), character(0x11_0000), Invalid)]);
}

#[test]
fn continuation_bytes_alone() {
    let alternating = |count| [0x80, 0xBF].into_iter().cycle().take(count).collect();
    let mut texts = vec![vec![0x80], vec![0xBF]];
    texts.extend((2..=6).map(alternating));
    texts.push((0x80..=0xBF).collect());
    run(section(12, Invalid, texts));
}

#[test]
fn first_bytes_alone() {
    let ranges = [0xC0..=0xDF, 0xE0..=0xEF, 0xF0..=0xF7, 0xF8..=0xFB, 0xFC..=0xFD];
    run(section(13, Invalid, ranges.map(|range| range.flat_map(|byte: u8| [byte, b' ']).collect())));
}

#[test]
fn the_last_byte_missing() {
    let incomplete = || {
        let zeros = (2..=6).map(|count| without_its_end(in_bytes(0, count)));
        zeros.chain((2..=6).map(|count| without_its_end(in_bytes(greatest(count), count))))
    };
    run(section(14, Invalid, incomplete()));
    run(section(15, Invalid, [incomplete().flatten().collect()]));
}

#[test]
fn impossible_bytes() {
    run(section(16, Invalid, [vec![0xFE], vec![0xFF], vec![0xFE, 0xFE, 0xFF, 0xFF]]));
}

#[test]
fn more_bytes_than_needed() {
    run(section(17, Invalid, (2..=6).map(|count| in_bytes(u32::from(b'/'), count))));
    run(section(18, Invalid, (2..=6).map(|count| in_bytes(greatest(count - 1), count))));
    run(section(19, Invalid, (2..=6).map(|count| in_bytes(0, count))));
}

#[test]
fn surrogates() {
    let alone = [0xD800, 0xDB7F, 0xDB80, 0xDBFF, 0xDC00, 0xDF80, 0xDFFF];
    run(section(20, Invalid, alone.map(character)));
    let pairs = [0xD800, 0xDB7F, 0xDB80, 0xDBFF]
        .into_iter()
        .flat_map(|high| [0xDC00, 0xDFFF].map(|low| [character(high), character(low)].concat()));
    run(section(21, Invalid, pairs));
}

#[test]
fn numbers_that_are_no_characters_are_text_all_the_same() {
    let last_two = (0..=0x10).flat_map(|plane| [plane << 16 | 0xFFFE, plane << 16 | 0xFFFF]);
    run(section(22, Valid, last_two.map(character)));
    run(section(23, Valid, (0xFFF9..=0xFFFF).map(character)));
}
