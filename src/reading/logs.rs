//! What a log says about an incident: levels, codes, stack traces, and when it began.
//!
//! # Design notes
//!
//! From lines to [records](crate::reading::records), from records to groups. A record has a level,
//! and a code: its own, or the one that triage finds in it ([`codes`]).
//!
//! Line by line and with bounded memory: a log may be larger than it. What does not fit any more
//! is counted and said.
//!
//! Errors are grouped by what makes them the same to a person: the code; the exception and the
//! topmost frame that is our own code; or else the text without its numbers and names.
//!
//! That no line is an error is said only where most lines say what they are. A line that does not,
//! and that triage takes for an error, is shown as one that reads like it.

mod codes;
mod groups;
mod onset;
mod report;
mod words;

use std::collections::BTreeMap;

use foldhash::HashMap;
use jiff::Timestamp;
use memchr::memchr2;

use self::codes::{Codes, Judgement};
use self::groups::{Groups, normal};
pub(crate) use self::onset::Onset;
use self::onset::Onsets;
pub(crate) use self::report::{CodeGroup, LogReport, MessageGroup, StackTraceGroup};
use crate::domain::taxonomy::Code;
use crate::reading::records::{Exception, Given, Language, Level, Record, RecordReader};
use crate::reading::redact::Redactor;
use crate::reading::triage::Sqlstate;

/// How much of a text is kept as a name or an example, in characters.
const MAX_SAMPLE: usize = 200;
/// How many kinds of records are remembered with their groups.
const MAX_KNOWN: usize = 14_000;
/// A sign of triage that makes a line without a level read like an error.
const CLEAR: u8 = 60;

/// Reads a log.
#[derive(Debug, Default)]
pub(crate) struct LogReader {
    reader: RecordReader,
    lines: u64,
    records: u64,
    levels: BTreeMap<Level, u64>,
    codes: BTreeMap<Code, CodeSeen>,
    traces: Groups<TraceName, TraceValue>,
    messages: Groups<String, ()>,
    suspects: Groups<String, ()>,
    dropped: u64,
    triage: Codes,
    /// Where the records of a fingerprint go.
    known: HashMap<u64, Placed>,
    /// For what is put together of one record at a time.
    room: Vec<u8>,
    onsets: Onsets,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    redactor: Redactor,
}

#[derive(Debug)]
struct CodeSeen {
    seen: groups::Seen,
    stated: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct TraceName {
    language: Language,
    exception: String,
    frame: String,
}

/// What is only known of the first trace of a group.
#[derive(Debug)]
struct TraceValue {
    cause: Option<String>,
    logged: Option<String>,
}

/// Where a record goes.
#[derive(Debug, Clone, Copy)]
struct Placed {
    code: Option<Code>,
    group: Group,
}

#[derive(Debug, Clone, Copy)]
enum Group {
    Trace(usize),
    Message(usize),
    Suspect(usize),
    /// Its code says all of it, or nothing does.
    Alone,
    /// There is no room for its group.
    Dropped,
}

impl LogReader {
    /// A log of which nothing was read yet. What is kept of it is redacted; what a SQLSTATE means is
    /// handed in, as to triage. A year that the log does not say follows from now.
    #[must_use]
    pub(crate) fn new(redactor: Redactor, sqlstate: Sqlstate, now: Timestamp) -> Self {
        Self {
            redactor,
            reader: RecordReader::new(now),
            triage: Codes::new(sqlstate),
            ..Self::default()
        }
    }

    /// Reads a line as it stands in a file.
    pub(crate) fn line(&mut self, text: &str) {
        self.given(text, Given::default());
    }

    /// Reads a line of which more is known than its text.
    pub(crate) fn given(&mut self, text: &str, given: Given<'_>) {
        self.lines += 1;
        if let Some(record) = self.reader.line(text, given) {
            self.record(&record);
        }
        if let Some(at) = self.reader.latest() {
            self.first = Some(self.first.map_or(at, |first| first.min(at)));
            self.last = Some(self.last.map_or(at, |last| last.max(at)));
        }
    }

    /// What was read.
    #[must_use]
    pub(crate) fn finish(mut self) -> LogReport {
        for record in std::mem::take(&mut self.reader).finish() {
            self.record(&record);
        }
        let errors: u64 = self
            .levels
            .range(Level::Error..)
            .map(|(_, count)| count)
            .sum();
        let bursts = self.onsets.bursts(self.first, self.last);
        let unknown = self.levels.get(&Level::Unknown).copied().unwrap_or(0);
        let most_say = self.records > 0 && unknown * 2 <= self.records;
        let is_readable = errors > 0 || most_say && self.suspects.is_empty();
        let onset = match self.onsets.find(self.first, self.last) {
            Onset::NoErrors if !is_readable => Onset::NoLevels,
            Onset::Steady { .. } if bursts.len() > 1 => Onset::of(&bursts),
            onset => onset,
        };
        let mut codes: Vec<_> = self.codes.into_iter().collect();
        // They are in the order of the table, and stay so.
        codes.sort_by_key(|(_, code)| std::cmp::Reverse(code.seen.count));
        let message = |message, code, (), seen| MessageGroup {
            message,
            code,
            seen,
        };
        LogReport {
            lines: self.lines,
            records: self.records,
            first: self.first,
            last: self.last,
            onset,
            bursts,
            errors,
            codes: codes
                .into_iter()
                .map(|(code, CodeSeen { seen, stated })| CodeGroup {
                    code,
                    title: code.entry().title,
                    first_check: code.entry().first_check,
                    stated,
                    seen,
                })
                .collect(),
            traces: self
                .traces
                .by_frequency(|name, code, value, seen| StackTraceGroup {
                    language: name.language,
                    exception: name.exception,
                    frame: name.frame,
                    cause: value.cause,
                    logged: value.logged,
                    code,
                    seen,
                }),
            messages: self.messages.by_frequency(message),
            suspects: self.suspects.by_frequency(message),
            levels: self.levels,
            dropped: self.dropped,
        }
    }

