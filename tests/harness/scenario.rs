//! What a scenario is: a script, the roles in it, and what is expected of each. `run` plays it.

mod run;

use std::{path::Path, sync::Arc};

use anyhow::Result;

use crate::{cast::Class, engine::Since, log::Complaint, stage::Stage, transcript::Intended};

pub use run::Run;

/// A role that the harness plays itself, with bare sockets.
type Native = Arc<dyn Fn(&Stage) -> Result<()> + Send + Sync>;

/// What makes the files of a run, before anybody plays.
type Maker = Arc<dyn Fn(&Path) -> Result<()> + Send + Sync>;

/// A script and the roles in it.
#[derive(Clone, Default)]
pub struct Scenario {
    script: String,
    roles: Vec<String>,
    natives: Vec<(String, Native)>,
    options: Vec<(String, String)>,
    expected: Vec<Expected>,
    dying: Vec<String>,
    incomparable: Option<&'static str>,
    measured_since: Option<Since>,
    /// Roles that see something else on purpose, each with the reason.
    differing: Vec<(String, &'static str)>,
    intended: Vec<Intended>,
    makers: Vec<Maker>,
}

/// Something that a role's engine says when it plays with this class, or with any.
#[derive(Clone, Debug)]
struct Expected {
    role: String,
    class: Option<Class>,
    complaint: Complaint,
}

impl Scenario {
    /// The scenario of `tests/project/scenarios/<script>.gd`, with these roles played by engines.
    pub fn new(script: &str, roles: &[&str]) -> Self {
        Self {
            script: script.to_owned(),
            roles: roles.iter().map(|&role| role.to_owned()).collect(),
            ..Self::default()
        }
    }

    /// A scenario of one process that holds all ends itself.
    pub fn solo(script: &str) -> Self {
        Self::new(script, &["solo"])
    }

    /// Adds a role that the harness plays itself.
    #[must_use]
    pub fn with(mut self, role: &str, play: impl Fn(&Stage) -> Result<()> + Send + Sync + 'static) -> Self {
        self.natives.push((role.to_owned(), Arc::new(play)));
        self
    }

    /// Sets an option that the script reads.
    #[must_use]
    pub fn option(mut self, key: &str, value: &str) -> Self {
        self.options.push((key.to_owned(), value.to_owned()));
        self
    }

    /// Declares a complaint that this role's engine must utter, whatever class it plays with.
    #[must_use]
    pub fn says(self, role: &str, pattern: &str) -> Self {
        self.expect(role, None, Complaint::required(pattern))
    }

    /// Declares a complaint that must come when this role is played with this class.
    #[must_use]
    pub fn says_as(self, class: Class, role: &str, pattern: &str) -> Self {
        self.expect(role, Some(class), Complaint::required(pattern))
    }

    /// Declares a complaint that may come when this role is played with this class, and need not.
    #[must_use]
    pub fn may_say_as(self, class: Class, role: &str, pattern: &str) -> Self {
        self.expect(role, Some(class), Complaint::optional(pattern))
    }

    /// Declares a complaint that may come whatever class this role plays with.
    #[must_use]
    pub fn may_say(self, role: &str, pattern: &str) -> Self {
        self.expect(role, None, Complaint::optional(pattern))
    }

    fn expect(mut self, role: &str, class: Option<Class>, complaint: Complaint) -> Self {
        self.expected.push(Expected { role: role.to_owned(), class, complaint });
        self
    }

    /// Declares that this role's process kills itself.
    #[must_use]
    pub fn dies(mut self, role: &str) -> Self {
        self.dying.push(role.to_owned());
        self
    }

    /// Declares that the built-in class is no measure for this role, and why: it sees something else, on purpose.
    #[must_use]
    pub fn differs(mut self, role: &str, reason: &'static str) -> Self {
        self.differing.push((role.to_owned(), reason));
        self
    }

    /// Declares what this role's engine must tell when it plays with this class, be it only to those who want
    /// details: all engines of the scenario are asked for them.
    #[must_use]
    pub fn tells_as(self, class: Class, role: &str, pattern: &str) -> Self {
        self.expect(role, Some(class), Complaint::detail(pattern))
    }

    /// Declares one event that differs on purpose when this role is played with our class, and why: what the built-in
    /// class sees, and what ours sees in its place, both as in the transcript. Nothing (`""`) stands for no event.
    ///
    /// It must differ just so: a difference that is there no more is a failure, too.
    #[must_use]
    pub fn intended(mut self, role: &str, builtin: &str, ours: &str, reason: &'static str) -> Self {
        self.intended.push(Intended::new(role, builtin, ours, reason));
        self
    }

    /// Makes files that the roles need, in a folder that they know as `files`.
    #[must_use]
    pub fn files(mut self, make: impl Fn(&Path) -> Result<()> + Send + Sync + 'static) -> Self {
        self.makers.push(Arc::new(make));
        self
    }

    /// Declares that the built-in class is no measure for this scenario at all, and why.
    #[must_use]
    pub fn incomparable(mut self, reason: &'static str) -> Self {
        self.incomparable = Some(reason);
        self
    }

    /// Declares from which engine on the built-in class does here what is compared, and what it does before. On an older
    /// one, only our class is held to it, by whatever the script itself expects, and the run says that it was not
    /// measured.
    #[must_use]
    pub fn measured_since(mut self, since: Since) -> Self {
        self.measured_since = Some(since);
        self
    }
}
