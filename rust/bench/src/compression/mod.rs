//! What compression does for the packets of real games: [`relay`] records them on their way, [`play`] lets the demo and a
//! script send some, [`trial`] compresses them in every way that the addon could, and [`tables`] says what came of it.

pub mod play;
pub mod relay;
pub mod tables;
pub mod trial;

/// The packets that one end of a connection sent, in their order.
pub type Stream = Vec<Vec<u8>>;

/// Packets of one kind, of all connections that had them.
#[derive(Debug)]
pub struct Traffic {
    /// What they are, for the table.
    pub name: &'static str,
    /// One for each connection.
    pub streams: Vec<Stream>,
}
