//! The command line of the load: one kind of work against one port of this machine, and a line of JSON at the end.

use std::time::Duration;

use anyhow::Result;
use clap::{Parser, Subcommand, ValueEnum};
use rust_websocket_bench::client::Protocol;
use rust_websocket_bench::link::Link;
use rust_websocket_bench::work::{self, Echo};

/// Clients for a server on this machine.
#[derive(Parser)]
struct Cli {
    /// The server's port
    #[arg(long)]
    port: u16,
    /// What is spoken
    #[arg(long, value_enum, default_value_t = Spoken::Multiplayer)]
    protocol: Spoken,
    /// Connect by TLS, whatever the server's certificate is
    #[arg(long)]
    tls: bool,
    /// How many clients
    #[arg(long, default_value_t = 1)]
    peers: usize,
    /// The payload of a message, in bytes
    #[arg(long, default_value_t = 64)]
    size: usize,
    /// Offer compression, and send messages compressed
    #[arg(long)]
    compressed: bool,
    /// How long it lasts
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    #[command(subcommand)]
    work: Work,
}

#[derive(Clone, Copy, ValueEnum)]
enum Spoken {
    Multiplayer,
    Websocket,
    Bare,
}

#[derive(Subcommand)]
enum Work {
    /// Messages that come back, as fast as they do
    Echo {
        /// How many of each client are under way
        #[arg(long, default_value_t = 1)]
        in_flight: usize,
        /// How long goes before what is measured
        #[arg(long, default_value_t = 0.5)]
        warm_up: f64,
    },
    /// One message per client and second, which come back
    Trickle,
    /// All at once
    Arrivals,
    /// The same, and they stay until the server ends them
    Burst,
    /// Clients that come and go, `peers` at a time
    Handshakes,
    /// Silent clients, until the server ends them
    Presence,
    /// Clients that answer every message, until the server ends them
    Acknowledge,
    /// No clients, but a slow link to the server, for one that comes by another port
    Link {
        /// That port
        #[arg(long)]
        through: u16,
        /// What the link carries each way
        #[arg(long)]
        bytes_per_second: u32,
    },
}

fn main() -> Result<()> {
    let cli = Cli::parse();
    let protocol = match cli.protocol {
        Spoken::Multiplayer => Protocol::Multiplayer,
        Spoken::Websocket => Protocol::WebSocket,
        Spoken::Bare => Protocol::Bare,
    };
    let manner = work::manner(protocol, cli.tls, cli.size, cli.compressed)?;
    let time = Duration::try_from_secs_f64(cli.seconds)?;
    let result = match cli.work {
        Work::Echo { in_flight, warm_up } => {
            let warm_up = Duration::try_from_secs_f64(warm_up)?;
            work::echo(cli.port, manner, Echo { peers: cli.peers, in_flight, warm_up, time })
        }
        Work::Trickle => work::trickle(cli.port, manner, cli.peers, time),
        Work::Arrivals => work::arrivals(cli.port, manner, cli.peers, time),
        Work::Burst => work::burst(cli.port, manner, cli.peers, time),
        Work::Handshakes => work::handshakes(cli.port, manner, cli.peers, time),
        Work::Presence => work::presence(cli.port, manner, cli.peers),
        Work::Acknowledge => work::acknowledge(cli.port, manner, cli.peers),
        Work::Link { through, bytes_per_second } => {
            Link::open(through)?.carry(cli.port, bytes_per_second)?;
            return Ok(());
        }
    }?;
    println!("{result}");
    Ok(())
}
