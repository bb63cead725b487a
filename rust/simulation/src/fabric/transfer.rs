//! How bytes, ends and resets travel.

use std::io::{self, ErrorKind};

use super::wire::{Segment, Stage};
use super::{EndId, Fabric, GIVE_UP, Happening, in_future};
use crate::time::nanoseconds;

/// The most bytes in one segment.
const LONGEST: usize = 64 * 1024;

impl Fabric {
    /// Takes what has arrived, or a part of it. 0 is the end of the stream.
    ///
    /// # Errors
    /// `WouldBlock` when there is nothing, or what has become of the connection.
    pub fn read(&mut self, end: EndId, buffer: &mut [u8]) -> io::Result<usize> {
        let portion = self.portion();
        let wire = &mut self.wires[end.wire];
        let lane = &mut wire.lanes[1 - end.side];
        let own = &mut wire.ends[end.side];
        own.looks_unread = 0;
        if lane.arrived.is_empty() {
            if let Some(error) = own.error.take() {
                return Err(error.into());
            }
            let is_over = own.is_dead || lane.has_end;
            self.trace.say(|| format!("{end} reads nothing{}", if is_over { ": the end" } else { "" }));
            return if is_over { Ok(0) } else { Err(ErrorKind::WouldBlock.into()) };
        }
        let count = lane.arrived.len().min(buffer.len()).min(portion);
        let (front, back) = lane.arrived.as_slices();
        let from_front = front.len().min(count);
        buffer[..from_front].copy_from_slice(&front[..from_front]);
        buffer[from_front..count].copy_from_slice(&back[..count - from_front]);
        lane.arrived.drain(..count);
        own.carried_in += count as u64;
        let is_awaited = std::mem::take(&mut lane.is_awaited);
        self.trace.say(|| format!("{end} reads {count}"));
        if is_awaited {
            self.tell_writable(end.other());
        }
        Ok(count)
    }

    /// Takes bytes to be sent, or a part of them.
    ///
    /// # Errors
    /// `WouldBlock` when there is no room, or what has become of the connection.
    pub fn write(&mut self, end: EndId, bytes: &[u8]) -> io::Result<usize> {
        let portion = self.portion();
        let wire = &mut self.wires[end.wire];
        let own = &mut wire.ends[end.side];
        if let Some(error) = own.error.take() {
            return Err(error.into());
        }
        let lane = &mut wire.lanes[end.side];
        if own.is_dead || lane.is_shut {
            return Err(ErrorKind::BrokenPipe.into());
        }
        if wire.stage == Stage::Connecting || lane.room() == 0 {
            lane.is_awaited = true;
            self.trace.say(|| format!("{end} finds no room"));
            return Err(ErrorKind::WouldBlock.into());
        }
        let count = bytes.len().min(lane.room()).min(portion).min(LONGEST);
        lane.flight_bytes += count;
        own.carried_out += count as u64;
        self.trace.say(|| format!("{end} writes {count} of {}", bytes.len()));
        self.send(end, Segment::Data(bytes[..count].to_vec()));
        if self.dice.below(1000) < self.weather.reset {
            self.break_wire(end.wire);
        }
        Ok(count)
    }

    /// How much one call takes at the most.
    fn portion(&mut self) -> usize {
        match self.weather.portion {
            0 => usize::MAX,
            _ if self.dice.chance(500) => usize::MAX,
            most => self.dice.size(1, most),
        }
    }

    /// Sets something on its way, behind all that is on its way already.
    fn send(&mut self, end: EndId, segment: Segment) {
        let now = self.now();
        let jitter = self.dice.below(nanoseconds(self.weather.jitter) + 1);
        let stall = if self.dice.below(1000) < self.weather.stall {
            self.dice.below(nanoseconds(self.weather.stall_time) + 1)
        } else {
            0
        };
        let lane = &mut self.wires[end.wire].lanes[end.side];
        let size = if let Segment::Data(bytes) = &segment { bytes.len() as u64 } else { 0 };
        lane.free_at = lane.free_at.max(now) + size * lane.nanoseconds_per_byte;
        lane.last_at = lane.last_at.max(lane.free_at + lane.latency + jitter + stall);
        let at = lane.last_at;
        lane.flight.push_back((at, segment));
        self.schedule(at, Happening::Arrive(end));
    }

