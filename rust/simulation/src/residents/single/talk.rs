//! One connection, and what it must see.

use rust_websocket_transport::census::Census;
use rust_websocket_transport::close_code::CloseCode;
use rust_websocket_transport::config::Limits;
use rust_websocket_transport::connection::ReadyState;
use rust_websocket_transport::error::{CloseCause, SendError};
use rust_websocket_transport::game::WebSocket;
use rust_websocket_transport::wire::message::MessageKind;

use crate::ledger::{Ledger, Side};
use crate::plan::Habits;
use crate::residents::game::raise;
use crate::residents::{Context, Mood};

/// Codes that it may close with; 0 is none.
const CODES: [u16; 4] = [1000, 3000, 4999, 0];

/// A connection.
#[derive(Debug)]
pub(super) struct Talk {
    socket: WebSocket,
    side: Side,
    /// A client's is not known before its first message, a server's not before it has opened.
    id: Option<i32>,
    /// The most that its limits have been.
    peak: Limits,
    has_said_hello: bool,
    /// The ledger knows of the end.
    is_told: bool,
    /// It was abandoned: nothing more is heard of it.
    is_over: bool,
}

impl Talk {
    pub(super) fn new(socket: WebSocket, side: Side) -> Self {
        let peak = *socket.limits();
        Self { socket, side, id: None, peak, has_said_hello: false, is_told: false, is_over: false }
    }

    /// Whether there is nothing more to do with it.
    pub(super) fn is_over(&self) -> bool {
        let is_known = self.is_told || self.id.is_none();
        self.is_over || (self.socket.is_finished() && self.socket.available() == 0 && is_known)
    }

    /// Whether the other side is still to be heard of.
    pub(super) fn is_opening(&self) -> bool {
        !self.is_over && self.id.is_none() && self.socket.ready_state() != ReadyState::Closed
    }

    pub(super) fn census(&self) -> Census {
        self.socket.census()
    }

    /// One frame.
    pub(super) fn frame(&mut self, habits: &Habits, context: &mut Context<'_>) {
        let is_calm = context.mood > Mood::Active;
        self.poll(context);
        if is_calm {
            // In the calm nobody has to wait for the next frame because of narrow limits.
            while self.read(usize::MAX, context) > 0 {
                self.poll(context);
            }
        } else if context.dice.chance(habits.reads) {
            self.read(habits.reads_at_most, context);
        }
        match context.mood {
            Mood::Active => {
                if context.dice.chance(habits.acts) {
                    self.act(context);
                }
                if context.dice.chance(habits.sends) {
                    for _ in 0..context.dice.size(1, habits.burst) {
                        let size = context.dice.size(0, context.plan.largest);
                        self.send(size, context);
                    }
                }
            }
            Mood::Calm if self.id.is_some() && !std::mem::replace(&mut self.has_said_hello, true) => {
                self.send(5, context);
            }
            Mood::Calm => {}
            Mood::Farewell => self.say_goodbye(context),
        }
        if !self.is_over && (is_calm || context.dice.chance(habits.flushes)) {
            self.socket.flush(context.now());
        }
        self.check(context);
    }

    /// Looks for what is new, and does nothing of its own.
    pub(super) fn look(&mut self, context: &mut Context<'_>) {
        self.poll(context);
        self.read(usize::MAX, context);
        if !self.is_over {
            self.socket.flush(context.now());
        }
    }

    fn poll(&mut self, context: &mut Context<'_>) {
        if self.is_over {
            return;
        }
        self.socket.poll(context.now());
        if self.side == Side::Server && self.id.is_none() && self.socket.ready_state() == ReadyState::Open {
            self.give_id(context);
        }
    }

    fn give_id(&mut self, context: &mut Context<'_>) {
        let id = i32::try_from(context.dice.between(2, i32::MAX.unsigned_abs().into())).unwrap_or(2);
        self.id = Some(id);
        context.ledger.opened(id, self.side, false);
        let sent = self.socket.send(MessageKind::Binary, &id.to_le_bytes());
        context.ledger.check(sent.is_ok(), || format!("a new connection has no room: {sent:?}"));
    }

    /// Reads what there is, up to so many messages. How many it were.
    fn read(&mut self, most: usize, context: &mut Context<'_>) -> usize {
        let mut count = 0;
        while count < most
            && !self.is_over
            && let Some(message) = self.socket.pop()
        {
            count += 1;
            context.say(|| format!("single {:?} {:?} reads {} bytes", self.side, self.id, message.payload.len()));
            match self.id {
                Some(_) if message.payload.is_empty() => {}
                Some(id) => context.ledger.received(id, self.side, &message.payload),
                None => {
                    let id = <[u8; 4]>::try_from(message.payload.as_ref()).map(i32::from_le_bytes).unwrap_or_default();
                    context.ledger.check(id >= 2, || format!("a client is given the id {:?}", message.payload));
                    self.id = Some(id);
                    context.ledger.opened(id, self.side, false);
                }
            }
        }
        if self.socket.available() == 0
            && let Some(cause) = self.socket.cause().cloned()
        {
            self.tell(&cause, context.ledger);
        }
        count
    }

