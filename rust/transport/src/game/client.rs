//! A client of a multiplayer server: a [`WebSocket`] whose first message is the id that the server gives.

use std::collections::VecDeque;
use std::time::Instant;

use super::{Endpoint, MAX_OVERFLOWS, PeerView, Recipients, SERVER_ID, TOO_SLOW, WebSocket};
use crate::census::Census;
use crate::close_code::{self, CloseCode};
use crate::config::{Limits, OverflowPolicy, Settings};
use crate::connection::{Delivery, EmptyMessages, ReadyState};
use crate::entropy::{Entropy, LEAST_CLIENT_ID};
use crate::error::{CloseCause, Phase, QueueLimit, SendError};
use crate::event::{Event, Packet};
use crate::fault::{Fault, is_planted};
use crate::network::Network;
use crate::statistics::{Handshakes, Statistics};
use crate::stream::tls::client::ClientTls;
use crate::stream::tls::server::ServerTls;
use crate::wire::message::{Message, MessageKind};
use crate::wire::url::Url;

/// A multiplayer client.
#[derive(Debug)]
pub struct Client {
    socket: WebSocket,
    stage: Stage,
    events: VecDeque<Event>,
    overflow_policy: OverflowPolicy,
    /// Sizes of packets that found the queue full since the last poll, and which limit it had come to.
    overflows: Vec<(usize, QueueLimit)>,
    handshakes: Handshakes,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Connecting, or connected and without an id.
    AwaitingId,
    /// The game has ended it before it had an id: one that is still on its way from the network thread comes too late.
    CalledOff,
    /// A peer among others.
    Joined { id: i32 },
    /// The last event is out or on its way.
    Ended,
}

impl Client {
    /// Starts to connect; `tls` is for `wss://`.
    ///
    /// # Errors
    /// When it is clear at once that nothing will come of it.
    pub fn connect(url: Url, settings: Settings, tls: ClientTls, now: Instant) -> Result<Self, CloseCause> {
        let overflow_policy = settings.overflow_policy;
        let socket = WebSocket::connect(url, settings, tls, EmptyMessages::Skip, now)?;
        Ok(Self::new(socket, overflow_policy))
    }

