//! Progress of long work, on standard error and only on a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::console::{Console, Talk};

/// A bar over bytes of captures, or nothing.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
}

/// Work on less than this is over before a bar can be read.
const WORTH_A_BAR: u64 = 64 << 20;

impl Progress {
    /// A bar for `bytes`, if that is much and somebody looks. `lines` says that lines go to standard
    /// output meanwhile, which on the same terminal would tear the bar.
    pub(super) fn new(bytes: u64, lines: bool, console: &Console<'_>) -> Self {
        let wanted = console.err_is_terminal
            && console.talk >= Talk::Normal
            && bytes >= WORTH_A_BAR
            && !(lines && console.out_is_terminal);
        let bar = wanted.then(|| {
            let bar = ProgressBar::with_draw_target(Some(bytes), ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("{bar:30} {percent:>3}% of {total_bytes}, {eta} left");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.enable_steady_tick(Duration::from_millis(250));
            bar
        });
        Self { bar }
    }

    /// So many bytes more are done.
    pub(super) fn advance(&self, bytes: u64) {
        if let Some(bar) = &self.bar {
            bar.inc(bytes);
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
