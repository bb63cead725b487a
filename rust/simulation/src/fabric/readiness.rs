//! Who is told of what. Edge-triggered, as `Network` promises: a change is told once.

use rust_websocket_transport::network::Token;
use rust_websocket_transport::stream::Readiness;

use super::wire::Stage;
use super::{EndId, Fabric, PollerId};

impl Fabric {
    pub(super) fn tell_readable(&mut self, end: EndId) {
        self.wires[end.wire].ends[end.side].readable_edge = true;
        self.queue(end);
    }

    pub(super) fn tell_writable(&mut self, end: EndId) {
        self.wires[end.wire].ends[end.side].writable_edge = true;
        self.queue(end);
    }

    fn queue(&mut self, end: EndId) {
        let own = &mut self.wires[end.wire].ends[end.side];
        if let Some((poller, _)) = own.watcher
            && !std::mem::replace(&mut own.is_queued, true)
        {
            self.pollers[poller.0].ready.push_back(end);
        }
    }

    /// From now on this one is told, under this name; of what is ready already at once.
    pub fn watch(&mut self, end: EndId, poller: PollerId, token: Token) {
        let own = &mut self.wires[end.wire].ends[end.side];
        if own.watcher.replace((poller, token)).is_none() {
            self.pollers[poller.0].sockets += 1;
        }
        let own = &mut self.wires[end.wire].ends[end.side];
        own.readable_edge = true;
        own.writable_edge = true;
        self.queue(end);
    }

    /// Whether a watcher is to be told something.
    #[must_use]
    pub fn has_news(&self, poller: PollerId) -> bool {
        let poller = &self.pollers[poller.0];
        poller.listener_edge || !poller.ready.is_empty()
    }

    /// Takes what a watcher is to be told.
    pub fn collect(&mut self, poller: PollerId, ready: &mut Vec<(Token, Readiness)>) {
        if std::mem::take(&mut self.pollers[poller.0].listener_edge) {
            ready.push((Token::Listener, Readiness { readable: true, writable: false, ended: false }));
        }
        let before = ready.len();
        for _ in 0..self.pollers[poller.0].ready.len() {
            let Some(end) = self.pollers[poller.0].ready.pop_front() else { break };
            if let Some(event) = self.event(end) {
                ready.push(event);
            }
        }
        let told = ready.len() - before;
        if told > 0 {
            self.trace.say(|| format!("poller {} is told of {:?}", poller.0, &ready[before..]));
        }
    }

    /// How often an endpoint has looked, at the most, while something lay in one of its sockets that it did not read.
    pub fn longest_wait(&mut self, poller: PollerId) -> u32 {
        let mut longest = 0;
        for wire in &mut self.wires {
            if self.hosts[wire.ends[0].host.0].is_strange {
                // Who does not read its pongs is not read from.
                continue;
            }
            for side in 0..2 {
                let has_bytes = !wire.lanes[1 - side].arrived.is_empty();
                let end = &mut wire.ends[side];
                if has_bytes && end.is_open && end.watcher.is_some_and(|(watcher, _)| watcher == poller) {
                    end.looks_unread += 1;
                    longest = longest.max(end.looks_unread);
                }
            }
        }
        longest
    }

    /// How many bytes lie in the sockets of an endpoint.
    #[must_use]
    pub fn unread(&self, poller: PollerId) -> usize {
        let ends = self.wires.iter().flat_map(|wire| wire.ends.iter().zip(wire.lanes.iter().rev()));
        let its = ends.filter(|(end, _)| end.is_open && end.watcher.is_some_and(|(watcher, _)| watcher == poller));
        its.map(|(_, from_other)| from_other.arrived.len()).sum()
    }

    fn event(&mut self, end: EndId) -> Option<(Token, Readiness)> {
        let tells_all = self.weather.tells_all;
        let wire = &mut self.wires[end.wire];
        let [in_lane, out_lane] = [&wire.lanes[1 - end.side], &wire.lanes[end.side]];
        let own = &mut wire.ends[end.side];
        own.is_queued = false;
        let readable_edge = std::mem::take(&mut own.readable_edge);
        let writable_edge = std::mem::take(&mut own.writable_edge);
        let (_, token) = own.watcher?;
        let ended = in_lane.has_end || own.is_dead;
        let readable = ended || !in_lane.arrived.is_empty();
        let writable = own.is_dead || (wire.stage == Stage::Connected && out_lane.room() > 0);
        let readiness = Readiness {
            readable: readable && (tells_all || readable_edge),
            writable: writable && (tells_all || writable_edge),
            ended: ended && (tells_all || readable_edge),
        };
        (readiness != Readiness::default()).then_some((token, readiness))
    }

    /// Tells everybody everything again. Whoever then has something to do has waited for an event that had come.
    pub fn tell_again(&mut self) {
        for wire in 0..self.wires.len() {
            for side in 0..2 {
                let end = EndId { wire, side };
                self.tell_readable(end);
                self.tell_writable(end);
            }
        }
    }
}
