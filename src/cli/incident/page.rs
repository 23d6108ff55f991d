//! One incident, for whoever was woken by it: 80 columns, and what to do next before what has been.

use std::fmt::Write as _;

use jiff::Timestamp;
use textwrap::{Options, WordSplitter, fill};

use super::next::{look_at, steps};
use super::times::{budget_left, utc};
use crate::cli::render::{columns, printable, span};
use crate::cli::suffix::Suffix;
use crate::domain::incident::{CaptureWhen, ShownEntry, ShownIncident, State, size};

const COLUMNS: usize = 80;
/// So much of a hash tells it apart from others.
const HASH_CHARS: usize = 12;

/// All of it.
pub(super) fn whole(one: &ShownIncident, suffix: &Suffix, now: Timestamp) -> String {
    brief(one, suffix, now)
        + &budgets(one, now)
        + &remedies(one, suffix)
        + &boxes(one)
        + &evidence(one)
        + &timeline(one)
}

/// How it stands, and what to do next.
pub(super) fn brief(one: &ShownIncident, suffix: &Suffix, now: Timestamp) -> String {
    headline(one, now) + &next(one, suffix, now)
}

/// A text from elsewhere, as lines of the terminal's width: nothing of it is left out, and no word is cut.
fn wrapped(first: &str, rest: &str, text: &str) -> String {
    let options = Options::new(COLUMNS)
        .subsequent_indent(rest)
        .break_words(false)
        .word_splitter(WordSplitter::NoHyphenation);
    let mut lines = String::new();
    for (at, line) in text.lines().enumerate() {
        let indent = if at == 0 { first } else { rest };
        let options = options.clone().initial_indent(indent);
        lines.push_str(&fill(printable(line).trim_end(), options));
        lines.push('\n');
    }
    lines
}

fn headline(one: &ShownIncident, now: Timestamp) -> String {
    let began = utc(one.began_at, "%Y-%m-%d %H:%M:%S UTC");
    let until = one.resolved_at.unwrap_or(now);
    let took = span(Some(until.duration_since(one.began_at).as_secs_f64()));
    let when = match one.resolved_at {
        Some(over) => format!(
            "from {began} to {} ({took})",
            utc(over, "%Y-%m-%d %H:%M:%S UTC")
        ),
        None => format!("since {began} ({took})"),
    };
    let who = match (&one.acknowledged_by, one.state) {
        (Some(who), State::Resolved | State::Closed) => format!("{who} had it"),
        (Some(who), _) => format!("{who} has it"),
        (None, State::Resolved | State::Closed) => match one.acknowledged_at {
            Some(_) => "somebody had it".to_owned(),
            None => "nobody is known to have had it".to_owned(),
        },
        (None, _) if one.is_held => "somebody has it".to_owned(),
        (None, _) => "NOBODY HAS IT".to_owned(),
    };
    let state = one.state.as_str();
    let quiet = match one.is_quiet {
        true => "; nobody is told of it: a quiet window lasts",
        false => "",
    };
    let text = format!(
        "{}, {}: {}, {state}, {when}; {who}{quiet}",
        one.name, one.title, one.severity
    );
    wrapped("", "  ", &printable(&text))
}

fn next(one: &ShownIncident, suffix: &Suffix, now: Timestamp) -> String {
    let mut text = String::new();
    let look = one.merged_into.is_none().then(|| look_at(one, suffix));
    for step in look.flatten().into_iter().chain(steps(one, suffix, now)) {
        text.push_str(&wrapped("  ", "    ", &step.what));
        if let Some(command) = step.command {
            // On one line whatever its length: it is copied.
            let _ = writeln!(text, "    {}", printable(&command));
        }
    }
    match text.is_empty() {
        true => text,
        false => format!("\nNext\n{text}"),
    }
}

