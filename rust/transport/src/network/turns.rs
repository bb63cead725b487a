//! How the network half is driven: what sockets have is read, what waits is written, what is due is done, all within a
//! budget.

use std::time::{Duration, Instant};

use super::half::Stage;
use super::platform::Token;
use super::{Network, NetworkHalf, PeerKey, Report};
use crate::connection::{Budget, ConnectionEvent, EmptyMessages, READ_TIME, ReadBuffer, ReadOutcome};
use crate::fault::{Fault, is_planted};
use crate::stream::{Readiness, Socket};

/// How much is read from one connection in one turn, in bytes; then it is the next one's.
const TURN_BUDGET: usize = 64 * 1024;

/// How much is read in one drive, in bytes.
const DRIVE_BUDGET: usize = 8 * 1024 * 1024;

/// How many messages one drive brings at the most, but for those of the last turn.
const MESSAGE_BUDGET: usize = 8192;

/// How long one drive may work on TLS handshakes, which take up to a millisecond each. At 60 drives per second this is
/// under half of the time, and enough for hundreds of new peers in a second.
pub const HANDSHAKE_BUDGET: Duration = Duration::from_millis(7);

impl<N: Network> NetworkHalf<N> {
    /// Does everything that can be done without waiting, within a budget. Answers when it wants to be driven again at the
    /// latest, if nothing happens on a socket before; `None`: only then.
    pub fn drive(&mut self, now: Instant, buffer: &mut ReadBuffer) -> Option<Instant> {
        self.tick += 1;
        self.write_unflushed(now);
        self.network.collect(Duration::ZERO, &mut self.ready);
        self.dial(now);
        let mut ready = std::mem::take(&mut self.ready);
        for (token, readiness) in ready.drain(..) {
            self.note(token, readiness, now);
        }
        self.ready = ready;
        self.accept(now);
        self.let_arrive(now);
        self.read(now, buffer);
        self.expire(now);
        self.next_drive(now)
    }

    fn next_drive(&self, now: Instant) -> Option<Instant> {
        let is_busy = !self.readable.is_empty() || !self.unflushed.is_empty();
        let busy = is_busy.then_some(now);
        let dialing = self.dialing.as_ref().map(|dialing| dialing.next(now));
        [busy, dialing, self.next_accept(now), self.deadlines.next(), self.arrivals.next()].into_iter().flatten().min()
    }

    fn note(&mut self, token: Token, readiness: Readiness, now: Instant) {
        let key = match token {
            Token::Peer(key) => key,
            Token::Listener => {
                if let Some(door) = &mut self.door {
                    door.is_ready = door.listener().is_some();
                }
                return;
            }
            // Seen to by the dialing; one that is too late is nobody's.
            Token::Attempt(_) => return,
        };
        let Some(slot) = self.slots.get_mut(key) else { return };
        slot.connection.socket_mut().note(readiness);
        if readiness.writable && !is_planted(Fault::WritableIgnored) {
            slot.connection.writable(now, &mut self.events);
        }
        if readiness.readable || slot.connection.has_failed() {
            slot.is_readable = true;
        }
        self.settle(key, now);
    }

    /// Gives every readable connection its turn until the budget is used up.
    fn read(&mut self, now: Instant, buffer: &mut ReadBuffer) {
        if self.readable.is_empty() {
            return;
        }
        let mut left = DRIVE_BUDGET;
        let mut budget = Budget::start(0, READ_TIME, self.network.clock());
        let mut handshakes = Duration::ZERO;
        let reports_before = self.reports.len();
        // Who is not through after one turn waits for the next drive.
        let mut turns = self.readable.len();
        while turns > 0 {
            turns -= 1;
            if left == 0 || budget.is_over() || self.reports.len() - reports_before >= MESSAGE_BUDGET {
                return;
            }
            let next =
                if is_planted(Fault::BudgetStarves) { self.readable.pop_back() } else { self.readable.pop_front() };
            let Some(key) = next else { return };
            let share = TURN_BUDGET.min(left);
            budget.bytes = share;
            let Some(slot) = self.slots.get_mut(key) else { continue };
            let handshake = slot.connection.socket().is_handshaking().then(|| budget.look());
            if handshake.is_some() && handshakes >= HANDSHAKE_BUDGET {
                self.readable.push_back(key);
                continue;
            }
            if budget.is_over() {
                self.readable.push_front(key);
                return;
            }
            slot.is_queued = false;
            slot.last_turn = self.tick;
            let outcome = slot.connection.read(now, buffer, &mut budget, &mut self.events);
            slot.is_readable = outcome == ReadOutcome::Paused && !is_planted(Fault::WakeUpDropped);
            self.totals.compression.inflate(buffer.take_inflated());
            let source = slot.connection.socket_mut().socket_mut().take_source();
            if slot.connection.request().is_some() && slot.question.is_none() {
                // Answered, or asked about, by the settling below; whatever came with the request, its end maybe, is read at once.
                self.readable.push_front(key);
                slot.is_queued = true;
                turns += 1;
            }
            // A handshake is far more work than its few bytes.
            handshakes += handshake.map_or(Duration::ZERO, |began| budget.look().saturating_duration_since(began));
            left -= share - budget.bytes;
            if let Some(source) = source {
                self.hear_source(key, source, now);
            }
            self.settle(key, now);
        }
    }

