//! How a line is read: as an object where it is one, else as text with a time and a level in front.
//!
//! # Design notes
//!
//! What is found is only cut off of the message where it is certain what it is: a word too many in
//! a message does no harm, one too few does.

mod mark;
mod who;

use std::borrow::Cow;

use jiff::Timestamp;

use self::mark::{level_in, mark, postgres};
use self::who::behind_level;
use crate::reading::records::level::Level;
use crate::reading::records::line::{Form, Line};
use crate::reading::records::record::Field;
use crate::reading::records::time::{self, Leading};
use crate::reading::records::{envelope, object, pairs};

/// What a request begins with in an access log.
const METHODS: &[&str] = &[
    "GET ", "POST ", "PUT ", "PATCH ", "DELETE ", "HEAD ", "OPTIONS ",
];

/// Reads a line without its envelope, with the time that it begins with where that is known. A year that is not said
/// follows from the newest time.
pub(super) fn read<'a>(
    text: &'a str,
    leading: Option<Leading<'a>>,
    newest: Option<Timestamp>,
) -> Line<'a> {
    let text = text.trim_end();
    if text.starts_with('{')
        && let Some(line) = of_object(text, newest)
    {
        return line;
    }
    if text.starts_with("[{")
        && text.ends_with("}]")
        && let Some(line) = object::read_list(text)
    {
        return line;
    }
    of_text(text, leading, newest)
}

/// Reads an object, and what it carries.
fn of_object(text: &str, newest: Option<Timestamp>) -> Option<Line<'static>> {
    let mut line = object::read(text, newest)?;
    if let Some(inside) = line.carried.take() {
        return Some(carried(&inside, line, newest));
    }
    if line.level.is_none() {
        // Who wrote it may have said it in the message, or by the status of an answer.
        line.level = of_text(&line.message, None, newest).level.or_else(|| {
            let status = line
                .fields
                .iter()
                .find(|field| field.name.contains("status"))?;
            let status = status.value.parse().ok()?;
            // An answer that somebody shows is no request that somebody served.
            Level::of_status(status).filter(|_| line.has_time || status < 400)
        });
    }
    Some(line)
}

