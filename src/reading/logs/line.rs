//! One line of a log: when it was written, how bad it is, what it says.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::fmt::strtime::BrokenDownTime;
use jiff::fmt::temporal::DateTimeParser;
use jiff::tz::Offset;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::domain::taxonomy::Code;

/// How far into a line its level may stand, in bytes.
const LEVEL_WITHIN: usize = 120;
/// How long a time and its zone may be, in bytes.
const TIME_WITHIN: usize = 64;

/// How times are written, with `-` for `/` and `.` for `,`.
const TIMES: &[&str] = &[
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M:%S%.f",
    // A dot behind the seconds that begins no fraction.
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S",
];
/// What zones without an offset are called.
const UTC: &[&str] = &["Z", "UTC", "GMT"];

/// How bad a line is, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    /// It does not say.
    Unknown,
    /// For the one who writes the program.
    Debug,
    /// As it should be.
    Info,
    /// Look at it soon.
    Warning,
    /// Something failed.
    Error,
    /// All of it failed.
    Critical,
}

impl Level {
    /// The level that a word names, in any of the usual vocabularies.
    #[must_use]
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        Some(match word.to_ascii_uppercase().as_str() {
            "TRACE" | "DEBUG" | "DEBUG1" | "VERBOSE" => Self::Debug,
            "INFO" | "NOTICE" | "LOG" | "STATEMENT" | "DETAIL" | "HINT" => Self::Info,
            "WARN" | "WARNING" => Self::Warning,
            "ERROR" | "ERR" | "SEVERE" => Self::Error,
            "CRITICAL" | "CRIT" | "FATAL" | "PANIC" | "EMERG" | "ALERT" => Self::Critical,
            _ => return None,
        })
    }

    /// Levels as numbers, as pino and bunyan write them.
    fn of_number(number: i64) -> Option<Self> {
        Some(match number {
            10..=29 => Self::Debug,
            30..=39 => Self::Info,
            40..=49 => Self::Warning,
            50..=59 => Self::Error,
            60.. => Self::Critical,
            _ => return None,
        })
    }
}

/// A line, understood as far as it can be.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line<'a> {
    pub(super) timestamp: Option<Timestamp>,
    pub(super) level: Option<Level>,
    pub(super) code: Option<Code>,
    pub(super) message: Cow<'a, str>,
    /// A stack trace that stands beside the message.
    pub(super) stack: Option<String>,
}

impl<'a> Line<'a> {
    pub(super) fn read(text: &'a str) -> Self {
        let text = text.trim_end();
        if text.starts_with('{')
            && let Ok(Value::Object(object)) = serde_json::from_str(text)
        {
            return Self::of_object(&object);
        }
        Self::of_text(text)
    }

    fn of_object(object: &Map<String, Value>) -> Self {
        let first = |names: &[&str]| names.iter().find_map(|name| object.get(*name));
        let text = |names: &[&str]| first(names).and_then(Value::as_str);
        let level = first(&["level", "severity", "levelname", "lvl", "log.level"]);
        let message = text(&["message", "msg", "event", "error", "detail"])
            .unwrap_or_default()
            .to_owned();
        let nested = ["err", "error", "exception"]
            .into_iter()
            .find_map(|name| object.get(name)?.get("stack")?.as_str());
        let stack = text(&[
            "stack",
            "stack_trace",
            "traceback",
            "exc_info",
            "exception",
            "backtrace",
        ])
        .or(nested)
        .map(str::to_owned);
        let code = text(&["code", "error_code"])
            .and_then(|code| code.parse().ok())
            .or_else(|| code_in(&message));
        Self {
            timestamp: first(&[
                "timestamp",
                "time",
                "ts",
                "@timestamp",
                "asctime",
                "datetime",
            ])
            .and_then(time_of),
            level: level.and_then(|level| match level {
                Value::String(word) => Level::of_word(word),
                Value::Number(number) => number.as_i64().and_then(Level::of_number),
                _ => None,
            }),
            code,
            message: message.into(),
            stack,
        }
    }

    fn of_text(text: &'a str) -> Self {
        let (timestamp, rest) = leading_time(text);
        let mut line = Self {
            timestamp,
            level: None,
            code: code_in(text),
            message: rest.into(),
            stack: None,
        };
        if text.contains("level=") && (text.contains("msg=") || text.contains("message=")) {
            line.level = pair(text, "level").and_then(Level::of_word);
            line.timestamp = line
                .timestamp
                .or_else(|| leading_time(pair(text, "time").or_else(|| pair(text, "ts"))?).0);
            if let Some(message) = pair(text, "msg").or_else(|| pair(text, "message")) {
                line.message = message.into();
            }
            return line;
        }
        if let Some((level, after)) = level_in(rest) {
            line.level = Some(level);
            line.message = after.into();
        }
        line
    }
}

