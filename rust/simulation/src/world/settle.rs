//! Who settles in a world, and where.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use rust_websocket_transport::config::Settings;
use rust_websocket_transport::entropy::Share;

use super::{Inhabitant, World};
use crate::dice::Dice;
use crate::fabric::{Answer, HostId};
use crate::plan::Habits;
use crate::residents::Resident;
use crate::residents::foreign::{ForeignClient, ForeignServer};
use crate::residents::game::{Game, Role};
use crate::residents::hostile::HostilePeer;
use crate::residents::single::{SingleClient, SingleServer};
use crate::time::nanoseconds;

/// Where servers listen.
const PORT: u16 = 9000;

/// How often an endpoint begins anew.
const LIVES: usize = 8;

/// How often one at a revolving door does.
const RESTLESS_LIVES: usize = 60;

impl World {
    pub(super) fn settle(&mut self, dice: &mut Dice) {
        let server = self.fabric.lock().add_host();
        let is_reliable = self.add_server(server, dice);
        for _ in 0..self.plan.clients {
            self.add_client(server, is_reliable, dice);
        }
        for _ in 0..self.plan.single_clients {
            self.add_single_client(server, dice);
        }
        for _ in 0..self.plan.foreign_clients {
            self.add_foreign_client(server, dice);
        }
        for number in 0..self.plan.hostile {
            self.add_hostile_peer(server, number == 0 && self.plan.has_flood, dice);
        }
        if self.plan.has_vanishing {
            for _ in 0..dice.size(1, 2) {
                let index = dice.size(0, self.inhabitants.len() - 1);
                let at = dice.below(nanoseconds(self.plan.active));
                self.vanishing.push((at, index));
            }
        }
    }

    fn add(&mut self, resident: Box<dyn Resident>, dice: &mut Dice) {
        let next = dice.below(nanoseconds(Duration::from_millis(50)));
        self.inhabitants.push(Inhabitant { resident, dice: dice.fork(), next, is_gone: false });
    }

    /// Whether its links lose nothing by themselves.
    fn add_server(&mut self, host: HostId, dice: &mut Dice) -> bool {
        let habits = self.habits(dice);
        if self.plan.has_foreign_server {
            self.add(Box::new(ForeignServer::new(host, PORT, habits)), dice);
            return true;
        }
        let settings = self.plan.settings(dice);
        let is_reliable = loses_nothing(&settings);
        if self.plan.has_single_server {
            self.add(Box::new(SingleServer::new(host, PORT, settings, habits)), dice);
            return is_reliable;
        }
        let game = Game::new(Role::Server { port: PORT }, host, settings, habits, 0, LIVES);
        self.add(Box::new(if self.plan.has_flood && dice.chance(700) { game.diligent() } else { game }), dice);
        is_reliable
    }

    fn add_client(&mut self, server: HostId, is_reliable: bool, dice: &mut Dice) {
        let host = self.fabric.lock().add_host();
        let (url, leads_there) = self.url_of(server, dice);
        let settings = self.plan.settings(dice);
        // Four retransmissions of one segment take longer than a handshake may.
        let is_expected = leads_there && is_reliable && loses_nothing(&settings);
        let habits = self.habits(dice);
        let begins_at = self.begins_at(dice);
        let lives = if habits.is_restless { RESTLESS_LIVES } else { LIVES };
        let game = Game::new(Role::Client { url }, host, settings, habits, begins_at, lives);
        self.add(Box::new(if is_expected { game.expected() } else { game }), dice);
    }

    fn add_single_client(&mut self, server: HostId, dice: &mut Dice) {
        let host = self.fabric.lock().add_host();
        let (url, _) = self.url_of(server, dice);
        let settings = self.plan.settings(dice);
        let habits = Habits::draw(&self.plan, dice);
        let begins_at = self.begins_at(dice);
        self.add(Box::new(SingleClient::new(host, url, settings, habits, begins_at)), dice);
    }

    /// How one of our games behaves.
    fn habits(&self, dice: &mut Dice) -> Habits {
        let habits = Habits::draw(&self.plan, dice);
        if self.plan.has_revolving_door { habits.restless(dice) } else { habits }
    }

    fn begins_at(&self, dice: &mut Dice) -> u64 {
        nanoseconds(Duration::from_millis(100)) + dice.below(nanoseconds(self.plan.active) * 2 / 3)
    }

    fn add_foreign_client(&mut self, server: HostId, dice: &mut Dice) {
        let host = self.fabric.lock().add_host();
        let address = SocketAddr::new(self.fabric.lock().addresses(server)[dice.size(0, 1)], PORT);
        let habits = Habits::draw(&self.plan, dice);
        let begins_at = self.begins_at(dice);
        self.add(Box::new(ForeignClient::new(host, address, habits, begins_at)), dice);
    }

    fn add_hostile_peer(&mut self, server: HostId, is_flood: bool, dice: &mut Dice) {
        let mut fabric = self.fabric.lock();
        let host = fabric.add_host();
        fabric.set_strange(host);
        let address = SocketAddr::new(fabric.addresses(server)[dice.size(0, 1)], PORT);
        drop(fabric);
        let begins_at = self.begins_at(dice);
        let peer = HostilePeer::new(host, address, begins_at, is_flood, dice);
        self.add(Box::new(if self.plan.has_stubborn { peer.stubborn() } else { peer }), dice);
    }

    /// The URL of the server, and whether it leads there.
    fn url_of(&mut self, server: HostId, dice: &mut Dice) -> (String, bool) {
        let (name, is_expected) = self.name_of(server, dice);
        let scheme = if self.plan.has_tls { "wss" } else { "ws" };
        (format!("{scheme}://{name}:{PORT}"), is_expected)
    }

    /// A way to name the server, and whether it leads there.
    fn name_of(&mut self, server: HostId, dice: &mut Dice) -> (String, bool) {
        let [ip4, ip6] = self.fabric.lock().addresses(server);
        let kind = if self.plan.is_fair { dice.below(60) } else { dice.below(100) };
        let late = dice.milliseconds(0, 2_000);
        let (after, addresses) = match kind {
            0..=29 => return (ip4.to_string(), true),
            30..=39 => return (format!("[{ip6}]"), true),
            40..=49 => (Some(late), Some(vec![ip6, ip4])),
            50..=84 => {
                // Some lead nowhere, some to a machine that refuses, some to one that does not answer.
                let mut addresses = vec![ip4];
                for _ in 0..dice.size(1, 3) {
                    let dead = self.dead_address(dice);
                    let place = dice.size(0, addresses.len());
                    addresses.insert(place, dead);
                }
                (Some(late), Some(addresses))
            }
            85..=89 => (Some(late), None),
            90..=92 => (Some(late), Some(Vec::new())),
            93..=95 => (Some(late), Some(vec![self.dead_address(dice)])),
            _ => (None, None),
        };
        let name = format!("server-{}.test", self.inhabitants.len());
        self.fabric.lock().set_name(&name, Answer { after, addresses });
        (name, kind < 85)
    }

    fn dead_address(&mut self, dice: &mut Dice) -> IpAddr {
        if dice.chance(300) {
            return Ipv4Addr::new(192, 0, 2, 1).into();
        }
        let mut fabric = self.fabric.lock();
        let host = fabric.add_host();
        if dice.chance(500) {
            fabric.vanish(host);
        }
        fabric.addresses(host)[dice.size(0, 1)]
    }
}

/// Whether an endpoint's links lose nothing by themselves.
fn loses_nothing(settings: &Settings) -> bool {
    settings.conditions.loss == Share::default()
}
