//! A bad network in one thread: passes bytes on between a client and a server as its manner is, until it misbehaves.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use rand::RngExt;
use rand::rngs::StdRng;
use socket2::{Domain, SockRef, Socket, Type};

/// How many bytes may be under way in one direction, besides what the system holds.
const UNDER_WAY: usize = 4096;

/// How many bytes the system is asked to hold; it has a minimum of its own.
const SYSTEM_BUFFER: usize = 2048;

/// After so many turns every link is swift: what is left is to arrive in reasonable time.
const PATIENT_TURNS: u32 = 4_000;

/// How a link passes bytes on.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Manner {
    /// All there is, in every turn.
    Swift,
    /// So many bytes at the most.
    Dribbling(usize),
    /// Much or little, and now and then nothing for so many turns.
    Moody(u32),
}

impl Manner {
    pub(crate) fn draw(rng: &mut StdRng) -> Self {
        match rng.random_range(0..4) {
            0 => Self::Swift,
            1 => Self::Dribbling(rng.random_range(1..50)),
            2 => Self::Dribbling(rng.random_range(50..2000)),
            _ => Self::Moody(rng.random_range(5..100)),
        }
    }
}

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// From the client to the server.
    Up = 0,
    /// From the server to the client.
    Down = 1,
}

/// The network between one client and the server.
#[derive(Debug)]
pub(crate) struct Proxy {
    listener: TcpListener,
    server: u16,
    manner: Manner,
    link: Option<Link>,
    is_dead: bool,
    turns: u32,
}

#[derive(Debug)]
struct Link {
    client: TcpStream,
    server: TcpStream,
    lanes: [Lane; 2],
}

/// One direction of a link.
#[derive(Debug, Default)]
struct Lane {
    bytes: VecDeque<u8>,
    /// Nothing more comes in.
    has_ended: bool,
    /// Nothing more goes out.
    is_shut: bool,
    /// How many turns nothing moves.
    rests: u32,
}

impl Proxy {
    pub(crate) fn new(server: u16, manner: Manner) -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        // Inherited by what it accepts, and in force before the first byte.
        socket.set_recv_buffer_size(SYSTEM_BUFFER).unwrap();
        socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
        socket.listen(8).unwrap();
        let listener = TcpListener::from(socket);
        listener.set_nonblocking(true).unwrap();
        Self { listener, server, manner, link: None, is_dead: false, turns: 0 }
    }

    pub(crate) fn port(&self) -> u16 {
        self.listener.local_addr().unwrap().port()
    }

    /// The port that the server takes for its client's.
    pub(crate) fn port_at_server(&self) -> Option<u16> {
        self.link.as_ref().and_then(|link| link.server.local_addr().ok()).map(|address| address.port())
    }

    /// Moves what is to be moved in this turn.
    pub(crate) fn turn(&mut self, rng: &mut StdRng) {
        if self.is_dead {
            return;
        }
        match &mut self.link {
            None => self.accept(),
            Some(link) => {
                self.turns += 1;
                let manner = if self.turns < PATIENT_TURNS { self.manner } else { Manner::Swift };
                link.turn(manner, rng);
                if link.lanes.iter().all(|lane| lane.is_shut) {
                    self.link = None;
                    self.is_dead = true;
                }
            }
        }
    }

    fn accept(&mut self) {
        let client = match self.listener.accept() {
            Ok((client, _)) => client,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return,
            Err(error) => panic!("the proxy cannot accept: {error}"),
        };
        let server = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        server.set_recv_buffer_size(SYSTEM_BUFFER).unwrap();
        server.connect(&SocketAddr::from((Ipv4Addr::LOCALHOST, self.server)).into()).unwrap();
        let server = TcpStream::from(server);
        for stream in [&client, &server] {
            stream.set_nonblocking(true).unwrap();
            stream.set_nodelay(true).unwrap();
            SockRef::from(stream).set_send_buffer_size(SYSTEM_BUFFER).unwrap();
        }
        self.link = Some(Link { client, server, lanes: Default::default() });
    }

    /// The connection ends both ways, and what was under way is lost.
    pub(crate) fn end(&mut self) {
        self.link = None;
        self.is_dead = true;
    }

    /// As [`Proxy::end`], by a reset.
    pub(crate) fn break_off(&mut self) {
        if let Some(link) = &self.link {
            for stream in [&link.client, &link.server] {
                // One that is gone already needs no reset.
                let _ = SockRef::from(stream).set_linger(Some(Duration::ZERO));
            }
        }
        self.end();
    }

    /// One direction ends, and what was under way in it is lost.
    pub(crate) fn end_one_way(&mut self, way: Way) {
        let Some(link) = &mut self.link else { return };
        let lane = &mut link.lanes[way as usize];
        lane.bytes.clear();
        lane.has_ended = true;
        lane.rests = 0;
    }

    /// Nothing moves any more.
    pub(crate) fn die(&mut self) {
        self.is_dead = true;
    }
}

impl Link {
    fn turn(&mut self, manner: Manner, rng: &mut StdRng) {
        let [up, down] = &mut self.lanes;
        up.turn(&mut self.client, &mut self.server, manner, rng);
        down.turn(&mut self.server, &mut self.client, manner, rng);
    }
}

impl Lane {
    fn turn(&mut self, from: &mut TcpStream, to: &mut TcpStream, manner: Manner, rng: &mut StdRng) {
        if self.rests > 0 {
            self.rests -= 1;
            return;
        }
        let portion = match manner {
            Manner::Swift => UNDER_WAY,
            Manner::Dribbling(most) => rng.random_range(1..=most),
            Manner::Moody(turns) => {
                if rng.random_ratio(1, 20) {
                    self.rests = rng.random_range(0..=turns);
                }
                if rng.random_ratio(1, 2) { UNDER_WAY } else { rng.random_range(1..=64) }
            }
        };
        self.take(from);
        self.give(to, portion);
    }

    fn take(&mut self, from: &mut TcpStream) {
        let mut buffer = [0; UNDER_WAY];
        let room = UNDER_WAY - self.bytes.len();
        if self.has_ended || room == 0 {
            return;
        }
        match from.read(&mut buffer[..room]) {
            Ok(0) => self.has_ended = true,
            Ok(count) => self.bytes.extend(&buffer[..count]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
            Err(_) => self.has_ended = true,
        }
    }

    fn give(&mut self, to: &mut TcpStream, portion: usize) {
        if self.is_shut {
            self.bytes.clear();
            return;
        }
        let portion = portion.min(self.bytes.len());
        if portion > 0 {
            match to.write(&self.bytes.make_contiguous()[..portion]) {
                Ok(count) => drop(self.bytes.drain(..count)),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
                Err(_) => self.is_shut = true,
            }
        }
        if self.has_ended && self.bytes.is_empty() && !self.is_shut {
            self.is_shut = true;
            // Who is gone already need not be told.
            let _ = to.shutdown(Shutdown::Write);
        }
    }
}
