//! How a scenario is declared: `scenario!(name, casts, Scenario)` makes a module with a test per cast.
//!
//! | casts | for |
//! |---|---|
//! | `pairs` | a server and clients: both classes on either end |
//! | `crowd` | more than one client: clients of both kinds on one server, too |
//! | `both` | one process, or one that the harness plays against: either class |
//! | `ours` | what only our class promises |
//! | `pairs_in_place`, `both_in_place`, `ours_in_place` | as above, where no multiplayer peer could have its network on a thread, or another scenario says what that changes |
//!
//! But for the last, our class plays each scenario a second time with `network_thread`: on every end, for what goes over the
//! network is the same.

macro_rules! scenario {
    ($(#[doc = $doc:literal])+ $name:ident, pairs, $scenario:expr) => {
        scenario!(@module [$($doc)+] $name, [ours network_thread our_server our_clients builtin], $scenario);
    };
    ($(#[doc = $doc:literal])+ $name:ident, crowd, $scenario:expr) => {
        scenario!(
            @module [$($doc)+] $name,
            [ours network_thread our_server our_clients mixed_on_ours mixed_on_builtin builtin],
            $scenario
        );
    };
    ($(#[doc = $doc:literal])+ $name:ident, both, $scenario:expr) => {
        scenario!(@module [$($doc)+] $name, [ours network_thread builtin], $scenario);
    };
    ($(#[doc = $doc:literal])+ $name:ident, ours, $scenario:expr) => {
        scenario!(@module [$($doc)+] $name, [ours network_thread], $scenario);
    };
    ($(#[doc = $doc:literal])+ $name:ident, pairs_in_place, $scenario:expr) => {
        scenario!(@module [$($doc)+] $name, [ours our_server our_clients builtin], $scenario);
    };
    ($(#[doc = $doc:literal])+ $name:ident, both_in_place, $scenario:expr) => {
        scenario!(@module [$($doc)+] $name, [ours builtin], $scenario);
    };
    ($(#[doc = $doc:literal])+ $name:ident, ours_in_place, $scenario:expr) => {
        scenario!(@module [$($doc)+] $name, [ours], $scenario);
    };
    (@module [$($doc:literal)+] $name:ident, [$($cast:ident)+], $scenario:expr) => {
        $(#[doc = $doc])+
        mod $name {
            #[allow(unused_imports, reason = "not every scenario needs all that its file imports")]
            use super::*;

            $(
                #[test]
                fn $cast() -> Result<(), integration_tests::Failure> {
                    $scenario.check(module_path!(), scenario!(@cast $cast)).map(drop)
                }
            )+
        }
    };
    (@cast ours) => { integration_tests::Cast::OURS };
    (@cast network_thread) => { integration_tests::Cast::OURS_WITH_THREADS };
    (@cast our_server) => { integration_tests::Cast::OUR_SERVER };
    (@cast our_clients) => { integration_tests::Cast::OUR_CLIENTS };
    (@cast mixed_on_ours) => { integration_tests::Cast::MIXED_ON_OURS };
    (@cast mixed_on_builtin) => { integration_tests::Cast::MIXED_ON_BUILTIN };
    (@cast builtin) => { integration_tests::Cast::BUILTIN };
}
