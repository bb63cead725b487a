//! The handshakes under way: how many there are, in all and from each address, and which of them makes room for another.
//! Nothing here is gone through from one end to the other: a flood must not make accepting dear.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};

use super::PeerKey;

/// How long a connection has before it may have to make room for another: several round trips around the world.
const GRACE: Duration = Duration::from_millis(500);

/// A place in the queue, in the order of arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ticket(u64);

/// The handshakes under way.
#[derive(Debug, Default)]
pub(super) struct Admission {
    /// All of them, oldest first.
    queue: BTreeMap<Ticket, Pending>,
    /// Those from each address that has any.
    by_address: HashMap<IpAddr, BTreeSet<Ticket>>,
    next: u64,
    /// Accepting rests until then.
    pub(super) rests_until: Option<Instant>,
}

#[derive(Debug, Clone, Copy)]
struct Pending {
    key: PeerKey,
    /// `None` while that is a proxy's, which speaks for many.
    address: Option<IpAddr>,
    /// When it was accepted, or was last seen to have spoken.
    since: Instant,
}

impl Admission {
    /// How many there are.
    pub(super) fn total(&self) -> usize {
        self.queue.len()
    }

    /// How many addresses there are that have any.
    pub(super) fn addresses(&self) -> usize {
        self.by_address.len()
    }

    /// The keys of their connections.
    pub(super) fn keys(&self) -> impl Iterator<Item = PeerKey> {
        self.queue.values().map(|pending| pending.key)
    }

    /// How many there are from what counts as this address.
    pub(super) fn from(&self, address: IpAddr) -> usize {
        self.by_address.get(&address).map_or(0, BTreeSet::len)
    }

    /// A connection with this key was accepted; from an address that counts, unless it is a proxy's.
    pub(super) fn add(&mut self, key: PeerKey, address: Option<IpAddr>, now: Instant) -> Ticket {
        let ticket = Ticket(self.next);
        self.next += 1;
        self.queue.insert(ticket, Pending { key, address, since: now });
        self.count_from(ticket, address);
        ticket
    }

    /// A proxy has told whom it speaks for: from now on this one counts there.
    pub(super) fn locate(&mut self, ticket: Ticket, address: Option<IpAddr>) {
        let Some(pending) = self.queue.get_mut(&ticket) else { return };
        let former = std::mem::replace(&mut pending.address, address);
        self.uncount_from(ticket, former);
        self.count_from(ticket, address);
    }

    fn count_from(&mut self, ticket: Ticket, address: Option<IpAddr>) {
        if let Some(address) = address {
            self.by_address.entry(address).or_default().insert(ticket);
        }
    }

    fn uncount_from(&mut self, ticket: Ticket, address: Option<IpAddr>) {
        let Some(address) = address else { return };
        if let Some(tickets) = self.by_address.get_mut(&address) {
            tickets.remove(&ticket);
            if tickets.is_empty() {
                self.by_address.remove(&address);
            }
        }
    }

    /// A handshake is over, one way or the other.
    pub(super) fn release(&mut self, ticket: Ticket) {
        let Some(pending) = self.queue.remove(&ticket) else { return };
        self.uncount_from(ticket, pending.address);
    }

    /// The oldest handshake that has had its chance, and its connection's key; of this address only, if there is one.
    pub(super) fn oldest(&self, from: Option<IpAddr>, now: Instant) -> Option<(Ticket, PeerKey)> {
        let ticket = match from {
            None => *self.queue.first_key_value()?.0,
            Some(address) => *self.by_address.get(&address)?.first()?,
        };
        let pending = self.queue.get(&ticket)?;
        (now.saturating_duration_since(pending.since) >= GRACE).then_some((ticket, pending.key))
    }

    /// When the oldest handshake has had its chance.
    pub(super) fn next_chance(&self) -> Option<Instant> {
        self.queue.first_key_value().map(|(_, pending)| pending.since + GRACE)
    }

