//! A multiplayer peer's numbers in [Performance], where the editor's debugger draws them.
//!
//! [Performance] keeps a callable and no reference, reads on the main thread, and is not made for others. So its callables
//! lead to an object that is always there, and from there to the multiplayer peer if that still is; who goes on another
//! thread leaves its monitors to be removed on the main thread.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use godot::builtin::{Callable, GString, VarArray, Variant};
use godot::classes::{ClassDb, Performance};
use godot::global::Error;
use godot::init::is_singleton_available;
use godot::meta::ToGodot;
use godot::obj::{Gd, Singleton};
use godot::register::godot_api;
use rust_websocket_transport::statistics::Rate;

use super::statistics::{counts, gauges};
use super::{RustWebSocketMultiplayerPeer, refuse};
use crate::frame_end::FlushAtFrameEnd;
use crate::gate::Gate;
use crate::main_thread;

/// What is added to the name of a count whose growth is shown.
const PER_SECOND: &str = "_per_s";

/// How far away the farthest peer is. The debugger draws whole numbers, and nothing below 0.
const ROUND_TRIP: &str = "rtt_ms";

/// How good the worst of the links is.
const QUALITY: &str = "quality";

/// How the debugger shows a monitor; those of the engine 4.6 and newer, by its own names.
#[derive(Debug, Clone, Copy)]
enum Shown {
    /// As a number.
    Quantity,
    /// As a size in memory: these are bytes.
    Memory,
    /// As percents: these are shares.
    Percentage,
}

impl Shown {
    /// How the monitor of this name is shown.
    fn of(name: &str) -> Self {
        match name {
            QUALITY => Self::Percentage,
            _ if name.contains("bytes") => Self::Memory,
            _ => Self::Quantity,
        }
    }

    /// The engine's number for it, if it has one. An older engine knows numbers alone.
    fn number(self) -> Option<i64> {
        let constant = match self {
            Self::Quantity => "MONITOR_TYPE_QUANTITY",
            Self::Memory => "MONITOR_TYPE_MEMORY",
            Self::Percentage => "MONITOR_TYPE_PERCENTAGE",
        };
        let classes = ClassDb::singleton();
        let is_known = classes.class_has_integer_constant("Performance", constant);
        is_known.then(|| classes.class_get_integer_constant("Performance", constant))
    }
}

/// What the names of statistics become, so that the debugger's narrow column holds them with their unit.
const SHORTER: &[(&str, &str)] = &[("handshakes_", "joins_"), ("_received", "_in"), ("_sent", "_out")];

/// The monitors of one multiplayer peer.
#[derive(Debug)]
pub(super) struct Monitors {
    key: i64,
    ids: Vec<String>,
    /// By the name of the count.
    rates: BTreeMap<&'static str, Rate>,
}

#[godot_api(secondary)]
#[expect(clippy::needless_pass_by_value, reason = "the engine's arguments arrive by value")]
impl RustWebSocketMultiplayerPeer {
    /// Adds the numbers of [method get_statistics] to [Performance] as custom monitors, which the editor's debugger
    /// draws. They belong to this object, whatever it is connected to, and vanish with it or by [method
    /// unregister_monitors]; if that happens on another thread, at the end of the main thread's frame.
    ///
    /// Their names are [code]prefix/peers[/code], [code]prefix/joins_pending[/code], [code]prefix/inbound_packets[/code],
    /// [code]prefix/inbound_bytes[/code], [code]prefix/outbound_packets[/code] and [code]prefix/outbound_bytes[/code] for
    /// what is there at the moment, [code]prefix/rtt_ms[/code] for the longest [method get_peer_rtt] of all peers, 0 without
    /// a [member heartbeat_interval], and [code]prefix/quality[/code] for the least [method get_peer_quality] of all peers, 1
    /// while none is known. From Godot 4.6 on, bytes are shown as sizes, and the quality in percent.
    ///
    /// All other numbers are shown by how much they grow in a second, since the last reading, if that was a second ago or
    /// more: [code]prefix/joins_succeeded_per_s[/code], [code]joins_refused_per_s[/code],
    /// [code]joins_failed_per_s[/code], [code]joins_timed_out_per_s[/code], [code]packets_in_per_s[/code],
    /// [code]packets_out_per_s[/code], [code]bytes_in_per_s[/code], [code]bytes_out_per_s[/code],
    /// [code]wire_bytes_in_per_s[/code], [code]wire_bytes_out_per_s[/code], [code]packets_refused_per_s[/code],
    /// [code]packets_dropped_per_s[/code], [code]packets_expired_per_s[/code] and [code]throttled_msec_per_s[/code]. A monitor costs nothing until it is read, and then one [method
    /// get_statistics].
    ///
    /// Returns [constant OK]; [constant ERR_ALREADY_EXISTS] if one of the names is taken, or if this object has monitors
    /// already; [constant ERR_INVALID_PARAMETER] for an empty [param prefix]; [constant ERR_UNAVAILABLE] on another thread
    /// than the main thread. Then nothing is added.
    #[func(gd_self)]
    fn register_monitors(mut this: Gd<Self>, #[opt(default = "rust_websocket")] prefix: GString) -> Error {
        if !main_thread::is_current() {
            return refuse(Error::ERR_UNAVAILABLE, "monitors can only be registered on the main thread");
        }
        // Among it may be the removal of monitors with these names.
        main_thread::run_jobs();
        if prefix.is_empty() {
            return refuse(Error::ERR_INVALID_PARAMETER, "monitors need a prefix for their names");
        }
        if this.bind().monitors.is_some() {
            return refuse(Error::ERR_ALREADY_EXISTS, "the monitors are registered already");
        }
        let now = Instant::now();
        let statistics = this.bind().statistics();
        let gauges = gauges(&statistics);
        let counts = counts(&statistics);
        let names: Vec<(String, &str)> = gauges
            .iter()
            .map(|(name, _)| (format!("{prefix}/{}", shorter(name)), *name))
            .chain([ROUND_TRIP, QUALITY].map(|name| (format!("{prefix}/{name}"), name)))
            .chain(counts.iter().map(|(name, _)| (format!("{prefix}/{}{PER_SECOND}", shorter(name)), *name)))
            .collect();
        let mut performance = Performance::singleton();
        if let Some((taken, _)) = names.iter().find(|(id, _)| performance.has_custom_monitor(id.as_str())) {
            return refuse(Error::ERR_ALREADY_EXISTS, &format!("there is a monitor '{taken}' already"));
        }
        let Some(gate) = this.bind_mut().gate() else { return Error::FAILED };
        let key = register(gate);
        let read = Callable::from_object_method(&main_thread::courier(), "_read_monitor");
        let mut ids = Vec::new();
        for (id, name) in names {
            let arguments: VarArray = [Variant::from(key), Variant::from(name)].into_iter().collect();
            add(&mut performance, &id, &read, &arguments, Shown::of(name));
            ids.push(id);
        }
        let rates = counts.into_iter().map(|(name, count)| (name, Rate::new(count, now))).collect();
        this.bind_mut().monitors = Some(Monitors { key, ids, rates });
        Error::OK
    }

