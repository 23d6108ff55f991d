//! What a log says about an incident: levels, codes, stack traces, and when it began.
//!
//! # Design notes
//!
//! Line by line and with bounded memory: a log may be larger than it. What does not fit any more
//! is counted and said. Nobody's format is required: a line is read as JSON, as `key=value`, or as
//! text with a time in front, whichever it is; what has no time of its own inherits the last one.
//!
//! Errors are grouped by what makes them the same to a person: the code; the exception and the
//! topmost frame that is our own code; or else the text without its numbers and names.

mod line;
mod onset;
mod stack_trace;

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::Serialize;

use crate::domain::taxonomy::Code;
use crate::reading::redact::Redactor;

pub(crate) use self::line::Level;
use self::line::Line;
pub(crate) use self::onset::Onset;
use self::onset::Onsets;
pub(crate) use self::stack_trace::Language;
use self::stack_trace::{StackTrace, StackTraceReader};

/// How many groups of each kind are kept.
const MAX_GROUPS: usize = 200;
/// How much of a line is looked at, in bytes.
const MAX_LINE: usize = 64 * 1024;
/// How much of a text is kept as a name or an example, in characters.
const MAX_SAMPLE: usize = 200;

/// Reads a log.
#[derive(Debug, Default)]
pub(crate) struct LogReader {
    lines: u64,
    levels: BTreeMap<Level, u64>,
    codes: BTreeMap<Code, Seen>,
    traces: BTreeMap<StackTraceKey, Seen>,
    errors: BTreeMap<String, Seen>,
    dropped: u64,
    stack_traces: StackTraceReader,
    onsets: Onsets,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    redactor: Redactor,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct StackTraceKey {
    language: Language,
    exception: String,
    frame: String,
}

/// How often something was seen, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Seen {
    /// How often.
    pub(crate) count: u64,
    /// When first; null where the lines have no times.
    pub(crate) first: Option<Timestamp>,
    /// When last; null where the lines have no times.
    pub(crate) last: Option<Timestamp>,
    /// The first of them, redacted.
    pub(crate) example: String,
}

/// What a log says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct LogReport {
    /// How many lines there are.
    pub(crate) lines: u64,
    /// When the first line with a time was written.
    pub(crate) first: Option<Timestamp>,
    /// When the last line with a time was written.
    pub(crate) last: Option<Timestamp>,
    /// How many lines have each level.
    pub(crate) levels: BTreeMap<Level, u64>,
    /// How many lines are errors or worse, or parts of a stack trace that begins with one.
    pub(crate) errors: u64,
    /// When errors began to come more often than before.
    pub(crate) onset: Onset,
    /// The codes, the most frequent first.
    pub(crate) codes: Vec<CodeGroup>,
    /// The stack traces, the most frequent first.
    pub(crate) traces: Vec<StackTraceGroup>,
    /// Errors without a code and without a stack trace, the most frequent first.
    pub(crate) messages: Vec<MessageGroup>,
    /// How many errors fitted into no group any more.
    pub(crate) dropped: u64,
}

/// A code, and where it was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct CodeGroup {
    /// The code.
    pub(crate) code: Code,
    /// What it is called.
    pub(crate) title: &'static str,
    /// The first thing to look at.
    pub(crate) first_check: &'static str,
    /// How often, and when.
    #[serde(flatten)]
    pub(crate) seen: Seen,
}

/// Stack traces of the same exception at the same place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct StackTraceGroup {
    /// What wrote it.
    pub(crate) language: Language,
    /// The exception, such as `KeyError`.
    pub(crate) exception: String,
    /// The topmost frame that is our own code; where there is none, the topmost of all.
    pub(crate) frame: String,
    /// How often, and when.
    #[serde(flatten)]
    pub(crate) seen: Seen,
}

/// Errors that are the same but for numbers and names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct MessageGroup {
    /// What they have in common; `#` stands for a number, `...` for what was quoted.
    pub(crate) message: String,
    /// How often, and when.
    #[serde(flatten)]
    pub(crate) seen: Seen,
}

impl LogReader {
    /// A log of which nothing was read yet. What is kept of it is redacted.
    #[must_use]
    pub(crate) fn new(redactor: Redactor) -> Self {
        Self {
            redactor,
            ..Self::default()
        }
    }

    /// Reads a line as it stands in a file.
    pub(crate) fn line(&mut self, text: &str) {
        let text = &text[..text.floor_char_boundary(MAX_LINE)];
        self.read(&Line::read(text));
    }

    /// Reads an entry whose time and level are known beside its text.
    pub(crate) fn entry(&mut self, timestamp: Timestamp, level: Option<&str>, text: &str) {
        let text = &text[..text.floor_char_boundary(MAX_LINE)];
        let mut line = Line::read(text);
        line.timestamp = Some(timestamp);
        line.level = line.level.or_else(|| level.and_then(Level::of_word));
        self.read(&line);
    }