/// The first code of ours in a text.
fn code_in(text: &str) -> Option<Code> {
    text.match_indices("DFE-").find_map(|(at, _)| {
        let end = text[at..]
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '-')
            .map_or(text.len(), |end| at + end);
        text[at..end].parse().ok()
    })
}

fn time_of(value: &Value) -> Option<Timestamp> {
    match value {
        Value::String(text) => leading_time(text).0,
        Value::Number(number) => {
            let number = number.as_f64()?;
            // Seconds or milliseconds since 1970: the latter are larger for the next thousand years.
            let seconds = if number > 1e11 {
                number / 1000.0
            } else {
                number
            };
            #[expect(
                clippy::cast_possible_truncation,
                reason = "to whole milliseconds, and bounded by the type"
            )]
            let millis = (seconds * 1000.0) as i64;
            Timestamp::from_millisecond(millis).ok()
        }
        _ => None,
    }
}

/// A time at the beginning of a text, and what comes behind it. Without a zone it is taken for UTC.
fn leading_time(text: &str) -> (Option<Timestamp>, &str) {
    let start = text.trim_start_matches(['[', '(', '"', ' ']);
    // The parser would also take fewer digits: the day of `24-11-26` for the year 24.
    let has_year = start
        .as_bytes()
        .first_chunk::<4>()
        .is_some_and(|year| year.iter().all(u8::is_ascii_digit));
    if !has_year {
        return (None, text);
    }
    // Each is replaced by one of the same length, so that places are the same in both.
    let head = start[..start.floor_char_boundary(TIME_WITHIN)]
        .replace('/', "-")
        .replace(',', ".");
    let Some((mut time, length)) = TIMES
        .iter()
        .find_map(|format| BrokenDownTime::parse_prefix(format, &head).ok())
    else {
        return (None, text);
    };
    // What is finer than a nanosecond says nothing.
    let zone = head[length..]
        .trim_start_matches(|c: char| c.is_ascii_digit())
        .trim_start_matches(' ');
    let end = zone
        .find(|c: char| !c.is_ascii_digit() && !matches!(c, '+' | '-' | ':'))
        .unwrap_or(zone.len());
    let numeric = zone[..end].trim_end_matches(['-', ':']);
    let (offset, length) = DateTimeParser::new()
        .parse_time_zone(numeric)
        .and_then(|zone| Ok((zone.to_fixed_offset()?, numeric.len())))
        .unwrap_or_else(|_| {
            let name = UTC.iter().find(|name| zone.starts_with(**name));
            (Offset::UTC, name.map_or(0, |name| name.len()))
        });
    time.set_offset(Some(offset));
    let Ok(timestamp) = time.to_timestamp() else {
        return (None, text);
    };
    let end = head.len() - zone.len() + length;
    let rest = start[end..].trim_start_matches([']', ')', ' ', '|', '-', '.', ',']);
    (Some(timestamp), rest)
}

/// The level near the beginning of a text, and what comes behind it: `ERROR`, `[error]`, `error:`.
fn level_in(text: &str) -> Option<(Level, &str)> {
    let near = &text[..text.floor_char_boundary(LEVEL_WITHIN)];
    let mut at = 0;
    for word in near.split(|c: char| !c.is_ascii_alphanumeric()) {
        let start = at;
        at += word.len() + 1;
        // In small letters it is a word like any other, unless marked.
        let before = near[..start].chars().next_back();
        let after = near[start + word.len()..].chars().next();
        let is_marked = (before == Some('[') && after == Some(']'))
            || (start == 0 && after == Some(':'))
            || word
                .chars()
                .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
        if is_marked && let Some(level) = Level::of_word(word) {
            let rest = &text[start + word.len()..];
            return Some((
                level,
                rest.trim_start_matches([']', ':', ' ', '-', '|', '\t']),
            ));
        }
        // Separators are one byte each only where they are ASCII.
        if !near.is_char_boundary(at.min(near.len())) {
            return None;
        }
    }
    None
}

/// The value behind `name=`, quoted or up to the next space.
fn pair<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let at = text.match_indices(name).map(|(at, _)| at).find(|at| {
        let is_word = *at == 0 || text.as_bytes()[at - 1] == b' ';
        is_word && text[at + name.len()..].starts_with('=')
    })?;
    let value = &text[at + name.len() + 1..];
    match value.strip_prefix('"') {
        Some(quoted) => {
            let end = quoted
                .match_indices('"')
                .map(|(at, _)| at)
                .find(|at| *at == 0 || quoted.as_bytes()[at - 1] != b'\\')?;
            Some(&quoted[..end])
        }
        None => value.split(' ').next(),
    }
}
