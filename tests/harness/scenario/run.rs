//! One run of a scenario, which leaves no process behind: start its roles, supervise them, judge what they did, compare
//! what they saw.

use std::{
    collections::{BTreeMap, HashMap},
    ffi::OsString,
    fmt::Write as _,
    process::ExitStatus,
    sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};

use super::Scenario;
use crate::{
    cast::{Cast, Class},
    engine,
    failure::Failure,
    log::{self, Complaint},
    program::Program,
    project,
    stage::Stage,
    transcript::{Intended, Transcript},
};

/// The hard end of a run. A scenario gives up waiting long before.
const DEADLINE: Duration = Duration::from_secs(60);

/// What the other roles still get when one has failed.
const GRACE: Duration = Duration::from_secs(2);

/// How often the engines are looked at.
const LOOK: Duration = Duration::from_millis(10);

/// What came of a run.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// What each role saw.
    pub transcripts: BTreeMap<String, Transcript>,
    /// The lines of all roles, for what a test wants to read there.
    pub lines: Vec<String>,
}

impl Scenario {
    /// Runs the scenario with a cast, and compares what was seen with what the built-in class sees.
    ///
    /// `name` is the same for all casts of a scenario, and another for every other scenario.
    pub fn check(&self, name: &str, cast: Cast) -> Result<Run, Failure> {
        if let Some(since) = self.measured_since
            && !since.holds()?
        {
            since.report(&format!("{name} with {cast}"))?;
            return Ok(if cast.is_ours() { self.run(cast)? } else { Run::default() });
        }
        if cast.is_builtin() {
            return Ok(self.baseline(name)?);
        }
        let run = self.run(cast)?;
        if self.incomparable.is_none() {
            let baseline = self.baseline(name).context("the built-in class, which is the measure, fails here")?;
            self.compare(cast, &run, &baseline).with_context(|| format!("{} with {cast}", self.title()))?;
        }
        Ok(run)
    }

    /// Runs the scenario with the built-in class on every end, once per test program.
    fn baseline(&self, name: &str) -> Result<Run> {
        type Slot = Arc<OnceLock<std::result::Result<Run, String>>>;
        static RUNS: LazyLock<Mutex<HashMap<String, Slot>>> = LazyLock::new(Mutex::default);
        let slot = Arc::clone(RUNS.lock().unwrap_or_else(PoisonError::into_inner).entry(name.to_owned()).or_default());
        slot.get_or_init(|| self.run(Cast::BUILTIN).map_err(|error| format!("{error:#}")))
            .clone()
            .map_err(anyhow::Error::msg)
    }

    /// Runs the scenario with a cast.
    pub fn run(&self, cast: Cast) -> Result<Run> {
        let stage = Stage::new(Instant::now() + DEADLINE)?;
        for make in &self.makers {
            make(&stage.files()).context("making the files of the scenario")?;
        }
        let mut engines = self.start_engines(cast, &stage)?;
        let native_problems = thread::scope(|scope| {
            let natives: Vec<_> =
                self.natives.iter().map(|(role, play)| (role, scope.spawn(|| play(&stage)))).collect();
            supervise(&mut engines, stage.deadline());
            stage.close();
            let mut problems = Vec::new();
            for (role, native) in natives {
                match native.join() {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => problems.push(format!("{role}: {error:#}")),
                    Err(_) => problems.push(format!("{role}: panicked")),
                }
            }
            problems
        });
        self.judge(cast, engines, native_problems)
    }

    fn start_engines(&self, cast: Cast, stage: &Stage) -> Result<Vec<Part>> {
        let project = if cast.is_builtin() { project::plain()? } else { project::with_addon()? };
        let mut clients = 0;
        let mut parts = Vec::new();
        for role in &self.roles {
            let class = cast.class_of(role, clients);
            clients += usize::from(role != "server");
            let mut arguments = self.arguments(role, class, stage);
            if cast.has_network_threads() && class == Class::Ours {
                arguments.push(OsString::from("--network_thread=yes"));
            }
            let engine = engine::start(&project, &stage.home(), &arguments, stage.deadline())?;
            parts.push(Part { role: role.clone(), class, engine, status: None });
        }
        Ok(parts)
    }

