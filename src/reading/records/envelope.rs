//! What stands around a line that its writer did not write: colours, and what carried it here.
//!
//! compose puts the container's name in front, syslog and journald the time, the host and the
//! program, Kubernetes the time and the stream. What is inside is read as if it stood alone; what
//! the envelope says of time and level counts where the line itself does not say.

use std::borrow::Cow;

use jiff::Timestamp;
use memchr::{memchr, memchr_iter};

use crate::reading::records::level::Level;
use crate::reading::records::time::{self, Leading};

/// How long the name of a container may be, in bytes.
const MAX_NAME: usize = 64;

/// A line, and what stood around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Envelope<'a> {
    /// The container or program that wrote it.
    pub(super) source: Option<&'a str>,
    pub(super) at: Option<Timestamp>,
    pub(super) level: Option<Level>,
    pub(super) inside: &'a str,
    /// The time that what is inside begins with, where it was found on the way.
    pub(super) leading: Option<Leading<'a>>,
}

/// Takes a line out of its envelopes. It has no colours any more.
pub(super) fn open(text: &str, newest: Option<Timestamp>) -> Envelope<'_> {
    let mut envelope = Envelope {
        inside: text,
        ..Envelope::default()
    };
    if let Some((name, inside)) = container(text) {
        envelope.source = Some(name);
        envelope.inside = inside;
    }
    if let Some((priority, inside)) = priority(envelope.inside) {
        envelope.level = Level::of_syslog(priority % 8);
        envelope.inside = inside;
    }
    let begins = envelope.inside.as_bytes().first();
    if begins.is_some_and(|b| b.is_ascii_uppercase() || b.is_ascii_digit()) {
        carried(&mut envelope, newest);
    }
    envelope
}

/// `worker-1  | text`, `[pod/worker-1/worker] text`.
fn container(text: &str) -> Option<(&str, &str)> {
    if let Some(rest) = text.strip_prefix("[pod/") {
        let (name, inside) = rest.split_once("] ")?;
        return (name.len() <= MAX_NAME && !name.contains(' ')).then_some((name, inside));
    }
    let bytes = text.as_bytes();
    let length = bytes
        .iter()
        .take(MAX_NAME)
        .take_while(|b| b.is_ascii_alphanumeric() || b"_.-/".contains(b))
        .count();
    let name = text.get(..length).filter(|name| !name.is_empty())?;
    let behind = text[length..].trim_start_matches(' ');
    let inside = behind.strip_prefix('|')?;
    // PM2 has the number of the process in front: `0|worker  | text`.
    let inside = match inside.split_once('|') {
        Some((process, rest))
            if name.bytes().all(|b| b.is_ascii_digit()) && !process.is_empty() =>
        {
            return process
                .trim()
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b))
                .then(|| (process.trim(), rest.strip_prefix(' ').unwrap_or(rest)));
        }
        _ => inside,
    };
    let is_name = name.bytes().any(|b| b.is_ascii_alphabetic())
        && Level::of_word(name).is_none()
        && time::leading(name, None).is_none()
        && !inside.starts_with('|');
    is_name.then(|| (name, inside.strip_prefix(' ').unwrap_or(inside)))
}

/// `<11>text`.
fn priority(text: &str) -> Option<(i64, &str)> {
    let (number, inside) = text.strip_prefix('<')?.split_once('>')?;
    let is_number = (1..=3).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    let number = is_number.then(|| number.parse().ok())??;
    Some((number, inside))
}

/// What begins with a time that a carrier wrote: syslog's both forms, journald, Kubernetes, Heroku.
fn carried(envelope: &mut Envelope<'_>, newest: Option<Timestamp>) {
    let text = envelope.inside;
    // RFC 5424 has a version in front.
    let (text, is_versioned) = match text.strip_prefix("1 ") {
        Some(rest) if envelope.level.is_some() => (rest, true),
        _ => (text, false),
    };
    let Some(found) = time::leading(text, newest).filter(|found| found.at.is_some()) else {
        return;
    };
    let inside = found.behind.strip_prefix(' ').and_then(|behind| {
        if is_versioned {
            return structured(behind);
        }
        streamed(behind)
            .map(|inside| (None, inside))
            .or_else(|| tagged(behind, text.starts_with(|c: char| c.is_ascii_uppercase())))
    });
    if let Some((source, inside)) = inside {
        envelope.at = found.at;
        envelope.source = envelope.source.or(source);
        envelope.inside = inside;
    } else if !is_versioned {
        envelope.leading = Some(found);
    }
}

/// `stderr F text`.
fn streamed(text: &str) -> Option<&str> {
    let rest = text
        .strip_prefix("stderr ")
        .or_else(|| text.strip_prefix("stdout "))?;
    rest.strip_prefix("F ").or_else(|| rest.strip_prefix("P "))
}

