//! Stack traces of Python, Rust and JavaScript, put together from their lines.

use jiff::Timestamp;
use serde::Serialize;

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
];
/// A trace of more lines than this is cut.
const MAX_LINES: usize = 1_000;

/// What wrote a stack trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Language {
    /// Python.
    Python,
    /// Rust.
    Rust,
    /// JavaScript.
    JavaScript,
}

/// A whole stack trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StackTrace {
    pub(super) language: Language,
    pub(super) exception: String,
    pub(super) message: String,
    pub(super) frame: String,
    pub(super) at: Option<Timestamp>,
}

/// Puts traces together, line by line.
#[derive(Debug, Default)]
pub(super) struct StackTraceReader {
    state: State,
    /// The line before: the header of a JavaScript trace is only known by what follows it.
    previous: String,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Outside,
    /// Between `Traceback` and the exception.
    Python {
        frames: Frames,
        lines: usize,
        at: Option<Timestamp>,
    },
    /// After an exception of Python: another one may follow from it.
    PythonEnded { trace: StackTrace, chained: bool },
    /// After `panicked at`.
    Rust {
        trace: StackTrace,
        frames: Frames,
        lines: usize,
        in_backtrace: bool,
    },
    /// In the frames of JavaScript.
    JavaScript { trace: StackTrace, frames: Frames },
}

/// The best frame so far: our own before anybody's.
#[derive(Debug, Default)]
struct Frames {
    own: Option<String>,
    any: Option<String>,
}

impl Frames {
    /// Keeps the first own frame.
    fn first(&mut self, frame: &str, path: &str) {
        if is_own(path) {
            self.own.get_or_insert_with(|| frame.to_owned());
        }
        self.any.get_or_insert_with(|| frame.to_owned());
    }

    /// Keeps the last own frame.
    fn last(&mut self, frame: &str, path: &str) {
        if is_own(path) {
            self.own = Some(frame.to_owned());
        }
        self.any = Some(frame.to_owned());
    }

    fn best(&mut self) -> Option<String> {
        self.own.take().or_else(|| self.any.take())
    }
}

fn is_own(path: &str) -> bool {
    !path.is_empty() && !FOREIGN.iter().any(|part| path.contains(part))
}

impl StackTraceReader {
    /// Reads a line: whether it is a part of a trace, and the trace that is whole now.
    pub(super) fn line(&mut self, line: &str, at: Option<Timestamp>) -> (bool, Option<StackTrace>) {
        let line = line.trim_end();
        let state = std::mem::take(&mut self.state);
        let (state, is_part, ended) = match state {
            State::Outside => self.begin(line, at),
            State::Python {
                frames,
                lines,
                at: began,
            } => python(frames, lines, began, line),
            State::PythonEnded { trace, chained } => self.after_python(trace, chained, line, at),
            State::Rust {
                trace,
                frames,
                lines,
                in_backtrace,
            } => self.rust(trace, frames, lines, in_backtrace, line, at),
            State::JavaScript { trace, frames } => self.javascript(trace, frames, line, at),
        };
        self.state = state;
        line.clone_into(&mut self.previous);
        (is_part, ended)
    }

    /// The trace that was under way.
    pub(super) fn end(&mut self) -> Option<StackTrace> {
        match std::mem::take(&mut self.state) {
            State::Outside | State::Python { .. } => None,
            State::PythonEnded { trace, .. } => Some(trace),
            State::Rust { trace, frames, .. } | State::JavaScript { trace, frames } => {
                Some(with_frame(trace, frames))
            }
        }
    }

    fn begin(&self, line: &str, at: Option<Timestamp>) -> (State, bool, Option<StackTrace>) {
        if line.ends_with("Traceback (most recent call last):") {
            let frames = Frames::default();
            return (
                State::Python {
                    frames,
                    lines: 0,
                    at,
                },
                true,
                None,
            );
        }
        if let Some(trace) = panicked(line, at) {
            let state = State::Rust {
                trace,
                frames: Frames::default(),
                lines: 0,
                in_backtrace: false,
            };
            return (state, true, None);
        }
        if let Some((frame, path)) = javascript_frame(line)
            && let Some((exception, message)) = exception(&self.previous)
        {
            let mut frames = Frames::default();
            frames.first(&frame, &path);
            let trace = StackTrace {
                language: Language::JavaScript,
                exception,
                message,
                frame: String::new(),
                at,
            };
            return (State::JavaScript { trace, frames }, true, None);
        }
        (State::Outside, false, None)
    }

    /// Begins anew with a line that does not belong to the trace that has ended before it.
    fn anew(
        &self,
        trace: StackTrace,
        line: &str,
        at: Option<Timestamp>,
    ) -> (State, bool, Option<StackTrace>) {
        let (state, is_part, _) = self.begin(line, at);
        (state, is_part, Some(trace))
    }

    fn after_python(
        &self,
        trace: StackTrace,
        chained: bool,
        line: &str,
        at: Option<Timestamp>,
    ) -> (State, bool, Option<StackTrace>) {
        let is_link = line.starts_with("During handling of the above exception")
            || line.starts_with("The above exception was the direct cause");
        if is_link || line.is_empty() {
            let chained = chained || is_link;
            return (State::PythonEnded { trace, chained }, true, None);
        }
        if chained && line.ends_with("Traceback (most recent call last):") {
            // What follows is what the program ended with; the one before was on the way there.
            let frames = Frames::default();
            return (
                State::Python {
                    frames,
                    lines: 0,
                    at: trace.at,
                },
                true,
                None,
            );
        }
        self.anew(trace, line, at)
    }