/// The line that somebody carried, with the time of the one who did where it has none.
fn carried(inside: &str, outside: Line<'static>, newest: Option<Timestamp>) -> Line<'static> {
    let inside = envelope::plain(inside.trim_end());
    let line = read(&inside, None, newest);
    Line {
        timestamp: line.timestamp.or(outside.timestamp),
        level: line.level.or(outside.level),
        code: line.code,
        mark: Cow::Owned(line.mark.into_owned()),
        is_server_log: line.is_server_log,
        logger: line
            .logger
            .map(|name| Cow::Owned(name.into_owned()))
            .or(outside.logger),
        message: Cow::Owned(line.message.into_owned()),
        fields: line.fields,
        exception: line.exception,
        trace: line.trace,
        inner: Cow::Owned(line.inner.into_owned()),
        carried: Some(inside.clone().into_owned()),
        // The parts of a trace are carried one by one.
        form: Form::Text,
        has_time: line.has_time,
    }
}

fn of_text<'a>(
    whole: &'a str,
    leading: Option<Leading<'a>>,
    newest: Option<Timestamp>,
) -> Line<'a> {
    let mut line = Line::default();
    let text = ruby(whole, &mut line);
    let (text, is_redis) = redis(text).map_or((text, false), |behind| (behind, true));
    let mut rest = text;
    let mut inner = text;
    // The name of a thread or a program may stand before the time.
    if let Some(behind) = named(text)
        && time::leading(behind, newest).is_some_and(|found| found.at.is_some())
    {
        rest = behind;
    }
    let mut known = leading.filter(|_| rest.len() == whole.len());
    // Docker puts a time in front of whatever the program wrote, which may have its own.
    for _ in 0..2 {
        let Some(found) = known.take().or_else(|| time::leading(rest, newest)) else {
            break;
        };
        line.timestamp = line.timestamp.or(found.at);
        line.has_time = true;
        rest = found.rest();
        inner = found.behind.strip_prefix(' ').unwrap_or(found.behind);
    }
    if line.has_time
        && rest.starts_with('{')
        && let Some(mut object) = of_object(rest, newest)
    {
        object.timestamp = object.timestamp.or(line.timestamp);
        return object;
    }
    line.message = rest.into();
    line.inner = inner.into();
    if klog(rest, newest, &mut line) || pairs::read(text, newest, &mut line) {
        return line;
    }
    if let Some((level, message)) = is_redis.then(|| of_redis(rest)).flatten() {
        line.level = Some(level);
        line.message = message.into();
        return line;
    }
    if let Some(found) = level_in(rest, line.has_time) {
        line.level = line.level.or(Some(found.level));
        let behind = &rest[found.end..];
        line.form = postgres(rest, found, behind);
        line.is_server_log = &rest[found.start..found.end] == "LOG";
        // `Error: text` is a name as much as a level.
        let is_name = found.start == 0 && rest.starts_with("Error:");
        if line.form != Form::Text || !line.has_time || is_name {
            line.mark = mark(rest, found, line.has_time).into();
        }
        let inner = behind.trim_start_matches([']', '>', ':', '|']);
        line.inner = inner.strip_prefix(' ').unwrap_or(inner).into();
        let (logger, message) = behind_level(&rest[..found.start], behind);
        line.logger = logger.map(Cow::Borrowed);
        line.message = message.into();
        // `ERROR 2026-11-24 10:00:00,123 text`, as Django's own format has it.
        if !line.has_time
            && let Some(found) = time::leading(message, newest)
            && found.at.is_some()
        {
            line.timestamp = found.at;
            line.has_time = true;
            line.message = found.rest().into();
        }
    } else if line.level.is_none() {
        access(rest, newest, &mut line);
    }
    if line.level.is_some() && matches!(line.form, Form::Text) {
        behind_message(&mut line, newest);
    }
    line
}

/// Takes what stands behind the message: an object, or pairs.
fn behind_message(line: &mut Line<'_>, newest: Option<Timestamp>) {
    if line.message.ends_with('}')
        && let Some(at) = line.message.find("{\"")
        && let Some(object) = object::read(&line.message[at..], newest)
    {
        line.fields.extend(object.fields);
        if !object.message.is_empty() && !line.message[..at].contains(&*object.message) {
            line.fields.push(Field::new("message", &object.message));
        }
        line.exception = line.exception.take().or(object.exception);
        line.trace = line.trace.take().or(object.trace);
        line.code = line.code.or(object.code);
        line.message = match std::mem::take(&mut line.message) {
            Cow::Borrowed(text) => text[..at].trim_end().into(),
            Cow::Owned(text) => text[..at].trim_end().to_owned().into(),
        };
    } else {
        let whole = std::mem::take(&mut line.message);
        line.message = pairs::cut(whole, &mut line.fields);
    }
    line.with_error();
}

/// Ruby's logger puts a letter in front: `E, [2026-11-24T10:00:00.123456 #7] ERROR -- : text`.
fn ruby<'a>(text: &'a str, line: &mut Line<'a>) -> &'a str {
    let Some((letter, rest)) = text.split_at_checked(3) else {
        return text;
    };
    if letter.ends_with(", ") && rest.starts_with("[20") {
        line.level = Level::of_letter(letter.as_bytes()[0]);
        return if line.level.is_some() { rest } else { text };
    }
    text
}

/// `7:M 24 Nov 2026 10:00:00.123 * text`, as Redis writes it: what stands behind its process and role.
fn redis(text: &str) -> Option<&str> {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_process = rest.len() < text.len();
    match rest.as_bytes() {
        [b':', b'A'..=b'Z', b' ', b'0'..=b'9', ..] if is_process => Some(&rest[3..]),
        _ => None,
    }
}

