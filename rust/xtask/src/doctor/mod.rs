//! The doctor: looks what a machine lacks for work on the project, and says in words how to get it.
//!
//! This file owns the verdict and how it is shown; `examinations` knows each thing that is looked for.

mod examinations;

use anyhow::{Result, bail};
use console::style;

use crate::progress::Progress;
use examinations::EXAMINATIONS;

/// What one examination found.
enum Finding {
    /// It is there; what it says of itself.
    Present(String),
    /// It is missing; why that is so, and how to get it.
    Missing {
        /// What was found instead.
        found: String,
        /// What to do.
        advice: String,
    },
}

/// Whether the project can be worked on without it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    /// Nothing works without it.
    Needed,
    /// It is for one thing only, which is named.
    OnlyFor(&'static str),
}

/// One thing that is looked for.
struct Examination {
    name: &'static str,
    need: Need,
    examine: fn() -> Finding,
}

/// Examines this machine, and prints what was found.
///
/// # Errors
///
/// If something is missing without which nothing works.
pub fn run() -> Result<()> {
    let mut progress = Progress::with_total("examining this machine", EXAMINATIONS.len() as u64);
    let mut findings = Vec::new();
    for examination in &EXAMINATIONS {
        findings.push((examination, (examination.examine)()));
        progress.advance(1);
    }
    progress.finish();
    for (examination, finding) in &findings {
        println!("{}", line(examination, finding));
    }
    verdict(&findings)
}

fn line(examination: &Examination, finding: &Finding) -> String {
    let name = examination.name;
    match finding {
        Finding::Present(what) => format!("{} {name}: {what}", style("ok     ").green()),
        Finding::Missing { found, advice } => {
            let (mark, purpose) = match examination.need {
                Need::Needed => (style("MISSING").red(), String::new()),
                Need::OnlyFor(purpose) => (style("without").yellow(), format!(" (only for {purpose})")),
            };
            format!("{mark} {name}{purpose}: {found}\n        {}", advice.replace('\n', "\n        "))
        }
    }
}

fn verdict(findings: &[(&Examination, Finding)]) -> Result<()> {
    let missing: Vec<&str> = findings
        .iter()
        .filter(|(examination, finding)| examination.need == Need::Needed && matches!(finding, Finding::Missing { .. }))
        .map(|(examination, _)| examination.name)
        .collect();
    if !missing.is_empty() {
        bail!("this machine lacks what everybody needs: {}", missing.join(", "));
    }
    println!("\nThis machine has all that is needed. Next: cargo xtask test");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn examination(need: Need) -> Examination {
        Examination { name: "a tool", need, examine: || Finding::Present(String::new()) }
    }

    fn missing() -> Finding {
        Finding::Missing { found: "there is none".to_owned(), advice: "install it\nor build it".to_owned() }
    }

    #[test]
    fn only_what_is_needed_decides() {
        let (needed, wanted) = (examination(Need::Needed), examination(Need::OnlyFor("fun")));
        let present = || Finding::Present("1.0".to_owned());
        verdict(&[(&needed, present()), (&wanted, missing())]).unwrap();
        let error = verdict(&[(&needed, missing()), (&wanted, present())]).unwrap_err();
        assert_eq!(error.to_string(), "this machine lacks what everybody needs: a tool");
    }

    #[test]
    fn a_line_says_what_is_missing_what_for_and_how_to_get_it() {
        let text = line(&examination(Need::OnlyFor("fun")), &missing());
        let text = console::strip_ansi_codes(&text).into_owned();
        assert_eq!(text, "without a tool (only for fun): there is none\n        install it\n        or build it");
    }
}
