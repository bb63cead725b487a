//! What a run will be like, drawn at random.

use std::time::Duration;

use rand::RngExt;
use rand::rngs::StdRng;
use rust_websocket_transport::config::{Limits, OverflowPolicy, Settings};

use super::proxy::Manner;

/// Whatever a test waits for takes far less, but for a goodbye that nobody answers.
const AMPLE: Duration = Duration::from_secs(15);

/// How a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It does not: everything arrives.
    Never,
    /// The server lets the client go, queued packets first.
    ServerDisconnects,
    /// The server forces the client out: at once, and without an event.
    ServerForces,
    /// The server ends the connection without a close frame.
    ServerResets,
    /// The client starts the closing handshake.
    ClientDisconnects,
    /// The client says goodbye and is gone.
    ClientCloses,
    /// The client ends the connection without a close frame.
    ClientResets,
    /// The network ends it, with a FIN both ways.
    LinkEnds,
    /// The network ends it, with a RST both ways.
    LinkBreaks,
    /// The network ends what the client sends, and what was under way is lost.
    LinkEndsUpwards,
    /// The network ends what the server sends, and what was under way is lost.
    LinkEndsDownwards,
    /// Nothing moves any more, and nobody is told.
    LinkDies,
}

impl Ending {
    const ALL: [Self; 12] = [
        Self::Never,
        Self::ServerDisconnects,
        Self::ServerForces,
        Self::ServerResets,
        Self::ClientDisconnects,
        Self::ClientCloses,
        Self::ClientResets,
        Self::LinkEnds,
        Self::LinkBreaks,
        Self::LinkEndsUpwards,
        Self::LinkEndsDownwards,
        Self::LinkDies,
    ];
}

/// One client of a run.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) manner: Manner,
    pub(crate) ending: Ending,
    /// The turn in which it ends.
    pub(crate) ends_in: u32,
    /// How many packets it reads in a turn, at the most; and the server of its packets.
    pub(crate) appetite: usize,
}

/// A whole run.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) server: Settings,
    pub(crate) client: Settings,
    pub(crate) parts: Vec<Part>,
    /// How many turns have traffic.
    pub(crate) turns: u32,
    /// The largest packet.
    pub(crate) largest: usize,
    /// The server reads only in so many turns of ten.
    pub(crate) server_diligence: u32,
    /// At the end the server says goodbye to everybody and is gone.
    pub(crate) server_closes: bool,
}

impl Plan {
    pub(crate) fn draw(rng: &mut StdRng) -> Self {
        let turns = rng.random_range(50..400);
        let parts: Vec<Part> = (0..rng.random_range(1..=4))
            .map(|_| Part {
                manner: Manner::draw(rng),
                ending: if rng.random_ratio(1, 3) {
                    Ending::Never
                } else {
                    Ending::ALL[rng.random_range(0..Ending::ALL.len())]
                },
                ends_in: rng.random_range(0..turns),
                appetite: rng.random_range(1..=8),
            })
            .collect();
        let dies = parts.iter().any(|part| part.ending == Ending::LinkDies);
        let heartbeat = dies.then_some(Duration::from_millis(250));
        let server = settings(rng, heartbeat);
        let client = settings(rng, heartbeat);
        let sizes = [&server.limits, &client.limits].map(|limits| {
            let queue = limits.outbound_buffer_size;
            limits.inbound_buffer_size.min(if queue == 0 { usize::MAX } else { queue })
        });
        let largest = sizes[0].min(sizes[1]);
        let server_diligence = rng.random_range(1..=10);
        let server_closes = rng.random_ratio(1, 5);
        Self { server, client, parts, turns, largest, server_diligence, server_closes }
    }

    /// Whether a connection may be given up that only was slow.
    pub(crate) fn is_impatient(&self) -> bool {
        self.server.limits.heartbeat_interval.is_some()
    }
}

/// Tiny buffers, as a rule.
fn settings(rng: &mut StdRng, heartbeat_interval: Option<Duration>) -> Settings {
    let mut size = |none: bool| match rng.random_range(0..5) {
        0 => 64,
        1 => rng.random_range(65..1000),
        2 => rng.random_range(1000..20_000),
        3 if none => 0,
        _ => 65_535,
    };
    let limits = Limits {
        inbound_buffer_size: size(false),
        outbound_buffer_size: size(true),
        max_queued_packets: if rng.random_ratio(1, 2) { rng.random_range(1..10) } else { 2048 },
        join_room: None,
        handshake_timeout: AMPLE,
        close_timeout: AMPLE,
        heartbeat_interval,
        unreliable_max_age: None,
        max_bytes_per_second: 0,
        max_packets_per_second: 0,
    };
    let overflow_policy = if rng.random_ratio(1, 8) { OverflowPolicy::Disconnect } else { OverflowPolicy::Report };
    Settings { limits, overflow_policy, ..Settings::default() }
}
