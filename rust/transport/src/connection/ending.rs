//! The ends of a connection: by a closing handshake, by a fault, by a deadline, or at once. Each ends in [`State::Lingering`]
//! or [`State::Finished`].

use std::time::{Duration, Instant};

use bytes::BytesMut;

use super::heartbeat::Pulse;
use super::state::State;
use super::{Connection, ConnectionEvent};
use crate::close_code::CloseCode;
use crate::config::later;
use crate::error::{CloseCause, Phase, ProtocolError};
use crate::fault::{Fault, is_planted};
use crate::stream::Socket;
use crate::wire::close;

/// How long an ended connection waits for its last bytes to be taken and for the other side to go.
const LINGER: Duration = Duration::from_secs(1);

/// How late a deadline is seen by an owner that was away. One that polls as games do is never so late.
const LATE: Duration = Duration::from_millis(100);

/// How much longer the other side gets then, if it has spoken meanwhile: a few round trips.
const GRACE: Duration = Duration::from_secs(1);

/// The deadline that holds instead of one that its owner sees too late. What the other side said meanwhile is heard only
/// now, and what it asks for is answered only now.
pub(crate) fn grace(deadline: Instant, now: Instant) -> Option<Instant> {
    (now.saturating_duration_since(deadline) >= LATE).then(|| now + GRACE)
}

impl<S: Socket> Connection<S> {
    /// Starts the closing handshake: what is queued goes out, then a close frame, then the other side's is awaited.
    /// Before the connection is open there is nothing to say, and it ends at once. Without a `code` the
    /// frame is empty; a reason that does not fit is cut.
    pub fn close(
        &mut self,
        code: impl Into<Option<CloseCode>>,
        reason: &str,
        now: Instant,
        events: &mut Vec<ConnectionEvent>,
    ) {
        let code = code.into();
        let reason = close::fitting(reason);
        match std::mem::replace(&mut self.state, State::Finished) {
            State::Open { decoder } => {
                if is_planted(Fault::LastFragmentLostAtClose) {
                    self.outbound.lose_last(&self.meter);
                }
                self.outbound.push_close(code, reason, self.side.mask());
                let deadline = later(now, self.limits.close_timeout);
                self.heartbeat = None;
                self.state = State::Closing {
                    decoder,
                    code: code.map_or(0, CloseCode::get),
                    reason: reason.to_owned(),
                    deadline,
                };
                self.flush(now, events);
            }
            State::AwaitingRequest { .. } | State::Requested { .. } | State::AwaitingResponse { .. } => {
                events.push(ConnectionEvent::Closed(CloseCause::Cut));
            }
            other => self.state = other,
        }
    }

    /// Ends at once, without a word to the other side.
    pub fn cut(&mut self, events: &mut Vec<ConnectionEvent>) {
        self.outbound.forget(&self.meter);
        let _ = self.socket.shutdown_write();
        self.finish(CloseCause::Cut, events);
    }

    /// Says goodbye as far as the socket takes it now, and ends without a word to the caller. For when nobody is
    /// left to drive the connection.
    pub fn abandon(&mut self, code: CloseCode, reason: &str, now: Instant) {
        if self.is_open() {
            self.outbound.push_close(Some(code), reason, self.side.mask());
        }
        self.flush_quietly(now);
        self.outbound.forget(&self.meter);
        let _ = self.socket.shutdown_write();
        self.socket.discard_unread();
        self.heartbeat = None;
        self.state = State::Finished;
    }

    /// The peer broke the protocol: it is told so, and heard no more.
    pub(super) fn break_off(&mut self, error: ProtocolError, now: Instant, events: &mut Vec<ConnectionEvent>) {
        if self.is_open() {
            self.outbound.push_close(Some(error.close_code()), &error.to_string(), self.side.mask());
        }
        self.linger(CloseCause::Protocol(error), now, events);
    }

