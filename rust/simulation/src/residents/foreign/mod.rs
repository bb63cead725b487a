//! Peers made of tungstenite, so that not only our own code judges our own code: `talk` is one connection of either side,
//! `client` and `server` are who has them.

mod client;
mod server;
mod talk;

pub use self::client::ForeignClient;
pub use self::server::ForeignServer;
