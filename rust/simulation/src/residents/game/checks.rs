//! What must hold for one endpoint, whatever the others do.

use std::time::Duration;

use rust_websocket_transport::error::{CloseCause, Phase};
use rust_websocket_transport::network::HANDSHAKE_BUDGET;
use rust_websocket_transport::statistics::PeerStatistics;

use super::{Game, Known};
use crate::ledger::{Ledger, Side};
use crate::plan::{LONGEST_FRAME, Plan};
use crate::residents::{Context, Resident as _};

/// It looks at its inside in every so manieth frame.
const LOOKS: u64 = 8;

/// The most that a record of TLS holds.
const RECORD: usize = 1 << 14;

/// Within so many polls everybody has a turn, and some more for each connection.
const TURNS: u32 = 20;

impl Game {
    /// After each frame.
    pub(super) fn check(&mut self, context: &mut Context<'_>) {
        self.check_inside(context);
        let Some(endpoint) = &self.endpoint else { return };
        let side = self.side();
        let statistics = endpoint.statistics();
        let ledger = &mut *context.ledger;
        if side == Side::Server {
            ledger.check(statistics.peers == self.peers.len(), || {
                format!("{} peers are counted, and {} are here", statistics.peers, self.peers.len())
            });
        }
        ledger.check(statistics.queues.inbound_packets >= endpoint.available(), || {
            format!("{} packets wait, {} are counted", endpoint.available(), statistics.queues.inbound_packets)
        });
        let handshakes = statistics.handshakes;
        let outcomes = handshakes.succeeded + handshakes.refused + handshakes.failed + handshakes.timed_out;
        ledger
            .check(outcomes <= handshakes.started, || format!("more handshakes have ended than begun: {handshakes:?}"));
        let allowance = Allowance::of(self.thread.is_some(), context.plan);
        for (id, known) in &self.peers {
            let Some(view) = endpoint.peer(*id) else {
                ledger.fail(|| format!("{side:?} does not find {id}, which is here"));
                continue;
            };
            if let Some(fault) = over_limit(&view.statistics(), known, &allowance) {
                ledger.fail(|| format!("{side:?} of {id}: {fault} ({:?}, {:?})", view.statistics(), known.peak));
            }
        }
    }

    /// Now and then: what it holds inside agrees with itself, and with what it has of the system.
    fn check_inside(&mut self, context: &mut Context<'_>) {
        self.looks += 1;
        if !self.looks.is_multiple_of(LOOKS) {
            return;
        }
        let (Some(census), Some(poller)) = (self.census(), self.poller) else { return };
        let side = self.side();
        context.ledger.check(census.strays == 0, || format!("{side:?} contradicts itself: {census:?}"));
        if side == Side::Server {
            let sockets = context.fabric.lock().sockets_of(poller);
            context.ledger.check(census.connections == sockets, || {
                format!("{side:?} has {} connections and {sockets} sockets", census.connections)
            });
            // The game knows of a breath's delay what its network thread does.
            let has_lost_some = self.thread.is_none() && census.ids < census.announced;
            context.ledger.check(!has_lost_some && census.ids <= census.connections, || {
                format!("{side:?} has given ids that nobody has, or that several have: {census:?}")
            });
        }
    }

    /// Before each frame: what was handed over to a network thread does not wait for a thread that sleeps. What a game has not
    /// flushed is not handed over.
    pub(super) fn check_sleep(&self, ledger: &mut Ledger) {
        if let (Some(endpoint), Some(thread)) = (&self.endpoint, &self.thread)
            && !endpoint.needs_flush()
        {
            let orders = endpoint.census().orders;
            ledger.check(orders == 0 || !thread.sleeps(), || format!("a network thread sleeps beside {orders} orders"));
        }
    }

    /// A server that reads all it gets, beside somebody who never stops to send, neglects nobody: whoever has something in its
    /// socket has its turn within a stated number of polls.
    pub(super) fn check_turns(&self, context: &mut Context<'_>) {
        let (true, Some(poller)) = (self.is_diligent, self.poller) else { return };
        if context.plan.foreign_clients > 0 || self.thread.is_some() || !self.settings.conditions.is_none() {
            // They ping, and may be slow to read the pongs: who does not is not read from. A network thread has many turns
            // before its game reads. And a link that stalls leaves what comes in the socket.
            return;
        }
        let longest = context.fabric.lock().longest_wait(poller);
        let sockets = context.fabric.lock().sockets_of(poller);
        let most = TURNS + 3 * u32::try_from(sockets).unwrap_or(u32::MAX / 4);
        context.ledger.check(longest <= most, || format!("somebody was not read from in {longest} polls"));
    }