/// How bad Redis says that it is, and what it says.
fn of_redis(text: &str) -> Option<(Level, &str)> {
    let (mark, message) = text.split_once(' ')?;
    let level = match mark {
        "." => Level::Debug,
        "-" | "*" => Level::Info,
        "#" => Level::Warning,
        _ => return None,
    };
    Some((level, message))
}

/// `E1124 10:00:00.123456       1 jobs.go:138] text`, as klog and glog write it.
fn klog<'a>(text: &'a str, newest: Option<Timestamp>, line: &mut Line<'a>) -> bool {
    let Some(level) = text.bytes().next().and_then(Level::of_letter) else {
        return false;
    };
    let Some(found) = text
        .get(1..)
        .and_then(|rest| time::month_and_day(rest, newest))
    else {
        return false;
    };
    let Some((place, message)) = found.behind.split_once("] ") else {
        return false;
    };
    line.level = Some(level);
    line.timestamp = line.timestamp.or(found.at);
    line.has_time = true;
    line.logger = place.split_whitespace().next_back().map(Cow::Borrowed);
    line.inner = message.into();
    // A structured message of klog is quoted, and pairs follow.
    line.message = match pairs::cut(message.into(), &mut line.fields) {
        Cow::Borrowed(text) => unquoted(text).into(),
        Cow::Owned(text) => unquoted(&text).to_owned().into(),
    };
    line.with_error();
    true
}

fn unquoted(text: &str) -> &str {
    text.strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
        .unwrap_or(text)
}

/// Reads the line of a server's access log. It has no level but what the status says.
fn access<'a>(text: &'a str, newest: Option<Timestamp>, line: &mut Line<'a>) -> Option<()> {
    if text.starts_with("[GIN] ") {
        return gin(text, line);
    }
    let at = text.match_indices('/').find_map(|(slash, _)| {
        let before = &text.as_bytes()[..slash];
        if before.last() != Some(&b' ') {
            return None;
        }
        let method = METHODS
            .iter()
            .find(|method| before.ends_with(method.as_bytes()))?;
        Some(slash - method.len())
    })?;
    let is_word = at == 0 || matches!(text.as_bytes()[at - 1], b' ' | b'"' | b']');
    let mut words = text[at..].split(' ').skip(2);
    let mut status = words.next()?;
    if status.starts_with("HTTP/") {
        status = words.next()?;
    }
    let is_status = is_word && status.len() == 3;
    line.level = Level::of_status(is_status.then(|| status.parse().ok())??);
    line.fields.push(Field::new("status", status));
    // A part of the text, so its end is the distance from the beginning.
    let end = status.as_ptr() as usize - text.as_ptr() as usize + status.len();
    line.message = text[at..end].replace('"', "").into();
    if line.timestamp.is_none()
        && let Some(bracket) = text[..at].find('[')
        && let Some(found) = time::leading(&text[bracket..at], newest)
    {
        line.timestamp = found.at;
        line.has_time = true;
    }
    Some(())
}

/// `[GIN] 2026/11/24 - 10:00:00 | 200 |  1.2ms | 10.0.0.9 | GET      "/path"`
fn gin<'a>(text: &'a str, line: &mut Line<'a>) -> Option<()> {
    let mut columns = text.split('|').map(str::trim);
    let status = columns.nth(1)?;
    line.level = Level::of_status(status.parse().ok()?);
    line.fields.push(Field::new("status", status));
    let request = columns.nth(2)?.replace('"', "");
    let words: Vec<_> = request.split_whitespace().collect();
    line.message = format!("{} {status}", words.join(" ")).into();
    Some(())
}

/// What stands behind a name in brackets: `[worker-1] 2026-11-24 10:00:00 text`.
fn named(text: &str) -> Option<&str> {
    let (name, behind) = text.strip_prefix('[')?.split_once("] ")?;
    let is_name = name.len() < 40
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && Level::of_word(name).is_none();
    is_name.then_some(behind)
}