    /// Whoever still waits for its turn is heard first: what it said lies in its socket, in time maybe.
    fn expire(&mut self, now: Instant) {
        // Once each: a deadline that does not move on is the next drive's business, not an endless loop's.
        let due: Vec<_> = std::iter::from_fn(|| self.deadlines.pop_due(now)).collect();
        for (at, key) in due {
            let Some(slot) = self.slots.get_mut(key) else { continue };
            if slot.scheduled != Some(at) {
                continue;
            }
            if slot.is_queued && slot.last_turn != self.tick {
                self.deadlines.add(at, key);
                continue;
            }
            if !is_planted(Fault::DeadlineNotRenewed) {
                slot.scheduled = None;
            }
            slot.connection.expire(now, &mut self.events);
            self.settle(key, now);
        }
    }

    /// After anything was done with a connection: acts on what it said, and sees to what it needs next.
    pub(super) fn settle(&mut self, key: PeerKey, now: Instant) {
        let mut events = std::mem::take(&mut self.spare_events);
        while !self.events.is_empty() {
            std::mem::swap(&mut events, &mut self.events);
            for event in events.drain(..) {
                self.hear(key, event, now);
            }
        }
        self.spare_events = events;
        let Some(slot) = self.slots.get_mut(key) else { return };
        slot.connection.publish();
        slot.await_arrival(key, &mut self.arrivals);
        if slot.connection.is_finished() && matches!(slot.stage, Stage::Released) {
            self.remove(key);
            return;
        }
        if slot.connection.needs_flush() && !slot.is_unflushed {
            slot.is_unflushed = true;
            self.unflushed.push(key);
        }
        if slot.is_readable && !slot.is_queued {
            if slot.connection.can_read() {
                slot.is_queued = true;
                self.readable.push_back(key);
            } else if !slot.connection.has_room() && !slot.is_paused {
                slot.is_paused = true;
                if is_planted(Fault::PausedNotTold) {
                    return;
                }
                self.reports.push(Report::Paused { key });
            }
        }
        slot.schedule(key, &mut self.deadlines);
    }

    fn hear(&mut self, key: PeerKey, event: ConnectionEvent, now: Instant) {
        match event {
            ConnectionEvent::Requested => self.answer(key, now),
            ConnectionEvent::Opened { protocol } => self.open(key, protocol, now),
            ConnectionEvent::Message(message) => {
                let Some(slot) = self.slots.get_mut(key) else { return };
                let is_kept = self.empty_messages == EmptyMessages::Keep || !message.payload.is_empty();
                if is_kept && matches!(slot.stage, Stage::Open) {
                    self.reports.push(Report::Message { key, message });
                } else {
                    slot.connection.discard(message.payload.len());
                }
            }
            ConnectionEvent::Closed(cause) => {
                self.withdraw(key);
                let Some(slot) = self.slots.get_mut(key) else { return };
                match slot.stage {
                    Stage::Opening => {
                        slot.stage = Stage::Released;
                        let address = slot.address;
                        self.fail(address, cause);
                    }
                    Stage::Open => {
                        slot.stage = Stage::Over;
                        self.reports.push(Report::Closed { key, cause: Box::new(cause) });
                    }
                    Stage::Over | Stage::Released => {}
                }
            }
        }
    }

