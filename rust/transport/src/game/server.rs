//! A multiplayer server as the game sees it: peers and their ids, packets that wait, what happened. Sending is in `sending`,
//! the numbers in `statistics`, the list of peers in `peers`; requests about which
//! the game decides are in `questions`, the page for Prometheus in `metrics`, the way to the end in `drain`.

mod census;
mod drain;
mod metrics;
mod peers;
mod questions;
mod sending;
mod statistics;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;

use self::drain::Draining;
use self::peers::{Peer, Peers, Stage};
use self::questions::{Questions, ticket_of};
use self::sending::Overflow;
use self::statistics::Counts;
use super::{DrainPlan, Endpoint, PeerView, Recipients};
use crate::census::Census;
use crate::close_code::{self, CloseCode};
use crate::config::{Answer, Limits, NewMaxAge, Settings};
use crate::connection::{Delivery, Inbox, Payload, ReadyState};
use crate::entropy::Entropy;
use crate::error::{CloseCause, ListenError, QueueLimit, SendError};
use crate::event::{Event, Packet, Ticket};
use crate::fault::{Fault, is_planted};
use crate::link::{self, Link};
use crate::network::mio::Mio;
use crate::network::{BindAddress, Command, Network, NetworkHalf, Opened, PeerKey, Report, Requested, Totals};
use crate::statistics::Statistics;
use crate::stream::tls::server::ServerTls;
use crate::wire::message::{Message, MessageKind};

/// How many events one system call brings.
const EVENTS: usize = 1024;

/// A multiplayer server.
#[derive(Debug)]
pub struct Server {
    link: Box<dyn Link>,
    port: Option<u16>,
    totals: Arc<Totals>,
    settings: Settings,
    peers: Peers,
    /// Packets for the game, oldest first.
    inbox: Inbox<Arrival>,
    announcements: VecDeque<Announcement>,
    overflows: Vec<Overflow>,
    /// The peer whose [`Event::Disconnected`] was taken last; it answers questions until the next event.
    departed: Option<PeerKey>,
    counts: Counts,
    questions: Questions,
    /// Who waits for the page with the statistics.
    metrics_asked: Vec<PeerKey>,
    draining: Option<Draining>,
    /// Why there is no network any more, until the game is told.
    breakdown: Option<CloseCause>,
    /// Memory that is used again and again: what the network says, and who gets a packet.
    reports: Vec<Report>,
    recipients: Vec<PeerKey>,
    /// The time of the last poll.
    now: Instant,
}

/// A packet, and which peer it came from.
#[derive(Debug)]
struct Arrival {
    key: PeerKey,
    packet: Packet,
}

impl Payload for Arrival {
    fn payload(&mut self) -> &mut Bytes {
        &mut self.packet.payload
    }
}

#[derive(Debug)]
enum Announcement {
    Requested { key: PeerKey },
    Withdrawn { key: PeerKey },
    Joined { key: PeerKey, id: i32 },
    Left { key: PeerKey, id: i32, cause: CloseCause },
    Overflowed { key: PeerKey, id: i32, size: usize, limit: QueueLimit },
    Failed { address: Option<SocketAddr>, cause: CloseCause },
}

impl Server {
    /// Listens, for `wss://` if there is `tls`, else for `ws://`. Port 0 takes a free one, see [`Endpoint::local_port`].
    ///
    /// # Errors
    /// [`ListenError`], when the address cannot be had.
    pub fn listen(
        address: BindAddress,
        port: u16,
        settings: Settings,
        tls: Option<ServerTls>,
    ) -> Result<Self, ListenError> {
        Self::listen_on(Mio::new(EVENTS)?, Entropy::from_system()?, address, port, settings, tls)
    }

