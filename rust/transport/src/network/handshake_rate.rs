//! How often one address may ask to be let in.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use rustc_hash::FxHashMap;

use crate::bucket::{Bucket, Rate};

/// What the limit is told per.
const PERIOD: Duration = Duration::from_secs(60);

/// How many addresses are remembered: a few megabytes. Whoever has many has a new start sooner.
const MOST: usize = 1 << 15;

/// The addresses that have asked in the last minute. Nothing is gone through from one end to the other, whoever comes.
#[derive(Debug, Default)]
pub(super) struct HandshakeRate {
    buckets: FxHashMap<IpAddr, Bucket>,
    /// When each of them is forgotten, soonest first.
    order: BTreeSet<(Instant, IpAddr)>,
}

impl HandshakeRate {
    /// Counts a request of what counts as this address.
    ///
    /// # Errors
    /// How long it has to wait, if it asks too often; then this request does not count.
    pub(super) fn count(&mut self, address: IpAddr, most: usize, now: Instant) -> Result<(), Duration> {
        let Some(rate) = Rate::of(most, PERIOD) else { return Ok(()) };
        while let Some(first) = self.order.first().copied().filter(|(at, _)| *at <= now) {
            self.forget(first);
        }
        let mut bucket = self.buckets.get(&address).copied().unwrap_or_default();
        let next = bucket.next_token(rate, now);
        if next > now {
            return Err(next.saturating_duration_since(now));
        }
        if let Some(at) = bucket.full_at() {
            self.forget((at, address));
        } else if self.buckets.len() >= MOST
            && let Some(first) = self.order.first().copied()
        {
            self.forget(first);
        }
        bucket.take(1, rate, now);
        if let Some(at) = bucket.full_at() {
            self.order.insert((at, address));
        }
        self.buckets.insert(address, bucket);
        Ok(())
    }

    fn forget(&mut self, entry: (Instant, IpAddr)) {
        self.order.remove(&entry);
        self.buckets.remove(&entry.1);
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn address(number: usize) -> IpAddr {
        IpAddr::V4(Ipv4Addr::from(u32::try_from(number).unwrap()))
    }

    #[test]
    fn an_address_has_so_many_in_a_minute() {
        let mut rate = HandshakeRate::default();
        let now = Instant::now();
        for _ in 0..6 {
            assert_eq!(rate.count(address(1), 6, now), Ok(()));
        }
        assert_eq!(rate.count(address(1), 6, now), Err(PERIOD / 6));
        assert_eq!(rate.count(address(1), 6, now), Err(PERIOD / 6), "one that was refused does not count");
        assert_eq!(rate.count(address(2), 6, now), Ok(()), "others are others");
        assert_eq!(rate.count(address(1), 6, now + PERIOD / 6), Ok(()));
        assert!(rate.count(address(1), 6, now + PERIOD / 6).is_err());
        assert_eq!(rate.count(address(1), 0, now), Ok(()), "no limit");
    }

    #[test]
    fn no_crowd_of_addresses_takes_more_than_its_share_of_memory() {
        let mut rate = HandshakeRate::default();
        let now = Instant::now();
        for number in 0..3 * MOST {
            assert_eq!(rate.count(address(number), 2, now), Ok(()));
        }
        assert_eq!((rate.buckets.len(), rate.order.len()), (MOST, MOST));
        let later = now + PERIOD;
        assert_eq!(rate.count(address(0), 2, later), Ok(()));
        assert_eq!((rate.buckets.len(), rate.order.len()), (1, 1), "a minute later they are forgotten");
    }
}
