//! The line that names an exception, and how long what it says may be.

/// A trace of more lines than this is cut.
pub(super) const MAX_LINES: usize = 1_000;
/// How many lines the message of an exception may go on for.
pub(super) const MAX_MESSAGE_LINES: usize = 20;
/// How much of a message is kept, in bytes.
pub(super) const MAX_MESSAGE: usize = 4 * 1024;

/// `TypeError: text` and nothing before it: the name and the text.
pub(in crate::reading::records) fn header(line: &str) -> Option<(&str, &str)> {
    let (name, message) = match line.split_once(':') {
        Some((name, message)) => (name, message.strip_prefix(' ').unwrap_or(message)),
        None => (line, ""),
    };
    if !is_name(name) {
        return None;
    }
    let last = name.rsplit(['.', '$']).next()?;
    let says_so = [
        "Error",
        "Exception",
        "Exit",
        "Interrupt",
        "Failure",
        "Group",
    ]
    .iter()
    .any(|end| last.ends_with(end));
    // A name with its package is one without such an end, too: `worker.errors.GaveUp: text`.
    let has_package = name.contains('.')
        && line.len() > name.len()
        && last.starts_with(|c: char| c.is_ascii_uppercase())
        && last.bytes().any(|b| b.is_ascii_lowercase());
    (says_so || has_package).then_some((name, message.trim()))
}

/// `TypeError: text`, wherever it stands on the line; what stands before it is dropped.
pub(super) fn exception(line: &str) -> Option<(String, String)> {
    let mut found = None;
    let mut at = 0;
    for part in line.split_inclusive(": ") {
        let name = part
            .trim_end_matches(": ")
            .trim_end_matches(':')
            .rsplit(' ')
            .next()
            .unwrap_or_default();
        at += part.len();
        if header(&format!("{name}:")).is_some() {
            found = Some((name.to_owned(), line[at..].trim().to_owned()));
            break;
        }
    }
    found.or_else(|| {
        let (head, message) = line.split_once(':').unwrap_or((line, ""));
        let name = head.split_whitespace().next_back()?;
        is_name(name).then(|| (name.to_owned(), message.trim().to_owned()))
    })
}

pub(super) fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._$".contains(&b))
}

/// `name: message`, as one text.
pub(super) fn said(name: &str, message: &str) -> String {
    if message.is_empty() {
        name.to_owned()
    } else {
        format!("{name}: {message}")
    }
}

/// Puts a further line behind a message, as far as there is room.
pub(super) fn append(message: &mut String, line: &str) {
    if message.len() + line.len() < MAX_MESSAGE {
        if !message.is_empty() {
            message.push('\n');
        }
        message.push_str(line);
    }
}
