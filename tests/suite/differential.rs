//! How many scenarios there are in which our class is held against the built-in one.

use std::{collections::BTreeSet, env, io::Write as _, process::Command};

use anyhow::{Context as _, Result, ensure};
use integration_tests::Failure;

/// What was promised.
const PROMISED: usize = 40;

/// Modules of wrong calls, and of networks that make trouble; the rest is ordinary use.
const MISUSE: &[&str] = &["errors", "handlers", "misuse"];
const TROUBLE: &[&str] = &["malformed", "network", "tls", "trouble", "why"];

/// Every scenario that is played by the built-in class alone and by ours as well is compared, role by role.
#[test]
fn scenarios_that_compare_both_classes() -> Result<(), Failure> {
    Ok(count()?)
}

fn count() -> Result<()> {
    let output = Command::new(env::current_exe()?).args(["--list", "--format", "terse"]).output()?;
    let listed = String::from_utf8(output.stdout)?;
    let tests: BTreeSet<&str> = listed.lines().filter_map(|line| line.strip_suffix(": test")).collect();
    let is_measured = |scenario: &&str| tests.contains(format!("{scenario}::ours").as_str());
    let compared: Vec<&str> =
        tests.iter().filter_map(|test| test.strip_suffix("::builtin")).filter(is_measured).collect();
    let mut counts = [0; 3];
    for scenario in &compared {
        let module = scenario.split("::").next().context("a test without a module")?;
        counts[if MISUSE.contains(&module) { 1 } else { 2 * usize::from(TROUBLE.contains(&module)) }] += 1;
    }
    let [ordinary, misuse, trouble] = counts;
    // Past the test runner, which keeps what passing tests print.
    writeln!(
        std::io::stderr(),
        "scenarios that compare both classes: {} (ordinary use {ordinary}, misuse {misuse}, trouble {trouble})",
        compared.len()
    )?;
    ensure!(compared.len() >= PROMISED, "{} scenarios compare the classes, {PROMISED} were promised", compared.len());
    ensure!(counts.iter().all(|count| *count > 0), "a whole kind of scenarios is missing");
    Ok(())
}