    /// A peer that has left answers questions until the next event.
    pub(super) fn check_departed(&self, id: i32, cause: &CloseCause, context: &mut Context<'_>) {
        let Some(endpoint) = &self.endpoint else { return };
        let said = endpoint.peer(id).and_then(|view| view.cause().cloned());
        context.ledger.check(said.as_ref() == Some(cause), || format!("{id} left for {cause}, and says {said:?}"));
    }

    /// Why a client could not join, where nothing stood in its way.
    pub(super) fn check_failure(&self, cause: &CloseCause, context: &mut Context<'_>) {
        let lasted = Duration::from_nanos(context.time.nanoseconds() - self.began);
        let is_broken = matches!(cause, CloseCause::Broken { .. });
        context.ledger.check(!is_broken, || format!("a client could not join: {cause}"));
        let is_timeout = matches!(cause, CloseCause::TimedOut(Phase::Handshake));
        context
            .ledger
            .check(!is_timeout || lasted + Duration::from_millis(1) >= self.settings.limits.handshake_timeout, || {
                format!("a handshake timed out after {lasted:?}")
            });
        let is_late = (is_timeout || *cause == CloseCause::EndOfStream) && self.may_run_late(context);
        let is_unexpected = context.plan.is_fair && self.is_expected && context.ledger.ends == 0 && !is_late;
        context.ledger.check(!is_unexpected, || format!("a client could not join for no reason: {cause}"));
    }

    /// Whether work takes so long that nobody has his frames in time, here or over there, or that the server has too few of them
    /// for the TLS handshakes of all.
    fn may_run_late(&self, context: &Context<'_>) -> bool {
        let (plan, lag) = (context.plan, context.ledger.lag);
        if lag > SLOW || !plan.has_tls {
            return lag > SLOW;
        }
        // Each of them takes two looks at the clock or more.
        let per_poll =
            HANDSHAKE_BUDGET.as_nanos().checked_div(2 * plan.per_look.as_nanos()).unwrap_or(u128::MAX).max(1);
        let between_polls = lag + Duration::from_millis(LONGEST_FRAME);
        let polls = self.settings.limits.handshake_timeout.as_nanos() / between_polls.as_nanos();
        (TLS_READS * plan.clients) as u128 / per_poll > polls
    }
}

/// By how much a frame may be late so that a handshake still is in time, which takes a handful of frames at either end.
const SLOW: Duration = Duration::from_millis(500);

/// How often a newcomer is read from until it has joined over TLS: its hello, the end of its handshake and its request come in
/// parts, and a look that finds nothing is one, too.
const TLS_READS: usize = 6;

/// What may wait to be sent beyond the limits.
struct Allowance {
    /// By what factor.
    times: usize,
    packets: usize,
    bytes: usize,
}

impl Allowance {
    /// An unreliable message that has begun to leave does so, although a reliable one has its room: it, and all of those that
    /// TLS has in one of its records. And until a network thread has its next turn, those are there that reliable ones
    /// displace.
    fn of(has_thread: bool, plan: &Plan) -> Self {
        let packets = if plan.has_tls { RECORD } else { 1 };
        // Of sixteen letters each takes half a byte once it is compressed.
        let record = if plan.compression > 0 { 2 * RECORD } else { RECORD };
        let bytes = plan.largest + if plan.has_tls { record } else { 0 };
        Self { times: if has_thread { 2 } else { 1 }, packets, bytes }
    }
}

/// What waits of one peer beyond what its limits promise: a limit of what is read, and one message more; and what is allowed.
fn over_limit(statistics: &PeerStatistics, known: &Known, allowance: &Allowance) -> Option<&'static str> {
    let (queues, peak) = (&statistics.queues, &known.peak);
    let inbound = peak.inbound_buffer_size.max(1);
    let outbound = allowance.times * peak.outbound_buffer_size;
    let packets = allowance.times * peak.max_queued_packets;
    if queues.inbound_bytes >= 2 * inbound {
        Some("more bytes wait to be read than the limits allow")
    } else if queues.inbound_packets > peak.max_queued_packets.max(1) {
        Some("more packets wait to be read than the limits allow")
    } else if statistics.traffic.packets_dropped > 0 {
        // The connection is over, and the game has not heard of it: what it puts is dropped as soon as it is seen.
        None
    } else if outbound > 0 && queues.outbound_bytes > outbound + allowance.bytes {
        Some("more bytes wait to be sent than the limits allow")
    } else if queues.outbound_packets > packets + allowance.packets {
        Some("more packets wait to be sent than the limits allow")
    } else {
        None
    }
}
