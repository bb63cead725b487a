//! What a multiplayer peer and the handle of one of its connections share.
//!
//! The handle asks the multiplayer peer through it, as long as the connection is there. How the connection ended is left
//! in it, so that neither has to reach the other for that: at the end, either may be gone.

use std::sync::OnceLock;

use rust_websocket_transport::close_code;
use rust_websocket_transport::error::CloseCause;
use rust_websocket_transport::game::Endpoint;

/// The way from a handle to its connection.
pub(crate) struct Bond {
    owner: Box<dyn Owner>,
    /// The peer's id.
    id: i32,
    /// The URL that a client was given.
    url: String,
    ending: OnceLock<Ending>,
}

/// Whoever has the connections.
pub(crate) trait Owner: Send + Sync {
    /// Shows its endpoint, if it is there.
    fn look(&self, look: &mut dyn FnMut(&dyn Endpoint));

    /// Lets its endpoint do something, and sees to what that queued.
    fn act(&self, act: &mut dyn FnMut(&mut dyn Endpoint));
}

/// What is left of a connection.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ending {
    pub(crate) close: Close,
    pub(crate) url: String,
    pub(crate) protocol: String,
}

/// A closing handshake that took place, as the class tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Close {
    pub(crate) code: i32,
    pub(crate) reason: String,
}

impl Default for Close {
    fn default() -> Self {
        Self { code: -1, reason: String::new() }
    }
}

impl Close {
    pub(crate) fn of(cause: Option<&CloseCause>) -> Self {
        cause.and_then(CloseCause::clean_close).map_or_else(Self::default, |(code, reason)| Self {
            // The built-in class says 0 of a close frame without a code.
            code: if code == close_code::NONE_RECEIVED { 0 } else { i32::from(code) },
            reason: reason.as_str().to_owned(),
        })
    }
}

impl Bond {
    pub(crate) fn new(owner: Box<dyn Owner>, id: i32, url: String) -> Self {
        Self { owner, id, url, ending: OnceLock::new() }
    }

    pub(crate) fn id(&self) -> i32 {
        self.id
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The connection is over. Only the first to say so is believed.
    pub(crate) fn end(&self, ending: Ending) {
        let _ = self.ending.set(ending);
    }

    /// How it ended, once it has.
    pub(crate) fn ending(&self) -> Option<&Ending> {
        self.ending.get()
    }

    /// Looks at the endpoint, unless the connection is over.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&dyn Endpoint) -> T) -> Option<T> {
        if self.ending().is_some() {
            return None;
        }
        let (mut look, mut result) = (Some(look), None);
        self.owner.look(&mut |endpoint| result = look.take().map(|look| look(endpoint)));
        result
    }

    /// Acts on the endpoint, unless the connection is over.
    pub(crate) fn act<T>(&self, act: impl FnOnce(&mut dyn Endpoint) -> T) -> Option<T> {
        if self.ending().is_some() {
            return None;
        }
        let (mut act, mut result) = (Some(act), None);
        self.owner.act(&mut |endpoint| result = act.take().map(|act| act(endpoint)));
        result
    }
}

impl std::fmt::Debug for Bond {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Bond").field("id", &self.id).field("ending", &self.ending).finish_non_exhaustive()
    }
}
