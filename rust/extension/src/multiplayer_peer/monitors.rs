//! A multiplayer peer's numbers in [Performance], where the editor's debugger draws them.
//!
//! [Performance] keeps a callable and no reference. One to an object that is gone makes an error at every reading, so
//! whoever goes takes its monitors along.

use std::collections::BTreeMap;
use std::time::Instant;

use godot::builtin::{Callable, GString, StringName, VarArray, Variant};
use godot::classes::Performance;
use godot::global::Error;
use godot::init::is_singleton_available;
use godot::obj::{Gd, Singleton};
use godot::register::godot_api;
use rust_websocket_transport::statistics::Rate;

use super::statistics::{counts, gauges};
use super::{RustWebSocketMultiplayerPeer, refuse};

/// What is added to the name of a count whose growth is shown.
const PER_SECOND: &str = "_per_second";

/// The monitors of one multiplayer peer.
#[derive(Debug)]
pub(super) struct Monitors {
    ids: Vec<StringName>,
    /// By the name of the count.
    rates: BTreeMap<&'static str, Rate>,
}

#[godot_api(secondary)]
#[expect(clippy::needless_pass_by_value, reason = "the engine's arguments arrive by value")]
impl RustWebSocketMultiplayerPeer {
    /// Adds the numbers of [method get_statistics] to [Performance] as custom monitors, which the editor's debugger
    /// draws. They belong to this object, whatever it is connected to, and vanish with it or by [method
    /// unregister_monitors].
    ///
    /// Their names are [code]prefix/peers[/code], [code]prefix/handshakes_pending[/code],
    /// [code]prefix/inbound_packets[/code], [code]prefix/inbound_bytes[/code], [code]prefix/outbound_packets[/code] and
    /// [code]prefix/outbound_bytes[/code] for what is there at the moment. All other numbers are shown by how much they
    /// grow in a second, as in [code]prefix/packets_received_per_second[/code]: since the last reading, if that was a
    /// second ago or more. A monitor costs nothing until it is read, and then one [method get_statistics].
    ///
    /// Returns [constant OK]; [constant ERR_ALREADY_EXISTS] if one of the names is taken, or if this object has monitors
    /// already; [constant ERR_INVALID_PARAMETER] for an empty [param prefix]. Then nothing is added.
    #[func(gd_self)]
    fn register_monitors(mut this: Gd<Self>, #[opt(default = "rust_websocket")] prefix: GString) -> Error {
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
            .map(|(name, _)| (format!("{prefix}/{name}"), *name))
            .chain(counts.iter().map(|(name, _)| (format!("{prefix}/{name}{PER_SECOND}"), *name)))
            .collect();
        let mut performance = Performance::singleton();
        if let Some((taken, _)) = names.iter().find(|(id, _)| performance.has_custom_monitor(id.as_str())) {
            return refuse(Error::ERR_ALREADY_EXISTS, &format!("there is a monitor '{taken}' already"));
        }
        let read = Callable::from_object_method(&this, "_read_monitor");
        let mut ids = Vec::new();
        for (id, name) in names {
            let id = StringName::from(id.as_str());
            let arguments: VarArray = [Variant::from(name)].into_iter().collect();
            performance.add_custom_monitor_ex(&id, &read).arguments(&arguments).done();
            ids.push(id);
        }
        let rates = counts.into_iter().map(|(name, count)| (name, Rate::new(count, now))).collect();
        this.bind_mut().monitors = Some(Monitors { ids, rates });
        Error::OK
    }

    /// Removes what [method register_monitors] added. Does nothing if it added nothing.
    #[func]
    pub(super) fn unregister_monitors(&mut self) {
        // At the very end of the process this object may outlive it.
        if let Some(monitors) = self.monitors.take()
            && is_singleton_available::<Performance>()
        {
            let mut performance = Performance::singleton();
            for id in &monitors.ids {
                // Anybody can have removed it.
                if performance.has_custom_monitor(id) {
                    performance.remove_custom_monitor(id);
                }
            }
        }
    }

    /// The value of a custom monitor. Called by [Performance]; no need to call it.
    #[func(rename = _read_monitor)]
    fn read_monitor(&mut self, name: GString) -> f64 {
        let statistics = self.statistics();
        let name = name.to_string();
        if let Some((name, count)) = counts(&statistics).into_iter().find(|(known, _)| *known == name) {
            let rate = self.monitors.as_mut().and_then(|monitors| monitors.rates.get_mut(name));
            return rate.map_or(0.0, |rate| rate.read(count, Instant::now()));
        }
        let gauge = gauges(&statistics).into_iter().find(|(known, _)| *known == name);
        #[expect(clippy::cast_precision_loss, reason = "no graph shows the difference")]
        gauge.map_or(0.0, |(_, number)| number as f64)
    }
}