    /// As [`Server::listen`], on a network of the caller's choice.
    ///
    /// # Errors
    /// [`ListenError`], when the address cannot be had.
    pub fn listen_on<N: Network + 'static>(
        network: N,
        entropy: Entropy,
        address: BindAddress,
        port: u16,
        settings: Settings,
        tls: Option<ServerTls>,
    ) -> Result<Self, ListenError> {
        let half = NetworkHalf::listening(network, entropy, address, port, settings.clone(), tls)?;
        let now = half.now();
        let (port, totals) = (half.local_port(), Arc::clone(half.totals()));
        Ok(Self {
            link: link::to(half, settings.network_thread)?,
            port,
            totals,
            settings,
            peers: Peers::default(),
            inbox: Inbox::default(),
            announcements: VecDeque::new(),
            overflows: Vec::new(),
            departed: None,
            counts: Counts::default(),
            questions: Questions::default(),
            metrics_asked: Vec::new(),
            draining: None,
            breakdown: None,
            reports: Vec::new(),
            recipients: Vec::new(),
            now,
        })
    }

    fn hear(&mut self, report: Report) {
        match report {
            // Only clients dial.
            Report::Dialed { .. } => {}
            Report::Requested(requested) => self.hear_request(*requested),
            Report::Withdrawn { key } => self.hear_withdrawal(key),
            Report::MetricsAsked { key } => self.hear_metrics_asked(key),
            Report::Shut => self.hear_shut(),
            Report::Opened(opened) => self.join(opened),
            Report::Message { key, message } => self.receive(key, message),
            Report::Paused { key } => {
                if let Some(peer) = self.peers.get_mut(key) {
                    peer.is_paused = true;
                    self.resume_if_read(key);
                }
            }
            Report::Closed { key, cause } => self.hear_end(key, *cause),
            Report::Failed { address, cause } => {
                self.announcements.push_back(Announcement::Failed { address, cause: *cause });
            }
            Report::Dropped { key } => self.counts.drop_peer(key),
            Report::Broken { cause } => self.break_down(cause),
        }
    }

    fn join(&mut self, opened: Box<Opened>) {
        let key = opened.key;
        let mut peer = Peer::new(opened);
        // It may have changed while the news was on its way, and holds for all.
        peer.take_max_age(&mut NewMaxAge::new(self.settings.limits.unreliable_max_age));
        peer.was_asked_about = self.questions.settle(key);
        self.announcements.push_back(Announcement::Joined { key, id: peer.id });
        self.peers.insert(key, peer);
    }

    fn receive(&mut self, key: PeerKey, message: Message) {
        let Some(peer) = self.peers.get_mut(key) else { return };
        if !matches!(peer.stage, Stage::Joined) {
            // Sent away meanwhile.
            peer.meter.read.add(message.payload.len());
            return;
        }
        peer.unread += 1;
        self.counts.inbox_bytes += message.payload.len();
        self.inbox.push(Arrival { key, packet: Packet { source: peer.id, payload: message.payload } });
    }

    fn hear_end(&mut self, key: PeerKey, cause: CloseCause) {
        let Some(peer) = self.peers.get_mut(key) else { return };
        peer.ready_state = ReadyState::Closed;
        if matches!(peer.stage, Stage::Joined) {
            self.leave(key, cause);
        }
    }

    /// There is no network any more: every peer leaves, and then the server is over.
    fn break_down(&mut self, cause: CloseCause) {
        for key in self.peers.keys() {
            self.hear_end(key, cause.clone());
            if let Some(peer) = self.peers.get_mut(key) {
                peer.outgoing.drop_rest(&peer.meter);
            }
        }
        self.counts.drop_all();
        self.breakdown = Some(cause);
    }

    /// Goes on reading from a peer once there is room again.
    fn resume_if_read(&mut self, key: PeerKey) {
        let Some(peer) = self.peers.get_mut(key) else { return };
        if peer.is_paused && peer.meter.has_room(peer.limits()) {
            peer.is_paused = false;
            self.link.command(Command::Resume { key }, self.now);
        }
    }

    /// The game is told once it has read what came before.
    fn leave(&mut self, key: PeerKey, cause: CloseCause) {
        if let Some(peer) = self.peers.get_mut(key) {
            peer.stage = Stage::Leaving(Box::new(cause));
            self.announce_if_read(key);
        }
    }

    fn announce_if_read(&mut self, key: PeerKey) {
        let Some(peer) = self.peers.get_mut(key) else { return };
        if peer.unread > 0 && !is_planted(Fault::EndBeforePackets) {
            return;
        }
        if let Stage::Leaving(cause) = &peer.stage {
            let cause = cause.clone();
            self.announcements.push_back(Announcement::Left { key, id: peer.id, cause: CloseCause::clone(&cause) });
            peer.stage = Stage::Left(cause);
        }
    }

    /// What is told when everybody has gone.
    fn last_event(&mut self) -> Option<Event> {
        let breakdown = self.peers.is_empty().then(|| self.breakdown.take()).flatten();
        breakdown.map(|cause| Event::Failed { cause }).or_else(|| self.end_of_drain())
    }

    /// Of what the network has to say after its end, nothing concerns the game.
    fn hear_last_words(&mut self) {
        self.link.drive(self.now, &mut self.reports);
        self.reports.clear();
        self.counts.drop_all();
    }

    /// The game knows this peer no more: its id is free, and the connection stays until its last bytes are out.
    fn dismiss(&mut self, key: PeerKey) {
        let Some(peer) = self.peers.remove(key) else { return };
        self.counts.keep(key, peer);
        self.link.command(Command::Release { key }, self.now);
    }
}