    /// What was read.
    #[must_use]
    pub(crate) fn finish(mut self) -> LogReport {
        if let Some(trace) = self.stack_traces.end() {
            self.stack_trace(&trace);
        }
        let errors = self
            .levels
            .range(Level::Error..)
            .map(|(_, count)| count)
            .sum();
        LogReport {
            lines: self.lines,
            first: self.first,
            last: self.last,
            onset: self.onsets.find(self.first, self.last),
            errors,
            codes: by_frequency(self.codes, |code, seen| CodeGroup {
                code,
                title: code.entry().title,
                first_check: code.entry().first_check,
                seen,
            }),
            traces: by_frequency(self.traces, |key, seen| StackTraceGroup {
                language: key.language,
                exception: key.exception,
                frame: key.frame,
                seen,
            }),
            messages: by_frequency(self.errors, |message, seen| MessageGroup { message, seen }),
            levels: self.levels,
            dropped: self.dropped,
        }
    }

    fn read(&mut self, line: &Line<'_>) {
        self.lines += 1;
        if let Some(at) = line.timestamp {
            self.first = Some(self.first.map_or(at, |first| first.min(at)));
            self.last = Some(self.last.map_or(at, |last| last.max(at)));
            self.onsets.now(at);
        }
        // A stack trace inside of a line is one line of the log and many of the trace.
        let mut in_trace = false;
        for part in line
            .message
            .lines()
            .chain(line.stack.iter().flat_map(|stack| stack.lines()))
        {
            let (is_part, ended) = self.stack_traces.line(part, self.onsets.latest());
            in_trace |= is_part;
            if let Some(trace) = ended {
                self.stack_trace(&trace);
            }
        }
        let level = line.level.unwrap_or(Level::Unknown);
        if in_trace && line.level.is_none() {
            return;
        }
        *self.levels.entry(level).or_default() += 1;
        let at = self.onsets.latest();
        let is_error = level >= Level::Error;
        if is_error {
            self.onsets.error();
        }
        if let Some(code) = line.code {
            let example = self.sample(&line.message);
            if level >= Level::Warning || level == Level::Unknown {
                see(
                    self.codes.entry(code).or_insert_with(|| Seen::new(example)),
                    at,
                );
            }
        } else if is_error && !in_trace {
            let message = normal(&self.sample(&line.message));
            if self.errors.len() >= MAX_GROUPS && !self.errors.contains_key(&message) {
                self.dropped += 1;
                return;
            }
            let example = self.sample(&line.message);
            see(
                self.errors
                    .entry(message)
                    .or_insert_with(|| Seen::new(example)),
                at,
            );
        }
    }

    fn stack_trace(&mut self, trace: &StackTrace) {
        let key = StackTraceKey {
            language: trace.language,
            exception: self.sample(&trace.exception),
            frame: self.sample(&trace.frame),
        };
        if self.traces.len() >= MAX_GROUPS && !self.traces.contains_key(&key) {
            self.dropped += 1;
            return;
        }
        let example = self.sample(&trace.message);
        see(
            self.traces.entry(key).or_insert_with(|| Seen::new(example)),
            trace.at,
        );
    }

    fn sample(&self, text: &str) -> String {
        let text = self.redactor.redact(text.trim());
        text.chars().take(MAX_SAMPLE).collect()
    }
}

impl Seen {
    fn new(example: String) -> Self {
        Self {
            count: 0,
            first: None,
            last: None,
            example,
        }
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = |at: Timestamp| at.strftime("%Y-%m-%d %H:%M:%S").to_string();
        match (self.first, self.last) {
            (Some(first), Some(last)) if first != last => {
                write!(
                    f,
                    "{} times, {} to {} UTC",
                    self.count,
                    time(first),
                    time(last)
                )
            }
            (Some(first), _) => write!(f, "{} times, {} UTC", self.count, time(first)),
            (None, _) => write!(f, "{} times", self.count),
        }
    }
}

fn see(seen: &mut Seen, at: Option<Timestamp>) {
    seen.count += 1;
    if let Some(at) = at {
        seen.first = Some(seen.first.map_or(at, |first| first.min(at)));
        seen.last = Some(seen.last.map_or(at, |last| last.max(at)));
    }
}

fn by_frequency<K: Ord, G>(groups: BTreeMap<K, Seen>, group: impl Fn(K, Seen) -> G) -> Vec<G> {
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by(|(a, x), (b, y)| y.count.cmp(&x.count).then_with(|| a.cmp(b)));
    groups
        .into_iter()
        .map(|(key, seen)| group(key, seen))
        .collect()
}

/// A message without what differs each time: numbers, ids, and what is quoted.
fn normal(message: &str) -> String {
    let mut plain = String::with_capacity(message.len());
    let mut quote: Option<char> = None;
    for c in message.chars() {
        match quote {
            Some(open) if c == open => {
                plain.push_str("...");
                plain.push(c);
                quote = None;
            }
            Some(_) => {}
            None => {
                plain.push(c);
                if matches!(c, '"' | '\'' | '`') && message.matches(c).count() % 2 == 0 {
                    quote = Some(c);
                }
            }
        }
    }
    let words = plain.split_whitespace().map(|word| {
        let is_id = word.len() >= 16 && word.chars().filter(char::is_ascii_digit).count() >= 3;
        if is_id {
            return "#".to_owned();
        }
        let mut out = String::with_capacity(word.len());
        for c in word.chars() {
            if !c.is_ascii_digit() {
                out.push(c);
            } else if !out.ends_with('#') {
                out.push('#');
            }
        }
        out
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
