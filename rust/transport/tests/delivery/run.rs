//! One run: traffic in turns, an end for everybody, and the books.

use std::rc::Rc;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rust_websocket_transport::close_code::CloseCode;
use rust_websocket_transport::config::OverflowPolicy;
use rust_websocket_transport::connection::ReadyState;
use rust_websocket_transport::error::{CloseCause, Phase, SendError};
use rust_websocket_transport::event::Event;
use rust_websocket_transport::game::{Client, Endpoint, SERVER_ID};
use rust_websocket_transport::game::{PeerView, Recipients, Server};
use rust_websocket_transport::stream::tls::client::ClientTls;
use rust_websocket_transport::stream::tls::server::ServerTls;
use rust_websocket_transport::wire::url::Url;

use super::ledger::Ledger;
use super::plan::{Ending, Part, Plan};
use super::proxy::{Proxy, Way};
use super::support::{connect, listen};

/// How long nothing may happen: several times the longest deadline in a run.
const PATIENCE: Duration = Duration::from_secs(60);

/// How many turns this has to last as well: on some systems the shortest sleep is long, and a link may rest for many.
const PATIENT_TURNS: u32 = 5_000;

const BY_SERVER: u16 = 4001;
const BY_CLIENT: u16 = 4002;

/// One client, both its ends, and what lies between them.
struct Seat {
    part: Part,
    proxy: Proxy,
    /// Gone once it has closed.
    client: Option<Client>,
    /// 0 until the server was told of its coming.
    id: i32,
    /// It was told that it is in.
    is_in: bool,
    up: Ledger,
    down: Ledger,
    /// What the server was told of its end; `None` inside for an end that it is told nothing of.
    server_end: Option<Option<CloseCause>>,
    client_end: Option<Option<CloseCause>>,
    /// Sizes of packets to this peer that were refused for want of room, and that the server is still to name.
    refused: Vec<usize>,
    /// The client's queue was full, and by its policy it goes then, with a goodbye that may cross the server's.
    has_given_up: bool,
}

impl Seat {
    fn is_over(&self) -> bool {
        self.server_end.is_some() && self.client_end.is_some()
    }

    fn is_settled(&self) -> bool {
        self.up.is_settled() && self.down.is_settled() && self.refused.is_empty()
    }
}

/// How much was sent in a run.
#[derive(Debug, Default)]
pub(crate) struct Sums {
    pub(crate) accepted: usize,
    pub(crate) delivered: usize,
}

/// A run under way.
pub(crate) struct Run {
    rng: StdRng,
    plan: Plan,
    server: Server,
    seats: Vec<Seat>,
    /// A broadcast that not everybody had room for: who may have got it. The next poll names those who have not.
    broadcast: Option<(Rc<[u8]>, Vec<usize>)>,
    /// What had happened when something happened last, when that was, and how many turns have passed since.
    progress: (usize, Instant, u32),
}

