//! 5: messages in fragments, and control frames between them.

use super::case::{Case, run};
use super::frame::{CONTINUATION, Frame, PING, PONG};
use super::peer::Chops;

const EVERY_WAY: [Chops; 3] = [Chops::None, Chops::Frames, Chops::Bytes(1)];

fn part(payload: &str) -> Frame {
    Frame::new(CONTINUATION, payload)
}

/// Three cases that differ in how the bytes are cut.
fn every_way(first: u8, case: impl Fn(String) -> Case) -> impl Iterator<Item = Case> {
    EVERY_WAY.into_iter().zip(first..).map(move |(chops, number)| case(format!("5.{number}")).chopped(chops))
}

#[test]
fn control_frames_are_never_fragmented() {
    run([
        Case::new("5.1").say(Frame::new(PING, "one").open()).say(part("two")).failed(1002),
        Case::new("5.2").say(Frame::new(PONG, "one").open()).say(part("two")).failed(1002),
    ]);
}

#[test]
fn two_fragments_are_one_message() {
    run(every_way(3, |number| {
        Case::new(number).say(Frame::text("one,").open()).say(part("two")).hear(Frame::text("one,two"))
    }));
}

#[test]
fn a_ping_between_two_fragments_is_answered_first() {
    run(every_way(6, |number| {
        Case::new(number)
            .say(Frame::text("one,").open())
            .say(Frame::ping("between"))
            .say(part("two"))
            .hear(Frame::pong("between"))
            .hear(Frame::text("one,two"))
    }));
}

#[test]
fn a_continuation_needs_something_to_continue() {
    let closed = |number| Case::new(number).say(part("of nothing")).say(Frame::text("Hello")).failed(1002);
    run(every_way(9, closed));
    let open = |number| Case::new(number).say(part("of nothing").open()).say(Frame::text("Hello")).failed(1002);
    run(every_way(12, open));
}

#[test]
fn what_was_whole_is_echoed_before_the_connection_fails() {
    run([Case::new("5.15")
        .say(Frame::text("one,").open())
        .say(part("two"))
        .say(part("of nothing").open())
        .say(Frame::text("Hello"))
        .hear(Frame::text("one,two"))
        .failed(1002)]);
}

#[test]
fn fragments_out_of_order() {
    let twice = |number: &str, stray: Frame| {
        let round = [stray, Frame::text("one").open(), part("two")];
        Case::new(number).say_all(round.clone()).say_all(round).failed(1002)
    };
    run([
        twice("5.16", part("of nothing").open()),
        twice("5.17", part("of nothing")),
        Case::new("5.18").say(Frame::text("one").open()).say(Frame::text("two")).failed(1002),
    ]);
}

#[test]
fn pings_are_answered_while_the_message_waits() {
    let case = |number: &str| {
        Case::new(number)
            .say(Frame::text("1").open())
            .say(part("2").open())
            .say(Frame::ping("first"))
            .hear(Frame::pong("first"))
            .say(part("3").open())
            .say(part("4").open())
            .say(Frame::ping("second"))
            .say(part("5"))
            .hear(Frame::pong("second"))
            .hear(Frame::text("12345"))
    };
    run([case("5.19"), case("5.20").chopped(Chops::Frames)]);
}
