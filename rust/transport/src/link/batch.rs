//! What crosses to the network thread at once: commands and messages, in the order in which they were given.

use std::time::Instant;

use crate::connection::Frame;
use crate::network::{Command, Network, NetworkHalf, PeerKey};

/// Commands and messages, oldest first.
#[derive(Debug, Default)]
pub(super) struct Batch {
    orders: Vec<Order>,
    /// Whom the messages are for: each has the next of them, as many as it says.
    keys: Vec<PeerKey>,
}

#[derive(Debug)]
enum Order {
    /// However many get it, a message is one order.
    Send {
        frame: Frame,
        recipients: usize,
    },
    Command(Command),
}

impl Batch {
    pub(super) fn is_empty(&self) -> bool {
        self.orders.is_empty()
    }

    /// How many orders there are.
    pub(super) fn len(&self) -> usize {
        self.orders.len()
    }

    pub(super) fn send(&mut self, to: &[PeerKey], frame: Frame) {
        self.orders.push(Order::Send { frame, recipients: to.len() });
        self.keys.extend_from_slice(to);
    }

    pub(super) fn command(&mut self, command: Command) {
        self.orders.push(Order::Command(command));
    }

    /// Moves all of another one to the end of this one. The other one gets this one's memory, if there is nothing in it.
    pub(super) fn append(&mut self, other: &mut Self) {
        if self.is_empty() {
            std::mem::swap(self, other);
        } else {
            self.orders.append(&mut other.orders);
            self.keys.append(&mut other.keys);
        }
    }

    pub(super) fn clear(&mut self) {
        self.orders.clear();
        self.keys.clear();
    }

    /// Gives all of it to the network half. What was sent leaves now.
    pub(super) fn apply<N: Network>(&mut self, half: &mut NetworkHalf<N>, now: Instant) {
        let mut keys = self.keys.as_slice();
        for order in self.orders.drain(..) {
            match order {
                Order::Send { frame, recipients } => {
                    let (to, others) = keys.split_at_checked(recipients).unwrap_or((keys, &[]));
                    keys = others;
                    half.send(to, frame, now);
                }
                Order::Command(command) => half.execute(command, now),
            }
        }
        self.keys.clear();
        if half.needs_flush() {
            half.flush(now);
        }
    }
}
