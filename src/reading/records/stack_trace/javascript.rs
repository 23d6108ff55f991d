//! Traces of JavaScript. Their header is only known by what follows it.

use super::exception::{Exception, Language};
use super::frames::{Frames, behind_at};
use super::header::{MAX_LINES, exception};

/// A trace of JavaScript.
#[derive(Debug)]
pub(in crate::reading::records) struct JavaScriptTrace {
    name: String,
    message: String,
    cause: Option<String>,
    frames: Frames,
    lines: usize,
    /// How many braces are open behind the frames: what Node shows of an error's members.
    open: usize,
}

impl JavaScriptTrace {
    pub(super) fn begin(line: &str, previous: &str) -> Option<Self> {
        frame(line)?;
        let (name, message) = exception(previous)?;
        let mut trace = Self {
            name,
            message,
            cause: None,
            frames: Frames::default(),
            lines: 0,
            open: 0,
        };
        trace.goes_on(line).then_some(trace)
    }

    pub(super) fn goes_on(&mut self, line: &str) -> bool {
        self.lines += 1;
        if self.lines > MAX_LINES {
            return false;
        }
        let begins_members = line.ends_with(" {");
        let text = line.strip_suffix(" {").unwrap_or(line);
        let is_part = if let Some((frame, path)) = frame(text) {
            // The frames of a cause are not where this one was thrown.
            if self.cause.is_none() {
                self.frames.first(frame, path);
            }
            true
        } else if let Some(cause) = text.trim_start().strip_prefix("[cause]: ") {
            self.cause.get_or_insert_with(|| cause.to_owned());
            true
        } else {
            self.open > 0 || text.trim_start().starts_with("... ")
        };
        if is_part && begins_members {
            self.open += 1;
        } else if self.open > 0 && matches!(line.trim(), "}" | "}," | "]" | "],") {
            self.open -= 1;
        }
        is_part
    }

    pub(super) fn end(self) -> Exception {
        Exception {
            language: Language::JavaScript,
            name: self.name,
            message: self.message,
            frame: self.frames.best(),
            cause: self.cause,
        }
    }
}

/// `at name (path:1:2)` or `at path:1:2`: the frame, and its path.
pub(super) fn frame(line: &str) -> Option<(&str, &str)> {
    let frame = behind_at(line)?;
    let path = match frame.rsplit_once('(') {
        Some((_, path)) => path.trim_end_matches(')'),
        None => frame.strip_prefix("async ").unwrap_or(frame),
    };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let mut parts = path.rsplitn(3, ':');
    let has_place = parts.next().is_some_and(is_number)
        && parts.next().is_some_and(is_number)
        && parts.next().is_some();
    (has_place || path.contains("<anonymous>")).then_some((frame, path))
}