    /// As [`Client::connect`], on a network of the caller's choice.
    ///
    /// # Errors
    /// When it is clear at once that nothing will come of it.
    pub fn connect_on<N: Network + 'static>(
        network: N,
        entropy: Entropy,
        url: Url,
        settings: Settings,
        tls: ClientTls,
        now: Instant,
    ) -> Result<Self, CloseCause> {
        let overflow_policy = settings.overflow_policy;
        let socket = WebSocket::connect_on(network, entropy, url, settings, tls, EmptyMessages::Skip, now)?;
        Ok(Self::new(socket, overflow_policy))
    }

    fn new(socket: WebSocket, overflow_policy: OverflowPolicy) -> Self {
        Self {
            socket,
            stage: Stage::AwaitingId,
            events: VecDeque::new(),
            overflow_policy,
            overflows: Vec::new(),
            handshakes: Handshakes { started: 1, ..Handshakes::default() },
        }
    }

    /// Our id, once the server gave it.
    #[must_use]
    pub fn id(&self) -> Option<i32> {
        match self.stage {
            Stage::Joined { id } => Some(id),
            Stage::AwaitingId | Stage::CalledOff | Stage::Ended => None,
        }
    }

    /// The connection below.
    #[must_use]
    pub fn socket(&self) -> &WebSocket {
        &self.socket
    }

    /// Sends a packet to the server, which is all a client can send to, reliably. While the connection is over and the game
    /// was not told, packets are accepted and dropped: to the game, the server is still there.
    ///
    /// # Errors
    /// [`SendError`]; the packet is then not queued. For want of room, an [`Event::Overflowed`] follows.
    pub fn send(&mut self, payload: &[u8]) -> Result<(), SendError> {
        self.send_packet(payload, Delivery::Reliable)
    }

    fn send_packet(&mut self, payload: &[u8], delivery: Delivery) -> Result<(), SendError> {
        let is_joined = matches!(self.stage, Stage::Joined { .. });
        if is_joined && self.socket.ready_state() != ReadyState::Open {
            self.socket.drop_one();
            return Ok(());
        }
        let sent = self.send_kind(MessageKind::Binary, payload, delivery);
        if let Err(SendError::Full { limit, .. }) = sent
            && self.overflows.len() < MAX_OVERFLOWS
        {
            self.overflows.push((payload.len(), limit));
        }
        sent
    }

    /// Without an id we are no peer, and the server's game has nobody from whom the message would be.
    fn send_kind(&mut self, kind: MessageKind, payload: &[u8], delivery: Delivery) -> Result<(), SendError> {
        match self.stage {
            Stage::Joined { .. } => self.socket.deliver(kind, payload, delivery),
            Stage::AwaitingId if is_planted(Fault::PacketBeforeId) => self.socket.deliver(kind, payload, delivery),
            Stage::AwaitingId | Stage::CalledOff | Stage::Ended => Err(SendError::NotOpen),
        }
    }

    fn is_joining(&self) -> bool {
        matches!(self.stage, Stage::AwaitingId | Stage::CalledOff)
    }

    fn call_off(&mut self) {
        if self.stage == Stage::AwaitingId {
            self.stage = Stage::CalledOff;
        }
    }

    /// The first message is here.
    fn hear_id(&mut self, message: &Message) {
        if self.stage == Stage::CalledOff {
            return;
        }
        let id = match (message.kind, <[u8; 4]>::try_from(message.payload.as_ref())) {
            (MessageKind::Binary, Ok(bytes)) => i32::from_le_bytes(bytes),
            _ => 0,
        };
        if id >= LEAST_CLIENT_ID {
            self.handshakes.succeeded += 1;
            self.stage = Stage::Joined { id };
            self.events.push_back(Event::Joined { id });
        } else {
            self.socket.abandon(close_code::PROTOCOL_ERROR, "no valid peer id");
            self.fail(CloseCause::InvalidId);
        }
    }

    fn fail(&mut self, cause: CloseCause) {
        self.stage = Stage::Ended;
        self.handshakes.end(&cause);
        self.events.push_back(Event::Failed { cause });
    }

    /// Tells the game of the packets that were missed, and does with the connection what it wants done.
    fn report_overflows(&mut self, now: Instant) {
        if self.overflows.is_empty() {
            return;
        }
        let overflows = self.overflows.drain(..);
        self.events.extend(overflows.map(|(size, limit)| Event::Overflowed { id: SERVER_ID, size, limit }));
        if self.overflow_policy == OverflowPolicy::Disconnect {
            self.socket.close(close_code::TRY_AGAIN_LATER, TOO_SLOW, now);
        }
    }
}

impl Endpoint for Client {
    fn poll(&mut self, now: Instant) {
        self.report_overflows(now);
        self.socket.poll(now);
        if self.is_joining() {
            if let Some(message) = self.socket.pop_own() {
                self.hear_id(&message);
            } else if self.socket.cause().is_none() && self.socket.is_late(now) {
                self.socket.abandon(close_code::NORMAL, "");
                self.fail(CloseCause::TimedOut(Phase::Handshake));
            }
        }
        let Some(cause) = self.socket.cause().cloned() else { return };
        match self.stage {
            Stage::AwaitingId | Stage::CalledOff => self.fail(cause),
            Stage::Joined { .. } if self.events.is_empty() && self.socket.available() == 0 => {
                self.stage = Stage::Ended;
                self.events.push_back(Event::Disconnected { id: SERVER_ID, cause });
            }
            Stage::Ended if is_planted(Fault::EventAfterEnd) && self.events.is_empty() => {
                self.events.push_back(Event::Disconnected { id: SERVER_ID, cause });
            }
            Stage::Joined { .. } | Stage::Ended => {}
        }
    }

