//! Who wrote a line of text, and what is left of it as the message.

use crate::reading::records::level::Level;
use crate::reading::records::stack_trace::header;

/// What a line says behind its level, and the name of whoever wrote it.
pub(super) fn behind_level<'a>(before: &'a str, behind: &'a str) -> (Option<&'a str>, &'a str) {
    // `ERROR/ForkPoolWorker-1] text`, `ERRO[0000] text`
    let behind = match behind.as_bytes().first() {
        Some(b'/') => behind.split_once("] ").map_or(behind, |(_, text)| text),
        Some(b'[') => behind
            .split_once("] ")
            .filter(|(seconds, _)| seconds[1..].bytes().all(|b| b.is_ascii_digit()))
            .map_or(behind, |(_, text)| text),
        _ => behind,
    };
    // `ERROR:app.jobs:text`, as Python writes it without a format.
    if let Some((name, text)) = behind
        .strip_prefix(':')
        .and_then(|rest| rest.split_once(':'))
        && is_logger(name)
    {
        return (Some(name), text);
    }
    // `error\tjobs.go:31\ttext`, as zap writes it.
    if let Some((place, text)) = behind
        .strip_prefix('\t')
        .and_then(|rest| rest.split_once('\t'))
        && is_logger(place)
    {
        return (Some(place), text);
    }
    let text = behind.trim_start_matches([']', '>', ')', ':', ' ', '-', '|', '\t']);
    // `[error] 31#31: *5 text`, as nginx writes it.
    let text = Some(text)
        .filter(|text| text.starts_with(|c: char| c.is_ascii_digit()))
        .and_then(|text| text.split_once(": "))
        .filter(|(process, _)| {
            process.contains('#') && process.bytes().all(|b| b.is_ascii_digit() || b == b'#')
        })
        .map_or(text, |(_, rest)| {
            let number = rest.strip_prefix('*').and_then(|rest| rest.split_once(' '));
            number.map_or(rest, |(_, text)| text)
        });
    // `ERROR 7 --- [app] [main] app.Jobs : text`, as Spring writes it.
    if text.starts_with(|c: char| c.is_ascii_digit())
        && let Some((_, rest)) = behind.split_once(" --- [")
        && let Some((head, text)) = rest.split_once(" : ")
    {
        let name = head.trim_end().rsplit(' ').next();
        return (name.filter(|name| is_logger(name)), text.trim_start());
    }
    // `app.jobs - ERROR - text`
    let name = before
        .trim_matches([' ', '-', '|', '[', ']', ':', '\t'])
        .rsplit([' ', '\t'])
        .next()
        .filter(|name| is_logger(name));
    // `ERROR app.jobs - text`
    if let Some((target, rest)) = text.split_once(' ')
        && let Some(text) = rest.strip_prefix("- ")
        && target.contains('.')
        && is_logger(target)
    {
        return (Some(target), text);
    }
    let (target, text) = target(text);
    (name.or(target), text)
}

/// `request{id=7}: app::jobs: text`, `app.jobs: text`: the name with its package, and the text.
fn target(text: &str) -> (Option<&str>, &str) {
    let (mut name, mut rest) = (None, text);
    loop {
        let mut depth = 0_i32;
        let Some(end) = rest.bytes().position(|b| {
            match b {
                b'{' => depth += 1,
                b'}' => depth -= 1,
                _ => {}
            }
            depth == 0 && b == b' '
        }) else {
            break;
        };
        let Some(word) = rest[..end].strip_suffix(':') else {
            break;
        };
        let is_span = word.contains('{') && word.ends_with('}');
        // A name in capitals is what went wrong: `PG::ConnectionBad: text`.
        let is_module = word
            .rsplit(['.', ':'])
            .next()
            .is_some_and(|last| !last.starts_with(|c: char| c.is_ascii_uppercase()));
        let is_target = (word.contains("::") || word.contains('.'))
            && is_module
            && is_logger(word)
            && header(&rest[..end]).is_none();
        if !is_span && !is_target {
            break;
        }
        if is_target {
            name = Some(word);
        }
        rest = rest[end..].trim_start();
    }
    (name, rest)
}

fn is_logger(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._:$/@-".contains(&b))
        && Level::of_word(name).is_none()
}
