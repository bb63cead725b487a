//! Every way in which an object of ours can end, with handles given out and monitors registered.

use anyhow::{Result, ensure};
use integration_tests::{Failure, Scenario, editor};

fn walk(end: &str) -> Scenario {
    Scenario::solo("ends/walk").option("end", end).incomparable("the built-in class has no monitors")
}

fn in_signal(when: &str, action: &str) -> Scenario {
    Scenario::solo("ends/in_signal")
        .option("when", when)
        .option("action", action)
        .incomparable("the built-in class has no monitors")
}

macro_rules! walks {
    ($($(#[doc = $doc:literal])+ $name:ident => $end:literal;)+) => {
        $(scenario!($(#[doc = $doc])+ $name, ours, walk($end));)+
    };
}

walks! {
    /// The last reference goes.
    dropped => "drop";
    /// The last reference goes on another thread.
    dropped_on_a_thread => "thread";
    /// The handles are what another thread lets go of last.
    handles_on_a_thread => "handles last on thread";
    /// With the node that has them.
    with_a_node => "node";
    /// With the scene that has them.
    with_a_scene => "scene change";
    /// Variables of a class, at the end of the process.
    in_statics => "static";
    /// The scene tree's own, with packets of the last frame.
    in_the_last_frame => "quit in frame";
    /// Metadata of a singleton, which goes last.
    in_a_singleton => "meta";
    /// `close()`, and then nothing.
    closed => "close";
}

macro_rules! signals {
    ($($name:ident => $when:literal, $action:literal;)+) => {
        $(scenario!(
            /// In a handler.
            $name,
            ours,
            in_signal($when, $action)
        );)+
    };
}

signals! {
    arrival_let_go => "peer_connected", "let go";
    arrival_let_go_on_a_thread => "peer_connected", "let go on a thread";
    arrival_close => "peer_connected", "close";
    arrival_disconnect => "peer_connected", "disconnect";
    arrival_close_handle => "peer_connected", "close handle";
    end_let_go => "peer_disconnected", "let go";
    end_let_go_on_a_thread => "peer_disconnected", "let go on a thread";
    end_close => "peer_disconnected", "close";
    overflow_let_go => "peer_overflowed", "let go";
    overflow_let_go_on_a_thread => "peer_overflowed", "let go on a thread";
    overflow_close => "peer_overflowed", "close";
    overflow_disconnect => "peer_overflowed", "disconnect";
}

scenario!(
    /// A handle that is first taken when its peer has gone.
    late_handle,
    ours,
    Scenario::solo("ends/late_handle").incomparable("the built-in class has no handle there any more")
);

/// The editor reloads the extension while everything of it is in use, again and again.
#[test]
fn hot_reload() -> Result<(), Failure> {
    Ok(reload()?)
}

fn reload() -> Result<()> {
    let lines = editor::run(&integration_tests::project::reload()?, &[])?;
    ensure!(lines.iter().any(|line| line == "RELOADED 12"), "it did not come to its end:\n{}", lines.join("\n"));
    let wrong: Vec<_> = lines.iter().filter(|line| line.contains("SCRIPT ERROR") || line.contains("FAILED")).collect();
    ensure!(wrong.is_empty(), "{wrong:?}");
    Ok(())
}
