//! Listening, dialing, accepting.

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use rust_websocket_transport::network::Token;

use super::wire::{End, Lane, Stage, Wire};
use super::{EndId, Fabric, Failure, Happening, HostId, PollerId, in_future};
use crate::time::nanoseconds;

/// A listening socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ListenerId(usize);

/// How long a dialer knocks at a door where nobody answers.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long until it knocks again at one before which too many wait.
const AGAIN: Duration = Duration::from_secs(1);

/// How long the system has no descriptor to give.
const EXHAUSTION: Duration = Duration::from_millis(700);

/// What the system says then; the number is what the transport looks at.
const EMFILE: i32 = 24;

#[derive(Debug)]
pub(super) struct Listener {
    host: HostId,
    port: u16,
    poller: Option<PollerId>,
    backlog: usize,
    waiting: VecDeque<EndId>,
    exhausted_until: u64,
}

impl Fabric {
    /// Listens on every address of a machine; port 0 takes a free one.
    ///
    /// # Errors
    /// When the port is taken.
    pub fn listen(&mut self, host: HostId, port: u16, poller: Option<PollerId>) -> io::Result<ListenerId> {
        let is_taken = |fabric: &Self, port: u16| {
            fabric.listeners.iter().flatten().any(|listener| listener.host == host && listener.port == port)
        };
        let port = match port {
            0 => (40_000..).find(|port| !is_taken(self, *port)).ok_or(ErrorKind::AddrInUse)?,
            port if is_taken(self, port) => return Err(ErrorKind::AddrInUse.into()),
            port => port,
        };
        let backlog = self.dice.size(1, 64);
        self.listeners.push(Some(Listener {
            host,
            port,
            poller,
            backlog,
            waiting: VecDeque::new(),
            exhausted_until: 0,
        }));
        self.trace.say(|| format!("host {} listens on {port}", host.0));
        Ok(ListenerId(self.listeners.len() - 1))
    }

    /// The port of a listener.
    #[must_use]
    pub fn port(&self, listener: ListenerId) -> u16 {
        self.listeners[listener.0].as_ref().map_or(0, |listener| listener.port)
    }

    /// How many wait to be let in, at all doors of machines that are there.
    #[must_use]
    pub fn waiting(&self) -> usize {
        let listeners = self.listeners.iter().flatten().filter(|listener| !self.hosts[listener.host.0].is_gone);
        listeners.map(|listener| listener.waiting.len()).sum()
    }

    /// Nobody is let in any more; who waits is reset.
    pub fn stop_listening(&mut self, listener: ListenerId) {
        let Some(listener) = self.listeners[listener.0].take() else { return };
        self.trace.say(|| format!("host {} listens no more on {}", listener.host.0, listener.port));
        for end in listener.waiting {
            self.turn_away(end);
        }
    }

    fn turn_away(&mut self, end: EndId) {
        self.wires[end.wire].lanes[1 - end.side].arrived.push_back(0);
        self.close(end);
    }

    /// The next connection that waits.
    ///
    /// # Errors
    /// `WouldBlock` when there is none, or what the weather brings.
    pub fn accept(&mut self, id: ListenerId) -> io::Result<(EndId, SocketAddr)> {
        let now = self.now();
        let exhausts = self.dice.below(1000) < self.weather.exhaustion;
        let aborts = self.dice.below(1000) < self.weather.aborted;
        let may_exhaust = self.weather.exhaustion > 0;
        let Some(listener) = &mut self.listeners[id.0] else { return Err(ErrorKind::NotConnected.into()) };
        if listener.waiting.is_empty() {
            return Err(ErrorKind::WouldBlock.into());
        }
        if may_exhaust && (exhausts || now < listener.exhausted_until) {
            if exhausts && now >= listener.exhausted_until {
                listener.exhausted_until = in_future(now, EXHAUSTION);
            }
            self.trace.say(|| "accepting finds no descriptor".to_owned());
            return Err(io::Error::from_raw_os_error(EMFILE));
        }
        let Some(end) = listener.waiting.pop_front() else { return Err(ErrorKind::WouldBlock.into()) };
        if aborts {
            self.turn_away(end);
            return Err(ErrorKind::ConnectionAborted.into());
        }
        self.trace.say(|| format!("{end} is accepted"));
        Ok((end, self.wires[end.wire].ends[0].address))
    }

