//! 3: a reserved bit that no extension has given a meaning ends the connection, but not before the echo of what was
//! said in order.

use super::case::{Case, run};
use super::frame::{BINARY, Frame};
use super::peer::Chops;

fn after_a_message(number: &str, bits: u8) -> Case {
    let hello = || Frame::text("Hello");
    Case::new(number).say(hello()).say(hello().reserved(bits)).say(Frame::ping("")).hear(hello()).failed(1002)
}

#[test]
fn reserved_bits() {
    run([
        Case::new("3.1").say(Frame::text("Hello").reserved(1)).failed(1002),
        after_a_message("3.2", 2),
        after_a_message("3.3", 3).chopped(Chops::Frames),
        after_a_message("3.4", 4).chopped(Chops::Bytes(1)),
        Case::new("3.5").say(Frame::new(BINARY, [0, 0xFF]).reserved(5)).failed(1002),
        Case::new("3.6").say(Frame::ping("Hello").reserved(6)).failed(1002),
        Case::new("3.7").say(Frame::close(1000, "").reserved(7)).failed(1002),
    ]);
}
