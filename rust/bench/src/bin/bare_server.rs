//! The floor: what TCP alone costs on one thread of mio, without any protocol.
//!
//! `bare_server echo` sends back every byte. `bare_server broadcast` writes so many bytes to each of so many clients, one
//! write each, and says what that took. Both print `LISTENING <port>` first.

use std::io::{self, Read, Write};
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::{Parser, Subcommand};
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use slab::Slab;

const LISTENER: Token = Token(usize::MAX);
const BUFFER: usize = 64 * 1024;

/// A TCP server without a protocol.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    work: Work,
}

#[derive(Subcommand)]
enum Work {
    /// Send back what comes, until killed
    Echo,
    /// Write to all clients, so often
    Broadcast {
        /// How many there will be
        #[arg(long)]
        peers: usize,
        /// How many bytes each gets in one write
        #[arg(long)]
        size: usize,
        /// How often
        #[arg(long, default_value_t = 100)]
        ticks: usize,
    },
}

struct Server {
    poll: Poll,
    events: Events,
    listener: TcpListener,
    clients: Slab<(TcpStream, Vec<u8>)>,
    buffer: Vec<u8>,
}

fn main() -> Result<()> {
    let cli = Cli::parse();
    let mut server = Server::listen()?;
    match cli.work {
        Work::Echo => loop {
            server.turn(None)?;
        },
        Work::Broadcast { peers, size, ticks } => server.broadcast(peers, size, ticks),
    }
}

impl Server {
    fn listen() -> Result<Self> {
        rlimit::increase_nofile_limit(u64::MAX)?;
        let poll = Poll::new()?;
        let mut listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0).into())?;
        poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
        println!("LISTENING {}", listener.local_addr()?.port());
        Ok(Self { poll, events: Events::with_capacity(1024), listener, clients: Slab::new(), buffer: vec![0; BUFFER] })
    }

    fn turn(&mut self, patience: Option<Duration>) -> Result<()> {
        match self.poll.poll(&mut self.events, patience) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error.into()),
            _ => {}
        }
        for event in &self.events {
            if event.token() == LISTENER {
                while let Ok((mut stream, _)) = self.listener.accept() {
                    stream.set_nodelay(true)?;
                    let entry = self.clients.vacant_entry();
                    let interest = Interest::READABLE | Interest::WRITABLE;
                    self.poll.registry().register(&mut stream, Token(entry.key()), interest)?;
                    entry.insert((stream, Vec::new()));
                }
            } else if let Some((stream, unsent)) = self.clients.get_mut(event.token().0)
                && serve(stream, unsent, &mut self.buffer).is_err()
            {
                self.clients.remove(event.token().0);
            }
        }
        Ok(())
    }

    fn broadcast(&mut self, peers: usize, size: usize, ticks: usize) -> Result<()> {
        while self.clients.len() < peers {
            self.turn(None)?;
        }
        let bytes = vec![7; size];
        let mut times = Vec::new();
        for _ in 0..ticks {
            let started = Instant::now();
            for (_, (stream, _)) in &mut self.clients {
                // A client that is too slow is the load's fault, and shows there.
                let _ = stream.write(&bytes);
            }
            times.push(started.elapsed());
            // The clients read in the time between two frames, as they do with a game.
            std::thread::sleep(Duration::from_micros(16_667).saturating_sub(started.elapsed()));
        }
        times.sort();
        let median = times.get(times.len() / 2).copied().unwrap_or_default();
        println!("MEASURE tick_us {:.1}", median.as_secs_f64() * 1e6);
        Ok(())
    }
}

/// Sends back all there is.
fn serve(stream: &mut TcpStream, unsent: &mut Vec<u8>, buffer: &mut [u8]) -> io::Result<()> {
    loop {
        while !unsent.is_empty() {
            match stream.write(unsent) {
                Ok(count) => drop(unsent.drain(..count)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        match stream.read(buffer) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => {
                let bytes = buffer.get(..count).unwrap_or_default();
                let written = match stream.write(bytes) {
                    Ok(written) => written,
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
                    Err(error) => return Err(error),
                };
                unsent.extend_from_slice(bytes.get(written..).unwrap_or_default());
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}
