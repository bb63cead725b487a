//! From a URL to a connected socket: every address of the name is tried, IPv6 and IPv4 racing, as "Happy Eyeballs" has it
//! (RFC 8305).

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::time::{Duration, Instant};

use super::platform::{Lookup, Network, Token};
use crate::error::{CloseCause, DialError, Phase};
use crate::fault::{Fault, is_planted};
use crate::stream::Readiness;
use crate::stream::tls::client::ClientTls;
use crate::wire::url::Url;

/// How long an attempt is alone before the next address is tried beside it (RFC 8305 section 5).
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// How often a lookup is asked for its answer, of which no event tells.
const LOOKUP_INTERVAL: Duration = Duration::from_millis(10);

/// A client's connection that is about to be.
#[derive(Debug)]
pub(super) struct Dialing<N: Network> {
    pub(super) url: Url,
    pub(super) tls: ClientTls,
    /// When the opening handshake has to be done.
    pub(super) deadline: Instant,
    stage: Stage<N>,
}

#[derive(Debug)]
enum Stage<N: Network> {
    Resolving(N::Lookup),
    Racing(Race<N::Socket>),
}

#[derive(Debug)]
struct Race<S> {
    candidates: VecDeque<SocketAddr>,
    /// By token: attempt n has token n.
    attempts: Vec<Option<S>>,
    next_attempt: Instant,
    last_error: io::ErrorKind,
}

impl<N: Network> Dialing<N> {
    /// Starts. An address needs no lookup and is dialed at once.
    pub(super) fn start(
        network: &mut N,
        url: Url,
        tls: ClientTls,
        deadline: Instant,
        now: Instant,
    ) -> Result<Self, CloseCause> {
        if url.tls {
            tls.check(&url.host)?;
        }
        let stage = match url.host.parse::<IpAddr>() {
            _ if url.socket.is_some() => Stage::Racing(Race::new(Vec::new(), now)),
            Ok(ip) => Stage::Racing(Race::new(vec![SocketAddr::new(ip, url.port)], now)),
            Err(_) => match network.look_up(&url.host, url.port) {
                Ok(lookup) => Stage::Resolving(lookup),
                Err(error) => return Err(not_found(&url.host, &error.to_string()).into()),
            },
        };
        let mut dialing = Self { url, tls, deadline, stage };
        if let Stage::Racing(race) = &mut dialing.stage {
            match &dialing.url.socket {
                Some(path) => race.attempt_local(network, path),
                None => race.attempt_next(network, now),
            }
            if race.is_lost() {
                return Err(dialing.failure().into());
            }
        }
        Ok(dialing)
    }

    /// Goes on: a connected socket, registered under the token of its attempt, or the end. `None`: not yet.
    pub(super) fn go_on(
        &mut self,
        network: &mut N,
        ready: &[(Token, Readiness)],
        now: Instant,
    ) -> Option<Result<N::Socket, CloseCause>> {
        match self.try_on(network, ready, now) {
            None if now >= self.deadline => Some(Err(CloseCause::TimedOut(Phase::Handshake))),
            outcome => outcome.map(|outcome| outcome.map_err(CloseCause::from)),
        }
    }

    fn try_on(
        &mut self,
        network: &mut N,
        ready: &[(Token, Readiness)],
        now: Instant,
    ) -> Option<Result<N::Socket, DialError>> {
        if let Stage::Resolving(lookup) = &mut self.stage {
            match lookup.poll()? {
                Ok(addresses) if addresses.is_empty() => {
                    return Some(Err(not_found(&self.url.host, "it has no address")));
                }
                Ok(addresses) => self.stage = Stage::Racing(Race::new(addresses, now)),
                Err(error) => return Some(Err(not_found(&self.url.host, &error.to_string()))),
            }
        }
        let Stage::Racing(race) = &mut self.stage else { return None };
        if let Some(socket) = race.go_on(network, ready, now) {
            return Some(Ok(socket));
        }
        if race.is_lost() { Some(Err(self.failure())) } else { None }
    }

    /// When it wants to go on, if nothing happens before.
    pub(super) fn next(&self, now: Instant) -> Instant {
        let next = match &self.stage {
            Stage::Resolving(_) => now + LOOKUP_INTERVAL,
            Stage::Racing(race) if race.candidates.is_empty() => self.deadline,
            Stage::Racing(race) => race.next_attempt,
        };
        next.min(self.deadline)
    }

    fn failure(&self) -> DialError {
        let kind = match &self.stage {
            Stage::Racing(race) => race.last_error,
            Stage::Resolving(_) => io::ErrorKind::Other,
        };
        DialError::Failed { host: self.url.host_and_port(), kind }
    }
}

/// How many addresses are tried.
fn attempts() -> usize {
    if is_planted(Fault::FirstAddressOnly) { 1 } else { usize::MAX }
}

/// The standard library adds words for programmers to what the system's resolver says: before it on Unix, and after it
/// on Windows, where it is a sentence with its full stop.
fn not_found(host: &str, said: &str) -> DialError {
    let detail = said.strip_prefix("failed to lookup address information: ").unwrap_or(said);
    let detail = detail.split_once(" (os error ").map_or(detail, |(words, _)| words).trim_end_matches('.');
    DialError::NameNotFound { host: host.to_owned(), detail: detail.to_owned() }
}

impl<S> Race<S> {
    fn new(addresses: Vec<SocketAddr>, now: Instant) -> Self {
        Self {
            candidates: interleave(addresses.into_iter().take(attempts()).collect()),
            attempts: Vec::new(),
            next_attempt: now,
            last_error: io::ErrorKind::Other,
        }
    }

    fn is_lost(&self) -> bool {
        self.candidates.is_empty() && self.attempts.iter().all(Option::is_none)
    }

    fn go_on<N: Network<Socket = S>>(
        &mut self,
        network: &mut N,
        ready: &[(Token, Readiness)],
        now: Instant,
    ) -> Option<S> {
        for (token, readiness) in ready {
            let Token::Attempt(number) = token else { continue };
            let Some(place) = self.attempts.get_mut(*number as usize) else { continue };
            let Some(socket) = place else { continue };
            if !readiness.writable && !readiness.readable {
                continue;
            }
            match network.is_connected(socket) {
                Ok(true) => return place.take(),
                Ok(false) => {}
                Err(error) => {
                    self.last_error = error.kind();
                    *place = None;
                    // A failure is no reason to let the next one wait.
                    self.next_attempt = now;
                }
            }
        }
        if now >= self.next_attempt {
            self.attempt_next(network, now);
        }
        None
    }

    /// Dials a Unix socket, which is the only way.
    fn attempt_local<N: Network<Socket = S>>(&mut self, network: &mut N, path: &Path) {
        match network.connect_local(path, Token::Attempt(0)) {
            Ok(socket) => self.attempts.push(Some(socket)),
            Err(error) => self.last_error = error.kind(),
        }
    }

    /// Dials the next address that can be dialed at all.
    fn attempt_next<N: Network<Socket = S>>(&mut self, network: &mut N, now: Instant) {
        while let Some(address) = self.candidates.pop_front() {
            let Ok(number) = u32::try_from(self.attempts.len()) else { return };
            match network.connect(address, Token::Attempt(number)) {
                Ok(socket) => {
                    self.attempts.push(Some(socket));
                    self.next_attempt = now + ATTEMPT_DELAY;
                    return;
                }
                Err(error) => self.last_error = error.kind(),
            }
        }
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
}
