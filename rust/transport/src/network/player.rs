//! Whose a connection is: behind proxies that are trusted, the player's who speaks through them.

use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use super::admission::origin;
use super::{Network, NetworkHalf, PeerKey};
use crate::config::ProxyProtocol;
use crate::error::{CloseCause, ProxyError};
use crate::stream::Preface;
use crate::wire::forwarded;
use crate::wire::request::Asked;

impl<N: Network> NetworkHalf<N> {
    /// What stands before the bytes of a connection from there.
    ///
    /// # Errors
    /// When such a connection is not wanted at all.
    pub(super) fn preface(&self, address: Option<SocketAddr>) -> Result<Preface, ProxyError> {
        let proxies = &self.settings.proxies;
        let is_trusted = proxies.trusted.has(address);
        match proxies.protocol {
            ProxyProtocol::Off => Ok(Preface::None),
            ProxyProtocol::Optional => Ok(if is_trusted { Preface::Optional } else { Preface::None }),
            ProxyProtocol::Required if is_trusted || proxies.trusted.is_empty() => Ok(Preface::Required),
            ProxyProtocol::Required => Err(ProxyError::Untrusted),
        }
    }

    /// What a connection from there counts as; `None` for a proxy, which speaks for many, and for whoever comes by a Unix socket.
    pub(super) fn counted(&self, address: Option<SocketAddr>) -> Option<IpAddr> {
        address.filter(|_| !self.settings.proxies.trusted.has(address)).map(|address| origin(&address))
    }

    /// Whether there are as many handshakes from this address as there may be.
    pub(super) fn is_crowded_from(&self, address: Option<IpAddr>) -> bool {
        let (Some(door), Some(address)) = (&self.door, address) else { return false };
        door.admission.from(address) >= self.settings.admission.max_handshakes_per_address
    }

    /// A proxy has said below TLS where a connection comes from.
    pub(super) fn hear_source(&mut self, key: PeerKey, source: SocketAddr, now: Instant) {
        self.locate(key, source, now);
    }

    /// A request is here: if a proxy has sent it, that says for whom. Whether the connection is still there.
    pub(super) fn find_player(&mut self, key: PeerKey, now: Instant) -> bool {
        let Some(slot) = self.slots.get_mut(key) else { return false };
        let trusted = &self.settings.proxies.trusted;
        if self.door.is_none() || !trusted.has(slot.address) {
            return true;
        }
        let Some(Asked::Upgrade(request)) = slot.connection.request() else { return true };
        let behind = forwarded::read(request.headers(), |ip| trusted.has_ip(ip));
        slot.is_tls_outside = behind.uses_tls;
        behind.address.is_none_or(|address| self.locate(key, address, now))
    }

    /// A connection turns out to come from there, and counts there from now on. Whether there is room for it.
    fn locate(&mut self, key: PeerKey, address: SocketAddr, now: Instant) -> bool {
        let Some(slot) = self.slots.get_mut(key) else { return false };
        slot.address = Some(address);
        let Some(ticket) = slot.ticket else { return true };
        let from = self.counted(Some(address));
        if self.is_crowded_from(from) && !self.make_room(from, now) {
            self.fail(Some(address), CloseCause::Crowded);
            self.remove(key);
            return false;
        }
        if let Some(door) = &mut self.door {
            door.admission.locate(ticket, from);
        }
        true
    }
}