    fn tell(&mut self, cause: &CloseCause, ledger: &mut Ledger) {
        if let (Some(id), false) = (self.id, std::mem::replace(&mut self.is_told, true)) {
            ledger.ended(id, self.side, cause);
        }
    }

    fn send(&mut self, size: usize, context: &mut Context<'_>) {
        let Some(id) = self.id.filter(|_| !self.is_over) else { return };
        let parcel = context.ledger.parcel(size);
        let kind = if context.dice.chance(300) { MessageKind::Text } else { MessageKind::Binary };
        let is_open = self.socket.ready_state() == ReadyState::Open;
        let sent = self.socket.send(kind, &parcel.payload());
        context.say(|| format!("single {:?} {id} sends {size} bytes: {sent:?}", self.side));
        context.ledger.check(is_open || sent == Err(SendError::NotOpen), || format!("{id} is open and not open"));
        if sent.is_ok() {
            context.ledger.sent(id, self.side, parcel);
        }
    }

    fn act(&mut self, context: &mut Context<'_>) {
        match context.dice.below(10) {
            0 => self.close(context),
            1 => self.cut(context),
            2 => self.abandon(context),
            3 => self.socket.set_no_delay(context.dice.chance(500), context.time.now()),
            4 => self.socket.flush(context.time.now()),
            5..=6 => self.poll(context),
            _ if !context.plan.is_fair => {
                let limits = context.plan.limits(context.dice);
                raise(&mut self.peak, &limits);
                self.socket.set_limits(limits, context.now());
            }
            _ => {}
        }
    }

    fn close(&mut self, context: &mut Context<'_>) {
        let Some(id) = self.id.filter(|_| self.socket.ready_state() == ReadyState::Open) else { return };
        let code = context.dice.one_of(CODES);
        let reason = if code == 0 { "" } else { context.dice.one_of(["", "enough"]) };
        self.socket.close(CloseCode::new(code).ok(), reason, context.now());
        context.ledger.says_goodbye(id, self.side, code, reason);
    }

    fn cut(&mut self, context: &mut Context<'_>) {
        let Some(id) = self.id.filter(|_| self.socket.ready_state() != ReadyState::Closed) else { return };
        context.ledger.cuts(id, self.side);
        self.socket.cut(context.now());
    }

    fn abandon(&mut self, context: &mut Context<'_>) {
        let Some(id) = self.id.filter(|_| !self.is_told) else { return };
        let Ok(code) = CloseCode::new(1000) else { return };
        self.socket.abandon(code, "");
        context.ledger.says_goodbye(id, self.side, code.get(), "");
        self.let_go(context.ledger);
    }

    fn say_goodbye(&mut self, context: &mut Context<'_>) {
        match self.id {
            None => self.is_over = true,
            Some(_) if self.side == Side::Server => {}
            Some(_) => match context.dice.below(4) {
                0 => self.cut(context),
                1 => self.abandon(context),
                _ => self.close(context),
            },
        }
    }

    /// What must hold for it alone.
    fn check(&mut self, context: &mut Context<'_>) {
        if self.is_over {
            return;
        }
        let (queues, peak) = (self.socket.statistics().queues, &self.peak);
        let waits = queues.inbound_bytes < 2 * peak.inbound_buffer_size.max(1)
            && queues.inbound_packets <= peak.max_queued_packets.max(1);
        context.ledger.check(waits, || format!("more waits to be read than the limits allow ({queues:?}, {peak:?})"));
        let leaves = queues.outbound_packets <= peak.max_queued_packets
            && (peak.outbound_buffer_size == 0 || queues.outbound_bytes <= peak.outbound_buffer_size);
        context.ledger.check(leaves, || format!("more waits to be sent than the limits allow ({queues:?}, {peak:?})"));
        let census = self.socket.census();
        context.ledger.check(census.strays == 0, || format!("a single connection contradicts itself: {census:?}"));
    }

    /// Is dropped without a word, or hears of nothing more.
    pub(super) fn let_go(&mut self, ledger: &mut Ledger) {
        self.is_over = true;
        if let (Some(id), false) = (self.id, self.is_told) {
            ledger.lets_go(id, self.side);
        }
    }

    /// Its machine vanishes.
    pub(super) fn vanish(&self, ledger: &mut Ledger) {
        if let (Some(id), false) = (self.id, self.is_told) {
            ledger.vanishes(id, self.side);
        }
    }
}
