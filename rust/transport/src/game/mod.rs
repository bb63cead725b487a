//! The game's half of an endpoint: ids, packets that wait to be read, announcements, room. It answers the game at once,
//! knows no socket, and belongs to whoever made it; what it knows of the network comes by a [`crate::link::Link`].
//!
//! - [`endpoint`]: [`Endpoint`], what a multiplayer peer can be asked, be it a [`server`] or a [`client`];
//! - [`web_socket`]: one connection, the base of a client, and what a game uses by itself;
//! - [`peer_view`]: what there is to know about one connection.

pub mod client;
pub mod endpoint;
pub mod peer_view;
pub mod server;
pub mod web_socket;

pub use self::client::Client;
pub use self::endpoint::{DrainPlan, Endpoint, Recipients};
pub use self::peer_view::PeerView;
pub use self::server::Server;
pub use self::web_socket::WebSocket;

/// The id of every server.
pub const SERVER_ID: i32 = 1;

/// How many missed packets are remembered for the game between two polls.
const MAX_OVERFLOWS: usize = 65_536;

/// What a peer is told that is disconnected for a full queue.
const TOO_SLOW: &str = "too slow: the outbound queue is full";
