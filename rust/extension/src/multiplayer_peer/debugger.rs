//! What the editor's debugger shows of each multiplayer peer, in a tab that the addon's plugin adds.
//!
//! The tab asks (`rust_websocket:look`), and is answered once (`rust_websocket:state`): while nobody looks, nothing is
//! gathered. What has to be there before somebody looks, the last events and who is connected, is kept only where a
//! debugger is attached. Everything here happens on the main thread, but for keeping that.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::SystemTime;

use godot::builtin::{Callable, GString, VarArray, VarDictionary, Variant};
use godot::classes::multiplayer_peer::ConnectionStatus;
use godot::classes::{Engine, EngineDebugger, ProjectSettings};
use godot::init::is_singleton_available;
use godot::meta::ToGodot;
use godot::obj::{Gd, Singleton, WithBaseField};
use godot::register::godot_api;
use rust_websocket_transport::connection::ReadyState;
use rust_websocket_transport::event::Event;
use rust_websocket_transport::game::SERVER_ID;

use super::RustWebSocketMultiplayerPeer;
use crate::endpoint;
use crate::frame_end::FlushAtFrameEnd;
use crate::gate::Gate;
use crate::main_thread::{self, Courier};

/// What our messages begin with.
const CAPTURE: &str = "rust_websocket";
const ANSWER: &str = "rust_websocket:state";

/// Switches all of this off for a project.
const SETTING: &str = "rust_websocket/debugger/enabled";

/// What may be set from the tab.
const CONDITIONS: &str = "simulated_conditions";
const PRESETS: &str = "get_condition_presets";

/// How many peers of one endpoint are shown. The debugger's messages are bounded, and so is what a person reads.
const MOST_PEERS: usize = 200;

/// How many events are kept for each object, the last ones.
const MOST_EVENTS: usize = 60;

/// What is kept of an object.
struct Entry {
    gate: Arc<Gate>,
    peers: BTreeSet<i32>,
    /// When, in Unix time, and what.
    events: VecDeque<(f64, String)>,
}

/// By the object's instance id, so by age.
static ENTRIES: Mutex<BTreeMap<i64, Entry>> = Mutex::new(BTreeMap::new());

static IS_ATTACHED: OnceLock<bool> = OnceLock::new();

/// Has the debugger know of an object that becomes a server or client, or is one no more.
pub(super) fn follow(peer: &mut RustWebSocketMultiplayerPeer) {
    if !is_attached() {
        return;
    }
    let key = key_of(peer);
    if peer.status == ConnectionStatus::DISCONNECTED {
        if let Some(entry) = entries().get_mut(&key) {
            entry.peers.clear();
        }
        return;
    }
    let Some(gate) = peer.gate() else { return };
    let mut entries = entries();
    let entry = entries.entry(key).or_insert_with(|| Entry { gate, peers: BTreeSet::new(), events: VecDeque::new() });
    entry.peers.clear();
    match &peer.endpoint {
        Some(endpoint) if endpoint.is_server() => {
            entry.note(format!("listens on port {}", endpoint.local_port().unwrap_or_default()));
        }
        _ => {
            entry.peers.insert(SERVER_ID);
            entry.note(format!("connects to {}", peer.url));
        }
    }
}

/// Remembers an event.
pub(super) fn note(peer: &RustWebSocketMultiplayerPeer, event: &Event) {
    if !is_attached() {
        return;
    }
    let mut entries = entries();
    let Some(entry) = entries.get_mut(&key_of(peer)) else { return };
    match event {
        Event::Connected { id } => {
            entry.peers.insert(*id);
            entry.note(format!("peer {id} has come"));
        }
        Event::Joined { id } => entry.note(format!("joined as peer {id}")),
        Event::Overflowed { id, size, .. } => {
            entry.note(format!("peer {id} missed a packet of {size} bytes: its outbound queue was full"));
        }
        Event::Disconnected { id, .. } => {
            entry.peers.remove(id);
            entry.note(endpoint::describe(event).unwrap_or_default());
        }
        other => entry.note(endpoint::describe(other).unwrap_or_default()),
    }
}

/// To be called before the library goes.
pub(crate) fn leave() {
    entries().clear();
    if IS_ATTACHED.get() == Some(&true) && is_singleton_available::<EngineDebugger>() {
        let mut debugger = EngineDebugger::singleton();
        if debugger.has_capture(CAPTURE) {
            debugger.unregister_message_capture(CAPTURE);
        }
    }
}

#[godot_api(secondary)]
#[expect(clippy::needless_pass_by_value, reason = "the engine's arguments arrive by value")]
impl Courier {
    /// A message of the tab's. Answers whether it was one.
    #[func(gd_self, rename = _take_debugger_message)]
    fn take_debugger_message(_this: Gd<Self>, message: GString, data: VarArray) -> bool {
        match message.to_string().as_str() {
            "look" => {
                let endpoints: VarArray = state().iter().map(ToGodot::to_variant).collect();
                EngineDebugger::singleton().send_message(ANSWER, &endpoints);
            }
            "set_conditions" => {
                let key = data.get(0).and_then(|key| key.try_to::<i64>().ok());
                if let (Some(key), Some(conditions)) = (key, data.get(1))
                    && let Some(mut object) = object(key)
                {
                    object.set(CONDITIONS, &conditions);
                }
            }
            _ => return false,
        }
        true
    }
}

