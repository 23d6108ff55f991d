//! One line of a log, understood as far as it can be.

use std::borrow::Cow;
use std::sync::LazyLock;

use jiff::Timestamp;
use memchr::memmem::Finder;

use crate::domain::taxonomy::Code;
use crate::reading::records::level::Level;
use crate::reading::records::record::Field;
use crate::reading::records::stack_trace::Exception;

/// A line, understood as far as it can be.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Line<'a> {
    pub(super) timestamp: Option<Timestamp>,
    pub(super) level: Option<Level>,
    pub(super) code: Option<Code>,
    pub(super) logger: Option<Cow<'a, str>>,
    pub(super) message: Cow<'a, str>,
    /// How its level is written in front of the message, in a line of text.
    pub(super) mark: Cow<'a, str>,
    /// What Postgres and its poolers call `LOG`.
    pub(super) is_server_log: bool,
    pub(super) fields: Vec<Field>,
    /// An exception that stands beside the message.
    pub(super) exception: Option<Exception>,
    /// Its trace, where there is one.
    pub(super) trace: Option<String>,
    /// What stands behind time and level, with its indentation: it may be a part of a trace.
    pub(super) inner: Cow<'a, str>,
    /// The line that stood inside of an object, where it did.
    pub(super) carried: Option<String>,
    pub(super) form: Form<'a>,
    /// It begins with a time, be it one without a day.
    pub(super) has_time: bool,
}

/// In which form a line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Form<'a> {
    /// As text.
    #[default]
    Text,
    /// As text, in the words of Postgres: the level, a colon, two spaces. With what stands in front
    /// of the level, which is the same for all that belongs together.
    Postgres {
        before: &'a str,
        /// `DETAIL` and the like, which belong to the message before.
        is_detail: bool,
        word: &'a str,
    },
    /// As an object or as pairs, which are whole by themselves.
    Structured,
}

impl Line<'_> {
    /// Whether it is the head of a record by its own marks.
    pub(super) fn is_head(&self) -> bool {
        self.has_time || self.level.is_some() || self.form == Form::Structured
    }

    /// Puts what went wrong behind what was not possible, where a field says it.
    pub(super) fn with_error(&mut self) {
        let is_error = |field: &&Field| matches!(field.name.as_str(), "error" | "err");
        if let Some(error) = self.fields.iter().find(is_error)
            && !self.message.contains(&error.value)
        {
            self.message = format!("{}: {}", self.message, error.value).into();
        }
    }
}

/// How long a code of ours may be, in bytes: `DFE-WXYZ-123`.
const LONGEST_CODE: usize = 12;
/// What each of them begins with.
static FIND_CODE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("DFE-"));

/// The first code of ours in a text.
pub(in crate::reading) fn code_in(text: &str) -> Option<Code> {
    FIND_CODE.find_iter(text.as_bytes()).find_map(|at| {
        // No code is longer, and a text may be nothing but such beginnings.
        let length = text[at..]
            .bytes()
            .take(LONGEST_CODE + 1)
            .take_while(|b| b.is_ascii_alphanumeric() || *b == b'-')
            .count();
        text[at..at + length].parse().ok()
    })
}