impl Endpoint for Server {
    fn poll(&mut self, now: Instant) {
        self.now = now;
        self.inbox.keep();
        self.report_overflows(now);
        let mut reports = std::mem::take(&mut self.reports);
        self.link.drive(now, &mut reports);
        for report in reports.drain(..) {
            self.hear(report);
        }
        self.reports = reports;
        self.close_late(now);
        self.show_metrics();
    }

    fn next_event(&mut self) -> Option<Event> {
        if let Some(key) = self.departed.take() {
            self.dismiss(key);
        }
        loop {
            let Some(announcement) = self.announcements.pop_front() else { return self.last_event() };
            match announcement {
                Announcement::Failed { address, cause } => return Some(Event::HandshakeFailed { address, cause }),
                Announcement::Requested { key } => {
                    if let Some(ticket) = self.questions.tell(key) {
                        return Some(Event::Requested { ticket });
                    }
                }
                Announcement::Withdrawn { key } => return Some(Event::Withdrawn { ticket: ticket_of(key) }),
                Announcement::Joined { key, id } => {
                    // Sent away by force in between: it never was.
                    let Some(peer) = self.peers.get(key) else { continue };
                    // Gone before the game heard of it, and without a packet: it was no peer in the game's eyes.
                    if let Some(cause) = peer.unheard_end() {
                        let address = peer.address();
                        if peer.was_asked_about {
                            self.announcements.push_front(Announcement::Withdrawn { key });
                        }
                        self.dismiss(key);
                        return Some(Event::HandshakeFailed { address, cause });
                    }
                    self.peers.announce(key);
                    return Some(Event::Connected { id });
                }
                Announcement::Left { key, id, cause } if self.peers.get(key).is_some() => {
                    self.departed = Some(key);
                    return Some(Event::Disconnected { id, cause });
                }
                Announcement::Overflowed { key, id, size, limit } if self.peers.get(key).is_some() => {
                    return Some(Event::Overflowed { id, size, limit });
                }
                Announcement::Left { .. } | Announcement::Overflowed { .. } => {}
            }
        }
    }

    fn is_server(&self) -> bool {
        true
    }

    fn local_port(&self) -> Option<u16> {
        self.port
    }

    fn available(&self) -> usize {
        self.inbox.len()
    }

    fn next_source(&self) -> Option<i32> {
        self.inbox.front().map(|arrival| arrival.packet.source)
    }

    fn pop(&mut self) -> Option<Packet> {
        let Arrival { key, packet } = self.inbox.pop()?;
        self.counts.inbox_bytes -= packet.payload.len();
        if let Some(peer) = self.peers.get_mut(key) {
            peer.unread -= 1;
            if !(is_planted(Fault::RoomNotGivenBack) && peer.is_paused) {
                peer.meter.read.add(packet.payload.len());
            }
            let is_leaving = matches!(peer.stage, Stage::Leaving(_));
            if peer.is_paused {
                self.resume_if_read(key);
            }
            if is_leaving {
                self.announce_if_read(key);
            }
        }
        Some(packet)
    }

