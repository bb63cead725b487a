//! A client that is a single connection, on a server of ours or of its kind.

use std::time::Duration;

use rust_websocket_transport::census::Census;
use rust_websocket_transport::config::Settings;
use rust_websocket_transport::connection::EmptyMessages;
use rust_websocket_transport::entropy::Entropy;
use rust_websocket_transport::game::WebSocket;
use rust_websocket_transport::stream::tls::client::ClientTls;
use rust_websocket_transport::wire::url::Url;

use super::talk::Talk;
use crate::fabric::{HostId, PollerId};
use crate::ledger::{Ledger, Side};
use crate::network::SimulatedNetwork;
use crate::plan::Habits;
use crate::residents::{Context, Mood, Resident};
use crate::threads::SteppedThread;
use crate::tls;

/// A client.
#[derive(Debug)]
pub struct SingleClient {
    host: HostId,
    url: String,
    settings: Settings,
    habits: Habits,
    begins_at: u64,
    has_begun: bool,
    talk: Option<Talk>,
    poller: Option<PollerId>,
    thread: Option<SteppedThread>,
}

impl SingleClient {
    /// A client that connects to this URL at this moment.
    #[must_use]
    pub fn new(host: HostId, url: String, settings: Settings, habits: Habits, begins_at: u64) -> Self {
        Self { host, url, settings, habits, begins_at, has_begun: false, talk: None, poller: None, thread: None }
    }

    fn begin(&mut self, context: &mut Context<'_>) {
        self.has_begun = true;
        self.thread =
            self.settings.network_thread.then(|| SteppedThread::new(context.time.clone(), context.dice.fork()));
        let network = SimulatedNetwork::new(context.fabric.clone(), self.host).on(self.thread.clone());
        let poller = network.poller();
        let entropy = Entropy::from_seed(context.dice.number());
        let Ok(url) = Url::parse(&self.url) else { return };
        let trust = if url.tls { tls::client(context.dice) } else { ClientTls::default() };
        let (settings, empty) = (self.settings.clone(), EmptyMessages::Keep);
        if let Ok(socket) = WebSocket::connect_on(network, entropy, url, settings, trust, empty, context.now()) {
            self.talk = Some(Talk::new(socket, Side::Client));
            self.poller = Some(poller);
        }
    }

    /// Drops what is over.
    fn tidy_up(&mut self, ledger: &mut Ledger) {
        if let Some(mut talk) = self.talk.take_if(|talk| talk.is_over()) {
            talk.let_go(ledger);
        }
    }
}

impl Resident for SingleClient {
    fn host(&self) -> HostId {
        self.host
    }

    fn frame(&mut self, context: &mut Context<'_>) -> Duration {
        if !self.has_begun && self.begins_at <= context.time.nanoseconds() && context.mood == Mood::Active {
            self.begin(context);
        }
        self.has_begun |= context.mood > Mood::Active;
        if let Some(talk) = &mut self.talk {
            talk.frame(&self.habits, context);
        }
        self.tidy_up(context.ledger);
        self.habits.frame
    }

    fn look(&mut self, context: &mut Context<'_>) {
        if let Some(talk) = &mut self.talk {
            talk.look(context);
        }
    }

    fn poller(&self) -> Option<PollerId> {
        self.talk.as_ref().and(self.poller)
    }

    fn census(&self) -> Option<Census> {
        let mut census = self.talk.as_ref()?.census();
        census += self.thread.as_ref().map(SteppedThread::census).unwrap_or_default();
        Some(census)
    }

    fn thread(&self) -> Option<&SteppedThread> {
        self.talk.as_ref().and(self.thread.as_ref())
    }

    fn has_bad_links(&self) -> bool {
        !self.settings.conditions.is_none()
    }

    fn is_settled(&self) -> bool {
        self.has_begun && self.talk.as_ref().is_none_or(|talk| !talk.is_opening())
    }

    fn vanish(&mut self, ledger: &mut Ledger) {
        if let Some(talk) = &self.talk {
            talk.vanish(ledger);
        }
    }

    fn is_alone(&self) -> bool {
        self.talk.is_none()
    }

    fn leave(&mut self, ledger: &mut Ledger) {
        if let Some(mut talk) = self.talk.take() {
            talk.let_go(ledger);
        }
    }
}