    /// A new chance, at the end of the queue, for one that was found to have spoken. So it is not found again and again.
    pub(super) fn renew(&mut self, ticket: Ticket, now: Instant) -> Option<Ticket> {
        let Pending { key, address, .. } = *self.queue.get(&ticket)?;
        self.release(ticket);
        Some(self.add(key, address, now))
    }
}

/// What counts as one address: a household has one of IPv4, and a whole /64 of IPv6.
pub(super) fn origin(address: &SocketAddr) -> IpAddr {
    match address.ip().to_canonical() {
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        ip @ IpAddr::V4(_) => ip,
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
    const THERE: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2));

    fn key(number: usize) -> PeerKey {
        PeerKey::from_number((1 << 32) | number as u64)
    }

    #[test]
    fn the_oldest_that_has_had_its_chance_makes_room() {
        let mut admission = Admission::default();
        let now = Instant::now();
        let [first, second] =
            [(1, HERE), (2, THERE)].map(|(number, address)| admission.add(key(number), Some(address), now));
        assert_eq!(admission.oldest(None, now), None, "they have just come");
        let later = now + GRACE;
        assert_eq!(admission.oldest(None, later), Some((first, key(1))));
        assert_eq!(admission.oldest(Some(THERE), later), Some((second, key(2))));
        let renewed = admission.renew(first, later).unwrap();
        assert_eq!(admission.oldest(None, later), Some((second, key(2))));
        admission.release(second);
        assert_eq!((admission.oldest(None, later), admission.total(), admission.from(THERE)), (None, 1, 0));
        assert_eq!(admission.oldest(None, later + GRACE), Some((renewed, key(1))));
        admission.release(renewed);
        admission.release(renewed);
        assert_eq!((admission.total(), admission.from(HERE)), (0, 0));
        assert!(admission.by_address.is_empty());
    }

    #[test]
    fn whoever_came_by_a_proxy_counts_where_it_is() {
        let mut admission = Admission::default();
        let now = Instant::now();
        let ticket = admission.add(key(1), None, now);
        assert_eq!((admission.total(), admission.from(HERE)), (1, 0));
        admission.locate(ticket, Some(HERE));
        assert_eq!((admission.total(), admission.from(HERE)), (1, 1));
        let renewed = admission.renew(ticket, now + GRACE).unwrap();
        assert_eq!(admission.oldest(Some(HERE), now + 2 * GRACE), Some((renewed, key(1))));
        admission.locate(renewed, None);
        assert!(admission.by_address.is_empty());
        admission.release(renewed);
        assert_eq!(admission.total(), 0);
    }

    /// Going through a hundred thousand for each of a hundred thousand would take many minutes.
    #[test]
    fn a_crowd_makes_nothing_dear() {
        const CROWD: usize = 100_000;
        let mut admission = Admission::default();
        let now = Instant::now();
        let later = now + GRACE;
        // A slow one first, behind which those that are done must not pile up.
        let slow = admission.add(key(0), Some(THERE), now);
        let mut tickets: Vec<Ticket> = (1..=CROWD).map(|number| admission.add(key(number), Some(HERE), now)).collect();
        let last = admission.add(key(CROWD + 1), Some(THERE), now);
        admission.renew(slow, later).unwrap();
        for ticket in &mut tickets {
            // All of the crowd are passed over, as those from elsewhere are.
            assert_eq!(admission.oldest(Some(THERE), later), Some((last, key(CROWD + 1))));
            let (oldest, _) = admission.oldest(Some(HERE), later).unwrap();
            assert_eq!(oldest, *ticket);
            *ticket = admission.renew(oldest, later).unwrap();
        }
        for ticket in tickets {
            admission.release(ticket);
        }
        assert_eq!((admission.total(), admission.queue.len(), admission.from(HERE)), (2, 2, 0));
        assert!(now.elapsed() < Duration::from_secs(60));
    }
}
