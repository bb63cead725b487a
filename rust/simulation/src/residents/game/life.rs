//! How a game's endpoint begins, ends, and begins anew.

use rust_websocket_transport::entropy::Entropy;
use rust_websocket_transport::game::{Client, Endpoint, Server};
use rust_websocket_transport::network::BindAddress;
use rust_websocket_transport::stream::tls::client::ClientTls;
use rust_websocket_transport::wire::url::Url;

use super::reception::Questions;
use super::{Game, Role};
use crate::ledger::{Ledger, Side};
use crate::network::SimulatedNetwork;
use crate::residents::{Context, Mood};
use crate::threads::SteppedThread;
use crate::time::nanoseconds;
use crate::tls;

impl Game {
    /// Whether there is an endpoint to be driven; begins one when its time has come.
    pub(super) fn is_on(&mut self, context: &mut Context<'_>) -> bool {
        if self.endpoint.is_none()
            && self.returns_at.is_some_and(|at| at <= context.time.nanoseconds())
            && context.mood < Mood::Farewell
        {
            self.begin(context);
        }
        self.endpoint.is_some()
    }

    /// A client whose connection is over drops it, and may come again.
    pub(super) fn come_again(&mut self, context: &mut Context<'_>) {
        if !self.is_over || self.endpoint.is_none() {
            return;
        }
        let (stays, pause) = if self.habits.is_restless { (300, 100) } else { (900, 1_000) };
        if context.mood == Mood::Active && context.dice.chance(stays) {
            return;
        }
        self.drop_endpoint(context.ledger);
        if context.mood == Mood::Active && self.lives > 0 {
            self.returns_at = Some(context.time.nanoseconds() + nanoseconds(context.dice.milliseconds(0, pause)));
        }
    }

    fn begin(&mut self, context: &mut Context<'_>) {
        self.thread =
            self.settings.network_thread.then(|| SteppedThread::new(context.time.clone(), context.dice.fork()));
        let network = SimulatedNetwork::new(context.fabric.clone(), self.host).on(self.thread.clone());
        let poller = network.poller();
        let entropy = Entropy::from_seed(context.dice.number());
        let now = context.now();
        self.returns_at = None;
        self.began = context.time.nanoseconds();
        self.lives = self.lives.saturating_sub(1);
        self.id = None;
        self.is_over = false;
        self.refuses_new = false;
        self.peak = self.settings.limits;
        self.peers.clear();
        self.abandoned.clear();
        self.departed = None;
        self.questions = Questions::default();
        self.drains.clear();
        let endpoint: Result<Box<dyn Endpoint>, String> = match &self.role {
            Role::Server { port } => {
                let tls = context.plan.has_tls.then(tls::server);
                Server::listen_on(network, entropy, BindAddress::Any, *port, self.settings.clone(), tls)
                    .map(|server| Box::new(server) as Box<dyn Endpoint>)
                    .map_err(|error| error.to_string())
            }
            Role::Client { url } => match Url::parse(url) {
                Ok(url) => {
                    let trust = if url.tls { tls::client(context.dice) } else { ClientTls::default() };
                    Client::connect_on(network, entropy, url, self.settings.clone(), trust, now)
                        .map(|client| Box::new(client) as Box<dyn Endpoint>)
                        .map_err(|error| error.to_string())
                }
                Err(error) => Err(error.to_string()),
            },
        };
        match endpoint {
            Ok(endpoint) => {
                self.poller = Some(poller);
                self.endpoint = Some(endpoint);
            }
            Err(error) => {
                context.say(|| format!("{:?} cannot begin: {error}", self.role));
                if matches!(self.role, Role::Server { .. }) {
                    context.ledger.fail(|| format!("the server cannot listen again: {error}"));
                }
            }
        }
    }

    /// Everything it has ends, and it hears of nothing more.
    pub(super) fn drop_endpoint(&mut self, ledger: &mut Ledger) {
        self.let_go_of_all(ledger);
        if let Some(mut endpoint) = self.endpoint.take()
            && self.popped.is_multiple_of(2)
        {
            // Else dropping has to do this.
            endpoint.shut_down();
            check_emptiness(&*endpoint, ledger);
        }
    }

    pub(super) fn let_go_of_all(&mut self, ledger: &mut Ledger) {
        let code = match self.side() {
            Side::Server => 1001,
            Side::Client => 1000,
        };
        let side = self.side();
        for peer in std::mem::take(&mut self.peers).into_keys() {
            let line = self.line(peer);
            ledger.says_goodbye(line, side, code, "");
            ledger.lets_go(line, side);
        }
    }
}

/// Nothing is left in an endpoint that was shut down.
pub(super) fn check_emptiness(endpoint: &dyn Endpoint, ledger: &mut Ledger) {
    let census = endpoint.census();
    ledger.check(census.is_empty(), || format!("an endpoint that was shut down still has {census:?}"));
}
