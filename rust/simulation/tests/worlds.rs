//! A fixed set of worlds, which every change runs. What worlds have found is kept as a planted fault, for a seed means
//! another world as soon as anything is added to worlds.

use rust_websocket_simulation::campaign::Campaign;
use rust_websocket_simulation::{Keep, run};

#[test]
fn a_thousand_worlds_hold() {
    let campaign = Campaign { from: 0, seeds: 1_000, workers: 2, goes_on: false };
    let report = campaign.run(|_| {});
    assert_eq!(report.failures, [], "cargo xtask simulate --seed N --trace shows what happened");
    assert_eq!(report.worlds, 1_000);
    assert!(report.packets > 100_000, "something happens in them: {report:?}");
}

#[test]
fn a_seed_means_the_same_world_each_time() {
    let mut replayed = 0;
    for seed in 0..60 {
        let first = run(seed, Keep::Sum);
        if !first.is_replayable {
            continue;
        }
        let second = run(seed, Keep::Sum);
        replayed += 1;
        assert!(first.trace.0 > 0, "it was traced");
        assert_eq!(first, second, "seed {seed}");
    }
    assert!(replayed > 40, "few worlds have TLS");
}