    /// Drops a connection.
    pub(super) fn remove(&mut self, key: PeerKey) {
        if is_planted(Fault::SocketLeaked) && self.tick.is_multiple_of(7) {
            return;
        }
        self.free_id(key);
        self.withdraw(key);
        let Some(mut slot) = self.slots.remove(key) else { return };
        slot.link().let_go();
        slot.connection.publish();
        if let (Some(door), Some(ticket)) = (&mut self.door, slot.ticket) {
            door.admission.release(ticket);
        }
        if slot.is_known {
            self.reports.push(Report::Dropped { key });
        } else {
            self.totals.keep_wire(slot.connection.meter().wire());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::net::{Ipv4Addr, TcpListener, TcpStream};

    use super::*;
    use crate::config::{Admission, Settings};
    use crate::entropy::Entropy;
    use crate::network::mio::Mio;
    use crate::network::{BindAddress, Command};
    use crate::stream::tls::client::ClientTls;
    use crate::wire::url::Url;

    /// Long enough for the busiest machine.
    const PATIENCE: Duration = Duration::from_secs(30);

    fn listening(admission: Admission) -> NetworkHalf<Mio> {
        let settings = Settings { admission, ..Settings::default() };
        let here = BindAddress::Ip(Ipv4Addr::LOCALHOST.into());
        NetworkHalf::listening(Mio::new(16).unwrap(), Entropy::from_seed(1), here, 0, settings, None).unwrap()
    }

    /// Drives whenever that is wanted, until it is wanted only later. When.
    fn rest(half: &mut NetworkHalf<Mio>, buffer: &mut ReadBuffer) -> Option<Instant> {
        let started = Instant::now();
        loop {
            let now = Instant::now();
            match half.drive(now, buffer) {
                Some(at) if at <= now => assert!(started.elapsed() < PATIENCE, "it is never through"),
                later => return later,
            }
        }
    }

    #[test]
    fn whoever_waits_in_the_backlog_is_no_reason_to_be_driven_at_once() {
        let mut half = listening(Admission { max_handshakes: 1, ..Admission::default() });
        let mut buffer = ReadBuffer::default();
        let port = half.local_port().unwrap();
        let mut first = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        let _second = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        half.wait(PATIENCE);
        let again = rest(&mut half, &mut buffer).unwrap();
        let keys: Vec<_> = half.slots.keys().collect();
        assert_eq!(keys.len(), 1);
        // When the first has had its chance, the second takes its place.
        half.drive(again, &mut buffer);
        assert_eq!(half.slots.len(), 1);
        assert!(half.slots.get(keys[0]).is_none());
        first.set_read_timeout(Some(PATIENCE)).unwrap();
        assert_eq!(first.read(&mut [0; 8]).unwrap(), 0);
    }

    #[test]
    fn nobody_makes_room_for_nobody() {
        let mut half = listening(Admission { max_handshakes: 1, ..Admission::default() });
        let mut buffer = ReadBuffer::default();
        let _only = TcpStream::connect((Ipv4Addr::LOCALHOST, half.local_port().unwrap())).unwrap();
        half.wait(PATIENCE);
        rest(&mut half, &mut buffer);
        let keys: Vec<_> = half.slots.keys().collect();
        assert_eq!(keys.len(), 1);
        half.drive(Instant::now() + Duration::from_secs(1), &mut buffer);
        assert_eq!(half.slots.keys().collect::<Vec<_>>(), keys);
    }

    #[test]
    fn a_tls_handshake_without_an_answer_is_no_reason_to_be_driven_at_once() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let url = Url::parse(&format!("wss://{}", listener.local_addr().unwrap())).unwrap();
        let tls = ClientTls { roots: None, ..ClientTls::default() };
        let (mio, entropy) = (Mio::new(16).unwrap(), Entropy::from_seed(1));
        let began = Instant::now();
        let settings = Settings::default();
        let mut half = NetworkHalf::dialing(mio, entropy, url, settings, tls, EmptyMessages::Skip, began).unwrap();
        let mut buffer = ReadBuffer::default();
        while half.slots.is_empty() {
            assert!(began.elapsed() < PATIENCE);
            half.wait(Duration::from_millis(1));
            half.drive(began, &mut buffer);
        }
        let (mut stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        while stream.read(&mut [0; 1]).is_err() {
            half.drive(began, &mut buffer);
        }
        // The head of the request waits for the end of the handshake.
        half.drive(began, &mut buffer);
        assert!(half.drive(began, &mut buffer).is_some_and(|at| at > began));
    }

    #[test]
    fn a_door_that_is_shut_is_no_reason_to_be_driven() {
        let mut half = listening(Admission::default());
        let mut buffer = ReadBuffer::default();
        let now = Instant::now();
        half.door.as_mut().unwrap().admission.rests_until = Some(now);
        assert_eq!(half.drive(now, &mut buffer), None, "nobody is there to be accepted");
        let _stream = TcpStream::connect((Ipv4Addr::LOCALHOST, half.local_port().unwrap())).unwrap();
        half.wait(PATIENCE);
        half.execute(Command::RefuseNew(true), now);
        assert_eq!(half.drive(now, &mut buffer), None);
        half.execute(Command::RefuseNew(false), now);
        let deadline = half.drive(now, &mut buffer);
        assert_eq!(half.slots.len(), 1);
        assert!(deadline.is_some_and(|at| at > now));
    }
}
