//! What the network half is told, and does at once.

use std::time::Instant;

use super::deadlines::Deadlines;
use super::half::Stage;
use super::{Command, Network, NetworkHalf, PeerKey};
use crate::close_code::CloseCode;
use crate::config::{NewMaxAge, Settings};
use crate::connection::Frame;
use crate::fault::{Fault, is_planted};

impl<N: Network> NetworkHalf<N> {
    /// Does what a command says.
    pub fn execute(&mut self, command: Command, now: Instant) {
        match command {
            Command::Close { key, code, reason } => self.close(key, code, &reason, now),
            Command::Cut { key } => self.cut(key, now),
            Command::Abandon { key, code, reason } => self.abandon(key, code, &reason, now),
            Command::Release { key } => self.release(key, now),
            Command::Resume { key } => self.resume(key, now),
            Command::SetLimits { key, limits } => {
                if let Some(slot) = self.slots.get_mut(key) {
                    slot.connection.set_limits(limits, now);
                }
                self.settle(key, now);
            }
            Command::Displace { key, until } => {
                if let Some(slot) = self.slots.get_mut(key) {
                    slot.connection.displace(until);
                }
            }
            Command::SetNoDelay { key, enabled } => self.set_no_delay(key, enabled),
            Command::Configure(settings) => self.configure(*settings, now),
            Command::SetConditions(conditions) => self.set_conditions(*conditions, now),
            Command::RefuseNew(refuses) => self.refuse_new(refuses),
            Command::Answer { key, answer } => self.decide(key, &answer, now),
            Command::Dismiss => self.dismiss(),
            Command::Show { key, page } => self.show(key, &page, now),
            Command::Drain { until } => self.drain(until, now),
            Command::SetTls(tls) => self.set_tls(tls),
            Command::StopDialing => self.dialing = None,
        }
    }

    pub(super) fn send_to(&mut self, key: PeerKey, frame: Frame, now: Instant) {
        let Some(slot) = self.slots.get_mut(key) else { return };
        slot.connection.send(frame, self.tick, now);
        slot.await_arrival(key, &mut self.arrivals);
        if slot.connection.has_failed() {
            slot.is_readable = true;
            if !slot.is_queued {
                slot.is_queued = true;
                self.readable.push_back(key);
            }
        }
        if slot.connection.needs_flush() && !slot.is_unflushed {
            slot.is_unflushed = true;
            self.unflushed.push(key);
        }
        if slot.connection.drops_the_old() {
            // It may grow too old before anything else happens.
            slot.schedule(key, &mut self.deadlines);
        }
    }

    /// Writes what waits for one connection, as far as its socket takes it.
    pub fn write(&mut self, key: PeerKey, now: Instant) {
        let Some(slot) = self.slots.get_mut(key) else { return };
        slot.connection.flush(now, &mut self.events);
        if slot.connection.has_failed() {
            slot.is_readable = true;
        }
        self.settle(key, now);
    }

    /// Whether [`NetworkHalf::flush`] has something to do.
    pub fn needs_flush(&self) -> bool {
        !self.unflushed.is_empty()
    }

    /// Writes what waits, as far as the sockets take it: the end of a tick.
    pub fn flush(&mut self, now: Instant) {
        self.tick += 1;
        self.write_unflushed(now);
    }

    pub(super) fn write_unflushed(&mut self, now: Instant) {
        let mut keys = std::mem::replace(&mut self.unflushed, std::mem::take(&mut self.spare_keys));
        for key in keys.drain(..) {
            if let Some(slot) = self.slots.get_mut(key) {
                slot.is_unflushed = false;
            }
            if is_planted(Fault::FlushForgotten) {
                continue;
            }
            self.write(key, now);
        }
        self.spare_keys = keys;
    }

    fn close(&mut self, key: PeerKey, code: Option<CloseCode>, reason: &str, now: Instant) {
        let Some(slot) = self.slots.get_mut(key) else { return };
        slot.connection.close(code, reason, now, &mut self.events);
        self.settle(key, now);
    }

    fn cut(&mut self, key: PeerKey, now: Instant) {
        let Some(slot) = self.slots.get_mut(key) else { return };
        slot.connection.cut(&mut self.events);
        self.settle(key, now);
    }

    fn abandon(&mut self, key: PeerKey, code: CloseCode, reason: &str, now: Instant) {
        let Some(slot) = self.slots.get_mut(key) else { return };
        slot.connection.abandon(code, reason, now);
        slot.stage = Stage::Released;
        self.remove(key);
    }

    fn release(&mut self, key: PeerKey, now: Instant) {
        let Some(slot) = self.slots.get_mut(key) else { return };
        slot.stage = Stage::Released;
        self.free_id(key);
        self.settle(key, now);
    }

    fn resume(&mut self, key: PeerKey, now: Instant) {
        if is_planted(Fault::ResumeIgnored) {
            return;
        }
        let Some(slot) = self.slots.get_mut(key) else { return };
        slot.is_paused = false;
        self.settle(key, now);
    }

    fn set_no_delay(&mut self, key: PeerKey, enabled: bool) {
        use crate::stream::Socket as _;
        let Some(slot) = self.slots.get_mut(key) else { return };
        if let Err(error) = slot.connection.socket_mut().set_no_delay(enabled) {
            log::warn!("TCP_NODELAY could not be set: {error}");
        }
    }

    fn configure(&mut self, settings: Settings, now: Instant) {
        let conditions = settings.conditions;
        let mut new_max_age = NewMaxAge::new(settings.limits.unreliable_max_age);
        if *self.limits != settings.limits {
            self.limits = settings.limits.into();
        }
        self.settings = Settings { conditions: self.settings.conditions, ..settings };
        self.set_conditions(conditions, now);
        let keys: Vec<PeerKey> = self.slots.keys().collect();
        for key in keys {
            let Some(slot) = self.slots.get_mut(key) else { continue };
            if let Some(limits) = new_max_age.of(slot.connection.limits()) {
                slot.connection.set_limits(limits, now);
                self.settle(key, now);
            }
        }
    }

    /// Abandons every connection, and stops listening and dialing.
    pub fn shut_down(&mut self, code: CloseCode) {
        self.dialing = None;
        let now = self.now();
        let keys: Vec<PeerKey> = self.slots.keys().collect();
        for key in keys {
            if let Some(slot) = self.slots.get(key)
                && matches!(slot.stage, Stage::Opening)
                && self.door.is_some()
            {
                self.totals.fail_handshake(&crate::error::CloseCause::Cut);
            }
            self.abandon(key, code, "", now);
        }
        self.door = None;
        // Nobody is left whom these could name.
        self.readable.clear();
        self.unflushed.clear();
        self.deadlines = Deadlines::default();
    }
}