    /// Starts to connect; who watches is told how it went.
    ///
    /// # Errors
    /// When there is no way to that address.
    pub fn dial(&mut self, from: HostId, to: SocketAddr, watcher: Option<(PollerId, Token)>) -> io::Result<EndId> {
        let number = self.wires.len();
        let ip = to.ip().to_canonical();
        let Some(host) = self.host_at(ip) else { return Err(ErrorKind::NetworkUnreachable.into()) };
        let own = &self.hosts[from.0];
        let own_ip: IpAddr = if ip.is_ipv4() { own.ip4 } else { own.ip6 };
        let source = SocketAddr::new(own_ip, 50_000 + u16::try_from(number % 15_000).unwrap_or(0));
        let lanes = [self.lane(), self.lane()];
        self.wires.push(Wire {
            stage: Stage::Connecting,
            ends: [End::new(from, source, true), End::new(host, SocketAddr::new(ip, to.port()), false)],
            lanes,
        });
        let end = EndId { wire: number, side: 0 };
        if let Some((poller, token)) = watcher {
            let own = &mut self.wires[number].ends[0];
            own.watcher = Some((poller, token));
            self.pollers[poller.0].sockets += 1;
        }
        self.trace.say(|| format!("{end} dials {to}"));
        let at = self.now() + self.latency(number);
        self.schedule(at, Happening::Knock(number));
        Ok(end)
    }

    fn lane(&mut self) -> Lane {
        let weather = &self.weather;
        let dice = &mut self.dice;
        let latency = dice.between(nanoseconds(weather.latency.0), nanoseconds(weather.latency.1));
        let bandwidth = dice.between(weather.bandwidth.0, weather.bandwidth.1);
        Lane {
            flight: VecDeque::new(),
            flight_bytes: 0,
            arrived: VecDeque::new(),
            is_shut: false,
            has_end: false,
            window: dice.size(weather.window.0, weather.window.1),
            latency,
            nanoseconds_per_byte: 1_000_000_000 / bandwidth.max(1),
            free_at: 0,
            last_at: 0,
            is_awaited: false,
            unanswered_since: None,
        }
    }

    pub(super) fn knock(&mut self, number: usize) {
        let now = self.now();
        let [from, to] = self.wires[number].ends.each_ref().map(|end| (end.host, end.address));
        let back = now + self.wires[number].lanes[1].latency;
        if !self.wires[number].ends[0].is_open {
            return;
        }
        if self.hosts[to.0.0].is_gone || self.hosts[from.0.0].is_gone {
            self.schedule(in_future(now, PATIENCE), Happening::Answer(number, Err(Failure::TimedOut)));
            return;
        }
        let listener =
            self.listeners.iter_mut().flatten().find(|listener| listener.host == to.0 && listener.port == to.1.port());
        let Some(listener) = listener else {
            self.schedule(back, Happening::Answer(number, Err(Failure::Refused)));
            return;
        };
        if listener.waiting.len() >= listener.backlog {
            self.schedule(in_future(now, AGAIN), Happening::Knock(number));
            return;
        }
        listener.waiting.push_back(EndId { wire: number, side: 1 });
        if let Some(poller) = listener.poller {
            self.pollers[poller.0].listener_edge = true;
        }
        self.wires[number].ends[1].is_open = true;
        self.schedule(back, Happening::Answer(number, Ok(())));
    }

    pub(super) fn answer(&mut self, number: usize, outcome: Result<(), Failure>) {
        let end = EndId { wire: number, side: 0 };
        match outcome {
            Ok(()) if self.hosts[self.wires[number].ends[0].host.0].is_gone => {}
            Ok(()) => {
                self.wires[number].stage = Stage::Connected;
                if self.wires[number].ends[0].is_open {
                    self.trace.say(|| format!("{end} is connected"));
                    self.tell_writable(end);
                } else {
                    // It was called off meanwhile: the end follows.
                    self.shut(end);
                }
            }
            Err(Failure::Refused) => self.fail(end, ErrorKind::ConnectionRefused),
            Err(Failure::TimedOut) => self.fail(end, ErrorKind::TimedOut),
        }
    }

    /// Whether a connection has come about.
    ///
    /// # Errors
    /// Why it has not.
    pub fn is_connected(&mut self, end: EndId) -> io::Result<bool> {
        let wire = &mut self.wires[end.wire];
        if let Some(error) = wire.ends[end.side].error.take() {
            return Err(error.into());
        }
        Ok(wire.stage == Stage::Connected)
    }
}

impl fmt::Display for EndId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}{}", self.wire, if self.side == 0 { "a" } else { "b" })
    }
}
