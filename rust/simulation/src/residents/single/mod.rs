//! Single connections of ours without a multiplayer endpoint: what games have as `RustWebSocketPeer`. [`SingleClient`] dials,
//! [`SingleServer`] takes streams that it has accepted by itself, and asks them whenever it looks. Both play by the rules of
//! multiplayer: the first message is the client's id.

mod client;
mod server;
mod talk;

pub use self::client::SingleClient;
pub use self::server::SingleServer;