    fn send(&mut self, recipients: Recipients, payload: &[u8], delivery: Delivery) -> Result<(), SendError> {
        self.send_packet(recipients, payload, delivery)
    }

    fn send_message(&mut self, id: i32, kind: MessageKind, payload: &[u8]) -> Result<(), SendError> {
        let key = self.peers.find(id).ok_or(SendError::UnknownPeer(id))?;
        self.send_to(key, kind, payload, Delivery::Reliable)
    }

    fn needs_flush(&self) -> bool {
        self.link.needs_flush()
    }

    fn flush(&mut self, now: Instant) {
        self.link.flush(now);
    }

    fn peer(&self, id: i32) -> Option<PeerView<'_>> {
        self.peers.get(self.peers.find(id)?).map(|peer| peer.view(self.now))
    }

    fn close_peer(&mut self, id: i32, code: Option<CloseCode>, reason: &str, now: Instant) {
        if let Some(key) = self.peers.find(id) {
            self.close_key(key, code, reason, now);
        }
    }

    fn cut_peer(&mut self, id: i32, now: Instant) {
        let Some(key) = self.peers.find(id) else { return };
        self.link.command(Command::Cut { key }, now);
        self.hear_end(key, CloseCause::Cut);
    }

    fn abandon_peer(&mut self, id: i32, now: Instant) {
        let Some(key) = self.peers.find(id) else { return };
        if let Some(peer) = self.peers.remove(key) {
            self.counts.keep(key, peer);
            self.link.command(Command::Abandon { key, code: close_code::NORMAL, reason: String::new() }, now);
        }
    }

    fn set_peer_limits(&mut self, id: i32, limits: Limits, now: Instant) {
        let Some(key) = self.peers.find(id) else { return };
        if let Some(peer) = self.peers.get_mut(key) {
            peer.set_limits(limits.into());
        }
        self.link.command(Command::SetLimits { key, limits }, now);
    }

    fn set_peer_no_delay(&mut self, id: i32, enabled: bool, now: Instant) {
        if let Some(key) = self.peers.find(id) {
            self.link.command(Command::SetNoDelay { key, enabled }, now);
        }
    }

    fn configure(&mut self, settings: Settings, now: Instant) {
        self.link.command(Command::Configure(Box::new(settings.clone())), now);
        self.peers.set_unreliable_max_age(settings.limits.unreliable_max_age);
        self.settings = settings;
    }

    fn refuse_new_connections(&mut self, refuse: bool, now: Instant) {
        self.link.command(Command::RefuseNew(refuse), now);
    }

    fn request(&self, ticket: Ticket) -> Option<&Requested> {
        self.request_of(ticket)
    }

    fn answer(&mut self, ticket: Ticket, answer: Answer, now: Instant) -> bool {
        self.answer_request(ticket, answer, now)
    }

    fn drain(&mut self, plan: DrainPlan, now: Instant) {
        self.start_draining(plan, now);
    }

    fn is_draining(&self) -> bool {
        self.draining.is_some()
    }

    fn set_tls(&mut self, tls: ServerTls, now: Instant) {
        self.link.command(Command::SetTls(tls), now);
    }

    fn statistics(&self) -> Statistics {
        self.count()
    }

    fn census(&self) -> Census {
        self.take_census()
    }

    fn shut_down(&mut self) {
        self.inbox.clear();
        self.counts.inbox_bytes = 0;
        self.announcements.clear();
        self.overflows.clear();
        self.questions = Questions::default();
        self.metrics_asked.clear();
        self.draining = None;
        self.breakdown = None;
        self.link.shut_down(close_code::GOING_AWAY);
        for key in self.peers.keys() {
            if let Some(peer) = self.peers.remove(key) {
                self.counts.keep(key, peer);
            }
        }
        self.hear_last_words();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shut_down();
    }
}
