//! Traces of Python: chains, and groups of exceptions.

use super::exception::{Exception, Language};
use super::frames::Frames;
use super::header::{MAX_LINES, MAX_MESSAGE_LINES, append, exception, header, said};
use crate::reading::records::continuation;

const BEGINS: &str = "Traceback (most recent call last):";

/// A trace of Python.
#[derive(Debug, Default)]
pub(in crate::reading::records) struct PythonTrace {
    step: Step,
    /// What the whole trace is indented by.
    indent: usize,
    name: String,
    message: String,
    cause: Option<String>,
    frames: Frames,
    lines: usize,
}

#[derive(Debug, Default)]
enum Step {
    /// Between `Traceback` and the exception.
    #[default]
    InFrames,
    /// After the exception: its message may go on, another one may follow from it.
    Ended {
        is_chained: bool,
        after_blank: bool,
        more: usize,
    },
    /// In a group of exceptions, whose lines begin with `|` or `+`.
    InGroup,
}

impl PythonTrace {
    pub(super) fn begin(line: &str) -> Option<Self> {
        if !line.ends_with(BEGINS) {
            return None;
        }
        let before = line[..line.len() - BEGINS.len()].trim_end();
        let is_group = before.ends_with("Exception Group");
        let indent = if before.is_empty() {
            line.len() - BEGINS.len()
        } else {
            0
        };
        Some(Self {
            step: if is_group {
                Step::InGroup
            } else {
                Step::InFrames
            },
            indent,
            ..Self::default()
        })
    }

    pub(super) fn goes_on(&mut self, line: &str) -> bool {
        self.lines += 1;
        let is_indented = line.bytes().take(self.indent).all(|b| b == b' ');
        let line = if is_indented {
            line.get(self.indent..).unwrap_or_default()
        } else {
            line
        };
        match self.step {
            Step::InFrames => self.frame(line),
            Step::Ended {
                is_chained,
                after_blank,
                more,
            } => self.after(line, is_chained, after_blank, more),
            Step::InGroup => self.group(line),
        }
    }

    pub(super) fn is_in_frames(&self) -> bool {
        matches!(self.step, Step::InFrames | Step::InGroup)
    }

    fn frame(&mut self, line: &str) -> bool {
        if let Some((frame, path)) = frame(line) {
            self.frames.last(&frame, path);
        } else if !line.starts_with([' ', '\t']) && !line.is_empty() {
            self.thrown(line);
            self.step = Step::Ended {
                is_chained: false,
                after_blank: false,
                more: 0,
            };
            return true;
        }
        self.lines <= MAX_LINES + 1
    }

    fn thrown(&mut self, line: &str) {
        let (name, message) = exception(line).unwrap_or_else(|| (line.to_owned(), String::new()));
        (self.name, self.message) = (name, message);
    }

    fn after(&mut self, line: &str, is_chained: bool, after_blank: bool, more: usize) -> bool {
        let is_link = line.starts_with("During handling of the above exception")
            || line.starts_with("The above exception was the direct cause");
        if is_link || line.is_empty() {
            self.step = Step::Ended {
                is_chained: is_chained || is_link,
                after_blank: true,
                more,
            };
            return true;
        }
        if is_chained && let Some(next) = Self::begin(line) {
            // What follows is what the program ended with; the one before was on the way there.
            self.cause
                .get_or_insert_with(|| said(&self.name, &self.message));
            self.step = next.step;
            self.frames = Frames::default();
            self.name.clear();
            return true;
        }
        // SQLAlchemy puts the statement and a link behind an empty line.
        let goes_on = if after_blank {
            ["[SQL", "[parameters", "(Background"]
                .iter()
                .any(|begin| line.starts_with(begin))
        } else {
            self.goes_on_saying(line)
        };
        if is_chained || !goes_on || more >= MAX_MESSAGE_LINES {
            return false;
        }
        append(&mut self.message, line.trim_start());
        self.step = Step::Ended {
            is_chained,
            after_blank,
            more: more + 1,
        };
        true
    }

    /// Whether a line goes on with the message of the exception. Of a log nobody knows where one ends.
    fn goes_on_saying(&self, line: &str) -> bool {
        // pydantic lists the fields, one a line.
        let is_field = self.message.contains("alidation error") && !line.contains(' ');
        line.starts_with([' ', '\t'])
            || is_field
            || continuation::is_marked(line)
            || [&self.name, &self.message].iter().any(|said| said.ends_with(':'))
            // What libpq has tried, host by host, and what Postgres answered.
            || ["connection to server", "ERROR:  ", "FATAL:  "]
                .iter()
                .any(|begin| line.starts_with(begin))
    }

    fn group(&mut self, line: &str) -> bool {
        let Some(inner) = line.trim_start().strip_prefix(['|', '+']) else {
            self.step = Step::Ended {
                is_chained: false,
                after_blank: false,
                more: MAX_MESSAGE_LINES,
            };
            return self.after(line, false, true, MAX_MESSAGE_LINES);
        };
        let inner = inner.strip_prefix(' ').unwrap_or(inner);
        if let Some((frame, path)) = frame(inner) {
            if self.name.is_empty() {
                self.frames.last(&frame, path);
            }
        } else if let Some((name, message)) = header(inner) {
            if self.name.is_empty() {
                (self.name, self.message) = (name.to_owned(), message.to_owned());
            } else if !name.ends_with("Group") {
                self.cause.get_or_insert_with(|| said(name, message));
            }
        }
        self.lines <= MAX_LINES
    }

    pub(super) fn end(self) -> Option<Exception> {
        (!self.name.is_empty()).then(|| Exception {
            language: Language::Python,
            name: self.name,
            message: self.message,
            frame: self.frames.best(),
            cause: self.cause,
        })
    }
}

/// `File "path", line 12, in name`: the frame, and its path.
pub(super) fn frame(line: &str) -> Option<(String, &str)> {
    let line = line.trim_start();
    // loguru points at the frame that was caught.
    let rest = line
        .strip_prefix("> ")
        .unwrap_or(line)
        .strip_prefix("File \"")?;
    let (path, rest) = rest.split_once('"')?;
    let number: String = rest.chars().filter(char::is_ascii_digit).take(7).collect();
    let function = rest
        .rsplit_once(" in ")
        .map_or("", |(_, function)| function);
    Some((format!("{path}:{number} in {function}"), path))
}