fn budgets(one: &ShownIncident, now: Timestamp) -> String {
    if one.budgets.is_empty() {
        return String::new();
    }
    let rows: Vec<_> = one
        .budgets
        .iter()
        .map(|budget| {
            let stands = match (budget.done, budget.is_late) {
                (Some(at), is_late) => format!(
                    "done{} {}",
                    if is_late { " LATE," } else { "" },
                    utc(at, "%H:%M:%S")
                ),
                (None, _) => budget_left(budget, now),
            };
            let due = utc(budget.due, "%Y-%m-%d %H:%M");
            [format!("  {}", budget.step.title()), due, stands]
        })
        .collect();
    format!("\n{}", columns(&["Checklist", "due (UTC)", ""], &rows))
}

fn boxes(one: &ShownIncident) -> String {
    let mut text = String::new();
    if let Some(good) = one.good_again {
        let minutes = |seconds: u64| seconds / 60;
        let (good, of) = (minutes(good.good_seconds), minutes(good.of_seconds));
        let _ = writeln!(text, "  good for {good} of {of} min");
    }
    if let Some(all_clear) = &one.all_clear {
        let open = all_clear.boxes.iter().filter(|one| !one.is_green());
        for one in open {
            let said = format!("{} {}: {}", one.verdict.as_str(), one.name, one.saw);
            text.push_str(&wrapped("  ", "    ", &said));
        }
        if all_clear.boxes.is_empty() {
            text.push_str("  nobody has looked at the boxes yet\n");
        } else if all_clear.open().is_empty() {
            text.push_str("  every box is green\n");
        }
    }
    match text.is_empty() {
        true => text,
        false => format!("\nAll-clear\n{text}"),
    }
}

/// What may mend it: the command that shows what it would change, where it is seen to what it would be done.
fn remedies(one: &ShownIncident, suffix: &Suffix) -> String {
    let all = one.remedies.as_deref().unwrap_or_default();
    let mut text = String::new();
    for remedy in all {
        text.push_str(&wrapped("  ", "    ", &format!("{}:", remedy.title)));
        let commands = [
            Some(&remedy.look),
            remedy.preview.as_ref(),
            remedy.command.as_ref(),
        ];
        for command in commands.into_iter().flatten() {
            // On one line whatever its length: it is copied.
            let command = suffix.of_command(command);
            let _ = writeln!(text, "    {}", printable(&command));
        }
    }
    match text.is_empty() {
        true => text,
        false => format!("\nWhat may mend it; each is shown with --dry-run first\n{text}"),
    }
}

fn evidence(one: &ShownIncident) -> String {
    let all = one.evidence.as_deref().unwrap_or_default();
    if all.is_empty() {
        return String::new();
    }
    let mut text = "\nEvidence (UTC)\n".to_owned();
    for piece in all {
        let first = format!("  {}  ", utc(piece.at, "%H:%M:%S"));
        let hash: String = piece.sha256.chars().take(HASH_CHARS).collect();
        let when = piece.occasion.map_or("attached", CaptureWhen::title);
        let (name, size) = (printable(&piece.name), size(piece.bytes));
        let said = format!("{name}, {when}: {size}, sha256 {hash}");
        text.push_str(&wrapped(&first, &" ".repeat(first.len()), &said));
    }
    text
}

fn timeline(one: &ShownIncident) -> String {
    let Some(entries) = &one.timeline else {
        return "\nWhat happened is told to whoever presents a token in DRAGONFLY_TOKEN.\n"
            .to_owned();
    };
    let mut text = "\nTimeline (UTC)\n".to_owned();
    let mut day = String::new();
    for entry in entries {
        let its = utc(entry.at, "%Y-%m-%d");
        if its != day {
            let _ = writeln!(text, "  {its}");
            day = its;
        }
        text.push_str(&happened(entry));
    }
    text
}

fn happened(entry: &ShownEntry) -> String {
    let first = format!("  {}  ", utc(entry.at, "%H:%M:%S"));
    let rest = " ".repeat(first.len());
    wrapped(
        &first,
        &rest,
        &format!("{}: {}", printable(&entry.who), entry.text),
    )
}
