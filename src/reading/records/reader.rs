//! Puts records together from the lines of a log.
//!
//! # Design notes
//!
//! A line is a record of its own where it has a time, a level or a form that is whole by itself.
//! What has none of them belongs to the record before where it is indented, where it is the header
//! or a part of a trace, or where Postgres says `DETAIL`. Else it is a record without a level.
//!
//! Whoever carries logs line by line (Railway, Docker, Kubernetes) gives each line of a trace its
//! own time and level. So the trace that is under way is asked first, and what it knows as its own
//! is no head, whatever stands in front.
//!
//! Lines of several programs come interleaved: each has a record of its own under way.

use std::borrow::Cow;
use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::Timestamp;
use memchr::memchr;

use crate::reading::records::level::Level;
use crate::reading::records::line::{Form, Line, code_in};
use crate::reading::records::record::{Field, Record};
use crate::reading::records::stack_trace::{StackTrace, header};
use crate::reading::records::{continuation, envelope, text};

/// How much of a line is looked at, in bytes.
const MAX_LINE: usize = 64 * 1024;
/// How many programs have a record under way at the same time.
const SLOTS: usize = 16;
/// How much of a message is kept, in bytes.
const MAX_MESSAGE: usize = 8 * 1024;
/// How much of a trace is kept, in bytes.
const MAX_TRACE: usize = 16 * 1024;
/// How much of a line is kept as what may be the header of a trace, in bytes.
const MAX_HEADER: usize = 2 * 1024;

/// What is known of a line beside its text.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Given<'a> {
    /// When it was written.
    pub(crate) at: Option<Timestamp>,
    /// Its level, where it does not say itself.
    pub(crate) level: Option<Level>,
    /// Which program wrote it.
    pub(crate) source: Option<&'a str>,
}

/// Puts records together.
#[derive(Debug, Default)]
pub(crate) struct RecordReader {
    slots: [Slot; SLOTS],
    /// Now, from which years follow that are not said.
    now: Option<Timestamp>,
    /// The time of the last line that had one.
    latest: Option<Timestamp>,
    /// How many lines were read.
    lines: u64,
}

/// What is under way of one program.
#[derive(Debug, Default)]
struct Slot {
    source: u64,
    open: Option<Open>,
}

/// A record that may go on.
#[derive(Debug)]
struct Open {
    record: Record,
    /// The trace that is under way.
    trace: Option<StackTrace>,
    /// The line before: it may be the header of a trace.
    previous: String,
    /// In the form of Postgres: what stands in front of its level.
    prefix: Option<String>,
    /// What Postgres says beside the message is the last of the fields, and goes on.
    in_detail: bool,
    /// It is what a compiler says of the code, and shows where.
    is_diagnostic: bool,
}

impl RecordReader {
    /// A log of which nothing was read yet. A year that it does not say follows from now.
    #[must_use]
    pub(crate) fn new(now: Timestamp) -> Self {
        Self {
            now: Some(now),
            ..Self::default()
        }
    }

    /// Reads a line: the record that is whole now.
    pub(crate) fn line(&mut self, raw: &str, given: Given<'_>) -> Option<Record> {
        self.lines += 1;
        let raw = raw.strip_prefix('\u{feff}').unwrap_or(raw);
        let plain = envelope::plain(raw[..raw.floor_char_boundary(MAX_LINE)].trim_end());
        if given.source.is_none() && self.is_in_frames(&plain) {
            return None;
        }
        let envelope = envelope::open(&plain, self.now);
        let mut line = text::read(envelope.inside, envelope.leading, self.now);
        line.timestamp = given.at.or(line.timestamp).or(envelope.at);
        if line.timestamp.is_some() {
            self.latest = line.timestamp;
        }
        let carried = line.carried.take();
        let inside = carried.as_deref().unwrap_or(envelope.inside);
        let source = given.source.or(envelope.source).map_or(0, hash);
        let slot = &mut self.slots[usize::try_from(source % SLOTS as u64).unwrap_or(0)];
        let mut before = slot.open.take();
        if slot.source == source
            && let Some(open) = &mut before
            && open.takes(&line, inside)
        {
            slot.open = before;
            return None;
        }
        slot.source = source;
        // An empty line says nothing.
        if !inside.is_empty() {
            line.level = line.level.or(given.level).or(envelope.level);
            let mut open = Open::begin(line, inside, self.latest);
            open.record.first_line = self.lines;
            open.record.is_carried = envelope.inside.len() < plain.len();
            slot.open = Some(open);
        }
        before.map(Open::close)
    }

    /// Whether a line is indented as deep as nothing that begins anew, and goes on with the frames of the
    /// trace that is under way; then its record has it. Nobody looks for a head in it.
    fn is_in_frames(&mut self, line: &str) -> bool {
        let text = line.trim_start_matches([' ', '\t']);
        let is_deep = line.len() > text.len() + 1 || line.starts_with('\t');
        let may_be_head = text.starts_with(|c: char| c.is_ascii_digit() || "[{<|+".contains(c));
        // Who wrote it is not said.
        let slot = &mut self.slots[0];
        if !is_deep || may_be_head || slot.source != 0 {
            return false;
        }
        let Some(open) = &mut slot.open else {
            return false;
        };
        let goes_on = open
            .trace
            .as_mut()
            .is_some_and(|trace| trace.is_in_frames() && trace.goes_on(line));
        if goes_on {
            open.add_to_trace(line);
            open.took(line);
        }
        goes_on
    }

