//! 9: large messages, many fragments, many writes, many messages.

use super::case::{Case, run};
use super::frame::{BINARY, Frame, TEXT};
use super::peer::Chops;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// How many messages go back and forth; the suite has a thousand.
const ROUNDS: usize = 100;

/// Text or not, whichever kind it goes out as.
fn payload(length: usize) -> Vec<u8> {
    b"The quick brown fox. ".iter().copied().cycle().take(length).collect()
}

fn numbered<const N: usize>(section: u8, kinds: [u8; 2], sizes: [usize; N], case: impl Fn(String, u8, usize) -> Case) {
    for (opcode, section) in kinds.into_iter().zip(section..) {
        run(sizes.into_iter().zip(1..).map(|(size, index)| case(format!("9.{section}.{index}"), opcode, size)));
    }
}

#[test]
fn messages_of_up_to_16_mib() {
    let sizes = [64 * KIB, 256 * KIB, MIB, 4 * MIB, 8 * MIB, 16 * MIB];
    numbered(1, [TEXT, BINARY], sizes, |number, opcode, size| {
        Case::new(number).echo(Frame::new(opcode, payload(size)))
    });
}

#[test]
fn messages_in_fragments_of_every_size() {
    let sizes = [64, 256, KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, MIB, 4 * MIB];
    numbered(3, [TEXT, BINARY], sizes, |number, opcode, size| {
        // The suite has 4 MiB in every one.
        let payload = payload(size.max(MIB));
        Case::new(number).say_all(Frame::fragments(opcode, &payload, size)).hear(Frame::new(opcode, payload))
    });
}

#[test]
fn messages_in_writes_of_every_size() {
    let sizes = [64, 128, 256, 512, KIB, 2 * KIB];
    numbered(5, [TEXT, BINARY], sizes, |number, opcode, size| {
        Case::new(number).echo(Frame::new(opcode, payload(MIB))).chopped(Chops::Bytes(size))
    });
}

#[test]
fn many_messages_back_and_forth() {
    let sizes = [0, 16, 64, 256, KIB, 4 * KIB];
    numbered(7, [TEXT, BINARY], sizes, |number, opcode, size| {
        Case::new(number).echo(Frame::new(opcode, payload(size))).rounds(ROUNDS)
    });
}

/// Not in the suite: one byte over the limit, and nobody waits for it.
#[test]
fn a_message_over_the_limit_is_refused_by_its_header() {
    let whole = |opcode| Frame::new(opcode, "").missing(16 * MIB + 1);
    let in_parts = |opcode| [Frame::new(opcode, "start").open(), Frame::new(0, "").missing(16 * MIB - 4)];
    for opcode in [TEXT, BINARY] {
        run([
            Case::new("over the limit").say(whole(opcode)).failed(1009),
            Case::new("over the limit in parts").say_all(in_parts(opcode)).failed(1009),
        ]);
    }
}