    /// A segment that `from` has sent is there.
    pub(super) fn arrive(&mut self, from: EndId) {
        let now = self.now();
        let to = from.other();
        let hosts = self.wires[from.wire].ends.each_ref().map(|end| end.host);
        let is_cut_off = hosts.iter().any(|host| self.hosts[host.0].is_gone);
        let wire = &mut self.wires[from.wire];
        let lane = &mut wire.lanes[from.side];
        if lane.flight.front().is_none_or(|(at, _)| *at > now) {
            return;
        }
        if is_cut_off {
            // Nobody answers, so it is sent again and again.
            if lane.unanswered_since.is_none() {
                lane.unanswered_since = Some(now);
                self.schedule(in_future(now, GIVE_UP), Happening::GiveUp(from));
            }
            return;
        }
        let Some((_, segment)) = lane.flight.pop_front() else { return };
        let is_open = wire.ends[to.side].is_open && !wire.ends[to.side].is_dead;
        match segment {
            Segment::Data(bytes) => {
                if is_open {
                    lane.flight_bytes -= bytes.len();
                    lane.arrived.extend(&bytes);
                    self.trace.say(|| format!("{to} is reached by {}", bytes.len()));
                    self.tell_readable(to);
                } else {
                    // Nobody is there to take it, and the sender is told so.
                    self.reset(to);
                }
            }
            Segment::End => {
                lane.has_end = true;
                self.trace.say(|| format!("{to} is reached by the end"));
                self.tell_readable(to);
            }
            Segment::Reset => self.fail(to, ErrorKind::ConnectionReset),
        }
    }

    /// Nothing more will be written.
    pub fn shut(&mut self, end: EndId) {
        let wire = &mut self.wires[end.wire];
        let lane = &mut wire.lanes[end.side];
        if lane.is_shut || wire.ends[end.side].is_dead || wire.stage == Stage::Connecting {
            return;
        }
        lane.is_shut = true;
        self.trace.say(|| format!("{end} shuts its lane"));
        self.send(end, Segment::End);
    }

    /// A socket is closed. With unread bytes in it the system sends a reset, else an end.
    pub fn close(&mut self, end: EndId) {
        let wire = &mut self.wires[end.wire];
        let own = &mut wire.ends[end.side];
        if !own.is_open {
            return;
        }
        own.is_open = false;
        let is_dead = own.is_dead;
        if let Some((poller, _)) = own.watcher.take() {
            self.pollers[poller.0].sockets -= 1;
        }
        let has_unread = !wire.lanes[1 - end.side].arrived.is_empty();
        // What lies there takes its room for ever: nobody will read it.
        self.trace.say(|| format!("{end} closes{}", if has_unread { " with unread bytes" } else { "" }));
        if is_dead {
            return;
        }
        if has_unread {
            self.reset(end);
        } else {
            self.shut(end);
        }
    }

    /// Sends a reset: this end is dead at once, the other when it gets there.
    fn reset(&mut self, end: EndId) {
        let wire = &mut self.wires[end.wire];
        if wire.ends[end.side].is_dead {
            return;
        }
        wire.ends[end.side].is_dead = true;
        self.trace.say(|| format!("{end} resets"));
        self.send(end, Segment::Reset);
    }

    /// The connection breaks, for both.
    fn break_wire(&mut self, wire: usize) {
        for side in 0..2 {
            self.fail(EndId { wire, side }, ErrorKind::ConnectionReset);
        }
    }

    /// The connection is dead for this end, and its owner is told.
    pub(super) fn fail(&mut self, end: EndId, kind: ErrorKind) {
        let destroys = self.weather.reset_destroys;
        let wire = &mut self.wires[end.wire];
        let own = &mut wire.ends[end.side];
        if own.is_dead {
            return;
        }
        own.is_dead = true;
        own.error = Some(kind);
        if destroys {
            wire.lanes[1 - end.side].arrived.clear();
        }
        wire.lanes[end.side].flight.clear();
        wire.lanes[end.side].flight_bytes = 0;
        self.trace.say(|| format!("{end} fails: {kind}"));
        self.tell_readable(end);
        self.tell_writable(end);
    }

    pub(super) fn give_up(&mut self, end: EndId) {
        self.fail(end, ErrorKind::TimedOut);
    }
}
