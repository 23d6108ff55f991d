//! One event of a log: a line, or the lines that belong together.
//!
//! # Design notes
//!
//! Everything that judges what a log says judges records, one at a time: what stands in one of them
//! says nothing of the next. A record keeps apart what its writer kept apart (level, logger,
//! message, fields, exception), so that nobody has to guess from prose what was once a member.

use std::fmt::Write as _;

use jiff::Timestamp;

use crate::domain::taxonomy::Code;
use crate::reading::records::level::Level;
use crate::reading::records::stack_trace::Exception;

/// How much of a field is kept, in bytes.
const MAX_FIELD: usize = 512;
/// How much of a trace a judgement gets to see, from its beginning and from its end, in bytes.
const MAX_TRACE_SHOWN: usize = 2 * 1024;

/// One event of a log.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Record {
    /// When it was written; where it does not say, the last time that the log had said before.
    pub(crate) at: Option<Timestamp>,
    /// How bad it is, in its own words; nothing where it does not say. One that is nothing but a
    /// trace is an error.
    pub(crate) level: Option<Level>,
    /// Its writer calls it `LOG`, as Postgres and its poolers do: mostly nothing, now and then all
    /// that is said of a failure.
    pub(crate) is_server_log: bool,
    /// It begins with a mark of its own: a time, a level, the form of an object.
    pub(crate) has_head: bool,
    /// Something has carried it here, and says when or from whom.
    pub(crate) is_carried: bool,
    /// How its level is written in front of the message, where that may be a part of what programs are
    /// known to say: `ERROR:  `, `psql: error: `. Behind a time it is no more than a level.
    pub(crate) mark: String,
    /// Who wrote it: a logger, a module, a place in the code.
    pub(crate) logger: Option<String>,
    /// What it says, without time, level and logger. Lines that go on with it follow behind `\n`.
    pub(crate) message: String,
    /// What the writer said beside the message and what can tell a cause: codes, states, statuses,
    /// hosts, details. Names are in small letters, as they were otherwise.
    pub(crate) fields: Vec<Field>,
    /// What was thrown.
    pub(crate) exception: Option<Exception>,
    /// The lines of its trace, as far as they are kept.
    pub(crate) trace: String,
    /// The first code of ours that it carries in so many letters. It is not looked for in what is
    /// well: there it is no more than mentioned.
    pub(crate) code: Option<Code>,
    /// On which line of the log it begins, counted from 1.
    pub(crate) first_line: u64,
    /// How many lines of the log it takes.
    pub(crate) lines: u64,
}

/// A value that has a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    /// Its name, in small letters.
    pub(crate) name: String,
    /// Its value, a number as it is written.
    pub(crate) value: String,
}

impl Field {
    pub(super) fn new(name: &str, value: &str) -> Self {
        Self {
            name: name.to_owned(),
            value: value[..value.floor_char_boundary(MAX_FIELD)].to_owned(),
        }
    }
}

impl Record {
    /// The value of a field.
    #[must_use]
    #[cfg(test)]
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|field| field.name == name)
            .map(|field| field.value.as_str())
    }

    /// Whether it is an error or worse.
    #[must_use]
    pub(crate) fn is_error(&self) -> bool {
        self.level >= Some(Level::Error)
    }

    /// All that can tell its cause, piece by piece, as it stands in its text.
    pub(crate) fn pieces<'a>(&'a self, mut piece: impl FnMut(&'a str)) {
        piece(&self.message);
        for field in &self.fields {
            piece(&field.name);
            piece(&field.value);
        }
        let (head, tail) = self.shown_trace();
        piece(head);
        piece(tail);
        if let Some(exception) = &self.exception {
            piece(&exception.name);
            piece(&exception.message);
            piece(exception.cause.as_deref().unwrap_or_default());
        }
    }

    /// Of a trace what a judgement gets to see: all of it, or its beginning and its end.
    fn shown_trace(&self) -> (&str, &str) {
        let trace = self.trace.as_str();
        if trace.len() <= 2 * MAX_TRACE_SHOWN {
            return (trace, "");
        }
        let head = &trace[..trace.floor_char_boundary(MAX_TRACE_SHOWN)];
        let tail = &trace[trace.ceil_char_boundary(trace.len() - MAX_TRACE_SHOWN)..];
        (head, tail)
    }

    /// All that can tell its cause, as one text: the message, the fields as `name: value`, the
    /// exception and where it came from, and the trace.
    #[must_use]
    pub(crate) fn text(&self) -> String {
        let mut text = String::with_capacity(self.message.len() + self.trace.len() + 256);
        text.push_str(&self.message);
        // Writing into a string cannot fail.
        for field in &self.fields {
            // Indented, as what belongs to the line above it.
            let _ = write!(text, "\n    {}: {}", field.name, field.value);
        }
        let (head, tail) = self.shown_trace();
        text.push('\n');
        text.push_str(head);
        if !tail.is_empty() {
            text.push('\n');
            text.push_str(tail);
        }
        if let Some(exception) = &self.exception {
            // In a long trace they stand where nobody has looked.
            if !text.contains(&exception.message) || !text.contains(&exception.name) {
                let _ = write!(text, "\n{}: {}", exception.name, exception.message);
            }
            if let Some(cause) = exception
                .cause
                .as_ref()
                .filter(|cause| !text.contains(*cause))
            {
                let _ = write!(text, "\n{cause}");
            }
        }
        text
    }
}

/// Whether a field of this name, in small letters, can tell a cause.
pub(super) fn is_telling(name: &str) -> bool {
    // `grpc.code`, `error.message`: in their own groups they are called as anywhere.
    let last = name.rsplit('.').next().unwrap_or(name);
    let is_grouped = last.len() < name.len();
    (is_grouped && last == "message")
        || matches!(
            last,
            "code"
                | "error_code"
                | "errorcode"
                | "errcode"
                | "errno"
                | "syscall"
                | "sqlstate"
                | "state_code"
                | "pgcode"
                | "status"
                | "status_code"
                | "statuscode"
                | "http_status"
                | "httpstatus"
                | "http.status_code"
                | "http.response.status_code"
                | "error"
                | "err"
                | "error_description"
                | "cause"
                | "reason"
                | "detail"
                | "details"
                | "hint"
                | "constraint"
                | "exit_code"
                | "signal"
                | "host"
                | "hostname"
                | "address"
                | "port"
                | "url"
                | "service"
                | "check"
        )
}
