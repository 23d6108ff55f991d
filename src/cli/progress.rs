//! What a command is at, where somebody looks: a line on stderr that moves, and is gone once it is over.
//!
//! Without a terminal, or on one that can do nothing (TERM=dumb), there is none.

use std::borrow::Cow;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::render;
use crate::domain::order::Moved;

/// Between two pictures of it.
const TICK: Duration = Duration::from_millis(100);
/// How far it is is not known.
const SPINNER: &str = "{spinner} {elapsed} {wide_msg}";
/// It is.
const BAR: &str = "{spinner} {elapsed} {msg} [{bar:24}] {pos} of {len} jobs, about {eta} left";

/// What a command is at, until it is dropped.
#[derive(Debug)]
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// It has begun.
    pub(super) fn begin(what: impl Into<Cow<'static, str>>) -> Self {
        let bar = ProgressBar::new_spinner().with_style(style(SPINNER));
        bar.set_message(what);
        bar.enable_steady_tick(TICK);
        Self(bar)
    }

    /// It is at something else.
    pub(super) fn say(&self, what: impl Into<Cow<'static, str>>) {
        self.0.set_message(what);
    }

    /// Whether somebody sees it.
    pub(super) fn is_seen(&self) -> bool {
        !self.0.is_hidden()
    }

    /// So many of its jobs are moved.
    pub(super) fn moved(&self, Moved { done, of }: Moved) {
        if self.0.length().is_none() {
            self.0.set_style(style(BAR));
        }
        // What comes meanwhile is moved, too.
        self.0.set_length(of.max(done));
        self.0.set_position(done);
    }

    /// Writes to stdout above it.
    pub(super) fn print(&self, text: &str) {
        self.0.suspend(|| render::print(text));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    // Ours can be read, as the test holds.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_templates_can_be_read() {
        for template in [SPINNER, BAR] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }
}
