//! Two network namespaces and a cable between them, gone with their owner.

use std::io::Write;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// The name of the network card at either end.
const CARD: &str = "cable";

/// Nobody's hardware address.
const NOBODY: &str = "02:00:00:00:00:99";

/// Of a hundred packets, so many get lost.
const LOSS: u32 = 5;

/// One end of a cable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Left,
    Right,
}

/// A cable that lies.
#[derive(Debug)]
pub(crate) struct Cable {
    name: String,
}

/// Says it past the test harness, which swallows what a test prints that passes.
pub(crate) fn tell(what: &str) {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    // Without a place to say it there is nobody to hear it.
    let _ = writeln!(std::io::stderr(), "{test}: {what}");
}

fn run(program: &str, arguments: &[&str]) -> Result<Output, String> {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output();
    match output {
        Ok(output) if output.status.success() => Ok(output),
        Ok(output) => {
            Err(format!("{program} {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim()))
        }
        Err(error) => Err(format!("{program}: {error}")),
    }
}

impl Cable {
    /// Lays one.
    pub(crate) fn lay() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("trouble-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let cable = Self { name };
        if let Err(why) = cable.set_up() {
            panic!("this test needs network namespaces, that is Linux, root and iproute2 ({why})");
        }
        cable
    }

    fn set_up(&self) -> Result<(), String> {
        let [left, right] = [End::Left, End::Right].map(|end| self.namespace(end));
        run("ip", &["netns", "add", &left])?;
        run("ip", &["netns", "add", &right])?;
        run("ip", &["-n", &left, "link", "add", CARD, "type", "veth", "peer", "name", CARD, "netns", &right])?;
        for end in [End::Left, End::Right] {
            self.ip(end, &["addr", "add", &format!("{}/24", Self::address(end)), "dev", CARD])?;
            self.ip(end, &["link", "set", "lo", "up"])?;
            self.ip(end, &["link", "set", CARD, "up"])?;
        }
        Ok(())
    }

    fn ip(&self, end: End, arguments: &[&str]) -> Result<Output, String> {
        let namespace = self.namespace(end);
        let mut all = vec!["-n", &namespace];
        all.extend(arguments);
        run("ip", &all)
    }

    /// The name of the namespace at this end.
    pub(crate) fn namespace(&self, end: End) -> String {
        format!("{}-{}", self.name, if end == End::Left { "left" } else { "right" })
    }

    /// The address at this end.
    pub(crate) fn address(end: End) -> &'static str {
        match end {
            End::Left => "10.213.0.1",
            End::Right => "10.213.0.2",
        }
    }

    /// Packets get lost, late and out of order from now on. How that is done.
    pub(crate) fn make_bad(&self) -> String {
        let loss = format!("{LOSS}%");
        let netem = ["netem", "delay", "20ms", "10ms", "reorder", "25%", "50%", "loss", &loss];
        match self.shape(&netem) {
            Ok(()) => return netem.join(" "),
            Err(why) => tell(&format!("this kernel has no netem ({why}): loss by nftables, delay by a slow link")),
        }
        // What is lost in the middle of a burst arrives after what followed it: that is disorder, too.
        let slow = ["tbf", "rate", "20mbit", "burst", "4kb", "latency", "30ms"];
        let rules = format!(
            "table netdev trouble {{ chain lose {{ type filter hook ingress device {CARD} priority 0; \
             numgen random mod 100 < {LOSS} drop; }}; }}"
        );
        let lose = |end| run("ip", &["netns", "exec", &self.namespace(end), "nft", &rules]).map(drop);
        match self.shape(&slow).and_then(|()| lose(End::Left)).and_then(|()| lose(End::Right)) {
            Ok(()) => format!("{} and a loss of {LOSS}%", slow.join(" ")),
            Err(why) => panic!("this test needs a kernel with netem, or nftables, to lose packets ({why})"),
        }
    }

    fn shape(&self, discipline: &[&str]) -> Result<(), String> {
        for end in [End::Left, End::Right] {
            let namespace = self.namespace(end);
            let mut arguments = vec!["-n", &namespace, "qdisc", "add", "dev", CARD, "root"];
            arguments.extend(discipline);
            run("tc", &arguments)?;
        }
        Ok(())
    }

    /// Nothing goes through any more, and both cards notice.
    pub(crate) fn cut(&self) {
        self.ip(End::Right, &["link", "set", CARD, "down"]).unwrap();
    }

    /// The end of a [`Cable::cut`].
    pub(crate) fn mend(&self) {
        self.ip(End::Right, &["link", "set", CARD, "up"]).unwrap();
    }

    /// Nothing goes through any more, and no card notices: all is sent to a machine that is not there.
    pub(crate) fn swallow_everything(&self) {
        for (end, other) in [(End::Left, End::Right), (End::Right, End::Left)] {
            let neighbour = Self::address(other);
            self.ip(end, &["neigh", "replace", neighbour, "lladdr", NOBODY, "dev", CARD, "nud", "permanent"]).unwrap();
        }
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        for end in [End::Left, End::Right] {
            // One that could not be made is not there to be removed.
            let _ = run("ip", &["netns", "del", &self.namespace(end)]);
        }
    }
}
