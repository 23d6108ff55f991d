//! An object that is no line of a log: what a peer has answered, or what somebody has printed.
//!
//! # Design notes
//!
//! Of a line of a log only the fields that tell a cause are kept, as its writer has put the rest into
//! the message. An answer has no message, and every API has its own names for what it says: so all of
//! its members are kept, but for those that name a place or a request.

use super::tree::Tree;
use crate::reading::records::record::Field;

/// How deep it is read.
const MAX_DEPTH: usize = 6;
/// How many elements of a list are read.
const MAX_ELEMENTS: usize = 16;
/// How many members are kept.
const MAX_FIELDS: usize = 64;

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

/// The members of an object and of those within, but for what it says already.
pub(super) fn fields(members: &[(std::borrow::Cow<'_, str>, Tree<'_>)], said: &str) -> Vec<Field> {
    let mut fields = Vec::new();
    for (name, value) in members {
        let name = name.to_ascii_lowercase();
        add(&name, value, 1, &mut fields);
    }
    fields.retain(|field| field.value != said || !matches!(field.name.as_str(), "message" | "msg"));
    fields
}

/// The same of what is not an object itself.
pub(super) fn fields_of(tree: &Tree<'_>) -> Vec<Field> {
    let mut fields = Vec::new();
    add("", tree, 0, &mut fields);
    fields
}

fn add(name: &str, value: &Tree<'_>, depth: usize, fields: &mut Vec<Field>) {
    if SILENT.contains(&name) || depth > MAX_DEPTH || fields.len() >= MAX_FIELDS {
        return;
    }
    match value {
        Tree::Object(members) => {
            for (name, value) in members {
                let name = name.to_ascii_lowercase();
                add(&name, value, depth + 1, fields);
            }
        }
        Tree::List(elements) => {
            for element in elements.iter().take(MAX_ELEMENTS) {
                add(name, element, depth + 1, fields);
            }
        }
        Tree::Text(text) if !text.trim().is_empty() => {
            fields.push(Field::new(name, text));
        }
        Tree::Number(number) if *number != 0.0 => {
            fields.push(Field::new(name, &number.to_string()));
        }
        _ => {}
    }
}
