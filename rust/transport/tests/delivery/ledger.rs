//! What one side has accepted for the other, and how much of it has arrived.

use std::rc::Rc;

/// The packets of one direction of one connection.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    accepted: Vec<Rc<[u8]>>,
    delivered: usize,
}

impl Ledger {
    /// The sender was told that this packet is on its way.
    pub(crate) fn accept(&mut self, payload: Rc<[u8]>) {
        self.accepted.push(payload);
    }

    /// The receiver was given this packet: it must be the next.
    pub(crate) fn deliver(&mut self, payload: &[u8], way: &str) {
        let wanted = self.accepted.get(self.delivered);
        assert!(
            wanted.is_some_and(|wanted| **wanted == *payload),
            "{way}: packet {} should have {:?} bytes, and one with {} arrived that is not it (packet {:?} is)",
            self.delivered,
            wanted.map(|wanted| wanted.len()),
            payload.len(),
            self.accepted.iter().position(|accepted| **accepted == *payload),
        );
        self.delivered += 1;
    }

    pub(crate) fn is_settled(&self) -> bool {
        self.delivered == self.accepted.len()
    }

    pub(crate) fn accepted(&self) -> usize {
        self.accepted.len()
    }

    pub(crate) fn delivered(&self) -> usize {
        self.delivered
    }
}
