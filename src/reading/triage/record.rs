//! A line that is a JSON document: read by its members, not by its letters.

use std::fmt::Write as _;

use serde_json::Value;

use crate::reading::triage::head::Level;

/// How deep a document is read.
const MAX_DEPTH: usize = 6;
/// How many of the elements of a list are read.
const MAX_ELEMENTS: usize = 16;

/// What a document says.
#[derive(Debug)]
pub(super) struct Record {
    /// What its writer says of it.
    pub(super) level: Level,
    /// Its members, one a line, without those that say nothing of a cause.
    pub(super) text: String,
}

/// Members that hold the level, in the order of preference.
const LEVELS: &[&str] = &[
    "level",
    "severity",
    "lvl",
    "levelname",
    "log_level",
    "loglevel",
    "log.level",
    "error_severity",
    "severitytext",
    "@l",
];

/// Members that name a place or a request and no cause.
const SILENT: &[&str] = &[
    "logger",
    "logger_name",
    "loggername",
    "caller",
    "file",
    "filename",
    "lineno",
    "line",
    "func",
    "function",
    "module",
    "thread",
    "threadname",
    "path",
    "pathname",
    "referer",
    "referrer",
    "user_agent",
    "useragent",
    "trace_id",
    "span_id",
    "request_id",
    "requestid",
    "time",
    "timestamp",
    "ts",
    "@timestamp",
    "hostname",
    "pid",
    "process",
    "statement",
    "query",
    "sql",
    "params",
    "parameters",
    "version",
    "application_name",
    "documentation_url",
    "doc_url",
    "more_info",
    "input_value",
];

/// Reads a line that is a document.
pub(super) fn read(line: &str) -> Option<Record> {
    let trimmed = line.trim();
    let is_document = (trimmed.starts_with('{') && trimmed.ends_with('}'))
        || (trimmed.starts_with("[{") && trimmed.ends_with("}]"));
    if !is_document {
        return None;
    }
    let document: Value = serde_json::from_str(trimmed).ok()?;
    let mut text = String::new();
    write(&document, "", 0, &mut text);
    Some(Record {
        level: level(&document),
        text,
    })
}

fn level(document: &Value) -> Level {
    let Value::Object(members) = document else {
        return Level::Unknown;
    };
    for name in LEVELS {
        let member = members
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name));
        match member.map(|(_, value)| value) {
            Some(Value::String(word)) => {
                if let Some(level) = Level::of_word(word) {
                    return level;
                }
            }
            Some(Value::Number(number)) => {
                return number.as_i64().map_or(Level::Unknown, Level::of_number);
            }
            _ => {}
        }
    }
    Level::Unknown
}

fn write(value: &Value, name: &str, depth: usize, text: &mut String) {
    // Writing into a string cannot fail.
    match value {
        Value::Object(members) if depth < MAX_DEPTH => {
            for (name, value) in members {
                let lower = name.to_ascii_lowercase();
                let is_silent = SILENT.contains(&lower.as_str())
                    || (depth == 0 && LEVELS.contains(&lower.as_str()));
                if !is_silent {
                    write(value, name, depth + 1, text);
                }
            }
        }
        Value::Array(elements) if depth < MAX_DEPTH => {
            for element in elements.iter().take(MAX_ELEMENTS) {
                write(element, name, depth + 1, text);
            }
        }
        Value::String(said) if !said.trim().is_empty() => {
            let _ = writeln!(text, "{name}: {said}");
        }
        Value::Number(number) if number.as_f64() != Some(0.0) => {
            let _ = writeln!(text, "{name}: {number}");
        }
        Value::Bool(true) => {
            let _ = writeln!(text, "{name}: true");
        }
        _ => {}
    }
}