    /// The time of the last line that had one.
    #[must_use]
    pub(crate) fn latest(&self) -> Option<Timestamp> {
        self.latest
    }

    /// What was under way.
    pub(crate) fn finish(self) -> impl Iterator<Item = Record> {
        self.slots
            .into_iter()
            .filter_map(|slot| slot.open.map(Open::close))
    }
}

/// The records of a text, one after the other.
#[cfg(test)]
pub(crate) fn records(text: &str, now: Timestamp) -> Vec<Record> {
    let mut reader = RecordReader::new(now);
    let mut records: Vec<_> = text
        .lines()
        .filter_map(|line| reader.line(line, Given::default()))
        .collect();
    records.extend(reader.finish());
    records
}

fn hash(source: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    source.hash(&mut hasher);
    hasher.finish()
}

impl Open {
    fn begin(line: Line<'_>, inside: &str, latest: Option<Timestamp>) -> Self {
        // A text with several lines has said all that it has to.
        let trace = if line.exception.is_some() || memchr(b'\n', line.inner.as_bytes()).is_some() {
            None
        } else {
            StackTrace::begin(&line.inner, "").or_else(|| match line.form {
                Form::Structured => None,
                _ => StackTrace::begin(inside, ""),
            })
        };
        let has_head = line.is_head();
        let is_diagnostic =
            line.level == Some(Level::Warning) && continuation::warns_of_code(&line.message);
        let mut mark = line.mark.into_owned();
        let (prefix, message) = match line.form {
            // Their words for the worst are a part of what Postgres and its poolers say.
            Form::Postgres {
                before,
                word: word @ ("FATAL" | "PANIC"),
                ..
            } => {
                mark.clear();
                (Some(before), format!("{word}:  {}", line.message))
            }
            Form::Postgres { before, .. } => (Some(before), line.message.into_owned()),
            _ => (None, line.message.into_owned()),
        };
        let mut open = Self {
            record: Record {
                at: line.timestamp.or(latest),
                level: line.level,
                is_server_log: line.is_server_log,
                has_head,
                is_carried: false,
                mark,
                first_line: 0,
                logger: line.logger.map(Cow::into_owned),
                message,
                fields: line.fields,
                exception: line.exception,
                trace: line.trace.unwrap_or_default(),
                code: line.code,
                lines: 1,
            },
            trace,
            previous: inside[..inside.floor_char_boundary(MAX_HEADER)].to_owned(),
            prefix: prefix.map(str::to_owned),
            in_detail: false,
            is_diagnostic,
        };
        if open.trace.is_some() {
            open.add_to_trace(inside);
            // Where nothing else stands in the line, the exception is the message.
            let message = open.record.message.trim();
            if message == inside.trim() || message.ends_with("(most recent call last):") {
                open.record.message.clear();
                open.record.mark.clear();
            }
        }
        open
    }

    /// Whether the line belongs to this record; then it has it.
    fn takes(&mut self, line: &Line<'_>, inside: &str) -> bool {
        // What a compiler shows is closed: whatever is printed behind it is somebody else's, be it a trace.
        if self.is_diagnostic && !continuation::is_of_diagnostic(inside) {
            return false;
        }
        let is_quoted = self.quotes(line);
        let is_head = line.is_head() && !is_quoted;
        let text = if is_head { &*line.inner } else { inside };
        if self.goes_on(text, is_head) {
            self.took(inside);
        } else if let Some(trace) = self.begins_trace(text, is_head) {
            if text.starts_with([' ', '\t']) {
                // The line before was its header.
                let header = self.previous.clone();
                self.add_to_trace(&header);
            }
            self.trace = Some(trace);
            self.add_to_trace(text);
            self.took(inside);
        } else if let Some(word) = self.detail(line) {
            self.record
                .fields
                .push(Field::new(&word.to_ascii_lowercase(), &line.message));
            self.in_detail = true;
            self.took(inside);
        } else if !is_head && (is_quoted || self.is_diagnostic || self.continues(inside)) {
            self.is_diagnostic |= continuation::is_place_in_code(inside);
            self.continue_with(inside);
            self.took(inside);
        } else {
            return false;
        }
        true
    }

    fn took(&mut self, inside: &str) {
        self.record.lines += 1;
        if !inside.is_empty() {
            self.previous.clear();
            self.previous
                .push_str(&inside[..inside.floor_char_boundary(MAX_HEADER)]);
        }
    }