    fn record(&mut self, record: &Record) {
        self.records += 1;
        let level = record.level.unwrap_or(Level::Unknown);
        *self.levels.entry(level).or_default() += 1;
        if let Some(at) = record.at {
            self.onsets.now(at);
        }
        if record.is_error() {
            self.onsets.error();
        }
        let is_of_interest =
            record.is_error() || record.exception.is_some() || level == Level::Unknown;
        if !is_of_interest {
            // A warning counts where it names its code, else a mention of one is no more than that.
            if let Some(code) = record.code
                && level == Level::Warning
            {
                self.code(code, record);
            }
            return;
        }
        let fingerprint = codes::fingerprint(record, &mut self.room);
        let placed = match self.known.get(&fingerprint) {
            Some(placed) => *placed,
            None => {
                let placed = self.place(record, fingerprint);
                if self.known.len() < MAX_KNOWN {
                    self.known.insert(fingerprint, placed);
                }
                placed
            }
        };
        match placed.group {
            Group::Trace(place) => self.traces.see(place, record.at),
            Group::Message(place) => self.messages.see(place, record.at),
            Group::Suspect(place) => self.suspects.see(place, record.at),
            Group::Alone => {}
            Group::Dropped => self.dropped += 1,
        }
        if let Some(code) = placed.code {
            self.code(code, record);
        }
    }

    /// The group of a record that is the first of its kind.
    fn place(&mut self, record: &Record, fingerprint: u64) -> Placed {
        let judged = match record.code {
            Some(_) => Judgement::Asked(None),
            None => self.triage.judge(fingerprint, record),
        };
        let code = record.code.or(judged.known().map(|judged| judged.code));
        if let Some(exception) = &record.exception {
            return self.place_trace(record, exception, code, judged == Judgement::NoRoom);
        }
        let first = first_line(&record.message);
        let is_suspect = !record.is_error();
        let reads_like_one = judged.known().is_some_and(|judged| judged.weight >= CLEAR);
        if record.code.is_some() || (is_suspect && !reads_like_one) {
            return Placed {
                code: record.code,
                group: Group::Alone,
            };
        }
        let said = self.sample(first);
        let message = normal(&said);
        if is_suspect {
            let place = self.suspects.place(message, code, || ((), said));
            return Placed {
                code: None,
                group: place.map_or(Group::Dropped, Group::Suspect),
            };
        }
        // Where triage cannot be asked any more, what it said of the same message holds.
        let known = match judged {
            Judgement::NoRoom => self.messages.known(&message),
            Judgement::Asked(_) => None,
        };
        let (code, place) = match known {
            Some((code, place)) => (code, Some(place)),
            None => (code, self.messages.place(message, code, || ((), said))),
        };
        Placed {
            code,
            group: place.map_or(Group::Dropped, Group::Message),
        }
    }

    fn place_trace(
        &mut self,
        record: &Record,
        exception: &Exception,
        code: Option<Code>,
        is_unasked: bool,
    ) -> Placed {
        let name = TraceName {
            language: exception.language,
            exception: self.sample(&exception.name),
            frame: self.sample(&exception.frame),
        };
        let known = if is_unasked {
            self.traces.known(&name)
        } else {
            None
        };
        let code = known.map_or(code, |(code, _)| code);
        let redactor = &self.redactor;
        let place = self.traces.place(name, code, || {
            let logged = first_line(&record.message);
            let is_its_own =
                logged.contains(exception.name.as_str()) || exception.message.starts_with(logged);
            let value = TraceValue {
                cause: exception
                    .cause
                    .as_deref()
                    .map(|cause| sample(redactor, cause)),
                logged: (!is_its_own).then(|| normal(&sample(redactor, logged))),
            };
            (value, sample(redactor, &exception.message))
        });
        Placed {
            code,
            group: place.map_or(Group::Dropped, Group::Trace),
        }
    }

    fn code(&mut self, code: Code, record: &Record) {
        let redactor = &self.redactor;
        let seen = self.codes.entry(code).or_insert_with(|| CodeSeen {
            seen: groups::Seen::new(sample(redactor, first_line(&record.message))),
            stated: 0,
        });
        seen.seen.see(record.at);
        seen.stated += u64::from(record.code.is_some());
    }

    fn sample(&self, text: &str) -> String {
        sample(&self.redactor, text)
    }
}

fn sample(redactor: &Redactor, text: &str) -> String {
    let mut text = redactor.redact(text.trim());
    // Most texts have not even so many bytes.
    if text.len() > MAX_SAMPLE
        && let Some((end, _)) = text.char_indices().nth(MAX_SAMPLE)
    {
        text.truncate(end);
    }
    text
}

/// The first line that says something.
fn first_line(text: &str) -> &str {
    // Most texts are one line.
    if memchr2(b'\n', b'\r', text.as_bytes()).is_none() && !text.trim_start().is_empty() {
        return text;
    }
    text.lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests;
