//! [`RustWebSocketRequest`], what a client has said when it asked to be let in, for the game to read and to answer.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use godot::builtin::{GString, PackedStringArray, VarDictionary};
use godot::classes::RefCounted;
use godot::global::Error;
use godot::meta::conv::ByValue;
use godot::meta::error::ConvertError;
use godot::meta::shape::GodotShape;
use godot::meta::{FromGodot, GodotConvert, GodotImmutable, ToGodot};
use godot::obj::{Base, Gd};
use godot::register::{GodotClass, godot_api};
use rust_websocket_transport::config::{Acceptance, Answer, Rejection};
use rust_websocket_transport::error::AnswerError;
use rust_websocket_transport::event::Ticket;
use rust_websocket_transport::wire::request_head::RequestHead;

use crate::convert;
use crate::gate::Gate;
use crate::logging;
use crate::multiplayer_peer::RustWebSocketMultiplayerPeer;

/// Who speaks in the log.
const CLASS: &str = "RustWebSocketRequest";

/// What a client has said when it asked to be let in: the head of its HTTP request. A server's [member
/// RustWebSocketMultiplayerPeer.handshake_callback] gets one for each client, and [method
/// RustWebSocketMultiplayerPeer.get_peer_request] has it as long as the client is a peer. It is the same object then, so
/// what the callback leaves in it with [method Object.set_meta], the name of the player maybe, can be found there.
///
/// Everything in it was said by the client, which may be anybody: a name, a cookie or an address in a header is worth what the
/// game can check of it. It may be read at any time, when the client has gone too.
#[derive(GodotClass)]
#[class(tool, init, base = RefCounted)]
pub struct RustWebSocketRequest {
    head: Arc<RequestHead>,
    address: Option<SocketAddr>,
    tls: bool,
    /// The way to answer; none where the game was not asked.
    question: Option<Question>,
    /// The game answers later, or has answered.
    is_taken_over: bool,
    base: Base<RefCounted>,
}

/// A request that waits for its answer.
pub(crate) struct Question {
    /// The way to the server that asks.
    pub(crate) gate: Arc<Gate>,
    /// Which of the servers that the object has been.
    pub(crate) generation: u64,
    pub(crate) ticket: Ticket,
}

#[godot_api]
#[expect(clippy::needless_pass_by_value, reason = "the engine's arguments arrive by value")]
impl RustWebSocketRequest {
    /// The path that was asked for, without the query, as the client wrote it: [code]/match/7[/code]. At least
    /// [code]/[/code].
    #[func]
    fn get_path(&self) -> GString {
        GString::from(self.head.path())
    }

    /// The query of the URL, from names to values, both [String] and decoded: of
    /// [code]?token=a%2Bb&amp;name=Ann+Lee[/code] it has [code]token[/code] with [code]a+b[/code] and [code]name[/code] with
    /// [code]Ann Lee[/code]. Of a name that is there more than once it has the first value.
    ///
    /// Proxies and browsers log URLs: a token in one should be good once, or for a short time.
    #[func]
    fn get_query(&self) -> VarDictionary {
        dictionary(self.head.query())
    }

    /// The value of a header, whose [param name] may be written in any case. Several lines of it are joined by
    /// [code]", "[/code]. Empty if there is none.
    #[func]
    fn get_header(&self, name: GString) -> GString {
        GString::from(self.head.header(&name.to_string()).unwrap_or_default().as_str())
    }

    /// All headers, each as [code]"Name: value"[/code], in the order and spelling of the client.
    #[func]
    fn get_headers(&self) -> PackedStringArray {
        self.head.lines().map(GString::from).collect()
    }

    /// The cookies, from names to values, both [String] and as the client said them. Of a name that is there more than once it
    /// has the first value. Browsers add the cookies of the server's own site: check [member
    /// RustWebSocketMultiplayerPeer.allowed_origins] before you trust one.
    #[func]
    fn get_cookies(&self) -> VarDictionary {
        dictionary(self.head.cookies())
    }

    /// The subprotocols that the client offers, its favourite first.
    #[func]
    fn get_protocols(&self) -> PackedStringArray {
        self.head.protocols().map(GString::from).collect()
    }

    /// The client's IP address, or that of a proxy between which is not among [member
    /// RustWebSocketMultiplayerPeer.trusted_proxies].
    #[func]
    fn get_address(&self) -> GString {
        convert::remote(self.address).0
    }

    /// The client's port, or that of a proxy between, as [method get_address]; 0 if a trusted proxy does not say it.
    #[func]
    fn get_port(&self) -> i32 {
        convert::remote(self.address).1
    }

    /// Whether the connection is encrypted ([code]wss://[/code]), as far as this server sees it.
    #[func]
    fn is_tls(&self) -> bool {
        self.tls
    }

