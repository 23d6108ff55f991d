//! `name=value`, as a whole line or behind a message.

use std::borrow::Cow;

use jiff::Timestamp;
use memchr::{memchr, memchr_iter};

use crate::reading::records::level::Level;
use crate::reading::records::line::{Form, Line};
use crate::reading::records::record::{Field, is_telling};
use crate::reading::records::stack_trace::StackTrace;
use crate::reading::records::time;

/// How many pairs of a line are looked at.
const MAX_PAIRS: usize = 64;

/// Reads a line that is written as pairs: there are a level and a message among them.
pub(super) fn read<'a>(text: &'a str, newest: Option<Timestamp>, line: &mut Line<'a>) -> bool {
    let (mut has_level, mut has_message) = (false, false);
    let bytes = text.as_bytes();
    for at in memchr_iter(b'=', bytes) {
        let before = &bytes[..at];
        let ends = |names: &[&[u8]]| names.iter().any(|name| before.ends_with(name));
        has_level |= ends(&[b"level", b"lvl", b"severity"]);
        has_message |= ends(&[b"msg", b"message"]);
    }
    if !has_level || !has_message {
        return false;
    }
    let mut is_read = false;
    for (name, value) in Pairs::of(text).take(MAX_PAIRS) {
        match name {
            "level" | "lvl" | "severity" => {
                line.level = line.level.or_else(|| Level::of_word(&value));
                is_read = true;
            }
            "time" | "ts" | "timestamp" => {
                line.has_time = true;
                line.timestamp = line.timestamp.or_else(|| time::of_text(&value, newest));
            }
            "msg" | "message" => line.message = value,
            "logger" | "caller" | "component" | "module" => line.logger = Some(value),
            "stack" | "stacktrace" | "trace" => {
                line.exception = StackTrace::of_text(&value);
                line.trace = Some(value.into_owned());
            }
            _ if is_telling(name) => line.fields.push(Field::new(name, &value)),
            _ => {}
        }
    }
    if is_read {
        line.form = Form::Structured;
        line.inner = line.message.clone();
        line.with_error();
    }
    is_read
}

/// Cuts the pairs off that stand behind a message, and keeps those that tell of an error.
pub(super) fn cut<'a>(message: Cow<'a, str>, fields: &mut Vec<Field>) -> Cow<'a, str> {
    let Some(at) = begin_of_pairs(&message) else {
        return message;
    };
    for (name, value) in Pairs::of(&message[at..]).take(MAX_PAIRS) {
        if is_telling(name) {
            fields.push(Field::new(name, &value));
        }
    }
    match message {
        Cow::Borrowed(text) => text[..at].trim_end().into(),
        Cow::Owned(mut text) => {
            text.truncate(at);
            text.truncate(text.trim_end().len());
            text.into()
        }
    }
}

/// Where the pairs begin that a message ends with: everything from there on is a pair.
fn begin_of_pairs(message: &str) -> Option<usize> {
    let bytes = message.as_bytes();
    let mut from = 0;
    while let Some(found) = memchr(b'=', &bytes[from..]) {
        let equals = from + found;
        let start = bytes[..equals]
            .iter()
            .rposition(|b| !is_name(*b))
            .map_or(0, |at| at + 1);
        let is_word = start > 0 && start < equals && bytes[start - 1] == b' ';
        if is_word {
            let mut pairs = Pairs::of(&message[start..]);
            pairs.is_strict = true;
            while pairs.next().is_some() {}
            if pairs.rest.trim().is_empty() {
                // `DNS lookup failed: db: result=0`: it is what is said.
                let is_said = message[..start].trim_end().ends_with(':');
                return (!is_said).then_some(start);
            }
        }
        from = equals + 1;
        // A long text with many of them has no pairs at its end only.
        if from > 4 * 1024 {
            return None;
        }
    }
    None
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_.-".contains(&byte)
}

/// The pairs of a text, one after the other.
struct Pairs<'a> {
    rest: &'a str,
    /// It ends with the first word that is no pair; else those are passed over.
    is_strict: bool,
}

impl<'a> Pairs<'a> {
    fn of(text: &'a str) -> Self {
        Self {
            rest: text,
            is_strict: false,
        }
    }
}

impl<'a> Iterator for Pairs<'a> {
    type Item = (&'a str, Cow<'a, str>);

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = self.rest.as_bytes();
        let mut start = bytes.iter().position(|b| *b != b' ')?;
        loop {
            let length = bytes[start..].iter().take_while(|b| is_name(**b)).count();
            if length > 0 && bytes.get(start + length) == Some(&b'=') {
                let name = &self.rest[start..start + length];
                let (value, end) = value(self.rest, start + length + 1);
                self.rest = &self.rest[end..];
                return Some((name, value));
            }
            if self.is_strict {
                return None;
            }
            let next = bytes[start..].iter().position(|b| *b == b' ')? + start;
            start = bytes[next..].iter().position(|b| *b != b' ')? + next;
        }
    }
}

/// The value at a place, quoted or up to the next space, and where it ends.
fn value(text: &str, at: usize) -> (Cow<'_, str>, usize) {
    let Some(quoted) = text[at..].strip_prefix('"') else {
        let end = text[at..].find(' ').map_or(text.len(), |end| at + end);
        return (text[at..end].into(), end);
    };
    let mut escapes = false;
    let mut bytes = quoted.bytes().enumerate();
    while let Some((index, byte)) = bytes.next() {
        match byte {
            b'\\' => {
                escapes = true;
                bytes.next();
            }
            // Whoever escapes twice has quotes in the middle.
            b'"' if !quoted[..index].ends_with("\\\\") || ends_pair(&quoted[index + 1..]) => {
                let inside = &quoted[..index];
                let value = if escapes {
                    unescaped(inside).into()
                } else {
                    inside.into()
                };
                return (value, at + index + 2);
            }
            _ => {}
        }
    }
    (quoted.into(), text.len())
}

/// Whether another pair follows, or nothing.
fn ends_pair(behind: &str) -> bool {
    let rest = behind.trim_start_matches(' ');
    let length = rest.bytes().take_while(|b| is_name(*b)).count();
    rest.is_empty() || (length > 0 && rest.as_bytes().get(length) == Some(&b'='))
}

fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        out.push(match c {
            '\\' => match chars.next() {
                Some('n') => '\n',
                Some('t') => '\t',
                Some(other) => other,
                None => '\\',
            },
            other => other,
        });
    }
    out
}
