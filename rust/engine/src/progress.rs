//! Progress on stderr, so that nobody waits before a silent terminal: a live line there, a few plain lines elsewhere.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// Plain output speaks up once per this share of the work.
const PLAIN_STEP_PERCENT: u64 = 25;

/// How many pieces are planned, none if nobody said, and how many were begun.
static PIECES: AtomicUsize = AtomicUsize::new(0);
static BEGUN: AtomicUsize = AtomicUsize::new(0);

/// One piece of work that takes long enough to be worth a line.
pub struct Progress {
    label: String,
    bar: Option<ProgressBar>,
    total: u64,
    done: u64,
    plain_steps: u64,
}

impl Progress {
    /// Says that a whole of so many pieces begins: each that is started from now on says which of them it is.
    pub fn plan(pieces: usize) {
        PIECES.store(pieces, Ordering::Relaxed);
        BEGUN.store(0, Ordering::Relaxed);
    }

    /// Starts a piece of work of unknown size.
    pub fn start(label: impl Into<String>) -> Self {
        Self::with_total(label, 0)
    }

    /// Starts a piece of work of `total` steps.
    pub fn with_total(label: impl Into<String>, total: u64) -> Self {
        let label = numbered(label.into(), BEGUN.fetch_add(1, Ordering::Relaxed) + 1, PIECES.load(Ordering::Relaxed));
        let bar = console::user_attended_stderr().then(|| live_line(&label, total));
        if bar.is_none() {
            eprintln!("{label} ...");
        }
        Self { label, bar, total, done: 0, plain_steps: 0 }
    }

    /// Moves on by `steps`.
    pub fn advance(&mut self, steps: u64) {
        self.set(self.done + steps);
    }

    /// Moves to `done` of the total.
    pub fn set(&mut self, done: u64) {
        self.done = done;
        if let Some(bar) = &self.bar {
            bar.set_position(done);
        } else {
            self.report_plainly();
        }
    }

    /// Ends the work well.
    pub fn finish(self) {
        match &self.bar {
            Some(bar) => {
                bar.finish_and_clear();
                eprintln!("{}: done in {:.1} s", self.label, bar.elapsed().as_secs_f32());
            }
            None => eprintln!("{}: done", self.label),
        }
    }

    fn report_plainly(&mut self) {
        let Some(percent) = (self.done * 100).checked_div(self.total) else {
            return;
        };
        let step = percent / PLAIN_STEP_PERCENT;
        if step > self.plain_steps && percent < 100 {
            self.plain_steps = step;
            eprintln!("{}: {} %", self.label, step * PLAIN_STEP_PERCENT);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn numbered(label: String, number: usize, pieces: usize) -> String {
    // What nobody planned (an engine that has to be fetched first) makes the whole larger.
    if pieces == 0 { label } else { format!("[{number}/{}] {label}", pieces.max(number)) }
}

fn live_line(label: &str, total: u64) -> ProgressBar {
    let bar = if total > 0 { ProgressBar::new(total) } else { ProgressBar::new_spinner() };
    let template = if total > 0 { "{spinner} {msg} [{bar:30}] {percent} %" } else { "{spinner} {msg} {elapsed}" };
    // A template that does not parse is a typo above, and the default style still shows progress.
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_message(label.to_owned());
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_says_which_it_is_of_a_whole() {
        assert_eq!(numbered("writing".to_owned(), 2, 6), "[2/6] writing");
        assert_eq!(numbered("writing".to_owned(), 7, 6), "[7/7] writing");
        assert_eq!(numbered("writing".to_owned(), 2, 0), "writing");
    }
}
