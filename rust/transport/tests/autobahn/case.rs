//! A case of the suite: what is said, what has to be heard, and how it has to end.

use std::net::TcpListener;

use rust_websocket_transport::error::CloseCause;

use super::ends::{ClientEnd, ServerEnd};
use super::frame::{CLOSE, Frame};
use super::peer::{Chops, Peer};

/// One case.
pub(crate) struct Case {
    number: String,
    chops: Chops,
    steps: Vec<Step>,
    rounds: usize,
    ending: Ending,
}

enum Step {
    Say(Frame),
    Hear(Frame),
}

#[derive(Clone, Copy)]
enum Ending {
    /// Somebody's close frame with this code is answered with the same code.
    Closed(Option<u16>),
    /// Our end breaks off, with this code.
    Failed(u16),
}

impl Case {
    /// A case that ends with a close frame of code 1000 unless it says otherwise.
    pub(crate) fn new(number: impl Into<String>) -> Self {
        Self { number: number.into(), chops: Chops::None, steps: Vec::new(), rounds: 1, ending: Ending::Closed(None) }
    }

    pub(crate) fn chopped(mut self, chops: Chops) -> Self {
        self.chops = chops;
        self
    }

    pub(crate) fn say(mut self, frame: Frame) -> Self {
        self.steps.push(Step::Say(frame));
        self
    }

    pub(crate) fn say_all(self, frames: impl IntoIterator<Item = Frame>) -> Self {
        frames.into_iter().fold(self, Self::say)
    }

    pub(crate) fn hear(mut self, frame: Frame) -> Self {
        self.steps.push(Step::Hear(frame));
        self
    }

    /// Says a message of one frame, and hears it again.
    pub(crate) fn echo(self, message: Frame) -> Self {
        self.say(message.clone()).hear(message)
    }

    /// Does all that so many times.
    pub(crate) fn rounds(mut self, rounds: usize) -> Self {
        self.rounds = rounds;
        self
    }

    /// Ends with a close frame that is among what was said.
    pub(crate) fn closed(mut self, code: u16) -> Self {
        self.ending = Ending::Closed(Some(code));
        self
    }

    /// Ends because our end was told something illegal.
    pub(crate) fn failed(mut self, code: u16) -> Self {
        self.ending = Ending::Failed(code);
        self
    }
}

/// Runs every case against our server and against our client.
pub(crate) fn run(cases: impl IntoIterator<Item = Case>) {
    let server = ServerEnd::start();
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let mut count = 0;
    for case in cases {
        against_server(&case, &server);
        against_client(&case, &listener);
        count += 1;
    }
    assert_ne!(count, 0, "there were no cases");
}

fn against_server(case: &Case, server: &ServerEnd) {
    let mut peer = Peer::connect(server.port, format!("{} against our server", case.number));
    talk(case, &mut peer);
    // It is the server that ends the TCP connection (section 7.1.1).
    peer.hear_the_end();
}

fn against_client(case: &Case, listener: &TcpListener) {
    let name = format!("{} against our client", case.number);
    let client = ClientEnd::start(listener.local_addr().unwrap().port());
    let mut peer = Peer::accept(listener.accept().unwrap().0, name);
    talk(case, &mut peer);
    peer.end();
    peer.hear_the_end();
    let name = &peer.name;
    let cause = client.cause();
    match case.ending {
        Ending::Closed(code) => {
            assert!(matches!(cause, CloseCause::ByPeer { .. }), "{name}: {cause}");
            assert_eq!(cause.close_code(), Some(code.unwrap_or(1000)), "{name}");
        }
        Ending::Failed(code) => {
            assert!(matches!(cause, CloseCause::Protocol(_)), "{name}: {cause}");
            assert_eq!(cause.close_code(), Some(code), "{name}");
        }
    }
}

/// Everything up to and including our end's close frame.
fn talk(case: &Case, peer: &mut Peer) {
    for _ in 0..case.rounds {
        let mut to_say = Vec::new();
        for step in &case.steps {
            match step {
                Step::Say(frame) => to_say.push(frame.clone()),
                Step::Hear(frame) => {
                    peer.say(&std::mem::take(&mut to_say), case.chops);
                    assert_eq!(&peer.hear(), frame, "{}", peer.name);
                }
            }
        }
        peer.say(&to_say, case.chops);
    }
    let code = match case.ending {
        Ending::Closed(Some(code)) | Ending::Failed(code) => code,
        Ending::Closed(None) => {
            peer.say(&[Frame::close(1000, "")], case.chops);
            1000
        }
    };
    let last = peer.hear();
    assert_eq!(last.opcode(), CLOSE, "{}: {last:?}", peer.name);
    let answer = last.payload.first_chunk().map_or(NO_CODE, |code| u16::from_be_bytes(*code));
    assert_eq!(answer, code, "{}: {last:?}", peer.name);
}

/// What stands for a close frame without a code (section 7.1.5).
pub(crate) const NO_CODE: u16 = 1005;
