//! What was thrown.

use serde::Serialize;

/// What wrote a stack trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Language {
    /// Python.
    Python,
    /// Rust.
    Rust,
    /// JavaScript.
    JavaScript,
    /// Java, and what else runs on its machine.
    Java,
    /// Go.
    Go,
    /// It cannot be told: an exception without a trace.
    Unknown,
}

/// What went wrong, as the program's own language says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Exception {
    /// What wrote it.
    pub(crate) language: Language,
    /// Its name, such as `KeyError`, with the module where that is written; `panic` in Rust and Go.
    pub(crate) name: String,
    /// What it says; it may have several lines.
    pub(crate) message: String,
    /// The topmost frame that is our own code; where there is none, the topmost of all.
    pub(crate) frame: String,
    /// The exception that it came from, `name: message`: the first of a chain of Python, the last
    /// `Caused by` of Java, the first member of an exception group.
    pub(crate) cause: Option<String>,
}
