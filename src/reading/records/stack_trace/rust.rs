//! Panics of Rust, with and without a backtrace.

use std::sync::LazyLock;

use memchr::memchr;
use memchr::memmem::Finder;

use super::exception::{Exception, Language};
use super::frames::Frames;
use super::header::{MAX_LINES, append};

/// What stands between the thread and the place.
const PANICKED: &str = " panicked at ";
static FIND_PANICKED: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(PANICKED));

/// A panic.
#[derive(Debug)]
pub(in crate::reading::records) struct RustTrace {
    message: String,
    place: String,
    frames: Frames,
    lines: usize,
    in_backtrace: bool,
}

impl RustTrace {
    /// `thread 'main' (7) panicked at src/main.rs:4:5:`, or as it was written before.
    pub(super) fn begin(line: &str) -> Option<Self> {
        // Its thread is quoted. This is found sooner.
        memchr(b'\'', line.as_bytes())?;
        let at = FIND_PANICKED.find(line.as_bytes())?;
        let (before, rest) = (&line[..at], &line[at + PANICKED.len()..]);
        if !before.contains("thread '") {
            return None;
        }
        let (message, place) = match rest.strip_prefix('\'') {
            Some(quoted) => quoted.rsplit_once("', ")?,
            None => ("", rest.trim_end_matches(':')),
        };
        Some(Self {
            message: message.to_owned(),
            place: place.to_owned(),
            frames: Frames::default(),
            lines: 0,
            in_backtrace: false,
        })
    }

    pub(super) fn goes_on(&mut self, line: &str) -> bool {
        let text = line.trim_start();
        let begins_backtrace = text.starts_with("stack backtrace:");
        let is_part = if self.lines == 0 && self.message.is_empty() && !begins_backtrace {
            text.clone_into(&mut self.message);
            true
        } else if begins_backtrace || text.starts_with("note: ") {
            self.in_backtrace |= begins_backtrace;
            true
        } else if !self.in_backtrace {
            // What `assert_eq!` compares.
            let compares = line.starts_with("  left: ") || line.starts_with(" right: ");
            if compares {
                append(&mut self.message, text);
            }
            compares
        } else if self.lines >= MAX_LINES {
            false
        } else if let Some(path) = text.strip_prefix("at ") {
            self.frames.first(path, path);
            true
        } else {
            text.split_once(':').is_some_and(|(number, _)| {
                !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())
            })
        };
        self.lines += 1;
        is_part
    }

    pub(super) fn end(self) -> Exception {
        Exception {
            language: Language::Rust,
            name: "panic".to_owned(),
            message: self.message,
            frame: self.frames.own_or(self.place),
            cause: None,
        }
    }
}
