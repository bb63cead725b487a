//! The network of a world: hosts, listeners, connections, names, and what happens to them in virtual time. It knows nothing
//! of WebSocket.
//!
//! - `weather`: what is likely to go wrong; `wire`: one connection;
//! - `transfer`: how bytes, ends and resets travel; `readiness`: who is told of what;
//! - `doors`: listening, dialing, accepting; `names`: the resolver.

mod doors;
mod names;
mod readiness;
mod transfer;
mod weather;
mod wire;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rust_websocket_transport::statistics::WireBytes;

pub use self::doors::ListenerId;
pub use self::names::{Answer, Question};
pub use self::weather::Weather;
use self::wire::{Stage, Wire};
use crate::dice::Dice;
use crate::time::{VirtualTime, nanoseconds};
use crate::trace::Trace;

/// A machine, or what is behind one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostId(usize);

/// Who is told of readiness: one endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PollerId(usize);

/// One end of one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EndId {
    wire: usize,
    side: usize,
}

impl EndId {
    fn other(self) -> Self {
        Self { wire: self.wire, side: 1 - self.side }
    }
}

/// How long unanswered bytes are sent again before the system gives the connection up: longer than any world lasts, so that
/// only a heartbeat tells of a machine that has vanished.
const GIVE_UP: Duration = Duration::from_secs(15 * 60);

#[derive(Debug)]
struct Host {
    /// Its addresses.
    ip4: IpAddr,
    ip6: IpAddr,
    /// It has vanished: nothing comes from it and nothing arrives.
    is_gone: bool,
    /// Who lives there breaks rules.
    is_strange: bool,
}

#[derive(Debug, Default)]
struct Poller {
    ready: VecDeque<EndId>,
    /// A listener of it has somebody waiting.
    listener_edge: bool,
    /// Sockets that are open, those included that are being dialed.
    sockets: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Happening {
    /// A dialer reaches the other host.
    Knock(usize),
    /// It is answered.
    Answer(usize, Result<(), Failure>),
    /// The first segment in flight arrives, if it is time.
    Arrive(EndId),
    /// Bytes that nobody takes are given up.
    GiveUp(EndId),
}

/// Why dialing failed; an `io::ErrorKind` that has an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Failure {
    Refused,
    TimedOut,
}

/// The network.
#[derive(Debug)]
pub struct Fabric {
    pub(crate) time: VirtualTime,
    pub(crate) trace: Trace,
    dice: Dice,
    weather: Weather,
    agenda: BinaryHeap<Reverse<(u64, u64, Happening)>>,
    sequence: u64,
    hosts: Vec<Host>,
    pollers: Vec<Poller>,
    listeners: Vec<Option<doors::Listener>>,
    wires: Vec<Wire>,
    names: BTreeMap<String, Answer>,
}

/// The network, as everybody in the world holds it.
#[derive(Debug, Clone)]
pub struct SharedFabric(Arc<Mutex<Fabric>>);

impl SharedFabric {
    /// An empty network.
    #[must_use]
    pub fn new(time: VirtualTime, dice: Dice, weather: Weather, trace: Trace) -> Self {
        Self(Arc::new(Mutex::new(Fabric {
            time,
            trace,
            dice,
            weather,
            agenda: BinaryHeap::new(),
            sequence: 0,
            hosts: Vec::new(),
            pollers: Vec::new(),
            listeners: Vec::new(),
            wires: Vec::new(),
            names: BTreeMap::new(),
        })))
    }

    /// The network itself. A world has one thread, so nobody waits.
    pub fn lock(&self) -> MutexGuard<'_, Fabric> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fabric {
    /// A new machine.
    pub fn add_host(&mut self) -> HostId {
        let number = u16::try_from(self.hosts.len()).unwrap_or(u16::MAX);
        let [high, low] = number.to_be_bytes();
        self.hosts.push(Host {
            ip4: Ipv4Addr::new(10, 0, high, low).into(),
            ip6: Ipv6Addr::new(0xfd00, 0, 0, number, 0, 0, 0, 1).into(),
            is_gone: false,
            is_strange: false,
        });
        HostId(self.hosts.len() - 1)
    }

