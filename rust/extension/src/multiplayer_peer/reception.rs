//! Who is let in: the game's own decision, and the web pages that may ask at all.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use godot::builtin::{Callable, PackedStringArray, Variant, varray};
use godot::global::Error;
use godot::obj::Gd;
use godot::register::godot_api;
use rust_websocket_transport::config::{Acceptance, Answer, Rejection};
use rust_websocket_transport::error::AnswerError;
use rust_websocket_transport::event::Ticket;

use super::{__godot_RustWebSocketMultiplayerPeer_Funcs, CLASS, RustWebSocketMultiplayerPeer, refuse, verdict};
use crate::accessors::accessors;
use crate::convert;
use crate::frame_end::FlushAtFrameEnd;
use crate::logging;
use crate::web_socket_request::{Question, RustWebSocketRequest};

/// The requests that the game has seen, until nothing comes of them or their peer goes.
pub(super) type Requests = HashMap<Ticket, Gd<RustWebSocketRequest>>;

accessors! {
    __godot_RustWebSocketMultiplayerPeer_Funcs:
    get_handshake_callback,
    set_handshake_callback,
    get_allowed_origins,
    set_allowed_origins,
}

#[godot_api(secondary)]
#[expect(clippy::needless_pass_by_value, reason = "the engine's arguments arrive by value")]
impl RustWebSocketMultiplayerPeer {
    /// Returns [member handshake_callback].
    #[func]
    pub(super) fn get_handshake_callback(&self) -> Callable {
        self.handshake_callback.clone()
    }

    /// Sets [member handshake_callback].
    #[func]
    pub(super) fn set_handshake_callback(&mut self, callback: Callable) {
        self.reception.asks_game = !callback.is_null();
        self.handshake_callback = callback;
        self.apply_settings();
    }

    /// Returns [member allowed_origins].
    #[func]
    pub(super) fn get_allowed_origins(&self) -> PackedStringArray {
        self.allowed_origins.clone()
    }

    /// Sets [member allowed_origins].
    #[func]
    pub(super) fn set_allowed_origins(&mut self, origins: PackedStringArray) {
        self.allowed_origins = convert::stripped(&origins);
        match convert::origins(&self.allowed_origins) {
            Ok(origins) => {
                self.reception.allowed_origins = origins;
                self.apply_settings();
            }
            Err(error) => {
                refuse(Error::ERR_INVALID_PARAMETER, &error.to_string());
            }
        }
    }

    /// What a peer said when it asked to be let in: the object that [member handshake_callback] got, with whatever that has left
    /// in it. Servers only. Null, with an error, if there is no such peer.
    #[func]
    fn get_peer_request(&mut self, id: i32) -> Option<Gd<RustWebSocketRequest>> {
        let found = self
            .peer_view(id)
            .and_then(|peer| Some((peer.ticket()?, Arc::clone(peer.request()?), peer.address(), peer.uses_tls())));
        let Some((ticket, head, address, tls)) = found else {
            refuse(Error::ERR_INVALID_PARAMETER, &format!("there is no request of a peer {id}"));
            return None;
        };
        let request = self.requests.entry(ticket);
        Some(request.or_insert_with(|| RustWebSocketRequest::create(head, address, tls, None)).clone())
    }
}

impl RustWebSocketMultiplayerPeer {
    /// Whether the properties can be held.
    pub(super) fn check_reception(&mut self) -> Result<(), Error> {
        if let Err(error) = convert::origins(&self.allowed_origins) {
            return Err(self.fail(Error::ERR_INVALID_PARAMETER, &error.to_string()));
        }
        self.check_paths().map_err(|error| self.fail(Error::ERR_INVALID_PARAMETER, &error.to_string()))
    }

    /// Asks the game about a request, and answers it, unless the game does so by itself. Nothing is bound while it is asked.
    pub(super) fn decide(this: &mut Gd<Self>, ticket: Ticket) {
        let Some((callback, request)) = this.bind_mut().question(ticket) else { return };
        let verdict = match callback {
            // Taken back since the client came.
            None => Ok(Answer::Accept(Acceptance::default())),
            Some(callback) if callback.is_valid() => {
                let returned = call(&callback, &request);
                if request.bind().is_taken_over() {
                    return;
                }
                verdict::read(&returned, request.bind().head())
            }
            Some(_) => Err(AnswerError::NobodyToAsk),
        };
        let answer = verdict.unwrap_or_else(|error| {
            logging::error(CLASS, &format!("{error}. A client was refused with HTTP 500."));
            Answer::Reject(Rejection::without_words())
        });
        // That it has gone meanwhile is told by the end of its connection.
        let _ = request.bind().answer(answer);
    }

    /// What the game is to be asked, and how; `None` where nobody waits for it any more.
    fn question(&mut self, ticket: Ticket) -> Option<(Option<Callable>, Gd<RustWebSocketRequest>)> {
        let gate = self.gate()?;
        let requested = self.endpoint.as_ref()?.request(ticket)?;
        let question = Question { gate, generation: self.generation, ticket };
        let request =
            RustWebSocketRequest::create(Arc::clone(&requested.head), requested.address, requested.tls, Some(question));
        self.requests.insert(ticket, request.clone());
        let callback = (!self.handshake_callback.is_null()).then(|| self.handshake_callback.clone());
        Some((callback, request))
    }

    /// Answers a request. Whether somebody waits for that.
    pub(crate) fn answer(&mut self, generation: u64, ticket: Ticket, answer: Answer, now: Instant) -> bool {
        let endpoint = self.endpoint.as_mut().filter(|_| self.generation == generation);
        let is_answered = endpoint.is_some_and(|endpoint| endpoint.answer(ticket, answer, now));
        self.schedule_flush();
        is_answered
    }

    /// What the game has of a request, if nothing more comes of that.
    pub(super) fn forget_request(&mut self, ticket: Ticket) -> Option<Gd<RustWebSocketRequest>> {
        self.requests.remove(&ticket)
    }

    /// The same of a peer that goes.
    pub(super) fn forget_request_of(&mut self, id: i32) -> Option<Gd<RustWebSocketRequest>> {
        let ticket = self.peer_view(id)?.ticket()?;
        self.forget_request(ticket)
    }
}

fn call(callback: &Callable, request: &Gd<RustWebSocketRequest>) -> Variant {
    callback.callv(&varray![request].upcast_any_array())
}
