//! 2: pings are answered with what they carry, pongs that nobody asked for are not.

use super::case::{Case, run};
use super::frame::Frame;
use super::peer::Chops;

const NOT_TEXT: [u8; 6] = [0x00, 0xFF, 0xFE, 0xFD, 0xC0, 0x80];

fn ping_pong(number: &str, payload: &[u8]) -> Case {
    Case::new(number).say(Frame::ping(payload)).hear(Frame::pong(payload))
}

fn ten_pings(number: &str) -> Case {
    let payloads = || (0..10).map(|count| format!("ping {count}"));
    let case = Case::new(number).say_all(payloads().map(Frame::ping));
    payloads().map(Frame::pong).fold(case, Case::hear)
}

#[test]
fn pings_and_pongs() {
    run([
        ping_pong("2.1", b""),
        ping_pong("2.2", b"Hello, ping"),
        ping_pong("2.3", &NOT_TEXT),
        ping_pong("2.4", &[0xFE; 125]),
        Case::new("2.5").say(Frame::ping([0xFE; 126])).failed(1002),
        ping_pong("2.6", &[0xFE; 125]).chopped(Chops::Bytes(1)),
        Case::new("2.7").say(Frame::pong("")),
        Case::new("2.8").say(Frame::pong("nobody asked")),
        Case::new("2.9").say(Frame::pong("nobody asked")).say(Frame::ping("I ask")).hear(Frame::pong("I ask")),
        ten_pings("2.10"),
        ten_pings("2.11").chopped(Chops::Bytes(1)),
    ]);
}
