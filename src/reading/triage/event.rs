//! What triage looks at of a record.
//!
//! # Design notes
//!
//! What one event is, and what its writer says of it, is read as in any [log](crate::reading::records):
//! there is one way to cut a text. What is particular to triage is what it takes for evidence. Three
//! texts of one length are kept: what is shown, what is looked at for context, and what is looked at
//! for signs, in which everything that is no evidence (who wrote it, frames of a trace, statements,
//! the parameters of an address) is blank.
//!
//! A line that is no evidence (`INFO`, a note of a change) may have lines below it that have no head
//! of their own. Mostly they belong to it, and now and then they are what somebody else has printed
//! in between: so they are looked at, but count only where they name a cause.

mod line;
mod mask;

use jiff::Timestamp;

use self::line::{Part, Parts, is_no_report, is_of_compiler, target};
use self::mask::{blank, mask_counts, mask_parameters, mask_statement, straight};
use crate::reading::records::{Given, Level, Record, RecordReader};

/// How much of an event is looked at, in bytes.
const MAX_EVENT: usize = 16 * 1024;

/// From when on years are told that a log does not say: a leap year, and of no other interest here.
const NOW: Timestamp = Timestamp::constant(1_735_603_200, 0);

/// One event.
#[derive(Debug, Default)]
pub(super) struct Event {
    /// As it is shown.
    pub(super) shown: String,
    /// In small letters, without statements and parameters: what it speaks of.
    pub(super) context: String,
    /// The same, without who wrote it and frames: what is said.
    pub(super) said: String,
    /// Whether its writer calls it a failure.
    pub(super) is_bad: bool,
    /// Whether only what names its cause counts, since its writer calls it a matter of course.
    pub(super) is_routine: bool,
    /// Whether it has neither a head nor a second line, as what people write.
    pub(super) is_plain: bool,
    /// Where its first line ends, if it has no head and others were printed below: that line may be
    /// what a person has written.
    first_end: Option<usize>,
    /// On which line of the text it begins, counted from 1.
    pub(super) line: u64,
    parts: Parts,
}

/// Reads a text, record by record, and hands on the events that are evidence.
pub(super) fn each(text: &str, mut judge: impl FnMut(Event)) {
    let mut reader = RecordReader::new(NOW);
    let mut one = |record: Record| {
        if let Some(event) = Event::of(&record) {
            judge(event);
        }
    };
    for line in text.lines() {
        if let Some(record) = reader.line(line, Given::default()) {
            one(record);
        }
    }
    reader.finish().for_each(one);
}

impl Event {
    /// What is evidence in a record, if anything is.
    pub(super) fn of(record: &Record) -> Option<Self> {
        let is_well =
            matches!(record.level, Some(Level::Debug | Level::Info)) && !record.is_server_log;
        let first = record.message.lines().next().unwrap_or_default();
        let mut event = Self {
            is_bad: record.level >= Some(Level::Warning),
            is_routine: record.is_server_log,
            line: record.first_line,
            ..Self::default()
        };
        if record.level == Some(Level::Warning) && is_of_compiler(&record.message) {
            return None;
        }
        if is_well || (!record.has_head && is_no_report(first)) {
            if record.lines == 1 {
                return None;
            }
            event.is_routine = true;
            let below = record.message.lines().skip(1).chain(record.trace.lines());
            below.for_each(|line| event.add(line, 0));
            return Some(event).filter(|event| !event.shown.trim().is_empty());
        }
        let text = record.text();
        let (first, below) = text.split_once('\n').unwrap_or((&text, ""));
        let who = who(record);
        let mark = record.mark.as_str();
        let apart = if mark.is_empty() || mark.ends_with(' ') {
            ""
        } else {
            " "
        };
        event.add(&format!("{who}{mark}{apart}{first}"), who.len());
        let first_end = event.shown.len();
        below.lines().for_each(|line| event.add(line, 0));
        if !record.has_head && !record.is_carried {
            event.is_plain = event.shown.len() == first_end;
            event.first_end = Some(first_end).filter(|_| !event.is_plain);
        }
        Some(event)
    }

    /// The first line alone, where it has no head.
    pub(super) fn first_line(&self) -> Option<Self> {
        let end = self.first_end?;
        Some(Self {
            shown: self.shown[..end].to_owned(),
            context: self.context[..end].to_owned(),
            said: self.said[..end].to_owned(),
            is_plain: true,
            ..Self::default()
        })
    }

    /// Adds a line, of which so many bytes only say who wrote it.
    fn add(&mut self, line: &str, who: usize) {
        let line = straight(line);
        if line.trim().is_empty() {
            return;
        }
        let part = self.parts.part(&line);
        let room = MAX_EVENT.saturating_sub(self.shown.len());
        let line = &line[..line.floor_char_boundary(room)];
        if !self.shown.is_empty() {
            self.shown.push('\n');
            self.context.push('\n');
            self.said.push('\n');
        }
        let mut lower = line.to_ascii_lowercase();
        if part == Part::Statement {
            blank(&mut lower, 0..line.len());
        } else {
            mask_parameters(&mut lower);
            self.parts.in_statement |= mask_statement(&mut lower);
            mask_counts(&mut lower);
        }
        self.shown.push_str(line);
        self.context.push_str(&lower);
        match part {
            Part::Said => {
                blank(&mut lower, 0..who.min(line.len()));
                if let Some(target) = target(line) {
                    blank(&mut lower, target);
                }
            }
            Part::Frame | Part::Statement => blank(&mut lower, 0..line.len()),
        }
        self.said.push_str(&lower);
    }
}

/// Who wrote it, in front of what is said; not a place in its code, which looks like a port.
fn who(record: &Record) -> String {
    match &record.logger {
        Some(logger)
            if !record.mark.contains(logger)
                && !logger.contains([':', '@'])
                && !logger.ends_with(|c: char| c.is_ascii_digit()) =>
        {
            format!("{logger}: ")
        }
        _ => String::new(),
    }
}
