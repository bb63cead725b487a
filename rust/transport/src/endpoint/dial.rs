//! From a host and port to a connected stream: every address of the name is tried, IPv6 and IPv4 racing, as
//! "Happy Eyeballs" has it (RFC 8305).

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use mio::Interest;
use mio::net::TcpStream;

use super::io::{Io, Readiness};
use super::resolve::Lookup;
use crate::error::DialError;

/// How long an attempt is alone before the next address is tried beside it (RFC 8305 section 5).
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// A connection that is about to be.
#[derive(Debug)]
pub(super) struct Dialer {
    host: String,
    port: u16,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Resolving(Lookup),
    Racing(Race),
}

#[derive(Debug)]
struct Race {
    candidates: VecDeque<SocketAddr>,
    /// By token: attempt n has token n.
    attempts: Vec<Option<TcpStream>>,
    next_attempt: Instant,
    last_error: io::ErrorKind,
}

/// A stream that is connected, registered under this token for reading and writing.
#[derive(Debug)]
pub(super) struct Dialed {
    pub(super) stream: TcpStream,
    pub(super) token: usize,
}

impl Dialer {
    /// Starts. An address needs no lookup and is dialed at once.
    pub(super) fn start(host: &str, port: u16, io: &Io, now: Instant) -> Result<Self, DialError> {
        let stage = match host.parse::<IpAddr>() {
            Ok(ip) => Stage::Racing(Race::new(vec![SocketAddr::new(ip, port)], now)),
            Err(_) => match Lookup::start(host, port) {
                Ok(lookup) => Stage::Resolving(lookup),
                Err(error) => return Err(not_found(host, &error.to_string())),
            },
        };
        let mut dialer = Self { host: host.to_owned(), port, stage };
        if let Stage::Racing(race) = &mut dialer.stage {
            race.attempt_next(io, now);
            if race.is_lost() {
                return Err(dialer.failure());
            }
        }
        Ok(dialer)
    }

    /// Goes on. `None`: not yet.
    pub(super) fn poll(&mut self, io: &Io, ready: &[Readiness], now: Instant) -> Option<Result<Dialed, DialError>> {
        if let Stage::Resolving(lookup) = &self.stage {
            match lookup.poll()? {
                Ok(addresses) if addresses.is_empty() => return Some(Err(not_found(&self.host, "it has no address"))),
                Ok(addresses) => self.stage = Stage::Racing(Race::new(addresses, now)),
                Err(error) => return Some(Err(not_found(&self.host, &error.to_string()))),
            }
        }
        let Stage::Racing(race) = &mut self.stage else { return None };
        if let Some(dialed) = race.poll(io, ready, now) {
            return Some(Ok(dialed));
        }
        if race.is_lost() { Some(Err(self.failure())) } else { None }
    }

    fn failure(&self) -> DialError {
        let kind = match &self.stage {
            Stage::Racing(race) => race.last_error,
            Stage::Resolving(_) => io::ErrorKind::Other,
        };
        // The colons of an IPv6 address are no port's.
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        DialError::Failed { host: format!("{host}:{}", self.port), kind }
    }
}

/// The standard library adds words for programmers to what the system's resolver says: before it on Unix, and after it
/// on Windows, where it is a sentence with its full stop.
fn not_found(host: &str, said: &str) -> DialError {
    let detail = said.strip_prefix("failed to lookup address information: ").unwrap_or(said);
    let detail = detail.split_once(" (os error ").map_or(detail, |(words, _)| words).trim_end_matches('.');
    DialError::NameNotFound { host: host.to_owned(), detail: detail.to_owned() }
}

impl Race {
    fn new(addresses: Vec<SocketAddr>, now: Instant) -> Self {
        Self {
            candidates: interleave(addresses),
            attempts: Vec::new(),
            next_attempt: now,
            last_error: io::ErrorKind::Other,
        }
    }

    fn is_lost(&self) -> bool {
        self.candidates.is_empty() && self.attempts.iter().all(Option::is_none)
    }

