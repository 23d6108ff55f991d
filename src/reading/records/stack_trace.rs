//! Stack traces of Python, Rust, JavaScript, Java and Go, put together from their lines.
//!
//! # Design notes
//!
//! A trace is read line by line and knows by itself where it ends: a log has no other mark for it.
//! What begins one and what goes on with it are two questions, so that whoever puts records together
//! can decide in between whether a line is one of its own.

mod exception;
mod frames;
mod go;
mod header;
mod java;
mod javascript;
mod python;
mod rust;

pub(crate) use self::exception::{Exception, Language};
use self::frames::Frames;
use self::go::GoTrace;
use self::header::MAX_LINES;
pub(super) use self::header::header;
use self::java::JavaTrace;
use self::javascript::JavaScriptTrace;
use self::python::PythonTrace;
use self::rust::RustTrace;

/// A trace that is being read.
#[derive(Debug)]
pub(super) enum StackTrace {
    Python(PythonTrace),
    Rust(RustTrace),
    JavaScript(JavaScriptTrace),
    Java(JavaTrace),
    Go(GoTrace),
}

impl StackTrace {
    /// The trace that a line begins; the line before it may be its header.
    pub(super) fn begin(line: &str, previous: &str) -> Option<Self> {
        let line = line.trim_end();
        // Most lines are none, and this is seen soonest.
        match line.bytes().next()? {
            b' ' | b'\t' => {}
            _ => {
                if let Some(trace) = RustTrace::begin(line) {
                    return Some(Self::Rust(trace));
                }
                if let Some(trace) = GoTrace::begin(line, previous) {
                    return Some(Self::Go(trace));
                }
            }
        }
        PythonTrace::begin(line)
            .map(Self::Python)
            .or_else(|| JavaTrace::begin(line, previous).map(Self::Java))
            .or_else(|| JavaScriptTrace::begin(line, previous).map(Self::JavaScript))
    }

    /// Reads the next line: whether it belongs to the trace.
    pub(super) fn goes_on(&mut self, line: &str) -> bool {
        let line = line.trim_end();
        match self {
            Self::Python(trace) => trace.goes_on(line),
            Self::Rust(trace) => trace.goes_on(line),
            Self::JavaScript(trace) => trace.goes_on(line),
            Self::Java(trace) => trace.goes_on(line),
            Self::Go(trace) => trace.goes_on(line),
        }
    }

    /// Whether an indented line may be a part of it. Behind the exception of Python it is a further
    /// line of the message, and only without a head of its own.
    pub(super) fn is_in_frames(&self) -> bool {
        match self {
            Self::Python(trace) => trace.is_in_frames(),
            Self::Rust(_) | Self::JavaScript(_) | Self::Java(_) | Self::Go(_) => true,
        }
    }

    /// What it says; nothing where it was cut before its exception.
    pub(super) fn end(self) -> Option<Exception> {
        match self {
            Self::Python(trace) => trace.end(),
            Self::Rust(trace) => Some(trace.end()),
            Self::JavaScript(trace) => Some(trace.end()),
            Self::Java(trace) => Some(trace.end()),
            Self::Go(trace) => Some(trace.end()),
        }
    }

    /// The last exception in a text that holds nothing else.
    pub(super) fn of_text(text: &str) -> Option<Exception> {
        let mut trace: Option<Self> = None;
        let mut found = None;
        let mut previous = "";
        for line in text.lines() {
            if !trace.as_mut().is_some_and(|trace| trace.goes_on(line)) {
                found = trace.take().and_then(Self::end).or(found);
                trace = Self::begin(line, previous);
            }
            previous = line;
        }
        trace.and_then(Self::end).or(found)
    }

    /// The frame to show of a text that is nothing but frames, and whose they are.
    pub(super) fn frame_of(text: &str) -> Option<(Language, String)> {
        let mut frames = Frames::default();
        let mut language = None;
        let mut function = "";
        for line in text.lines().take(MAX_LINES) {
            if let Some((frame, path)) = python::frame(line) {
                language.get_or_insert(Language::Python);
                frames.last(&frame, path);
            } else if let Some((frame, class)) = java::frame(line) {
                language.get_or_insert(Language::Java);
                frames.first_where(frame, java::is_own(class));
            } else if let Some((frame, path)) = javascript::frame(line) {
                language.get_or_insert(Language::JavaScript);
                frames.first(frame, path);
            } else if let Some((path, place)) = go::place(line) {
                language.get_or_insert(Language::Go);
                frames.first(&go::frame(function, place), path);
            }
            function = line;
        }
        Some((language?, frames.best()))
    }
}
