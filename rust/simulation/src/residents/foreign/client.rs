//! A client made of tungstenite, on a server of ours.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tungstenite::client::client_with_config;
use tungstenite::handshake::client::ClientHandshake;
use tungstenite::{HandshakeError, handshake::MidHandshake};

use super::talk::{Talk, config};
use crate::fabric::HostId;
use crate::ledger::{Ledger, Side};
use crate::network::SimulatedSocket;
use crate::plan::Habits;
use crate::residents::{Context, Mood, Resident};
use crate::time::nanoseconds;

/// See [`ForeignClient::gives_up_at`].
const PATIENCE: Duration = Duration::from_secs(15);

#[derive(Debug)]
enum State {
    /// It begins at this moment.
    Waiting(u64),
    Dialing(SimulatedSocket),
    Shaking(Box<MidHandshake<ClientHandshake<SimulatedSocket>>>),
    Talking(Box<Talk>),
    Over,
}

/// A client.
#[derive(Debug)]
pub struct ForeignClient {
    host: HostId,
    server: SocketAddr,
    habits: Habits,
    state: State,
    has_said_hello: bool,
    /// tungstenite has no deadlines: a handshake that takes longer in the calm is given up.
    gives_up_at: Option<u64>,
}

impl ForeignClient {
    /// A client that connects to this address at this moment.
    #[must_use]
    pub fn new(host: HostId, server: SocketAddr, habits: Habits, begins_at: u64) -> Self {
        Self { host, server, habits, state: State::Waiting(begins_at), has_said_hello: false, gives_up_at: None }
    }

    fn go_on(&mut self, context: &mut Context<'_>) {
        self.state = match std::mem::replace(&mut self.state, State::Over) {
            State::Waiting(at) if at > context.time.nanoseconds() => {
                if context.mood == Mood::Active {
                    State::Waiting(at)
                } else {
                    State::Over
                }
            }
            State::Waiting(_) => match SimulatedSocket::dial(context.fabric, self.host, self.server) {
                Ok(socket) => State::Dialing(socket),
                Err(_) => State::Over,
            },
            State::Dialing(socket) => match socket.is_connected() {
                Ok(false) => State::Dialing(socket),
                Ok(true) => {
                    shaken(client_with_config(format!("ws://{}/", self.server), socket, Some(config())), context)
                }
                Err(_) => State::Over,
            },
            State::Shaking(handshake) => shaken(handshake.handshake(), context),
            State::Talking(talk) if talk.is_over() => {
                talk.let_go(context.ledger);
                State::Over
            }
            other => other,
        };
        let now = context.time.nanoseconds();
        if context.mood > Mood::Active
            && *self.gives_up_at.get_or_insert(now + nanoseconds(PATIENCE)) <= now
            && !self.is_settled()
            && self.talk().is_none_or(|talk| talk.id().is_none())
        {
            self.state = State::Over;
        }
    }

    fn talk(&mut self) -> Option<&mut Talk> {
        match &mut self.state {
            State::Talking(talk) => Some(talk),
            _ => None,
        }
    }
}

type Shaken = Result<
    (tungstenite::WebSocket<SimulatedSocket>, tungstenite::handshake::client::Response),
    HandshakeError<ClientHandshake<SimulatedSocket>>,
>;

fn shaken(outcome: Shaken, context: &mut Context<'_>) -> State {
    match outcome {
        Ok((socket, _)) => State::Talking(Box::new(Talk::new(socket, Side::Client))),
        Err(HandshakeError::Interrupted(handshake)) => State::Shaking(Box::new(handshake)),
        Err(HandshakeError::Failure(error)) => {
            let is_ours = !matches!(
                &error,
                tungstenite::Error::Io(_)
                    | tungstenite::Error::Http(_)
                    | tungstenite::Error::Protocol(tungstenite::error::ProtocolError::HandshakeIncomplete)
            );
            context.ledger.check(!is_ours, || format!("tungstenite does not like our answer: {error}"));
            State::Over
        }
    }
}

impl Resident for ForeignClient {
    fn host(&self) -> HostId {
        self.host
    }

    fn frame(&mut self, context: &mut Context<'_>) -> Duration {
        self.go_on(context);
        let is_calm = context.mood > Mood::Active;
        let habits = self.habits.clone();
        let says_hello = is_calm && !std::mem::replace(&mut self.has_said_hello, is_calm);
        let Some(talk) = self.talk() else { return habits.frame };
        if is_calm || context.dice.chance(habits.reads) {
            talk.read(if is_calm { usize::MAX } else { habits.reads_at_most }, context);
        }
        if says_hello {
            talk.send(5, context);
        }
        match context.mood {
            Mood::Active => {
                if context.dice.chance(habits.sends) {
                    for _ in 0..context.dice.size(1, habits.burst) {
                        talk.send(context.dice.size(1, context.plan.largest), context);
                    }
                }
                if context.dice.chance(habits.acts / 4) {
                    talk.close(context);
                }
            }
            Mood::Calm => {}
            Mood::Farewell => talk.close(context),
        }
        habits.frame
    }

    fn look(&mut self, context: &mut Context<'_>) {
        if let Some(talk) = self.talk() {
            talk.read(usize::MAX, context);
        }
    }

    fn is_settled(&self) -> bool {
        match &self.state {
            State::Over => true,
            State::Talking(talk) => talk.is_settled(),
            State::Waiting(_) | State::Dialing(_) | State::Shaking(_) => false,
        }
    }

    fn vanish(&mut self, ledger: &mut Ledger) {
        if let State::Talking(talk) = &self.state {
            talk.vanish(ledger);
        }
    }

    fn is_alone(&self) -> bool {
        matches!(self.state, State::Over)
    }

    fn leave(&mut self, ledger: &mut Ledger) {
        if let State::Talking(talk) = std::mem::replace(&mut self.state, State::Over) {
            talk.let_go(ledger);
        }
    }
}

/// Whether an error says that there is nothing now, and may be later.
pub(super) fn would_block(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
}