/// `host program[7]: text`; with the time of syslog also `host program: text`.
fn tagged(text: &str, is_syslog: bool) -> Option<(Option<&str>, &str)> {
    let mut words = text.splitn(3, ' ');
    let (first, second) = (words.next()?, words.next());
    if first.is_empty() || Level::of_word(first).is_some() {
        return None;
    }
    let (host, tag) = match first.strip_suffix(':') {
        Some(tag) => (None, tag),
        None => (Some(first), second?.strip_suffix(':')?),
    };
    // A part of the text, so its end is the distance from the beginning.
    let end = tag.as_ptr() as usize - text.as_ptr() as usize + tag.len() + 1;
    let inside = text[end..].strip_prefix(' ').unwrap_or(&text[end..]);
    let (program, process) = match tag.strip_suffix(']').and_then(|tag| tag.split_once('[')) {
        Some((program, process)) => (program, Some(process)),
        None => (tag, None),
    };
    let is_tag = !program.is_empty()
        && program
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_.-/@".contains(&b));
    let is_carried = match process {
        Some(process) => !process.is_empty() && Level::of_word(program).is_none(),
        None => is_syslog && host.is_some(),
    };
    (is_tag && is_carried).then_some((Some(program), inside))
}

/// `host program 7 id [data] text`, as RFC 5424 has it.
fn structured(text: &str) -> Option<(Option<&str>, &str)> {
    let mut rest = text;
    let mut program = "-";
    for field in 0..4 {
        let (word, behind) = rest.split_once(' ')?;
        if field == 1 {
            program = word;
        }
        rest = behind;
    }
    let inside = if rest.starts_with('[') {
        rest.split_once("] ").map_or("", |(_, inside)| inside)
    } else {
        rest.strip_prefix("- ").unwrap_or(rest)
    };
    let inside = inside.strip_prefix('\u{feff}').unwrap_or(inside);
    Some((Some(program).filter(|name| *name != "-"), inside))
}

/// A text without what colours it, whatever has become of the escape in front.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    // `[0m` is what is left where something has taken the escapes alone.
    let has_escape = memchr(0x1b, text.as_bytes()).is_some();
    let is_stripped = !has_escape && ends_colours(text);
    if !is_stripped && !has_escape {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['\u{1b}', '[', '^', '#', '\\']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = sequence(rest, is_stripped);
        if length == 0 {
            let first = rest.chars().next().map_or(1, char::len_utf8);
            out.push_str(&rest[..first]);
            rest = &rest[first..];
        } else {
            rest = &rest[length..];
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Whether `[0m` or `[39m` stands in a text, which end a colour.
fn ends_colours(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr_iter(b'[', bytes).any(|at| {
        let behind = &bytes[at + 1..];
        behind.starts_with(b"0m") || behind.starts_with(b"39m")
    })
}

/// How many bytes of an escape sequence a text begins with.
fn sequence(text: &str, is_stripped: bool) -> usize {
    let written = ["^[", "#033", "\\u001b", "\\u001B", "\\x1b", "\\033"];
    let (escape, body) = if let Some(body) = text.strip_prefix('\u{1b}') {
        (1, body)
    } else {
        written
            .iter()
            .filter(|_| is_stripped)
            .find_map(|escape| Some((escape.len(), text.strip_prefix(escape)?)))
            .unwrap_or((0, text))
    };
    let is_escape = escape == 1;
    if is_escape && let Some(title) = body.strip_prefix(']') {
        // A title or a link: up to a bell or to the next escape and its backslash.
        let end = title.find(['\u{7}', '\u{1b}']).unwrap_or(title.len());
        let close = match title.as_bytes().get(end) {
            Some(7) => 1,
            Some(_) => 2,
            None => 0,
        };
        return text.floor_char_boundary(2 + end + close);
    }
    let Some(parameters) = body.strip_prefix('[') else {
        // An escape and the letter that it is for.
        let letter = body
            .chars()
            .next()
            .filter(char::is_ascii)
            .map_or(0, char::len_utf8);
        return if is_escape { 1 + letter } else { 0 };
    };
    let length = parameters
        .bytes()
        .take_while(|b| (0x20..0x40).contains(b))
        .count();
    let last = parameters.as_bytes().get(length);
    let is_colour = length > 0
        && last == Some(&b'm')
        && parameters.as_bytes().get(length + 1) != Some(&b']')
        && parameters[..length]
            .bytes()
            .all(|b| b.is_ascii_digit() || b == b';');
    let is_sequence = is_colour || (is_escape && last.is_some_and(|b| (0x40..0x7f).contains(b)));
    if is_sequence {
        escape + 1 + length + 1
    } else {
        usize::from(is_escape)
    }
}