    /// The addresses of a machine: the second is of IPv6.
    #[must_use]
    pub fn addresses(&self, host: HostId) -> [IpAddr; 2] {
        let host = &self.hosts[host.0];
        [host.ip4, host.ip6]
    }

    fn host_at(&self, ip: IpAddr) -> Option<HostId> {
        self.hosts.iter().position(|host| host.ip4 == ip || host.ip6 == ip).map(HostId)
    }

    /// A machine vanishes without a word.
    pub fn vanish(&mut self, host: HostId) {
        self.hosts[host.0].is_gone = true;
        self.trace.say(|| format!("host {} vanishes", host.0));
    }

    /// Whether it has.
    #[must_use]
    pub fn is_gone(&self, host: HostId) -> bool {
        self.hosts[host.0].is_gone
    }

    /// From now on somebody lives there who breaks rules.
    pub fn set_strange(&mut self, host: HostId) {
        self.hosts[host.0].is_strange = true;
    }

    /// Whether somebody at this address breaks rules.
    #[must_use]
    pub fn is_strange(&self, ip: IpAddr) -> bool {
        self.host_at(ip.to_canonical()).is_some_and(|host| self.hosts[host.0].is_strange)
    }

    /// A new endpoint's list of what is ready.
    pub fn add_poller(&mut self) -> PollerId {
        self.pollers.push(Poller::default());
        PollerId(self.pollers.len() - 1)
    }

    /// The weather, to be changed.
    pub fn weather_mut(&mut self) -> &mut Weather {
        &mut self.weather
    }

    fn now(&self) -> u64 {
        self.time.nanoseconds()
    }

    fn schedule(&mut self, at: u64, happening: Happening) {
        self.sequence += 1;
        self.agenda.push(Reverse((at, self.sequence, happening)));
    }

    /// When something happens next.
    #[must_use]
    pub fn next(&self) -> Option<u64> {
        self.agenda.peek().map(|Reverse((at, ..))| *at)
    }

    /// Lets happen what is due.
    pub fn advance(&mut self) {
        while let Some(Reverse((at, ..))) = self.agenda.peek()
            && *at <= self.now()
        {
            let Some(Reverse((_, _, happening))) = self.agenda.pop() else { return };
            match happening {
                Happening::Knock(wire) => self.knock(wire),
                Happening::Answer(wire, outcome) => self.answer(wire, outcome),
                Happening::Arrive(end) => self.arrive(end),
                Happening::GiveUp(end) => self.give_up(end),
            }
        }
    }

    /// Sockets that an endpoint has open.
    #[must_use]
    pub fn sockets_of(&self, poller: PollerId) -> usize {
        self.pollers[poller.0].sockets
    }

    /// How many bytes were read and written so far, by everybody.
    #[must_use]
    pub fn carried(&self) -> (u64, u64) {
        let ends = self.wires.iter().flat_map(|wire| &wire.ends);
        ends.fold((0, 0), |(read, written), end| (read + end.carried_in, written + end.carried_out))
    }

    /// How many sockets are open, and how many of them are those of endpoints.
    #[must_use]
    pub fn sockets(&self) -> (usize, usize) {
        let open = self.wires.iter().flat_map(|wire| &wire.ends).filter(|end| end.is_open);
        (open.clone().count(), open.filter(|end| end.watcher.is_some()).count())
    }

    /// How many bytes one end has read and written.
    #[must_use]
    pub fn carried_by(&self, end: EndId) -> WireBytes {
        let end = &self.wires[end.wire].ends[end.side];
        WireBytes { received: end.carried_in, sent: end.carried_out }
    }

    fn latency(&self, wire: usize) -> u64 {
        self.wires[wire].lanes[0].latency
    }

    /// Where the other end of a connection is.
    ///
    /// # Errors
    /// When there is no other end any more.
    pub fn peer_address(&self, end: EndId) -> io::Result<SocketAddr> {
        let wire = &self.wires[end.wire];
        if wire.stage == Stage::Connecting || wire.ends[end.side].is_dead {
            return Err(io::ErrorKind::NotConnected.into());
        }
        Ok(wire.ends[1 - end.side].address)
    }
}

fn in_future(now: u64, wait: Duration) -> u64 {
    now.saturating_add(nanoseconds(wait))
}