    /// To be called in [member RustWebSocketMultiplayerPeer.handshake_callback] by whoever answers later, with [method accept]
    /// or [method reject]: what the callback returns does not count then. The client waits meanwhile, for as long as [member
    /// RustWebSocketMultiplayerPeer.handshake_timeout] leaves it. Up to 1024 may wait; who comes then is answered with HTTP 503.
    #[func]
    fn defer(&mut self) {
        self.is_taken_over = true;
    }

    /// Lets the client in, with a subprotocol of those that it offers, unless [param protocol] is empty, and further [param
    /// headers] of the answer, each [code]"Name: value"[/code].
    ///
    /// Returns [constant OK] if the answer is on its way; whether the client is in, [signal MultiplayerPeer.peer_connected]
    /// tells, for it may have gone, or [member RustWebSocketMultiplayerPeer.max_peers] be reached meanwhile. [constant
    /// ERR_INVALID_PARAMETER] for what cannot be sent, with which the client waits on; [constant ERR_UNAVAILABLE] if nobody waits for it any more: the client has gone, [member
    /// RustWebSocketMultiplayerPeer.handshake_timeout] has passed, the server was closed, or it was answered already.
    #[func]
    fn accept(
        &mut self,
        #[opt(default = "")] protocol: GString,
        #[opt(default = HeaderArgument::default())] headers: HeaderArgument,
    ) -> Error {
        let acceptance = convert::header_lines(&headers.0)
            .map_err(AnswerError::from)
            .and_then(|headers| Acceptance::new(self.head.protocols(), &protocol.to_string(), headers));
        self.say(acceptance.map(Answer::Accept))
    }

    /// Refuses the client, with an HTTP [param status] from 400 to 599 and a [param reason] that its log may show; without one,
    /// the usual words of the status. Returns what [method accept] does.
    #[func]
    fn reject(&mut self, #[opt(default = 403)] status: i64, #[opt(default = "")] reason: GString) -> Error {
        let rejection = Rejection::new(status, &reason.to_string(), Default::default(), String::new());
        self.say(rejection.map(Answer::Reject))
    }
}

impl RustWebSocketRequest {
    /// One that the game is asked about, or, without a question, one that it only reads.
    pub(crate) fn create(
        head: Arc<RequestHead>,
        address: Option<SocketAddr>,
        tls: bool,
        question: Option<Question>,
    ) -> Gd<Self> {
        Gd::from_init_fn(|base| Self { head, address, tls, question, is_taken_over: false, base })
    }

    pub(crate) fn head(&self) -> &RequestHead {
        &self.head
    }

    /// Whether the game answers it by itself, or has.
    pub(crate) fn is_taken_over(&self) -> bool {
        self.is_taken_over
    }

    fn say(&mut self, answer: Result<Answer, AnswerError>) -> Error {
        match answer {
            Ok(answer) => {
                self.is_taken_over = true;
                self.answer(answer)
            }
            Err(error) => {
                logging::error(CLASS, &format!("{error}."));
                Error::ERR_INVALID_PARAMETER
            }
        }
    }

    /// Answers, if somebody still waits for that. The server must not be bound meanwhile.
    pub(crate) fn answer(&self, answer: Answer) -> Error {
        let answered = self.question.as_ref().is_some_and(|question| {
            let server = question.gate.object::<RustWebSocketMultiplayerPeer>();
            server.is_some_and(|mut server| {
                server.bind_mut().answer(question.generation, question.ticket, answer, Instant::now())
            })
        });
        if answered { Error::OK } else { Error::ERR_UNAVAILABLE }
    }
}

/// Of a name that is there more than once, the first.
fn dictionary<T: AsRef<str>>(pairs: impl Iterator<Item = (T, T)>) -> VarDictionary {
    let mut dictionary = VarDictionary::new();
    for (name, value) in pairs {
        if !dictionary.contains_key(name.as_ref()) {
            dictionary.set(name.as_ref(), value.as_ref());
        }
    }
    dictionary
}

/// Header lines that may be left out.
#[derive(Debug, Clone, Default)]
pub(crate) struct HeaderArgument(PackedStringArray);

impl GodotConvert for HeaderArgument {
    type Via = PackedStringArray;

    fn godot_shape() -> GodotShape {
        Self::Via::godot_shape()
    }
}

impl ToGodot for HeaderArgument {
    type Pass = ByValue;

    fn to_godot(&self) -> Self::Via {
        self.0.clone()
    }
}

impl FromGodot for HeaderArgument {
    fn try_from_godot(via: Self::Via) -> Result<Self, ConvertError> {
        Ok(Self(via))
    }
}

// SAFETY: gdext wants default arguments to be immutable values. The only default that is ever made of this is an empty array,
// and what a call gets of it is a copy.
#[expect(unsafe_code, reason = "gdext's marker for default arguments is an unsafe trait")]
unsafe impl GodotImmutable for HeaderArgument {}