    fn rust(
        &self,
        mut trace: StackTrace,
        mut frames: Frames,
        lines: usize,
        in_backtrace: bool,
        line: &str,
        at: Option<Timestamp>,
    ) -> (State, bool, Option<StackTrace>) {
        let text = line.trim_start();
        if lines == 0 && trace.message.is_empty() && !text.starts_with("stack backtrace:") {
            text.clone_into(&mut trace.message);
            return (
                State::Rust {
                    trace,
                    frames,
                    lines: 1,
                    in_backtrace,
                },
                true,
                None,
            );
        }
        if text.starts_with("stack backtrace:") || text.starts_with("note: ") {
            let in_backtrace = in_backtrace || text.starts_with("stack");
            return (
                State::Rust {
                    trace,
                    frames,
                    lines: lines + 1,
                    in_backtrace,
                },
                true,
                None,
            );
        }
        if in_backtrace && lines < MAX_LINES {
            if let Some(path) = text.strip_prefix("at ") {
                frames.first(path, path);
                return (
                    State::Rust {
                        trace,
                        frames,
                        lines: lines + 1,
                        in_backtrace,
                    },
                    true,
                    None,
                );
            }
            let is_frame = text.split_once(':').is_some_and(|(number, _)| {
                !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())
            });
            if is_frame {
                return (
                    State::Rust {
                        trace,
                        frames,
                        lines: lines + 1,
                        in_backtrace,
                    },
                    true,
                    None,
                );
            }
        }
        self.anew(with_frame(trace, frames), line, at)
    }

    fn javascript(
        &self,
        trace: StackTrace,
        mut frames: Frames,
        line: &str,
        at: Option<Timestamp>,
    ) -> (State, bool, Option<StackTrace>) {
        match javascript_frame(line) {
            Some((frame, path)) => {
                frames.first(&frame, &path);
                (State::JavaScript { trace, frames }, true, None)
            }
            None => self.anew(with_frame(trace, frames), line, at),
        }
    }
}

fn with_frame(mut trace: StackTrace, mut frames: Frames) -> StackTrace {
    if let Some(frame) = frames.own.take() {
        trace.frame = frame;
    } else if trace.frame.is_empty() {
        trace.frame = frames.best().unwrap_or_default();
    }
    trace
}

fn python(
    mut frames: Frames,
    lines: usize,
    at: Option<Timestamp>,
    line: &str,
) -> (State, bool, Option<StackTrace>) {
    if let Some(rest) = line.trim_start().strip_prefix("File \"")
        && let Some((path, rest)) = rest.split_once('"')
    {
        let number: String = rest.chars().filter(char::is_ascii_digit).collect();
        let function = rest
            .rsplit_once(" in ")
            .map_or("", |(_, function)| function);
        let number = number.chars().take(7).collect::<String>();
        frames.last(&format!("{path}:{number} in {function}"), path);
    } else if !line.starts_with([' ', '\t']) && !line.is_empty() {
        let (exception, message) =
            exception(line).unwrap_or_else(|| (line.to_owned(), String::new()));
        let trace = StackTrace {
            language: Language::Python,
            exception,
            message,
            frame: frames.best().unwrap_or_default(),
            at,
        };
        return (
            State::PythonEnded {
                trace,
                chained: false,
            },
            true,
            None,
        );
    }
    if lines > MAX_LINES {
        return (State::Outside, false, None);
    }
    (
        State::Python {
            frames,
            lines: lines + 1,
            at,
        },
        true,
        None,
    )
}

/// `thread 'main' panicked at src/main.rs:4:5:`, or as it was written before.
fn panicked(line: &str, at: Option<Timestamp>) -> Option<StackTrace> {
    let (before, rest) = line.split_once(" panicked at ")?;
    if !before.contains("thread '") {
        return None;
    }
    let (message, place) = match rest.strip_prefix('\'') {
        Some(quoted) => quoted.rsplit_once("', ")?,
        None => ("", rest.trim_end_matches(':')),
    };
    Some(StackTrace {
        language: Language::Rust,
        exception: "panic".to_owned(),
        message: message.to_owned(),
        frame: place.to_owned(),
        at,
    })
}

/// `TypeError: text`, and what stands before it on the line is dropped.
fn exception(line: &str) -> Option<(String, String)> {
    let (head, message) = line.split_once(':').unwrap_or((line, ""));
    let name = head.split_whitespace().next_back()?;
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._$".contains(&b));
    if !is_name {
        return None;
    }
    Some((name.to_owned(), message.trim().to_owned()))
}

/// `at name (path:1:2)` or `at path:1:2`: the frame, and its path.
fn javascript_frame(line: &str) -> Option<(String, String)> {
    let frame = line
        .strip_prefix([' ', '\t'])?
        .trim_start()
        .strip_prefix("at ")?;
    let path = match frame.rsplit_once('(') {
        Some((_, path)) => path.trim_end_matches(')'),
        None => frame.strip_prefix("async ").unwrap_or(frame),
    };
    let has_line = path
        .rsplit(':')
        .next()
        .is_some_and(|end| !end.is_empty() && end.bytes().all(|b| b.is_ascii_digit()));
    (has_line || path.contains("<anonymous>")).then(|| (frame.to_owned(), path.to_owned()))
}
