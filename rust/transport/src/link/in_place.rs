//! Both halves in one place: a command is done when the call comes back.

use std::cell::RefCell;
use std::time::Instant;

use super::Link;
use crate::census::Census;
use crate::close_code::CloseCode;
use crate::connection::{Frame, MakeRoom, Meter, ReadBuffer};
use crate::network::{Command, Network, NetworkHalf, PeerKey, Report};

thread_local! {
    /// What all endpoints of a thread read into, one after the other.
    static READ_BUFFER: RefCell<ReadBuffer> = RefCell::default();
}

/// A network half that is driven by its owner's calls.
#[derive(Debug)]
pub struct InPlace<N: Network> {
    half: NetworkHalf<N>,
}

impl<N: Network> InPlace<N> {
    /// Takes a network half.
    pub fn new(half: NetworkHalf<N>) -> Self {
        Self { half }
    }
}

impl<N: Network> Link for InPlace<N> {
    fn drive(&mut self, now: Instant, reports: &mut Vec<Report>) {
        // Streams may call back into other endpoints of this thread, which then find a buffer of their own. At the end of a
        // thread there is none any more.
        let mut buffer = READ_BUFFER.try_with(RefCell::take).unwrap_or_default();
        self.half.drive(now, &mut buffer);
        // See above.
        let _ = READ_BUFFER.try_with(|place| place.replace(buffer));
        self.half.take_reports(reports);
    }

    fn send(&mut self, to: &[PeerKey], frame: Frame, now: Instant) {
        self.half.send(to, frame, now);
    }

    fn make_room(&mut self, key: PeerKey, how: MakeRoom, _meter: &Meter, now: Instant) {
        match how {
            MakeRoom::Write => self.half.write(key, now),
            MakeRoom::Displace(until) => self.half.execute(Command::Displace { key, until }, now),
        }
    }

    fn command(&mut self, command: Command, now: Instant) {
        self.half.execute(command, now);
    }

    fn needs_flush(&self) -> bool {
        self.half.needs_flush()
    }

    fn flush(&mut self, now: Instant) {
        self.half.flush(now);
    }

    fn has_caught_up(&mut self) -> bool {
        true
    }

    fn census(&self) -> Census {
        self.half.census()
    }

    fn shut_down(&mut self, code: CloseCode) {
        self.half.shut_down(code);
    }
}