    fn next_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    fn is_server(&self) -> bool {
        false
    }

    fn local_port(&self) -> Option<u16> {
        None
    }

    fn available(&self) -> usize {
        match self.stage {
            Stage::Joined { .. } => self.socket.available(),
            Stage::AwaitingId | Stage::CalledOff | Stage::Ended => 0,
        }
    }

    fn next_source(&self) -> Option<i32> {
        (self.available() > 0).then_some(SERVER_ID)
    }

    fn pop(&mut self) -> Option<Packet> {
        if self.available() == 0 {
            return None;
        }
        self.socket.pop().map(|message| Packet { source: SERVER_ID, payload: message.payload })
    }

    fn send(&mut self, _recipients: Recipients, payload: &[u8], delivery: Delivery) -> Result<(), SendError> {
        self.send_packet(payload, delivery)
    }

    fn send_message(&mut self, id: i32, kind: MessageKind, payload: &[u8]) -> Result<(), SendError> {
        if id == SERVER_ID {
            self.send_kind(kind, payload, Delivery::Reliable)
        } else {
            Err(SendError::UnknownPeer(id))
        }
    }

    fn needs_flush(&self) -> bool {
        self.socket.needs_flush()
    }

    fn flush(&mut self, now: Instant) {
        self.socket.flush(now);
    }

    fn peer(&self, id: i32) -> Option<PeerView<'_>> {
        (id == SERVER_ID).then(|| self.socket.view())
    }

    fn close_peer(&mut self, id: i32, code: Option<CloseCode>, reason: &str, now: Instant) {
        if id == SERVER_ID {
            self.call_off();
            self.socket.close(code, reason, now);
        }
    }

    fn cut_peer(&mut self, id: i32, now: Instant) {
        if id == SERVER_ID {
            self.call_off();
            self.socket.cut(now);
        }
    }

    fn abandon_peer(&mut self, id: i32, _now: Instant) {
        if id == SERVER_ID {
            self.shut_down();
        }
    }

    fn set_peer_limits(&mut self, id: i32, limits: Limits, now: Instant) {
        if id == SERVER_ID {
            self.socket.set_limits(limits, now);
        }
    }

    fn set_peer_no_delay(&mut self, id: i32, enabled: bool, now: Instant) {
        if id == SERVER_ID {
            self.socket.set_no_delay(enabled, now);
        }
    }

    fn configure(&mut self, settings: Settings, now: Instant) {
        self.overflow_policy = settings.overflow_policy;
        let unreliable_max_age = settings.limits.unreliable_max_age;
        self.socket.set_limits(Limits { unreliable_max_age, ..*self.socket.limits() }, now);
        self.socket.set_conditions(settings.conditions, now);
    }

    fn refuse_new_connections(&mut self, _refuse: bool, _now: Instant) {}

    fn set_tls(&mut self, _tls: ServerTls, _now: Instant) {}

    fn statistics(&self) -> Statistics {
        let connection = self.socket.statistics();
        Statistics {
            peers: usize::from(matches!(self.stage, Stage::Joined { .. })),
            handshakes: self.handshakes,
            traffic: connection.traffic,
            wire: connection.wire,
            compressed: self.socket.compressed(),
            queues: connection.queues,
            throttled: connection.throttled,
            longest_round_trip: connection.round_trip.map(|trip| trip.smoothed),
            worst_link: self.socket.view().link(),
        }
    }

    fn census(&self) -> Census {
        let mut census = self.socket.census();
        census.announcements += self.events.len() + self.overflows.len();
        census
    }

    fn shut_down(&mut self) {
        self.socket.shut_down(close_code::NORMAL);
        if self.is_joining() {
            self.handshakes.end(&CloseCause::Cut);
        }
        self.stage = Stage::Ended;
        self.events.clear();
        if !is_planted(Fault::OverflowAfterShutDown) {
            self.overflows.clear();
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.shut_down();
    }
}
