//! A server that accepts by itself, and makes a single connection of each stream, as a game does with `accept_stream`.

use std::time::Duration;

use rust_websocket_transport::config::Settings;
use rust_websocket_transport::connection::EmptyMessages;
use rust_websocket_transport::entropy::Entropy;
use rust_websocket_transport::game::WebSocket;
use rust_websocket_transport::network::polled::Polled;

use super::talk::Talk;
use crate::fabric::HostId;
use crate::ledger::{Ledger, Side};
use crate::network::{SimulatedListener, SimulatedSocket};
use crate::plan::Habits;
use crate::residents::{Context, Mood, Resident};

/// A server.
#[derive(Debug)]
pub struct SingleServer {
    host: HostId,
    port: u16,
    settings: Settings,
    habits: Habits,
    listener: Option<SimulatedListener>,
    talks: Vec<Talk>,
}

impl SingleServer {
    /// A server that listens on this port.
    #[must_use]
    pub fn new(host: HostId, port: u16, settings: Settings, habits: Habits) -> Self {
        Self { host, port, settings, habits, listener: None, talks: Vec::new() }
    }

    fn accept(&mut self, context: &mut Context<'_>) {
        if self.listener.is_none() {
            match SimulatedListener::bind(context.fabric, self.host, self.port) {
                Ok(listener) => self.listener = Some(listener),
                Err(error) => context.ledger.fail(|| format!("no server can listen: {error}")),
            }
        }
        while let Some(Ok(socket)) = self.listener.as_ref().map(SimulatedListener::accept) {
            self.adopt(socket, context);
        }
    }

    fn adopt(&mut self, socket: SimulatedSocket, context: &mut Context<'_>) {
        let network = Polled::new(context.time.clock());
        let entropy = Entropy::from_seed(context.dice.number());
        let (settings, empty) = (self.settings.clone(), EmptyMessages::Keep);
        match WebSocket::adopt(network, entropy, socket, settings, empty, context.now()) {
            Ok(socket) => self.talks.push(Talk::new(socket, Side::Server)),
            Err(error) => context.ledger.fail(|| format!("a stream cannot be adopted: {error}")),
        }
    }
}

impl Resident for SingleServer {
    fn host(&self) -> HostId {
        self.host
    }

    fn frame(&mut self, context: &mut Context<'_>) -> Duration {
        self.accept(context);
        for talk in &mut self.talks {
            talk.frame(&self.habits, context);
        }
        for mut talk in self.talks.extract_if(.., |talk| talk.is_over()) {
            talk.let_go(context.ledger);
        }
        if context.mood == Mood::Active && context.dice.chance(self.habits.hitch) {
            let most = u64::try_from(self.habits.hitch_time.as_millis()).unwrap_or(0);
            return self.habits.frame + context.dice.milliseconds(0, most);
        }
        self.habits.frame
    }

    fn look(&mut self, context: &mut Context<'_>) {
        for talk in &mut self.talks {
            talk.look(context);
        }
    }

    fn is_settled(&self) -> bool {
        self.talks.iter().all(|talk| !talk.is_opening())
    }

    fn vanish(&mut self, ledger: &mut Ledger) {
        for talk in &self.talks {
            talk.vanish(ledger);
        }
    }

    fn is_alone(&self) -> bool {
        self.talks.is_empty()
    }

    fn leave(&mut self, ledger: &mut Ledger) {
        for mut talk in std::mem::take(&mut self.talks) {
            talk.let_go(ledger);
        }
        self.listener = None;
    }
}