    /// Whether the trace that is under way goes on with a line.
    fn goes_on(&mut self, text: &str, is_head: bool) -> bool {
        let Some(trace) = &mut self.trace else {
            return false;
        };
        // A head of its own is a part only where it looks like one.
        let looks_so = !is_head
            || text.is_empty()
            || (text.starts_with([' ', '\t', '|', '+']) && trace.is_in_frames())
            || header(text).is_some()
            || [
                "Traceback ",
                "Caused by: ",
                "During handling of ",
                "The above exception ",
                "goroutine ",
            ]
            .iter()
            .any(|begin| text.starts_with(begin));
        if looks_so && trace.goes_on(text) {
            self.add_to_trace(text);
            return true;
        }
        let exception = self.trace.take().and_then(StackTrace::end);
        self.record.exception = self.record.exception.take().or(exception);
        false
    }

    /// The trace that a line begins and that belongs to this record.
    fn begins_trace(&self, text: &str, is_head: bool) -> Option<StackTrace> {
        if self.record.exception.is_some() || self.trace.is_some() {
            return None;
        }
        let trace = StackTrace::begin(text, &self.previous)?;
        let belongs = match &trace {
            // Their headers are in this record.
            StackTrace::JavaScript(_) | StackTrace::Java(_) => true,
            StackTrace::Go(_) => text.starts_with("goroutine ") && !is_head,
            StackTrace::Rust(_) => false,
            StackTrace::Python(_) => {
                let is_bare = text.trim_start().starts_with(['T', '+']);
                let announces = match self.record.level {
                    Some(level) => level >= Level::Warning,
                    None => !is_head && self.record.message.ends_with(':'),
                };
                is_bare && announces
            }
        };
        belongs.then_some(trace)
    }

    /// Whether a line that begins with a level quotes what Postgres said, in an error of a program.
    fn quotes(&self, line: &Line<'_>) -> bool {
        let Form::Postgres {
            before: "",
            is_detail,
            ..
        } = line.form
        else {
            return false;
        };
        let is_error = self.trace.is_some()
            || self.record.exception.is_some()
            || self.record.level >= Some(Level::Error)
            || self.previous.ends_with("rror:")
            || (is_detail && self.record.level.is_none());
        is_error && !line.has_time && self.prefix.is_none()
    }

    /// The word for what Postgres says beside the message of this record.
    fn detail<'a>(&self, line: &Line<'a>) -> Option<&'a str> {
        match line.form {
            Form::Postgres {
                before,
                is_detail: true,
                word,
            } if self.prefix.as_deref() == Some(before) => Some(word),
            _ => None,
        }
    }

    /// Whether a line that is no head goes on with what was said.
    fn continues(&self, inside: &str) -> bool {
        let text = inside.trim_start();
        if text.is_empty() {
            return true;
        }
        // One space in front is how some programs begin a line of their own.
        let is_indented = inside.starts_with('\t')
            || inside.starts_with("  ")
            || (inside.starts_with(' ')
                && (self.record.has_head || self.previous.starts_with(' ')));
        let is_part_of_failure = continuation::is_of_failure(text)
            || (self.record.level >= Some(Level::Warning)
                && !self.previous.trim_start().starts_with('|')
                && header(inside).is_some());
        if is_part_of_failure {
            return self.reports_failure();
        }
        is_indented
            || continuation::is_marked(inside)
            || continuation::is_announced(inside, &self.record.message, &self.previous)
    }

    /// Whether it may be a failure, as far as it goes: one that does not say reads like one.
    fn reports_failure(&self) -> bool {
        let reads_so = || {
            let said = [self.record.message.as_str(), self.record.trace.as_str()];
            let words = [
                "rror", "xception", "ail", "anic", "annot", "rash", "Terminat",
            ];
            said.iter()
                .any(|said| words.iter().any(|word| said.contains(word)))
        };
        match self.record.level {
            Some(level) => level >= Level::Warning,
            None => self.record.exception.is_some() || self.trace.is_some() || reads_so(),
        }
    }

    fn continue_with(&mut self, text: &str) {
        let (target, most, text) = match self.record.fields.last_mut() {
            Some(field) if self.in_detail => (&mut field.value, MAX_MESSAGE / 4, text.trim()),
            _ => (&mut self.record.message, MAX_MESSAGE, text.trim_end()),
        };
        if !text.is_empty() && target.len() + text.len() < most {
            if !target.is_empty() {
                target.push('\n');
            }
            target.push_str(text);
        }
    }

    fn add_to_trace(&mut self, text: &str) {
        let trace = &mut self.record.trace;
        if trace.len() + text.len() < MAX_TRACE {
            trace.push_str(text);
            trace.push('\n');
        }
    }

    fn close(self) -> Record {
        let mut record = self.record;
        let exception = self.trace.and_then(StackTrace::end);
        record.exception = record.exception.or(exception);
        // In what is well it is only mentioned.
        if record.code.is_none() && !matches!(record.level, Some(Level::Debug | Level::Info)) {
            let fields = record.fields.iter().map(|field| field.value.as_str());
            record.code = [record.message.as_str(), record.trace.as_str()]
                .into_iter()
                .chain(fields)
                .find_map(code_in);
        }
        if let Some(exception) = &record.exception {
            record.level = record.level.or(Some(Level::Error));
            if record.message.is_empty() {
                record.message = match exception.message.as_str() {
                    "" => exception.name.clone(),
                    said => format!("{}: {said}", exception.name),
                };
            }
        }
        record
    }
}
