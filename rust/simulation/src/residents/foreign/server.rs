//! A server made of tungstenite, for clients of ours. It gives ids as a Godot server does.

use std::time::Duration;

use tungstenite::HandshakeError;
use tungstenite::accept_with_config;
use tungstenite::handshake::MidHandshake;
use tungstenite::handshake::server::{NoCallback, ServerHandshake};

use super::client::would_block;
use super::talk::{Talk, config};
use crate::fabric::HostId;
use crate::ledger::{Ledger, Side};
use crate::network::{SimulatedListener, SimulatedSocket};
use crate::plan::Habits;
use crate::residents::{Context, Mood, Resident};

#[derive(Debug)]
enum State {
    Shaking(Box<MidHandshake<ServerHandshake<SimulatedSocket, NoCallback>>>),
    Talking(Box<Talk>),
    Over,
}

/// A server.
#[derive(Debug)]
pub struct ForeignServer {
    host: HostId,
    port: u16,
    habits: Habits,
    listener: Option<SimulatedListener>,
    connections: Vec<State>,
    has_said_hello: bool,
}

impl ForeignServer {
    /// A server that listens on this port.
    #[must_use]
    pub fn new(host: HostId, port: u16, habits: Habits) -> Self {
        Self { host, port, habits, listener: None, connections: Vec::new(), has_said_hello: false }
    }

    fn accept(&mut self, context: &mut Context<'_>) {
        if self.listener.is_none() {
            match SimulatedListener::bind(context.fabric, self.host, self.port) {
                Ok(listener) => self.listener = Some(listener),
                Err(error) => context.ledger.fail(|| format!("no server can listen: {error}")),
            }
        }
        let Some(listener) = &self.listener else { return };
        loop {
            match listener.accept() {
                Ok(socket) => self.connections.push(shaken(accept_with_config(socket, Some(config())), context)),
                Err(error) if would_block(&error) || error.raw_os_error().is_some() => return,
                Err(_) => {}
            }
        }
    }

    fn talks(&mut self) -> impl Iterator<Item = &mut Talk> {
        self.connections.iter_mut().filter_map(|state| match state {
            State::Talking(talk) => Some(&mut **talk),
            State::Shaking(_) | State::Over => None,
        })
    }
}

type Shaken =
    Result<tungstenite::WebSocket<SimulatedSocket>, HandshakeError<ServerHandshake<SimulatedSocket, NoCallback>>>;

fn shaken(outcome: Shaken, context: &mut Context<'_>) -> State {
    match outcome {
        Ok(socket) => {
            let id = i32::try_from(context.dice.between(2, i32::MAX.unsigned_abs().into())).unwrap_or(2);
            let mut talk = Talk::new(socket, Side::Server);
            talk.give_id(id, context);
            State::Talking(Box::new(talk))
        }
        Err(HandshakeError::Interrupted(handshake)) => State::Shaking(Box::new(handshake)),
        Err(HandshakeError::Failure(error)) => {
            let is_ours = !matches!(
                &error,
                tungstenite::Error::Io(_)
                    | tungstenite::Error::Protocol(tungstenite::error::ProtocolError::HandshakeIncomplete)
            );
            context.ledger.check(!is_ours, || format!("tungstenite does not like our request: {error}"));
            State::Over
        }
    }
}

impl Resident for ForeignServer {
    fn host(&self) -> HostId {
        self.host
    }

    fn frame(&mut self, context: &mut Context<'_>) -> Duration {
        self.accept(context);
        let is_calm = context.mood > Mood::Active;
        let habits = self.habits.clone();
        let says_hello = is_calm && !std::mem::replace(&mut self.has_said_hello, is_calm);
        for state in &mut self.connections {
            *state = match std::mem::replace(state, State::Over) {
                State::Shaking(handshake) => shaken(handshake.handshake(), context),
                other => other,
            };
        }
        for talk in self.talks() {
            if is_calm || context.dice.chance(habits.reads) {
                talk.read(if is_calm { usize::MAX } else { habits.reads_at_most }, context);
            }
            if says_hello {
                talk.send(5, context);
            }
            if context.mood == Mood::Active {
                if context.dice.chance(habits.sends) {
                    for _ in 0..context.dice.size(1, habits.burst) {
                        talk.send(context.dice.size(1, context.plan.largest), context);
                    }
                }
                if context.dice.chance(habits.acts / 4) {
                    talk.close(context);
                }
            }
        }
        for state in std::mem::take(&mut self.connections) {
            match state {
                State::Talking(talk) if talk.is_over() => talk.let_go(context.ledger),
                State::Over => {}
                state => self.connections.push(state),
            }
        }
        habits.frame
    }

    fn look(&mut self, context: &mut Context<'_>) {
        for talk in self.talks() {
            talk.read(usize::MAX, context);
        }
    }

    fn is_settled(&self) -> bool {
        self.connections.iter().all(|state| match state {
            State::Talking(talk) => talk.is_settled(),
            State::Shaking(_) | State::Over => true,
        })
    }

    fn vanish(&mut self, ledger: &mut Ledger) {
        for talk in self.talks() {
            talk.vanish(ledger);
        }
    }

    fn is_alone(&self) -> bool {
        self.connections.iter().all(|state| !matches!(state, State::Talking(talk) if talk.id().is_some()))
    }

    fn leave(&mut self, ledger: &mut Ledger) {
        for state in std::mem::take(&mut self.connections) {
            if let State::Talking(talk) = state {
                talk.let_go(ledger);
            }
        }
        self.listener = None;
    }
}