impl Run {
    pub(crate) fn new(seed: u64, tls: Option<ServerTls>) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut plan = Plan::draw(&mut rng);
        let scheme = if tls.is_some() { "wss" } else { "ws" };
        let server = listen(plan.server.clone(), tls);
        let port = server.local_port().unwrap();
        let seats = std::mem::take(&mut plan.parts)
            .into_iter()
            .map(|part| {
                let proxy = Proxy::new(port, part.manner);
                let url = Url::parse(&format!("{scheme}://127.0.0.1:{}", proxy.port())).unwrap();
                let trust = ClientTls { roots: None, ..ClientTls::default() };
                let client = connect(url, plan.client.clone(), trust, Instant::now());
                Seat {
                    part,
                    proxy,
                    client: Some(client),
                    id: 0,
                    up: Ledger::default(),
                    down: Ledger::default(),
                    is_in: false,
                    server_end: None,
                    client_end: None,
                    refused: Vec::new(),
                    has_given_up: false,
                }
            })
            .collect();
        Self { rng, plan, server, seats, broadcast: None, progress: (0, Instant::now(), 0) }
    }

    /// Plays it to its end.
    pub(crate) fn play(mut self) -> Sums {
        while self.seats.iter().any(|seat| seat.id == 0 || !seat.is_in) {
            self.turn(false);
            self.wait("everybody to join");
        }
        for turn in 0..self.plan.turns {
            self.turn(true);
            for seat in 0..self.seats.len() {
                if self.seats[seat].part.ends_in == turn {
                    self.end(seat);
                }
            }
        }
        if self.plan.server_closes {
            self.close_server();
        }
        while !self.is_done() {
            self.turn(false);
            self.wait("the last packet or word of an end");
        }
        self.audit();
        self.seats.iter().flat_map(|seat| [&seat.up, &seat.down]).fold(Sums::default(), |sums, ledger| Sums {
            accepted: sums.accepted + ledger.accepted(),
            delivered: sums.delivered + ledger.delivered(),
        })
    }

    /// A number that grows with whatever happens: a packet that arrives, a word of a beginning or of an end. Bytes that
    /// pass do not count, for heartbeats would go on for ever.
    fn events(&self) -> usize {
        let of_seat = |seat: &Seat| {
            let packets = seat.up.delivered() + seat.down.delivered();
            let words = [seat.id != 0, seat.is_in, seat.server_end.is_some(), seat.client_end.is_some()];
            packets + words.iter().filter(|&&is_so| is_so).count()
        };
        self.seats.iter().map(of_seat).sum()
    }

    fn wait(&mut self, what: &str) {
        let events = self.events();
        let (before, since, turns) = &mut self.progress;
        if *before != events {
            (*before, *since, *turns) = (events, Instant::now(), 0);
        }
        *turns += 1;
        if since.elapsed() > PATIENCE && *turns > PATIENT_TURNS {
            for seat in &self.seats {
                eprintln!(
                    "{:?}: up {} of {}, down {} of {}, ends {:?} (server) and {:?} (client), refused {:?}",
                    seat.part,
                    seat.up.delivered(),
                    seat.up.accepted(),
                    seat.down.delivered(),
                    seat.down.accepted(),
                    seat.server_end,
                    seat.client_end,
                    seat.refused,
                );
            }
            panic!("waited in vain for {what}");
        }
        std::thread::sleep(Duration::from_micros(20));
    }

    /// A connection that has no reason to end has to deliver all; the others deliver all or end at both ends.
    fn is_done(&self) -> bool {
        self.seats.iter().all(|seat| seat.is_over() || (self.should_last(seat) && seat.is_settled()))
    }

    fn should_last(&self, seat: &Seat) -> bool {
        seat.part.ending == Ending::Never
            && !self.plan.server_closes
            && seat.server_end.is_none()
            && seat.client_end.is_none()
    }

    fn turn(&mut self, with_traffic: bool) {
        if with_traffic && !self.has_closed() {
            self.server_sends();
        }
        self.drive_server();
        for seat in 0..self.seats.len() {
            self.drive_client(seat, with_traffic);
            self.seats[seat].proxy.turn(&mut self.rng);
        }
    }

    fn has_closed(&self) -> bool {
        // Closing forgets everybody.
        self.seats.iter().all(|seat| seat.server_end.is_some())
    }

    /// Small as a rule. Broadcasts have odd sizes and the others even ones, so that a refused one is known by its size.
    fn payload(&mut self, is_broadcast: bool) -> Rc<[u8]> {
        let largest = if self.rng.random_ratio(1, 10) { self.plan.largest } else { self.plan.largest.min(300) };
        let half = self.rng.random_range(1..largest / 2);
        let mut bytes = vec![0; 2 * half + usize::from(is_broadcast)];
        self.rng.fill(&mut bytes[..]);
        bytes.into()
    }

    fn server_sends(&mut self) {
        for seat in 0..self.seats.len() {
            if self.seats[seat].id == 0 || self.rng.random_ratio(1, 2) {
                continue;
            }
            for _ in 0..self.rng.random_range(1..=4) {
                let payload = self.payload(false);
                let seat = &mut self.seats[seat];
                let is_open = is_open(self.server.peer(seat.id));
                match self.server.send(Recipients::One(seat.id), &payload) {
                    Ok(()) if is_open => seat.down.accept(payload),
                    // For somebody who has gone it is dropped.
                    Ok(()) => {}
                    Err(SendError::Full { .. }) => seat.refused.push(payload.len()),
                    Err(SendError::NotOpen | SendError::UnknownPeer(_)) => {}
                    Err(error) => panic!("{error}"),
                }
            }
        }
        if self.rng.random_ratio(1, 4) {
            self.server_broadcasts();
        }
    }

    /// The last of a turn, so that it is known who got it before anything follows it.
    fn server_broadcasts(&mut self) {
        let payload = self.payload(true);
        let except = self.rng.random_range(0..2 * self.seats.len());
        let recipients = match self.seats.get(except) {
            Some(seat) if seat.id != 0 => Recipients::AllExcept(seat.id),
            _ => Recipients::All,
        };
        let hears = |seat: &Seat| {
            recipients != Recipients::AllExcept(seat.id)
                && seat.id != 0
                && seat.server_end.is_none()
                && is_open(self.server.peer(seat.id))
        };
        let everybody: Vec<usize> = (0..self.seats.len()).filter(|&seat| hears(&self.seats[seat])).collect();
        match self.server.send(recipients, &payload) {
            Ok(()) => everybody.into_iter().for_each(|seat| self.seats[seat].down.accept(Rc::clone(&payload))),
            Err(SendError::Full { .. }) => self.broadcast = Some((payload, everybody)),
            Err(error) => panic!("{error}"),
        }
    }

    fn drive_server(&mut self) {
        let now = Instant::now();
        self.server.flush(now);
        self.server.poll(now);
        while let Some(event) = self.server.next_event() {
            match event {
                Event::Connected { id } => self.meet(id),
                Event::Disconnected { id, cause } => {
                    let seat = self.seats.iter_mut().find(|seat| seat.id == id).unwrap();
                    assert_eq!(seat.server_end, None, "told of the end of {id} for a second time");
                    seat.server_end = Some(Some(cause));
                    seat.refused.clear();
                }
                Event::Overflowed { id, size, .. } => self.note_refusal(id, size),
                Event::HandshakeFailed { cause, .. } => panic!("a handshake failed: {cause}"),
                event => panic!("no event of this server: {event:?}"),
            }
        }
        if let Some((payload, recipients)) = self.broadcast.take() {
            recipients.into_iter().for_each(|seat| self.seats[seat].down.accept(Rc::clone(&payload)));
        }
        if self.rng.random_range(0..10) >= self.plan.server_diligence {
            return;
        }
        let appetite: usize = self.seats.iter().map(|seat| seat.part.appetite).sum();
        for _ in 0..appetite {
            let Some(packet) = self.server.pop() else { return };
            let seat = self.seats.iter_mut().find(|seat| seat.id == packet.source).unwrap();
            assert!(!matches!(seat.server_end, Some(Some(_))), "a packet after the end of its peer");
            seat.up.deliver(&packet.payload, "up");
        }
    }

    /// A client is known by where it comes from.
    fn meet(&mut self, id: i32) {
        let port = self.server.peer(id).and_then(|peer| peer.address()).unwrap().port();
        let seat = self.seats.iter_mut().find(|seat| seat.proxy.port_at_server() == Some(port)).unwrap();
        assert!(seat.id == 0, "told of the coming of {id} for a second time");
        seat.id = id;
    }

    fn note_refusal(&mut self, id: i32, size: usize) {
        let place = self.seats.iter().position(|seat| seat.id == id).unwrap();
        if size % 2 == 1 {
            let (payload, recipients) = self.broadcast.as_mut().unwrap();
            assert_eq!(payload.len(), size);
            recipients.retain(|&recipient| recipient != place);
        } else {
            let refused = &mut self.seats[place].refused;
            assert!(!refused.is_empty(), "a packet was accepted and is said to be missed");
            assert_eq!(refused.remove(0), size);
        }
    }

    fn drive_client(&mut self, place: usize, with_traffic: bool) {
        if with_traffic && self.rng.random_ratio(1, 2) {
            for _ in 0..self.rng.random_range(1..=4) {
                self.client_sends(place);
            }
        }
        let now = Instant::now();
        let seat = &mut self.seats[place];
        let Some(client) = &mut seat.client else { return };
        client.flush(now);
        client.poll(now);
        for _ in 0..self.rng.random_range(0..=seat.part.appetite) {
            let Some(packet) = client.pop() else { break };
            assert_eq!(seat.client_end, None, "a packet after the end");
            seat.down.deliver(&packet.payload, "down");
        }
        while let Some(event) = client.next_event() {
            match event {
                Event::Joined { id } => {
                    assert!(seat.id == 0 || seat.id == id, "two ids for one client");
                    seat.is_in = true;
                }
                Event::Overflowed { .. } => {
                    seat.has_given_up |= self.plan.client.overflow_policy == OverflowPolicy::Disconnect;
                }
                Event::Disconnected { cause, .. } => seat.client_end = Some(Some(cause)),
                Event::Failed { cause } => panic!("a client did not get in: {cause}"),
                event => panic!("no event of a client: {event:?}"),
            }
        }
    }

    fn client_sends(&mut self, place: usize) {
        let payload = self.payload(false);
        let seat = &mut self.seats[place];
        let Some(client) = &mut seat.client else { return };
        let is_open = is_open(client.peer(SERVER_ID));
        match client.send(&payload) {
            Ok(()) if is_open => seat.up.accept(payload),
            Ok(()) => {}
            Err(SendError::Full { .. } | SendError::NotOpen) => {}
            Err(error) => panic!("{error}"),
        }
    }

    fn end(&mut self, place: usize) {
        let now = Instant::now();
        let seat = &mut self.seats[place];
        match seat.part.ending {
            Ending::Never => {}
            Ending::ServerDisconnects => {
                self.server.close_peer(seat.id, Some(CloseCode::new(BY_SERVER).unwrap()), "enough", now);
            }
            Ending::ServerForces => {
                self.server.abandon_peer(seat.id, Instant::now());
                seat.server_end.get_or_insert(None);
            }
            Ending::ServerResets => self.server.cut_peer(seat.id, now),
            Ending::ClientDisconnects => {
                if let Some(client) = &mut seat.client {
                    client.close_peer(SERVER_ID, Some(CloseCode::new(BY_CLIENT).unwrap()), "enough", now);
                }
            }
            Ending::ClientCloses => {
                seat.client = None;
                seat.client_end.get_or_insert(None);
            }
            Ending::ClientResets => {
                if let Some(client) = &mut seat.client {
                    client.cut_peer(SERVER_ID, now);
                }
            }
            Ending::LinkEnds => seat.proxy.end(),
            Ending::LinkBreaks => seat.proxy.break_off(),
            Ending::LinkEndsUpwards => seat.proxy.end_one_way(Way::Up),
            Ending::LinkEndsDownwards => seat.proxy.end_one_way(Way::Down),
            Ending::LinkDies => seat.proxy.die(),
        }
    }

    fn close_server(&mut self) {
        self.server.shut_down();
        for seat in &mut self.seats {
            seat.server_end.get_or_insert(None);
        }
    }

    /// Who was told what, and is it true?
    fn audit(&self) {
        for seat in &self.seats {
            let ends = format!("{:?}", (seat.part.ending, &seat.server_end, &seat.client_end));
            // A close frame comes last: whoever was sent one has had everything.
            if let Some(Some(CloseCause::ByPeer { .. })) = &seat.server_end {
                assert!(seat.up.is_settled(), "the client said goodbye, and packets are missing: {ends}");
            }
            if let Some(Some(CloseCause::ByPeer { .. })) = &seat.client_end {
                assert!(seat.down.is_settled(), "the server said goodbye, and packets are missing: {ends}");
            }
            let was_given_up = [&seat.server_end, &seat.client_end]
                .into_iter()
                .any(|end| matches!(end, Some(Some(CloseCause::TimedOut(Phase::Heartbeat)))));
            assert!(!was_given_up || self.plan.is_impatient(), "given up without reason: {ends}");
            let was_too_slow = [&seat.server_end, &seat.client_end]
                .into_iter()
                .any(|end| end.as_ref().and_then(Option::as_ref).and_then(CloseCause::close_code) == Some(1013));
            if was_given_up || was_too_slow || seat.has_given_up || self.plan.server_closes {
                continue;
            }
            match seat.part.ending {
                Ending::Never => {
                    assert!(!seat.is_over() && seat.is_settled(), "it ended without reason: {ends}");
                }
                Ending::ServerDisconnects => {
                    assert_eq!(code(&seat.client_end), Some(BY_SERVER), "{ends}");
                    assert!(seat.down.is_settled(), "what was queued before the goodbye is missing: {ends}");
                }
                Ending::ClientDisconnects => {
                    assert_eq!(code(&seat.server_end), Some(BY_CLIENT), "{ends}");
                    assert!(seat.up.is_settled(), "what was queued before the goodbye is missing: {ends}");
                }
                _ => {}
            }
        }
    }
}

fn is_open(peer: Option<PeerView<'_>>) -> bool {
    peer.is_some_and(|peer| peer.ready_state() == ReadyState::Open)
}

fn code(end: &Option<Option<CloseCause>>) -> Option<u16> {
    match end {
        Some(Some(CloseCause::ByPeer { code, .. })) => *code,
        _ => None,
    }
}
