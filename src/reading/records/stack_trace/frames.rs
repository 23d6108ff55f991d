//! Which frame of a trace is shown.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

/// Paths that are not our own code.
const FOREIGN: &[&str] = &[
    "site-packages",
    "dist-packages",
    "/lib/python",
    "<frozen",
    "<string>",
    "node_modules",
    "node:",
    "internal/",
    "<anonymous>",
    "/rustc/",
    ".cargo/registry",
    ".rustup/",
    "/library/std/",
    "/library/core/",
    "/go/src/",
    "/pkg/mod/",
    "/libexec/src/",
];

static IS_FOREIGN: LazyLock<AhoCorasick> =
    LazyLock::new(|| AhoCorasick::new(FOREIGN).expect("a few paths are no large automaton"));

/// What stands behind the `at` of a frame, as Java and JavaScript write it.
pub(super) fn behind_at(line: &str) -> Option<&str> {
    let indented = line.strip_prefix([' ', '\t'])?;
    indented.trim_start().strip_prefix("at ")
}

/// The best frame so far: our own before anybody's.
#[derive(Debug, Default)]
pub(super) struct Frames {
    own: Option<String>,
    any: Option<String>,
}

impl Frames {
    /// Keeps the first own frame.
    pub(super) fn first(&mut self, frame: &str, path: &str) {
        self.first_where(frame, is_own(path));
    }

    pub(super) fn first_where(&mut self, frame: &str, is_own: bool) {
        if is_own {
            self.own.get_or_insert_with(|| frame.to_owned());
        }
        self.any.get_or_insert_with(|| frame.to_owned());
    }

    /// Keeps the last own frame.
    pub(super) fn last(&mut self, frame: &str, path: &str) {
        if is_own(path) {
            self.own = Some(frame.to_owned());
        }
        self.any = Some(frame.to_owned());
    }

    pub(super) fn best(self) -> String {
        self.own.or(self.any).unwrap_or_default()
    }

    /// Our own frame, or else the place that is known without frames.
    pub(super) fn own_or(self, place: String) -> String {
        match (self.own, place.is_empty()) {
            (Some(own), _) => own,
            (None, true) => self.any.unwrap_or_default(),
            (None, false) => place,
        }
    }
}

pub(super) fn is_own(path: &str) -> bool {
    !path.is_empty() && !IS_FOREIGN.is_match(path)
}
