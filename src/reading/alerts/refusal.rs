//! Why a body is refused, with the place of the fault. None repeats a value of the body.

use serde_json::Value;

use crate::domain::fault::{Fault, FaultKind};
use crate::domain::taxonomy::Code;

/// How many bytes are read.
pub const MAX_BYTES: usize = 256 * 1024;
/// How many alerts are read of one body.
pub const MAX_ALERTS: usize = 100;

/// Where to look when a body is refused for its shape.
const TEMPLATE: &str = "The template of its sender, at the place that is named";

pub(super) fn too_many_bytes() -> Fault {
    Fault::new(
        Code::ValInput,
        format!(
            "The alert is too large: at most {} kB are read.",
            MAX_BYTES / 1024
        ),
    )
    .of_kind(FaultKind::TooLarge)
    .check_first("Whether its sender can leave something out")
}

pub(super) fn too_many_alerts() -> Fault {
    Fault::new(
        Code::ValInput,
        format!("The alert is too large: at most {MAX_ALERTS} alerts are read of one body."),
    )
    .of_kind(FaultKind::TooLarge)
    .check_first("Whether its sender can send fewer at once (Alertmanager: max_alerts)")
}

/// `of` says of what, where it is not the body itself.
pub(super) fn not_json(error: &serde_json::Error, text: &[u8], of: &str) -> Fault {
    let said = error.to_string();
    // What it says is a sentence of the parser, of no word of the body, with the place behind it.
    let what = said
        .rsplit_once(" at line ")
        .map_or(said.as_str(), |(what, _)| what);
    // A line break where none may be is counted as the beginning of the next line.
    let (line, column) = match (error.line(), error.column()) {
        (line @ 2.., 0) => {
            let before = text.split(|byte| *byte == b'\n').nth(line - 2);
            (line - 1, before.unwrap_or_default().len() + 1)
        }
        place => place,
    };
    Fault::new(
        Code::ValInput,
        format!("The alert is not JSON: {what} at line {line}, column {column}{of}."),
    )
    .check_first(
        "Whether its sender escapes backslashes and line breaks in the texts that it fills in; Gatus does not",
    )
}

pub(super) fn empty() -> Fault {
    Fault::new(Code::ValInput, "The alert is empty: the body has no text.")
        .check_first("Whether its sender has a body configured")
}

pub(super) fn no_form() -> Fault {
    Fault::new(
        Code::ValInput,
        "The alert is not a form: the body has no parts, or does not end as its content type says.",
    )
    .check_first("Whether its sender can send JSON")
}

/// The member at `place` is of another kind than is needed.
pub(super) fn wrong_kind(place: &str, found: &Value, needed: &str) -> Fault {
    let found = match found {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    wrong(place, found, needed)
}

/// What stands at `place` is not what is needed.
pub(super) fn wrong(place: &str, found: &str, needed: &str) -> Fault {
    Fault::new(
        Code::ValSchema,
        format!("The alert cannot be read: {place} is {found}, and {needed} is needed."),
    )
    .check_first(TEMPLATE)
}

/// The object at `place` is of none of the known shapes.
pub(super) fn no_shape(place: &str, members: &str, needed: &str) -> Fault {
    Fault::new(
        Code::ValSchema,
        format!(
            "The alert has none of the known shapes: {place} has {members}, and {needed} is needed."
        ),
    )
    .check_first(TEMPLATE)
}