    /// A deadline may have come. Read first: what was said in time is heard, whenever that may be.
    pub fn expire(&mut self, now: Instant, events: &mut Vec<ConnectionEvent>) {
        self.outbound.expire(now, &self.meter);
        if self.own_deadline().is_none_or(|deadline| deadline > now) {
            return;
        }
        let phase = match self.state {
            State::Open { .. } => {
                // Beforehand: whom we did not listen to until now has not been silent.
                self.beat(now, events);
                if let Some(throttle) = &mut self.throttle {
                    throttle.wake(now);
                }
                return;
            }
            State::Closing { .. } => Phase::Close,
            State::Lingering { .. } if is_planted(Fault::LingeringNotDropped) => return,
            _ => Phase::Handshake,
        };
        if self.spare(now) {
            return;
        }
        self.finish(CloseCause::TimedOut(phase), events);
    }

    /// Whether the other side gets another moment, which it does once. See [`grace`].
    fn spare(&mut self, now: Instant) -> bool {
        if self.was_spared || self.last_heard != Some(now) {
            return false;
        }
        let (State::AwaitingRequest { deadline, .. }
        | State::Requested { deadline, .. }
        | State::AwaitingResponse { deadline, .. }
        | State::Closing { deadline, .. }) = &mut self.state
        else {
            return false;
        };
        let Some(later) = grace(*deadline, now) else { return false };
        *deadline = later;
        self.was_spared = true;
        true
    }

    fn beat(&mut self, now: Instant, events: &mut Vec<ConnectionEvent>) {
        // Whoever pings and does not read the pongs is not read from either, and has itself to blame.
        let is_listening = if is_planted(Fault::HeartbeatSparesWhoPings) { self.can_read() } else { self.has_room() };
        let is_listening = is_listening && !self.is_throttled();
        let Some(heartbeat) = self.heartbeat.as_mut().filter(|heartbeat| heartbeat.next() <= now) else { return };
        match heartbeat.beat(now, is_listening, self.socket.carried().received) {
            Pulse::Wait => {}
            Pulse::Ping(payload) => {
                self.meter.pinged.set(Some(now));
                self.outbound.push_ping(&payload, self.side.mask());
                self.flush_quietly(now);
            }
            Pulse::Lost => self.finish(CloseCause::TimedOut(Phase::Heartbeat), events),
        }
    }

    /// The end as far as the game is concerned; the last bytes still want to leave.
    pub(super) fn linger(&mut self, cause: CloseCause, now: Instant, events: &mut Vec<ConnectionEvent>) {
        self.state = State::Lingering { deadline: now + LINGER, shut: false, ended: false };
        self.heartbeat = None;
        self.input = BytesMut::new();
        events.push(ConnectionEvent::Closed(cause));
    }

    /// The other side has ended its half of the stream. It may have done so together with its last words, and wait for
    /// ours: they leave first.
    pub(super) fn hear_end(&mut self, now: Instant, events: &mut Vec<ConnectionEvent>) {
        if let State::Lingering { ended, .. } = &mut self.state {
            *ended = true;
            self.flush(now, events);
        } else {
            self.finish(CloseCause::EndOfStream, events);
        }
    }

    /// The very end: there is nothing left to talk to.
    pub(super) fn finish(&mut self, cause: CloseCause, events: &mut Vec<ConnectionEvent>) {
        // The owner may keep an ended connection for long, and the other side must not wait for that.
        let _ = self.socket.shutdown_write();
        self.outbound.forget(&self.meter);
        let cause = match std::mem::replace(&mut self.state, State::Finished) {
            State::Lingering { .. } | State::Finished => return,
            // We said goodbye and the other side went: as good as an answer.
            State::Closing { code, reason, .. } if !matches!(cause, CloseCause::TimedOut(_) | CloseCause::Cut) => {
                CloseCause::ByUs { code, reason, was_answered: false }
            }
            // A refusal is one, whether all of its words came or not.
            State::AwaitingResponse { reader, .. } if !matches!(cause, CloseCause::Cut) => {
                reader.unfinished().map_or(cause, CloseCause::Response)
            }
            _ => cause,
        };
        self.heartbeat = None;
        self.input = BytesMut::new();
        events.push(ConnectionEvent::Closed(cause));
    }
}
