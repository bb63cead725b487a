//! A name server that does not answer: the engine ends at once, and unloads nobody's code.

use std::time::Duration;

use anyhow::ensure;
use integration_tests::{Failure, log, resolver::DeafEngine};

/// Many times what an engine needs, and far less than the resolver's patience.
const AT_ONCE: Duration = Duration::from_secs(10);

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "only Linux's loader lets a test stand in for the resolver")]
fn quitting_does_not_wait_for_the_name_server() -> Result<(), Failure> {
    let (took, lines) = DeafEngine::start("names/quit")?.end()?;
    let complaints = log::judge(&lines, &[])?;
    println!("the process ended {took:?} after its last word");
    Ok(ensure_all(took, &complaints)?)
}

/// With an optimised library, as `cargo xtask build` makes it: gdext lets the same copy of a debug one in only once.
#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "only Linux's loader lets a test stand in for the resolver")]
fn a_lookup_comes_back_to_an_addon_that_was_unloaded() -> Result<(), Failure> {
    let (took, lines) = DeafEngine::start("names/unload")?.end()?;
    let complaints = log::judge(&lines, &[])?;
    Ok(ensure_all(took, &complaints)?)
}

fn ensure_all(took: Duration, complaints: &[String]) -> anyhow::Result<()> {
    ensure!(complaints.is_empty(), "{}", complaints.join("\n"));
    ensure!(took < AT_ONCE, "the process ended only after {took:?}");
    Ok(())
}
