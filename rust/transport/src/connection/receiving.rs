//! The way in: what a socket has becomes events, and the states of the handshakes move on.

use std::io;
use std::time::Instant;

use bytes::BytesMut;

use super::heartbeat::Heartbeat;
use super::state::State;
use super::throttle::Throttle;
use super::{Budget, Connection, ConnectionEvent, ReadBuffer, ReadOutcome};
use crate::close_code::{self, CloseCode};
use crate::error::CloseCause;
use crate::fault::{Fault, is_planted};
use crate::stream::{Socket, prefaced, tls};
use crate::wire::Role;
use crate::wire::deflate::Agreement;
use crate::wire::deflate::inflate::Inflated;
use crate::wire::message::{Decoder, Incoming};
use crate::wire::request;

impl<S: Socket> Connection<S> {
    /// Reads and understands what the socket has, as far as `budget` and the limits allow.
    pub fn read(
        &mut self,
        now: Instant,
        buffer: &mut ReadBuffer,
        budget: &mut Budget,
        events: &mut Vec<ConnectionEvent>,
    ) -> ReadOutcome {
        if let Some(throttle) = &mut self.throttle {
            throttle.wake(now);
        }
        // While its owner thinks about the answer, a connection is read from for its end alone.
        let is_undecided = matches!(self.state, State::Requested { .. });
        loop {
            let has_understood = self.understand(now, buffer, budget, events);
            let only_waits = is_undecided && self.input.is_empty() && matches!(self.state, State::Requested { .. });
            if self.input.is_empty() {
                // No bytes, but they hold on to the memory that they sat in.
                self.input = BytesMut::new();
            }
            if has_understood && self.is_finished() {
                return ReadOutcome::Drained;
            }
            if !(has_understood || only_waits) || budget.is_spent() {
                self.flush_quietly(now);
                self.keep_input();
                return ReadOutcome::Paused;
            }
            let most = self.readable_bytes(now);
            if most == 0 {
                self.flush_quietly(now);
                return ReadOutcome::Paused;
            }
            let before = self.socket.carried().received;
            let read = buffer.read(&mut self.socket, most);
            let brought = self.socket.carried().received.saturating_sub(before);
            budget.spend_read(brought);
            self.charge_bytes(brought, now);
            if brought > 0 {
                self.last_heard = Some(now);
            }
            match read {
                Ok(bytes) if bytes.is_empty() => {
                    self.hear_end(now, events);
                    return ReadOutcome::Drained;
                }
                Ok(bytes) => {
                    let is_short = bytes.len() < 1024;
                    self.input = bytes;
                    self.has_own_input = false;
                    if is_planted(Fault::EdgeForgottenAfterShortRead) && is_short {
                        self.understand(now, buffer, budget, events);
                        self.keep_input();
                        return ReadOutcome::Drained;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.flush(now, events);
                    if let (Some(kind), false) = (self.outbound.failure(), self.is_finished()) {
                        self.finish(CloseCause::Io(kind), events);
                    }
                    return ReadOutcome::Drained;
                }
                Err(error) => self.finish(cause_of(&error), events),
            }
        }
    }

    /// What is left over may wait for long, and must not hold on to the block that it was read into.
    fn keep_input(&mut self) {
        if !self.has_own_input && !self.input.is_empty() {
            self.input = BytesMut::from(self.input.as_ref());
            self.has_own_input = true;
        }
    }

    /// Makes sense of [`Self::input`]. `false`: something stands in the way of going on.
    fn understand(
        &mut self,
        now: Instant,
        buffer: &mut ReadBuffer,
        budget: &mut Budget,
        events: &mut Vec<ConnectionEvent>,
    ) -> bool {
        loop {
            if budget.is_over() {
                return false;
            }
            match &mut self.state {
                State::AwaitingRequest { reader, deadline } => match request::read(reader, &mut self.input) {
                    Ok(None) => return true,
                    Ok(Some(asked)) => {
                        self.state = State::Requested { asked: Box::new(asked), deadline: *deadline };
                        events.push(ConnectionEvent::Requested);
                    }
                    Err(error) => self.refuse(&error, now, events),
                },
                State::Requested { .. } => return false,
                State::AwaitingResponse { reader, expectation, .. } => {
                    match reader.feed(expectation, &mut self.input) {
                        Ok(None) => return true,
                        Ok(Some(accepted)) => self.open(accepted.protocol, accepted.compression, now, events),
                        Err(error) => self.finish(error.into(), events),
                    }
                }
                State::Open { .. } | State::Closing { .. } => {
                    if !self.can_read() || !self.input.is_empty() && !self.lets_packet_in(now) {
                        return false;
                    }
                    let (State::Open { decoder } | State::Closing { decoder, .. }) = &mut self.state else {
                        return true;
                    };
                    let next = decoder.next(&mut self.input, &mut buffer.inflaters);
                    let inflated = decoder.take_inflated();
                    if inflated.work > 0 {
                        buffer.note_inflated(inflated);
                    }
                    match next {
                        Ok(None) if inflated.work == 0 => return true,
                        Ok(None | Some(Incoming::Unfinished)) => {}
                        Ok(Some(incoming)) => {
                            self.charge_packet(now);
                            self.hear(incoming, now, events);
                            budget.spend(1);
                        }
                        Err(error) => self.break_off(error, now, events),
                    }
                    if inflated.work > 0 && !self.goes_on_inflating(&inflated, now, budget) {
                        return false;
                    }
                }
                State::Lingering { .. } | State::Finished => {
                    self.input = BytesMut::new();
                    return true;
                }
            }
        }
    }

    /// Takes note of what was inflated: to the pace of a peer its messages are as large as they turn out to be. Whether
    /// there may be more now.
    fn goes_on_inflating(&mut self, inflated: &Inflated, now: Instant, budget: &mut Budget) -> bool {
        self.charge_bytes(inflated.added, now);
        budget.spend_inflated(inflated.work) && self.readable_bytes(now) > 0
    }

    fn hear(&mut self, incoming: Incoming, now: Instant, events: &mut Vec<ConnectionEvent>) {
        if let Some(heartbeat) = &mut self.heartbeat {
            heartbeat.hear();
        }
        match incoming {
            Incoming::Message(message) if self.is_open() => {
                self.meter.received.add(message.payload.len());
                events.push(ConnectionEvent::Message(message));
            }
            Incoming::Ping(payload) if self.is_open() => self.outbound.push_pong(&payload, self.side.mask()),
            Incoming::Pong(payload) => {
                if let Some(heartbeat) = &mut self.heartbeat {
                    heartbeat.answer(&payload, now);
                    self.meter.set_round_trip(heartbeat.round_trip());
                    self.meter.pinged.set(heartbeat.pinged());
                }
            }
            // After our close frame nothing but the answer to it counts.
            Incoming::Message(_) | Incoming::Ping(_) | Incoming::Unfinished => {}
            Incoming::Close(close) => {
                let cause = match &self.state {
                    State::Closing { .. } => CloseCause::ByUs {
                        code: close.code.map_or(close_code::NONE_RECEIVED, CloseCode::get),
                        reason: close.reason,
                        was_answered: true,
                    },
                    _ => {
                        self.outbound.push_close(close.code, &close.reason, self.side.mask());
                        CloseCause::ByPeer { code: close.code.map(CloseCode::get), reason: close.reason }
                    }
                };
                self.linger(cause, now, events);
            }
        }
    }

    pub(super) fn open(
        &mut self,
        protocol: Option<String>,
        compression: Option<Agreement>,
        now: Instant,
        events: &mut Vec<ConnectionEvent>,
    ) {
        self.heartbeat = Heartbeat::start(self.limits.heartbeat_interval, now, self.socket.carried().received);
        if self.side.role() == Role::Server {
            self.throttle = Throttle::of(&self.limits, None);
        }
        let decoder = Decoder::new(self.side.role(), self.limits.inbound_buffer_size);
        self.state = State::Open { decoder: decoder.inflating(compression.as_ref()) };
        self.window = compression.map(|agreement| agreement.window);
        self.outbound.set_max_age(self.limits.unreliable_max_age, &mut self.socket);
        events.push(ConnectionEvent::Opened { protocol });
    }
}

/// Why reading failed.
fn cause_of(error: &io::Error) -> CloseCause {
    let of_tls = tls::fault_of(error).map(CloseCause::Tls);
    of_tls.or_else(|| prefaced::fault_of(error).map(CloseCause::Proxy)).unwrap_or(CloseCause::Io(error.kind()))
}