    fn poll(&mut self, io: &Io, ready: &[Readiness], now: Instant) -> Option<Dialed> {
        for readiness in ready.iter().filter(|readiness| readiness.writable || readiness.readable) {
            let Some(attempt) = self.attempts.get_mut(readiness.token) else { continue };
            match attempt.as_ref().map(outcome) {
                Some(Ok(true)) => {
                    return attempt.take().map(|stream| Dialed { stream, token: readiness.token });
                }
                Some(Err(error)) => {
                    self.last_error = error.kind();
                    *attempt = None;
                    // A failure is no reason to let the next one wait.
                    self.next_attempt = now;
                }
                Some(Ok(false)) | None => {}
            }
        }
        if now >= self.next_attempt {
            self.attempt_next(io, now);
        }
        None
    }

    /// Dials the next address that can be dialed at all.
    fn attempt_next(&mut self, io: &Io, now: Instant) {
        while let Some(address) = self.candidates.pop_front() {
            match TcpStream::connect(address) {
                Ok(mut stream) => {
                    let token = self.attempts.len();
                    match io.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE) {
                        Ok(()) => {
                            self.attempts.push(Some(stream));
                            self.next_attempt = now + ATTEMPT_DELAY;
                            return;
                        }
                        Err(error) => self.last_error = error.kind(),
                    }
                }
                Err(error) => self.last_error = error.kind(),
            }
        }
    }
}

/// Whether a stream is connected; `Ok(false)` while it is still under way.
fn outcome(stream: &TcpStream) -> io::Result<bool> {
    if let Some(error) = stream.take_error()? {
        return Err(error);
    }
    match stream.peer_addr() {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(false),
        // What Linux's connect(2) calls EINPROGRESS.
        Err(error) if error.raw_os_error() == Some(115) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The system's order, with the two families taking turns (RFC 8305 section 4).
fn interleave(addresses: Vec<SocketAddr>) -> VecDeque<SocketAddr> {
    let first_is_ipv6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) =
        addresses.into_iter().partition(|address| address.is_ipv6() == first_is_ipv6);
    let mut second = second.into_iter();
    let mut order = VecDeque::new();
    for address in first {
        order.push_back(address);
        order.extend(second.next());
    }
    order.extend(second);
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_take_turns() {
        let address = |text: &str| text.parse::<SocketAddr>().unwrap();
        let [a, b, c, x] = ["[::1]:1", "[::2]:1", "[::3]:1", "127.0.0.1:1"].map(address);
        assert_eq!(interleave(vec![a, b, c, x]), [a, x, b, c]);
        assert_eq!(interleave(vec![x, a, b]), [x, a, b]);
        assert!(interleave(Vec::new()).is_empty());
    }

    #[test]
    fn words_for_programmers_are_left_out() {
        let detail = |said: &str| {
            let words = not_found("a.test", said).to_string();
            let detail = words.strip_prefix("the name 'a.test' was not found (").unwrap();
            detail.strip_suffix(')').unwrap().to_owned()
        };
        // Linux, Windows, and Linux without a file that its resolver wants.
        assert_eq!(
            detail("failed to lookup address information: Name or service not known"),
            "Name or service not known"
        );
        assert_eq!(detail("No such host is known. (os error 11001)"), "No such host is known");
        assert_eq!(detail("No such file or directory (os error 2)"), "No such file or directory");
        assert_eq!(detail("it has no address"), "it has no address");
        assert_eq!(detail("(os error 5)"), "(os error 5)");
    }

    #[test]
    fn ports_are_told_from_addresses() {
        let failure = |host: &str| {
            let stage = Stage::Racing(Race::new(Vec::new(), Instant::now()));
            Dialer { host: host.to_owned(), port: 9080, stage }.failure().to_string()
        };
        assert!(failure("::1").starts_with("no connection to [::1]:9080: "), "{}", failure("::1"));
        assert!(failure("127.0.0.1").starts_with("no connection to 127.0.0.1:9080: "));
        assert!(failure("game.test").starts_with("no connection to game.test:9080: "));
    }
}