    fn arguments(&self, role: &str, class: Class, stage: &Stage) -> Vec<OsString> {
        let mut arguments = Vec::new();
        if self.expected.iter().any(|expected| expected.complaint.is_detail()) {
            arguments.push(OsString::from("--verbose"));
        }
        arguments.extend([
            OsString::from("--"),
            format!("--scenario={}", self.script).into(),
            format!("--role={role}").into(),
            format!("--roles={}", self.roles.join(",")).into(),
            format!("--class={}", class.name()).into(),
        ]);
        arguments.extend(stage.arguments());
        arguments.extend(self.options.iter().map(|(key, value)| format!("--{key}={value}").into()));
        arguments
    }

    fn judge(&self, cast: Cast, parts: Vec<Part>, mut problems: Vec<String>) -> Result<Run> {
        let mut report = String::new();
        let mut run = Run::default();
        for mut part in parts {
            let lines = part.engine.stop();
            let end = part.status.map_or_else(|| "killed by the harness".to_owned(), |status| status.to_string());
            let _ = writeln!(report, "--- {} ({}), {end}", part.role, part.class.name());
            for line in &lines {
                let _ = writeln!(report, "    {line}");
            }
            let mut wrong = log::judge(&lines, &self.expected_of(&part))?;
            let dies = self.dying.contains(&part.role);
            match Transcript::find(&lines)? {
                Some(transcript) => {
                    run.transcripts.insert(part.role.clone(), transcript);
                }
                None if !dies => wrong.push("it did not come to its end".to_owned()),
                None => {}
            }
            match part.status {
                None => wrong.push("it had to be killed".to_owned()),
                Some(status) if !status.success() && !dies => wrong.push(format!("it ended with {status}")),
                Some(_) => {}
            }
            problems.extend(wrong.into_iter().map(|problem| format!("{}: {problem}", part.role)));
            run.lines.extend(lines);
        }
        if problems.is_empty() {
            return Ok(run);
        }
        bail!("{} with {cast}:\n  {}\n{report}", self.title(), problems.join("\n  "));
    }

    fn expected_of(&self, part: &Part) -> Vec<Complaint> {
        self.expected
            .iter()
            .filter(|expected| expected.role == part.role && expected.class.is_none_or(|class| class == part.class))
            .map(|expected| expected.complaint.clone())
            .collect()
    }

    fn compare(&self, cast: Cast, run: &Run, baseline: &Run) -> Result<()> {
        let mut text = String::new();
        for (role, seen) in &run.transcripts {
            if self.differing.iter().any(|(differing, _reason)| differing == role) {
                continue;
            }
            let is_ours = cast.class_of(role, self.client_number(role)) == Class::Ours;
            let intended: Vec<&Intended> =
                self.intended.iter().filter(|intended| is_ours && intended.role == *role).collect();
            let Some(wanted) = baseline.transcripts.get(role) else { continue };
            if let Some(difference) = seen.difference(wanted, &intended)? {
                let _ =
                    writeln!(text, "{role} saw something else than with the built-in class alone (-):\n{difference}");
            }
        }
        if text.is_empty() {
            return Ok(());
        }
        bail!("{text}");
    }

    /// Which client of the scenario this role is, the first being 0.
    fn client_number(&self, role: &str) -> usize {
        self.roles.iter().filter(|other| *other != "server").position(|other| other == role).unwrap_or_default()
    }

    /// The script and its options, for people.
    fn title(&self) -> String {
        let mut title = self.script.clone();
        for (key, value) in &self.options {
            let _ = write!(title, " {key}={value}");
        }
        title
    }
}

impl Run {
    /// The numbers that roles have printed as `MEASURE <name> <number>`.
    pub fn measures(&self, name: &str) -> Vec<f64> {
        let prefix = format!("MEASURE {name} ");
        self.lines.iter().filter_map(|line| line.strip_prefix(&prefix)?.parse().ok()).collect()
    }
}

/// A role, and the engine that plays it.
struct Part {
    role: String,
    class: Class,
    engine: Program,
    /// How it ended, unless it had to be killed.
    status: Option<ExitStatus>,
}

/// Waits until all have ended, or until it is enough; then kills the rest.
fn supervise(parts: &mut [Part], mut deadline: Instant) {
    loop {
        let mut is_over = true;
        for part in &mut *parts {
            if part.status.is_none() {
                part.status = part.engine.status().ok().flatten();
                if part.status.is_some_and(|status| status.code().is_some_and(|code| code != 0)) {
                    deadline = deadline.min(Instant::now() + GRACE);
                }
            }
            is_over &= part.status.is_some();
        }
        if is_over || Instant::now() > deadline {
            break;
        }
        thread::sleep(LOOK);
    }
    for part in parts {
        part.engine.stop();
    }
}
