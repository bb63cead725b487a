//! 4: opcodes that mean nothing, with and without a payload, first of all or after a message.

use super::case::{Case, run};
use super::frame::Frame;
use super::peer::Chops;

fn cases(section: &str, opcodes: [u8; 5]) -> Vec<Case> {
    let hello = || Frame::text("Hello");
    let number = |index: u8| Case::new(format!("{section}.{index}"));
    let after_a_message =
        |index, frame| number(index).say(hello()).say(frame).say(Frame::ping("")).hear(hello()).failed(1002);
    let [first, second, third, fourth, fifth] = opcodes;
    vec![
        number(1).say(Frame::new(first, "")).failed(1002),
        number(2).say(Frame::new(second, "reserved")).failed(1002),
        after_a_message(3, Frame::new(third, "")).chopped(Chops::Frames),
        after_a_message(4, Frame::new(fourth, "reserved")),
        after_a_message(5, Frame::new(fifth, "reserved")).chopped(Chops::Bytes(1)),
    ]
}

#[test]
fn reserved_data_opcodes() {
    run(cases("4.1", [3, 4, 5, 6, 7]));
}

#[test]
fn reserved_control_opcodes() {
    run(cases("4.2", [11, 12, 13, 14, 15]));
}
