//! 7: the closing handshake, with every code.

use super::case::{Case, NO_CODE, run};
use super::frame::{CLOSE, CONTINUATION, Frame};

/// The longest reason that a close frame can carry, in bytes.
const LONGEST: usize = 123;

fn goodbye() -> Frame {
    Frame::close(1000, "")
}

#[test]
fn nothing_after_a_close_frame_counts() {
    let hello = || Frame::text("Hello");
    let large = || Frame::text(vec![b'*'; 256 * 1024]);
    run([
        Case::new("7.1.1").say(hello()).say(goodbye()).hear(hello()).closed(1000),
        Case::new("7.1.2").say(goodbye()).say(goodbye()).closed(1000),
        Case::new("7.1.3").say(goodbye()).say(Frame::ping("")).closed(1000),
        Case::new("7.1.4").say(goodbye()).say(hello()).closed(1000),
        Case::new("7.1.5").say(hello().open()).say(goodbye()).say(Frame::new(CONTINUATION, "")).closed(1000),
        // The suite leaves open whether the message comes back. It does.
        Case::new("7.1.6").say(large()).say(goodbye()).say(Frame::ping("")).hear(large()).closed(1000),
    ]);
}

#[test]
fn payloads_of_close_frames() {
    run([
        Case::new("7.3.1").say(Frame::new(CLOSE, "")).closed(NO_CODE),
        Case::new("7.3.2").say(Frame::new(CLOSE, "a")).failed(1002),
        Case::new("7.3.3").say(goodbye()).closed(1000),
        Case::new("7.3.4").say(Frame::close(1000, "Hello")).closed(1000),
        Case::new("7.3.5").say(Frame::close(1000, &"*".repeat(LONGEST))).closed(1000),
        Case::new("7.3.6").say(Frame::close(1000, &"*".repeat(LONGEST + 1))).failed(1002),
        Case::new("7.5.1").say(Frame::new(CLOSE, [0x03, 0xE8, 0xCE, 0xBA, 0xED, 0xA0, 0x80])).failed(1007),
    ]);
}

fn codes<const N: usize>(section: &'static str, codes: [u16; N]) -> impl Iterator<Item = (Case, u16)> {
    codes.into_iter().zip(1..).map(move |(code, index)| {
        (Case::new(format!("{section}.{index} (code {code})")).say(Frame::close(code, "")), code)
    })
}

#[test]
fn codes_that_may_be_sent() {
    let valid = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999];
    run(codes("7.7", valid).map(|(case, code)| case.closed(code)));
    // Registered since; the suite has an opinion on none of them.
    run(codes("registered", [1012, 1013, 1014]).map(|(case, code)| case.closed(code)));
}

#[test]
fn codes_that_may_not_be_sent() {
    run(codes("7.9", [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999]).map(|(case, _)| case.failed(1002)));
    run(codes("TLS's", [1015]).map(|(case, _)| case.failed(1002)));
    // The suite leaves open what becomes of these.
    run(codes("7.13", [5000, 65_535]).map(|(case, _)| case.failed(1002)));
}
