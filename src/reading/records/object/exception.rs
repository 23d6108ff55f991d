//! An exception inside of an object, in any of the shapes that loggers give it.

use super::tree::Tree;
use crate::reading::records::record::{Field, is_telling};
use crate::reading::records::stack_trace::{Exception, Language, StackTrace, header};

/// How many frames and lines of a trace are put together.
const MAX_LINES: usize = 1_000;

/// What was found of an exception.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) name: Option<String>,
    pub(super) message: Option<String>,
    pub(super) trace: Option<String>,
    pub(super) cause: Option<String>,
}

/// Reads what stands under `error`, `exception`, `thrown` and the like.
pub(super) fn read(tree: &Tree<'_>, fields: &mut Vec<Field>) -> Found {
    match tree {
        Tree::Text(text) => Found {
            trace: Some(text.clone().into_owned()),
            ..Found::default()
        },
        // structlog has a list of exceptions, pydantic and others have lines.
        Tree::List(list) => match list.first() {
            Some(first @ Tree::Object(_)) if first.member("exc_type").is_some() => {
                read(first, fields)
            }
            _ => Found {
                trace: lines(tree),
                ..Found::default()
            },
        },
        Tree::Object(members) => {
            for (name, value) in members {
                let name = name.to_ascii_lowercase();
                if is_telling(&name) {
                    match value {
                        Tree::Text(text) if !text.is_empty() => {
                            fields.push(Field::new(&name, text));
                        }
                        Tree::Number(number) => {
                            fields.push(Field::new(&name, &number.to_string()));
                        }
                        _ => {}
                    }
                }
            }
            let cause = tree
                .member("cause")
                .filter(|cause| matches!(cause, Tree::Object(_)));
            Found {
                name: tree
                    .text(&["name", "type", "class", "kind", "exc_type", "Name", "Type"])
                    .map(str::to_owned),
                message: tree
                    .text(&[
                        "message",
                        "msg",
                        "value",
                        "exc_value",
                        "description",
                        "Message",
                    ])
                    .map(str::to_owned),
                trace: [
                    "stack",
                    "traceback",
                    "stack_trace",
                    "stackTrace",
                    "stacktrace",
                    "backtrace",
                    "extendedStackTrace",
                    "frames",
                ]
                .iter()
                .find_map(|name| lines(tree.member(name)?)),
                cause: cause.and_then(|cause| {
                    let inner = read(cause, &mut Vec::new());
                    inner.cause.or(inner.name.map(|name| {
                        match inner.message.filter(|said| !said.is_empty()) {
                            Some(said) => format!("{name}: {said}"),
                            None => name,
                        }
                    }))
                }),
            }
        }
        _ => Found::default(),
    }
}

/// The lines of a trace, whether it is a text, a list of texts or a list of frames.
pub(super) fn lines(tree: &Tree<'_>) -> Option<String> {
    match tree {
        Tree::Text(text) if !text.is_empty() => Some(text.clone().into_owned()),
        Tree::List(list) if !list.is_empty() => {
            let mut text = String::new();
            for item in list.iter().take(MAX_LINES) {
                match item {
                    Tree::Text(line) => text.push_str(line.trim_end_matches('\n')),
                    Tree::Object(_) => text.push_str(&frame(item)),
                    _ => continue,
                }
                text.push('\n');
            }
            Some(text)
        }
        _ => None,
    }
}

/// A frame that is an object, as its language would write it.
fn frame(tree: &Tree<'_>) -> String {
    let file = tree
        .text(&["filename", "file", "source", "fileName", "path"])
        .unwrap_or("Unknown Source");
    let function = tree
        .text(&["method", "func", "function", "methodName", "name"])
        .unwrap_or("?");
    let line = match tree
        .member("line")
        .filter(|line| !matches!(line, Tree::Text(text) if text.parse::<u32>().is_err()))
        .or_else(|| tree.member("lineno"))
        .or_else(|| tree.member("lineNumber"))
    {
        Some(Tree::Number(number)) => number.to_string(),
        Some(Tree::Text(number)) => number.clone().into_owned(),
        _ => "0".to_owned(),
    };
    if let Some(class) = tree.text(&["class", "className", "declaringClass"]) {
        // Lines below zero are those of native methods.
        if line.starts_with('-') || file == "Unknown Source" {
            return format!("\tat {class}.{function}(Unknown Source)");
        }
        return format!("\tat {class}.{function}({file}:{line})");
    }
    if file.strip_suffix(".go").is_some() {
        return format!("{function}(...)\n\t{file}:{line}");
    }
    if file.strip_suffix(".py").is_some() || tree.member("lineno").is_some() {
        return format!("  File \"{file}\", line {line}, in {function}");
    }
    format!("    at {function} ({file}:{line}:1)")
}

impl Found {
    /// The exception, and its trace. A trace has the last word on what it is of: only where it does
    /// not say do the members.
    pub(super) fn finish(self, message: &str) -> (Option<Exception>, Option<String>) {
        let Self {
            name,
            message: said,
            trace,
            cause,
        } = self;
        let text = trace.as_deref().unwrap_or_default();
        let whole = StackTrace::of_text(text).or_else(|| of_message(message));
        if let Some(mut exception) = whole {
            exception.name = name.unwrap_or(exception.name);
            exception.message = said.unwrap_or(exception.message);
            exception.cause = cause.or(exception.cause);
            return (Some(exception), trace);
        }
        let frame = StackTrace::frame_of(text);
        let (name, said) = match (name, said) {
            (Some(name), said) => (name, said.unwrap_or_default()),
            // The header of a trace whose frames nobody can read.
            (None, said) => match text.lines().next().and_then(header) {
                Some((name, rest)) => (name.to_owned(), said.unwrap_or_else(|| rest.to_owned())),
                None if frame.is_some() => (
                    "error".to_owned(),
                    said.unwrap_or_else(|| message.to_owned()),
                ),
                None => return (None, trace),
            },
        };
        let (language, frame) = frame.unwrap_or((Language::Unknown, String::new()));
        let exception = Exception {
            language,
            name,
            message: said,
            frame,
            cause,
        };
        (Some(exception), trace)
    }
}

/// What the message itself says of an exception.
fn of_message(message: &str) -> Option<Exception> {
    message
        .contains('\n')
        .then(|| StackTrace::of_text(message))?
}
