//! Which class plays which role, so that one scenario proves the built-in class, ours, and both together.

use std::fmt;

/// A class that can be a game's multiplayer peer over WebSocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// The engine's own.
    Builtin,
    /// The addon's.
    Ours,
}

impl Class {
    /// The name by which the engine knows it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Builtin => "WebSocketMultiplayerPeer",
            Self::Ours => "RustWebSocketMultiplayerPeer",
        }
    }
}

/// The classes of one run: one for the server, and one for each client in turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cast {
    server: Class,
    even_clients: Class,
    odd_clients: Class,
    /// Our class has its network on a thread of its own.
    network_thread: bool,
}

impl Cast {
    /// Our class on every end: the main thing.
    pub const OURS: Self = Self::new(Class::Ours, Class::Ours, Class::Ours);
    /// The same, each with its network on a thread of its own.
    pub const OURS_WITH_THREADS: Self = Self { network_thread: true, ..Self::OURS };
    /// The built-in class on every end: proves that the scenario itself is right.
    pub const BUILTIN: Self = Self::new(Class::Builtin, Class::Builtin, Class::Builtin);
    /// Built-in clients on our server, as web exports are.
    pub const OUR_SERVER: Self = Self::new(Class::Ours, Class::Builtin, Class::Builtin);
    /// Our clients on a built-in server.
    pub const OUR_CLIENTS: Self = Self::new(Class::Builtin, Class::Ours, Class::Ours);
    /// Clients of both kinds on our server.
    pub const MIXED_ON_OURS: Self = Self::new(Class::Ours, Class::Builtin, Class::Ours);
    /// Clients of both kinds on a built-in server.
    pub const MIXED_ON_BUILTIN: Self = Self::new(Class::Builtin, Class::Ours, Class::Builtin);

    const fn new(server: Class, even_clients: Class, odd_clients: Class) -> Self {
        Self { server, even_clients, odd_clients, network_thread: false }
    }

    /// The class of a role: `server` is the server, anything else a client, the first being 0.
    pub fn class_of(self, role: &str, client_number: usize) -> Class {
        if role == "server" {
            self.server
        } else if client_number.is_multiple_of(2) {
            self.even_clients
        } else {
            self.odd_clients
        }
    }

    /// Whether every end is ours.
    pub fn is_ours(self) -> bool {
        [self.server, self.even_clients, self.odd_clients] == [Class::Ours; 3]
    }

    /// Whether our class has its network on a thread of its own.
    pub fn has_network_threads(self) -> bool {
        self.network_thread
    }

    /// Whether no end is ours.
    pub fn is_builtin(self) -> bool {
        self == Self::BUILTIN
    }
}

impl fmt::Display for Cast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "server {:?}, clients {:?}", self.server, self.even_clients)?;
        if self.even_clients != self.odd_clients {
            write!(f, " and {:?}", self.odd_clients)?;
        }
        if self.network_thread {
            write!(f, ", with network_thread")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mixed_cast_alternates_its_clients() {
        let cast = Cast::MIXED_ON_OURS;
        assert_eq!(cast.class_of("server", 0), Class::Ours);
        assert_eq!(cast.class_of("client_a", 0), Class::Builtin);
        assert_eq!(cast.class_of("client_b", 1), Class::Ours);
    }
}
