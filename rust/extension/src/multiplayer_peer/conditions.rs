//! Links one can try: the dictionary of `simulated_conditions`, and ready-made ones.

use godot::builtin::{VarDictionary, Variant, VariantType};
use godot::global::Error;
use godot::register::godot_api;
use rust_websocket_transport::config::{Conditions, PRESETS};
use rust_websocket_transport::error::ConditionsError;
use rust_websocket_transport::excerpt::Excerpt;

use super::{__godot_RustWebSocketMultiplayerPeer_Funcs, CLASS, RustWebSocketMultiplayerPeer, refuse};
use crate::accessors::accessors;
use crate::logging;

accessors! {
    __godot_RustWebSocketMultiplayerPeer_Funcs:
    get_simulated_conditions,
    set_simulated_conditions,
}

#[godot_api(secondary)]
#[expect(clippy::needless_pass_by_value, reason = "the engine's arguments arrive by value")]
impl RustWebSocketMultiplayerPeer {
    /// Returns [member simulated_conditions].
    #[func]
    pub(super) fn get_simulated_conditions(&self) -> VarDictionary {
        self.simulated_conditions.duplicate_shallow()
    }

    /// Sets [member simulated_conditions].
    #[func]
    pub(super) fn set_simulated_conditions(&mut self, conditions: VarDictionary) {
        let parsed = match parse(&conditions) {
            Ok(parsed) => parsed,
            Err(error) => {
                refuse(Error::ERR_INVALID_PARAMETER, &error.to_string());
                return;
            }
        };
        if parsed != self.conditions && !parsed.is_none() {
            logging::warning(CLASS, "simulated_conditions are set: connections are made worse on purpose");
        }
        self.conditions = parsed;
        // The script's own goes on being the script's.
        self.simulated_conditions = conditions.duplicate_shallow();
        self.apply_settings();
    }

    /// Dictionaries for [member simulated_conditions], by their names. They are copies, to be changed at will. At one end of a
    /// connection a round trip takes twice their latency; with the same at both ends, four times.
    /// [br]- [code]"3g"[/code]: mobile data of the third generation, after WebPageTest's profile "3G", a round trip of 300
    /// ms and 768 kbit/s upwards: [code]latency[/code] 0.15, [code]jitter[/code] 0.05, [code]bandwidth[/code] 96000,
    /// [code]loss[/code] 0.005;
    /// [br]- [code]"bad_wifi"[/code]: far from the access point, on a channel with many others. Figures of our own:
    /// [code]latency[/code] 0.01, [code]jitter[/code] 0.06, [code]bandwidth[/code] 250000, [code]loss[/code] 0.02,
    /// [code]stall_every[/code] 8, [code]stall_for[/code] 0.4;
    /// [br]- [code]"satellite"[/code]: a geostationary one, with the delay of RFC 2488: [code]latency[/code] 0.28,
    /// [code]jitter[/code] 0.02, [code]bandwidth[/code] 1250000, [code]loss[/code] 0.002;
    /// [br]- [code]"train"[/code]: mobile data on the move, with cells that change and tunnels. Figures of our own:
    /// [code]latency[/code] 0.06, [code]jitter[/code] 0.08, [code]bandwidth[/code] 375000, [code]loss[/code] 0.01,
    /// [code]stall_every[/code] 20, [code]stall_for[/code] 3.
    #[func]
    fn get_condition_presets() -> VarDictionary {
        let mut presets = VarDictionary::new();
        for (name, numbers) in PRESETS {
            let mut preset = VarDictionary::new();
            for (key, number) in numbers {
                preset.set(*key, *number);
            }
            presets.set(name, &preset);
        }
        presets
    }
}

fn parse(dictionary: &VarDictionary) -> Result<Conditions, ConditionsError> {
    let mut numbers = Vec::new();
    for (key, value) in dictionary.iter_shared() {
        let name = key.stringify().to_string();
        if !matches!(key.get_type(), VariantType::STRING | VariantType::STRING_NAME) {
            return Err(ConditionsError::UnknownKey(Excerpt::of(&name)));
        }
        let number = number(&value).ok_or_else(|| ConditionsError::NotANumber(Excerpt::of(&name)))?;
        numbers.push((name, number));
    }
    Conditions::parse(numbers.iter().map(|(name, number)| (name.as_str(), *number)))
}

/// A number, whole or not.
fn number(value: &Variant) -> Option<f64> {
    match value.get_type() {
        VariantType::FLOAT => value.try_to().ok(),
        #[expect(clippy::cast_precision_loss, reason = "no link is that exact")]
        VariantType::INT => value.try_to::<i64>().ok().map(|number| number as f64),
        _ => None,
    }
}
