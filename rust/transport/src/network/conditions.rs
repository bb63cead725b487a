//! Connections under conditions (see [`crate::stream::conditions`]): what is under way arrives without an event of any socket,
//! so somebody has to look when it is due.

use std::time::Instant;

use super::deadlines::Deadlines;
use super::half::Slot;
use super::{Network, NetworkHalf, PeerKey};
use crate::config::Conditions;
use crate::entropy::Entropy;
use crate::stream::Socket;
use crate::stream::conditions::Conditioned;

/// A new connection's socket, under the conditions that hold.
pub(super) fn conditioned<N: Network>(
    network: &N,
    socket: N::Socket,
    conditions: &Conditions,
    entropy: &mut Entropy,
) -> Conditioned<N::Socket> {
    let mut conditioned = Conditioned::new(socket);
    if !conditions.is_none() {
        conditioned.set_conditions(conditions, &network.clock(), entropy);
    }
    conditioned
}

impl<S: Socket> Slot<S> {
    /// The stream that is under conditions, or could be.
    pub(super) fn link(&mut self) -> &mut Conditioned<S> {
        self.connection.socket_mut().socket_mut().socket_mut()
    }

    /// To be called after anything was read or written.
    #[inline]
    pub(super) fn await_arrival(&mut self, key: PeerKey, arrivals: &mut Deadlines) {
        if let Some(at) = self.connection.socket().socket().socket().next_due()
            && self.arrival.is_none_or(|arrival| at < arrival)
        {
            self.arrival = Some(at);
            arrivals.add(at, key);
        }
    }
}

impl<N: Network> NetworkHalf<N> {
    /// What is due arrives: from here on it is as if sockets had said that they can be read from and written to.
    pub(super) fn let_arrive(&mut self, now: Instant) {
        // Once each: what is due again at once is the next drive's business.
        let due: Vec<_> = std::iter::from_fn(|| self.arrivals.pop_due(now)).collect();
        for (at, key) in due {
            let Some(slot) = self.slots.get_mut(key) else { continue };
            if slot.arrival != Some(at) {
                continue;
            }
            slot.arrival = None;
            slot.link().arrive();
            slot.connection.writable(now, &mut self.events);
            slot.is_readable = true;
            self.settle(key, now);
        }
    }

    /// Other conditions hold from now on, for connections that are there as well.
    pub(super) fn set_conditions(&mut self, conditions: Conditions, now: Instant) {
        if conditions == self.settings.conditions {
            return;
        }
        self.settings.conditions = conditions;
        let keys: Vec<PeerKey> = self.slots.keys().collect();
        for key in keys {
            let Some(slot) = self.slots.get_mut(key) else { continue };
            slot.link().set_conditions(&conditions, &self.network.clock(), &mut self.entropy);
            self.settle(key, now);
        }
    }
}