impl Entry {
    fn note(&mut self, event: String) {
        if self.events.len() == MOST_EVENTS {
            self.events.pop_front();
        }
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        self.events.push_back((now.as_secs_f64(), event));
    }
}

/// Whether a debugger is there that may ask. Found out once, for it comes with the process.
fn is_attached() -> bool {
    *IS_ATTACHED.get_or_init(|| {
        let is_wanted = ProjectSettings::singleton().get_setting_ex(SETTING).default_value(&true.to_variant()).done();
        let is_attached = EngineDebugger::singleton().is_active()
            && !Engine::singleton().is_editor_hint()
            && is_wanted.try_to::<bool>().unwrap_or(true);
        if is_attached {
            main_thread::at_frame_end(|| {
                let take = Callable::from_object_method(&main_thread::courier(), "_take_debugger_message");
                EngineDebugger::singleton().register_message_capture(CAPTURE, &take);
            });
        }
        is_attached
    })
}

/// Every object that is there, and has been a server or client.
fn state() -> Vec<VarDictionary> {
    let keys: Vec<i64> = entries().keys().copied().collect();
    keys.into_iter()
        .filter_map(|key| {
            let Some(mut object) = object(key) else {
                entries().remove(&key);
                return None;
            };
            let (peers, events) = kept(key)?;
            let mut dictionary = object.bind().debugged(&peers);
            // The getter is ours, too: nothing is borrowed while the engine calls it.
            dictionary.set("conditions", &object.get(CONDITIONS));
            dictionary.set("presets", &object.call(PRESETS, &[]));
            dictionary.set("key", key);
            dictionary.set("events", &events);
            Some(dictionary)
        })
        .collect()
}

fn kept(key: i64) -> Option<(Vec<i32>, VarArray)> {
    let entries = entries();
    let entry = entries.get(&key)?;
    let events = entry.events.iter().map(|(time, event)| {
        let pair: VarArray = [time.to_variant(), event.to_variant()].into_iter().collect();
        pair.to_variant()
    });
    Some((entry.peers.iter().copied().collect(), events.collect()))
}

fn object(key: i64) -> Option<Gd<RustWebSocketMultiplayerPeer>> {
    let gate = Arc::clone(&entries().get(&key)?.gate);
    gate.object()
}

fn key_of(peer: &RustWebSocketMultiplayerPeer) -> i64 {
    peer.base().instance_id().to_i64()
}

fn entries() -> MutexGuard<'static, BTreeMap<i64, Entry>> {
    ENTRIES.lock().unwrap_or_else(PoisonError::into_inner)
}

impl RustWebSocketMultiplayerPeer {
    /// What the tab shows of this object, but for what is kept.
    fn debugged(&self, peers: &[i32]) -> VarDictionary {
        let mut dictionary = VarDictionary::new();
        let is_server = self.endpoint.as_ref().is_some_and(|endpoint| endpoint.is_server());
        let port = self.endpoint.as_ref().and_then(|endpoint| endpoint.local_port());
        let place = port.map_or_else(|| self.url.to_string(), |port| format!("port {port}"));
        let status = match self.status {
            ConnectionStatus::CONNECTED if is_server => "listens",
            ConnectionStatus::CONNECTED => "connected",
            ConnectionStatus::CONNECTING => "connecting",
            _ => "disconnected",
        };
        dictionary.set("is_server", is_server);
        dictionary.set("place", place.as_str());
        dictionary.set("port", i32::from(port.unwrap_or_default()));
        dictionary.set("status", status);
        dictionary.set("unique_id", self.unique_id);
        dictionary.set("failure", self.last_error_message.as_str());
        dictionary.set("statistics", &self.get_statistics());
        let shown: VarArray = peers.iter().take(MOST_PEERS).filter_map(|id| self.debugged_peer(*id)).collect();
        dictionary.set("peers", &shown);
        dictionary.set("further_peers", i64::try_from(peers.len().saturating_sub(MOST_PEERS)).unwrap_or(i64::MAX));
        dictionary
    }

    fn debugged_peer(&self, id: i32) -> Option<Variant> {
        let peer = self.peer_view(id)?;
        let state = match peer.ready_state() {
            ReadyState::Connecting => "connecting",
            ReadyState::Open => "open",
            ReadyState::Closing => "closing",
            ReadyState::Closed => "closed",
        };
        let address = peer.address().map(|address| address.to_string()).unwrap_or_default();
        let mut dictionary = self.get_peer_statistics(id);
        dictionary.set("id", id);
        dictionary.set("address", address.as_str());
        dictionary.set("state", state);
        dictionary.set("quality", self.get_peer_quality(id));
        Some(dictionary.to_variant())
    }
}
