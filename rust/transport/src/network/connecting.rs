//! How a client's connection comes about: it is dialed, and says its request.

use std::time::Instant;

use super::conditions::conditioned;
use super::half::Slot;
use super::platform::Token;
use super::{Network, NetworkHalf, PeerKey, Report};
use crate::connection::{Connection, grace};
use crate::error::CloseCause;
use crate::stream::tls::client::ClientTls;
use crate::stream::{Preface, Prefaced, Socket, Stream};
use crate::wire::url::Url;

impl<N: Network> NetworkHalf<N> {
    /// Goes on with connecting, until there is a connection to be opened or nothing more to try.
    pub(super) fn dial(&mut self, now: Instant) {
        let Some(dialing) = &mut self.dialing else { return };
        let Some(outcome) = dialing.go_on(&mut self.network, &self.ready, now) else { return };
        let Some(dialing) = self.dialing.take() else { return };
        // A game that was away while it was connected can ask only now.
        let deadline = grace(dialing.deadline, now).unwrap_or(dialing.deadline);
        match outcome.and_then(|socket| self.dialed(socket, &dialing.tls, &dialing.url, deadline)) {
            Ok(key) => self.settle(key, now),
            Err(cause) => self.fail(None, cause),
        }
    }

    /// There is a TCP connection: the request is said.
    fn dialed(
        &mut self,
        mut socket: N::Socket,
        tls: &ClientTls,
        url: &Url,
        deadline: Instant,
    ) -> Result<PeerKey, CloseCause> {
        if let Err(error) = socket.set_no_delay(true) {
            log::debug!("TCP_NODELAY could not be set: {error}");
        }
        let address = self.network.peer_address(&mut socket).ok();
        let Self { slots, network, settings, limits, entropy, .. } = self;
        let key = slots.try_insert_with_key(|key| {
            network.rename(&mut socket, Token::Peer(key)).map_err(|error| CloseCause::Io(error.kind()))?;
            let socket = conditioned(network, socket, &settings.conditions, entropy);
            let socket = Prefaced::new(socket, Preface::None);
            let stream = if url.tls { tls.connect(socket, &url.host)? } else { Stream::Plain(socket) };
            let entropy = entropy.fork();
            let connection =
                Connection::connected(stream, limits.clone(), &url.target(), &settings.handshake, entropy, deadline);
            let mut slot = Slot::new(connection, address);
            slot.is_known = true;
            Ok::<_, CloseCause>(slot)
        })?;
        if let Some(slot) = self.slots.get(key) {
            let meter = slot.connection.meter().clone();
            self.reports.push(Report::Dialed { key, address, meter });
        }
        Ok(key)
    }
}