    /// Removes what [method register_monitors] added. Does nothing if it added nothing.
    #[func]
    pub(super) fn unregister_monitors(&mut self) {
        let Some(Monitors { key, ids, .. }) = self.monitors.take() else { return };
        registered().remove(&key);
        if main_thread::is_current() {
            remove(&ids);
        } else {
            main_thread::at_frame_end(move || remove(&ids));
        }
    }
}

impl RustWebSocketMultiplayerPeer {
    /// The value of a custom monitor.
    fn read_monitor(&mut self, name: &str) -> f64 {
        let statistics = self.statistics();
        if name == ROUND_TRIP {
            return statistics.longest_round_trip.map_or(0.0, |time| time.as_secs_f64() * 1000.0);
        }
        if name == QUALITY {
            return statistics.worst_link.map_or(1.0, |link| link.quality());
        }
        if let Some((name, count)) = counts(&statistics).into_iter().find(|(known, _)| *known == name) {
            let rate = self.monitors.as_mut().and_then(|monitors| monitors.rates.get_mut(name));
            return rate.map_or(0.0, |rate| rate.read(count, Instant::now()));
        }
        let gauge = gauges(&statistics).into_iter().find(|(known, _)| *known == name);
        #[expect(clippy::cast_precision_loss, reason = "no graph shows the difference")]
        gauge.map_or(0.0, |(_, number)| number as f64)
    }
}

/// Those that have monitors, each by a number of its own.
static REGISTERED: Mutex<BTreeMap<i64, Arc<Gate>>> = Mutex::new(BTreeMap::new());

/// No number is used twice, so that a monitor that is still to be removed reads nobody else's.
static NEXT_KEY: AtomicI64 = AtomicI64::new(1);

fn registered() -> MutexGuard<'static, BTreeMap<i64, Arc<Gate>>> {
    REGISTERED.lock().unwrap_or_else(PoisonError::into_inner)
}

fn register(gate: Arc<Gate>) -> i64 {
    let key = NEXT_KEY.fetch_add(1, Ordering::Relaxed);
    registered().insert(key, gate);
    key
}

/// The value of a monitor; 0 if its object is gone.
pub(crate) fn read(key: i64, name: &str) -> f64 {
    let gate = registered().get(&key).cloned();
    let object = gate.and_then(|gate| gate.object::<RustWebSocketMultiplayerPeer>());
    object.map_or(0.0, |mut object| object.bind_mut().read_monitor(name))
}

/// Adds a monitor. The bindings are older than the argument that says how it is shown.
fn add(performance: &mut Gd<Performance>, id: &str, read: &Callable, arguments: &VarArray, shown: Shown) {
    match shown.number() {
        Some(number) => {
            let all = [Variant::from(id), read.to_variant(), arguments.to_variant(), Variant::from(number)];
            performance.call("add_custom_monitor", &all);
        }
        None => performance.add_custom_monitor_ex(id, read).arguments(arguments).done(),
    }
}

fn remove(ids: &[String]) {
    // At the very end of the process there may be none any more.
    if !is_singleton_available::<Performance>() {
        return;
    }
    let mut performance = Performance::singleton();
    for id in ids {
        // Anybody can have removed it.
        if performance.has_custom_monitor(id.as_str()) {
            performance.remove_custom_monitor(id.as_str());
        }
    }
}

/// The name of a statistic, short.
fn shorter(name: &str) -> String {
    SHORTER.iter().fold(name.to_owned(), |name, (long, short)| name.replace(long, short))
}
