//! What the endpoint has to tell, one event at a time: what follows from it in this object, and the signal that a game hears.

use std::time::Instant;

use godot::classes::multiplayer_peer::ConnectionStatus;
use godot::meta::ToGodot;
use godot::obj::Gd;
use rust_websocket_transport::error::QueueLimit;
use rust_websocket_transport::event::{Event, Ticket};
use rust_websocket_transport::game::SERVER_ID;

use super::{CLASS, RustWebSocketMultiplayerPeer, debugger};
use crate::{endpoint, logging};

impl RustWebSocketMultiplayerPeer {
    /// Two things in one borrow, for this is what most polls come to.
    pub(super) fn poll_and_take_event(&mut self) -> Option<(Signal, u64)> {
        let now = Instant::now();
        self.endpoint.as_mut()?.poll(now);
        self.watch_certificate(now);
        if self.watch.as_mut().is_some_and(|watch| watch.hears_news(self.drain_plan.as_ref())) {
            return Some((Signal::TerminationRequested, self.generation));
        }
        self.take_event()
    }

    /// What comes between two signals.
    pub(super) fn finish_and_take_event(&mut self, signal: Signal, generation: u64) -> Option<(Signal, u64)> {
        self.finish_event(signal, generation);
        self.take_event()
    }

    /// Takes the next event and does what has to be done before a handler hears of it.
    pub(super) fn take_event(&mut self) -> Option<(Signal, u64)> {
        loop {
            let event = self.endpoint.as_mut()?.next_event()?;
            debugger::note(self, &event);
            // A line for everybody who comes and goes is work that only those who read it should pay for.
            if log::log_enabled!(log::Level::Info)
                && let Some(line) = endpoint::describe(&event)
            {
                log::info!("{line}");
            }
            if let Some((id, cause)) = endpoint::end_of_peer(&event) {
                self.end_handle(id, cause);
                self.departing = Some((id, cause.clone()));
                self.missed.forget(id);
            }
            let signal = match event {
                Event::Connected { id } => Signal::Connected(id),
                Event::HandshakeFailed { .. } => continue,
                Event::Requested { ticket } => Signal::Requested(ticket),
                Event::Withdrawn { ticket } => Signal::Withdrawn(ticket),
                Event::Drained => Signal::Drained,
                Event::Overflowed { id, size, limit } => Signal::Overflowed(id, size, limit),
                Event::Joined { id } => {
                    self.unique_id = id;
                    self.status = ConnectionStatus::CONNECTED;
                    Signal::Connected(SERVER_ID)
                }
                Event::Disconnected { id, cause } => {
                    if self.is_client() {
                        self.end_with(&cause);
                    }
                    Signal::Disconnected(id)
                }
                Event::Failed { cause } => {
                    self.end_with(&cause);
                    // Without a close frame, no WebSocket connection has ended: there never was one.
                    if cause.clean_close().is_none() {
                        self.close_code = -1;
                    }
                    if endpoint::is_servers_fault(&cause) {
                        logging::error(CLASS, &format!("{cause}."));
                    }
                    self.clear();
                    return None;
                }
            };
            return Some((signal, self.generation));
        }
    }

    /// What follows once every handler has heard of an event.
    pub(super) fn finish_event(&mut self, signal: Signal, generation: u64) {
        if self.generation != generation {
            return;
        }
        let id = match signal {
            Signal::Disconnected(id) => id,
            Signal::TerminationRequested => return self.start_to_end(),
            Signal::Drained => return self.watch = None,
            _ => return,
        };
        self.departing = None;
        self.forget_handle(id);
        self.forget_request_of(id);
        if self.is_client() {
            self.clear();
        }
    }
}

/// A signal to be emitted.
#[derive(Debug, Clone, Copy)]
pub(super) enum Signal {
    Connected(i32),
    Disconnected(i32),
    /// The peer, the size of the packet it missed, and what left no room for it.
    Overflowed(i32, usize, QueueLimit),
    /// No signal: the game is asked.
    Requested(Ticket),
    /// No signal either: what the game was asked about has come to nothing.
    Withdrawn(Ticket),
    Drained,
    TerminationRequested,
}

impl Signal {
    pub(super) fn emit(self, object: &mut Gd<RustWebSocketMultiplayerPeer>) {
        match self {
            Self::Connected(id) => {
                object.emit_signal("peer_connected", &[id.to_variant()]);
            }
            Self::Disconnected(id) => {
                object.emit_signal("peer_disconnected", &[id.to_variant()]);
            }
            Self::Overflowed(id, size, _) => {
                let size = i64::try_from(size).unwrap_or(i64::MAX);
                object.emit_signal("peer_overflowed", &[id.to_variant(), size.to_variant()]);
            }
            Self::Drained => {
                object.emit_signal("drained", &[]);
            }
            Self::TerminationRequested => {
                object.emit_signal("termination_requested", &[]);
            }
            Self::Requested(ticket) => RustWebSocketMultiplayerPeer::decide(object, ticket),
            Self::Withdrawn(ticket) => {
                let request = object.bind_mut().forget_request(ticket);
                // The last of it may be here, and what a script has left in it may have something to say: unbound.
                drop(request);
            }
        }
    }
}
