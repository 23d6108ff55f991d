//! One event of a text: a line, or the lines that belong together.
//!
//! # Design notes
//!
//! What stands in one event says nothing of the next: a healthy line beside an error is no evidence
//! for anybody, and a word in it does not say whose peer the error speaks of. So a text is cut where
//! a line has a head of its own, and where it has none, at each line that does not visibly go on with
//! the one before. To cut too often does little harm, since what names its cause goes before what
//! only wraps it, whichever event they are found in.
//!
//! Three texts of one length are kept: what is shown, what is looked at for context, and what is
//! looked at for signs, in which everything that is no evidence (heads, frames of a trace, statements,
//! the parameters of an address) is blank.

mod line;
mod mask;

use self::line::{MARKERS, Part, is_exception, is_no_report, is_source_line, part_of};
use self::mask::{blank, mask_counts, mask_parameters, mask_statement, without_colours};
use crate::reading::triage::head::{self, Level};
use crate::reading::triage::record;

/// How much of an event is looked at, in bytes.
const MAX_EVENT: usize = 16 * 1024;

/// One event.
#[derive(Debug, Default)]
pub(super) struct Event {
    /// As it is shown.
    pub(super) shown: String,
    /// In small letters, without statements and parameters: what it speaks of.
    pub(super) context: String,
    /// The same, without heads and frames: what is said.
    pub(super) said: String,
    /// Whether its writer calls it a failure.
    pub(super) is_bad: bool,
    /// Whether only what names its cause counts, since its writer calls it a matter of course.
    pub(super) is_routine: bool,
    /// Whether it has neither a head nor a second line, as what people write.
    pub(super) is_plain: bool,
}

#[derive(Debug, Default)]
struct Open {
    event: Event,
    is_quiet: bool,
    has_head: bool,
    in_trace: bool,
    lines: usize,
    last: String,
}

/// Reads a text, event by event, and hands on those that are evidence.
pub(super) fn each(text: &str, mut judge: impl FnMut(&Event)) {
    let mut open: Option<Open> = None;
    for line in text.lines() {
        let plain = without_colours(line.trim_end());
        let line = plain.as_str();
        if line.trim().is_empty() {
            continue;
        }
        let record = record::read(line);
        let head = record.as_ref().map_or_else(
            || head::of(line),
            |record| {
                Some(head::Head {
                    level: record.level,
                    message: 0,
                    goes_on: false,
                    is_statement: false,
                })
            },
        );
        let goes_on = open.as_ref().is_some_and(|open| match head {
            Some(head) => head.goes_on || (record.is_none() && open.takes_head(line)),
            None => open.takes(line),
        });
        if !goes_on {
            close(open.take(), &mut judge);
            if head.is_none() && is_no_report(line) {
                continue;
            }
        }
        let open = open.get_or_insert_with(|| Open::begin(head));
        match (&record, head) {
            (Some(record), _) => record
                .text
                .lines()
                .for_each(|line| open.add(line, 0, part_of(line))),
            (None, Some(head)) => {
                let part = if head.is_statement {
                    Part::Statement
                } else {
                    Part::Said
                };
                open.add(line, head.message, part);
            }
            (None, None) => {
                let part = open.part(line);
                open.add(line, 0, part);
            }
        }
    }
    close(open, &mut judge);
}

fn close(open: Option<Open>, judge: &mut impl FnMut(&Event)) {
    if let Some(mut open) = open
        && !open.is_quiet
    {
        open.event.is_plain = !open.has_head && open.lines == 1;
        judge(&open.event);
    }
}

impl Open {
    fn begin(head: Option<head::Head>) -> Self {
        Self {
            is_quiet: head.is_some_and(|head| head.level == Level::Quiet),
            has_head: head.is_some(),
            event: Event {
                is_bad: head.is_some_and(|head| head.level == Level::Bad),
                is_routine: head.is_some_and(|head| head.level == Level::Log),
                ..Event::default()
            },
            ..Self::default()
        }
    }

    /// Whether a line with a head of its own goes on all the same: psql's words in an error of a
    /// program begin with a level, too.
    fn takes_head(&self, line: &str) -> bool {
        self.last.ends_with("rror:") && line.starts_with("ERROR:")
    }

    /// Whether a line without a head goes on with this event.
    fn takes(&self, line: &str) -> bool {
        if self.is_quiet {
            return false;
        }
        let is_indented = line.starts_with([' ', '\t']);
        let last = self.last.trim_end();
        let trimmed = line.trim_start();
        if self.in_trace && (is_indented || is_exception(line)) {
            return true;
        }
        is_indented
            || MARKERS.iter().any(|marker| trimmed.starts_with(marker))
            || is_source_line(trimmed)
            || (last.contains("panicked at ") && last.ends_with(':'))
            || (last.starts_with("panic: ") && line.starts_with("goroutine"))
            || (last.starts_with("***") || line.starts_with("***"))
            || (last.ends_with("invocation:") || last.ends_with("Original error:"))
            || (last.contains("alidation error") && !line.contains(' '))
            || (self.event.shown.contains("alidation error") && !line.contains(' '))
            || (self.event.shown.starts_with('<') && line.starts_with('<'))
            || self.takes_of_http(line)
            || (line.starts_with("Traceback ") && self.has_head)
    }

    /// Whether it is one more line of an answer that was printed with its headers.
    fn takes_of_http(&self, line: &str) -> bool {
        let begin = &self.event.shown;
        let is_answer = begin.starts_with("HTTP/") || begin.contains("\nHTTP/");
        if !is_answer {
            let is_request = [
                "GET http",
                "POST http",
                "PATCH http",
                "PUT http",
                "HEAD http",
                "DELETE http",
            ];
            return is_request.iter().any(|verb| begin.starts_with(verb))
                && line.starts_with("HTTP/");
        }
        let is_header = line
            .split_once(": ")
            .is_some_and(|(name, _)| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
        is_header || line.starts_with(['{', '<']) || line.starts_with("error code")
    }

    fn part(&mut self, line: &str) -> Part {
        let trimmed = line.trim_start();
        if trimmed.starts_with("Traceback (")
            || (trimmed.starts_with("File \"") && trimmed.contains("\", line "))
        {
            self.in_trace = true;
            return Part::Frame;
        }
        if self.in_trace {
            if line.starts_with([' ', '\t']) {
                return Part::Frame;
            }
            // The line that names the exception ends its trace.
            self.in_trace = trimmed.starts_with("During handling")
                || trimmed.starts_with("The above exception");
            return Part::Said;
        }
        part_of(line)
    }

    fn add(&mut self, line: &str, message: usize, part: Part) {
        self.lines += 1;
        self.last.clear();
        self.last.push_str(line);
        let room = MAX_EVENT.saturating_sub(self.event.shown.len());
        let line = &line[..line.floor_char_boundary(room)];
        let message = message.min(line.len());
        let event = &mut self.event;
        if !event.shown.is_empty() {
            event.shown.push('\n');
            event.context.push('\n');
            event.said.push('\n');
        }
        let mut lower = line.to_ascii_lowercase();
        if part == Part::Statement {
            blank(&mut lower, 0..line.len());
        } else {
            mask_parameters(&mut lower);
            mask_statement(&mut lower);
            mask_counts(&mut lower);
        }
        event.shown.push_str(line);
        event.context.push_str(&lower);
        match part {
            Part::Said => blank(&mut lower, 0..message),
            Part::Frame | Part::Statement => blank(&mut lower, 0..line.len()),
        }
        event.said.push_str(&lower);
    }
}
