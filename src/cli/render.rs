//! The one renderer: what commands say to people, as a table or as lines.
//!
//! stdout is the answer; everything else goes to stderr.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use crate::cli::exit::{UNCHECKED, UNHEALTHY};
use crate::domain::check::{Check, worst};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::pause::EVERY_TYPE;
use crate::domain::verdict::Verdict;

/// The exit code of a verdict: a warning is no reason to stop a script.
pub(super) fn exit_code(verdict: Verdict) -> ExitCode {
    match verdict {
        Verdict::Ok | Verdict::Warning => ExitCode::SUCCESS,
        Verdict::Unknown => ExitCode::from(UNCHECKED),
        Verdict::Critical => ExitCode::from(UNHEALTHY),
    }
}

/// Rows, grouped by the part of their id before the dot, between what all of them come to: it is seen where a reader
/// begins, and where the terminal stands.
pub(super) fn table(checks: &[Check], all: &[Check]) -> String {
    // Writing into a string cannot fail.
    let mut text = match checks {
        [] => String::new(),
        _ => format!("{}\n", verdict(all)),
    };
    let mut group = "";
    let folds = Folds::of(checks);
    for (at, check) in checks.iter().enumerate() {
        if folds.folded.contains(&at) {
            continue;
        }
        let of = check.id.split('.').next().unwrap_or_default();
        if of != group {
            if !group.is_empty() {
                text.push('\n');
            }
            let _ = writeln!(text, "{of}\n{}", "-".repeat(of.len()));
            group = of;
        }
        text.push_str(&row(check, is_coloured()));
        if let Some(count) = folds.below.get(&at) {
            let _ = writeln!(
                text,
                "    {count} more {} on {}: not looked at, and listed by --output json",
                if *count == 1 {
                    "row rests"
                } else {
                    "rows rest"
                },
                check.id
            );
        }
    }
    text + &end(all)
}

/// Rows as they are, without a heading.
pub(super) fn rows(checks: &[Check]) -> String {
    checks
        .iter()
        .map(|check| row(check, is_coloured()))
        .collect()
}

/// What stands below all rows.
pub(super) fn end(checks: &[Check]) -> String {
    format!("\n{}", verdict(checks))
}

/// The worst of all rows, and how many there are of each.
fn verdict(checks: &[Check]) -> String {
    format!("{}: {}\n", worst(checks).as_str(), tally(checks))
}

/// Whether a reader of stdout takes colours, and wants them (`NO_COLOR`).
fn is_coloured() -> bool {
    io::stdout().is_terminal() && console::colors_enabled()
}

/// Says on stderr what stands in the way, why, and what to look at first.
pub(super) fn fault(fault: &Fault) {
    eprintln!("dragonfly-ops: {}", printable(&fault.to_string()));
    let what = match fault.kind {
        Some(FaultKind::RowsHidden) => "what it lacks",
        _ => "caused by",
    };
    for cause in &fault.causes {
        eprintln!("  {what}: {}", printable(cause));
    }
    eprintln!("  first check: {}", fault.first_check());
}

/// Writes to stdout. A reader that went away (`| head`) is no error of ours.
pub(super) fn print(text: &str) {
    let _ = io::stdout().lock().write_all(text.as_bytes());
}

/// Text from elsewhere, safe for a terminal: no control character reaches it.
pub(super) fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// The members of an object, as `name value, name value`.
pub(super) fn members(value: &serde_json::Value) -> String {
    let Some(object) = value.as_object() else {
        return value.to_string();
    };
    let members: Vec<_> = object
        .iter()
        .map(|(name, value)| match value {
            serde_json::Value::String(text) => format!("{name} {text}"),
            serde_json::Value::Null if name == "job_type" => format!("{name} {EVERY_TYPE}"),
            serde_json::Value::Null => format!("{name} none"),
            serde_json::Value::Object(_) => format!("{name} ({})", members(value)),
            other => format!("{name} {other}"),
        })
        .collect();
    members.join(", ")
}

/// Rows below their headings, each column as wide as it has to be; the last one is not filled up.
pub(super) fn columns<R: AsRef<[String]>>(headings: &[&str], rows: &[R]) -> String {
    let headings: Vec<_> = headings.iter().map(|cell| (*cell).to_owned()).collect();
    let cells = rows.iter().map(|row| {
        let row = row.as_ref().iter();
        row.map(|cell| printable(cell)).collect()
    });
    let printed: Vec<Vec<String>> = std::iter::once(headings).chain(cells).collect();
    let mut text = String::new();
    for row in &printed {
        for (at, cell) in row.iter().enumerate() {
            let widest = printed.iter().map(|row| row[at].chars().count()).max();
            let width = if at + 1 == row.len() {
                0
            } else {
                widest.unwrap_or(0) + 2
            };
            // Writing into a string cannot fail.
            let _ = write!(text, "{cell:width$}");
        }
        text.truncate(text.trim_end_matches(' ').len());
        text.push('\n');
    }
    text
}

/// Which rows of a table are one line below the row that they rest on: what a database that is down
/// leaves unknown is said once. Programs get every row.
#[derive(Debug, Default, PartialEq, Eq)]
struct Folds {
    /// The rows that are not shown.
    folded: BTreeSet<usize>,
    /// How many of them are said below a row.
    below: BTreeMap<usize, usize>,
}

impl Folds {
    fn of(checks: &[Check]) -> Self {
        let mut by_root: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (at, check) in checks.iter().enumerate() {
            if let Some(root) = check.rests_on.and_then(|id| root(checks, id)) {
                by_root.entry(root).or_default().push(at);
            }
        }
        // In place of one row there would be one line.
        by_root.retain(|_, rows| rows.len() > 1);
        Self {
            below: by_root
                .iter()
                .map(|(root, rows)| (*root, rows.len()))
                .collect(),
            folded: by_root.into_values().flatten().collect(),
        }
    }
}

/// The last row of that id that rests on nothing itself, or of what that one rests on.
fn root(checks: &[Check], id: &'static str) -> Option<usize> {
    let mut id = id;
    // No chain is longer than there are rows.
    for _ in checks {
        let mut of_id = checks
            .iter()
            .enumerate()
            .filter(|(_, check)| check.id == id);
        let stands =
            |(_, check): &(usize, &Check)| check.rests_on.is_none() && check.verdict != Verdict::Ok;
        if let Some((at, _)) = of_id.clone().rfind(stands) {
            return Some(at);
        }
        id = of_id.find_map(|(_, check)| check.rests_on)?;
    }
    None
}

/// Says that a list goes on.
pub(super) fn more(truncated: bool) -> String {
    if truncated {
        "... and more that are not listed\n".to_owned()
    } else {
        String::new()
    }
}

/// Seconds for people: `35 s`, `12 min`, `3.5 h`, `2 d`.
pub(super) fn span(seconds: Option<f64>) -> String {
    match seconds {
        None => String::new(),
        Some(s) if s < 0.0 => "in the future".to_owned(),
        Some(s) if s < 120.0 => format!("{s:.0} s"),
        Some(s) if s < 7_200.0 => format!("{:.0} min", s / 60.0),
        Some(s) if s < 172_800.0 => format!("{:.1} h", s / 3_600.0),
        Some(s) => format!("{:.0} d", s / 86_400.0),
    }
}

fn row(check: &Check, colour: bool) -> String {
    let (mark, paint) = match check.verdict {
        Verdict::Ok => ("√", "32"),
        Verdict::Warning => ("‼", "33"),
        Verdict::Unknown => ("?", "35"),
        Verdict::Critical => ("×", "31"),
    };
    let mark = if colour {
        format!("\u{1b}[{paint}m{mark}\u{1b}[0m")
    } else {
        mark.to_owned()
    };
    let subject = check
        .subject
        .as_ref()
        .map(|subject| format!(" [{}]", printable(subject)))
        .unwrap_or_default();
    let code = check
        .code
        .map(|code| format!(" {code}"))
        .unwrap_or_default();
    let mut text = format!(
        "{mark} {}{subject}{code}: {} ({:.0} ms)\n",
        check.id,
        printable(&check.summary),
        check.took.as_secs_f64() * 1000.0
    );
    if let Some(advice) = check
        .advice
        .as_ref()
        .filter(|_| check.verdict != Verdict::Ok)
    {
        let _ = writeln!(text, "    {}", printable(advice));
    }
    text
}

fn tally(checks: &[Check]) -> String {
    let count = |verdict| {
        checks
            .iter()
            .filter(|check| check.verdict == verdict)
            .count()
    };
    let parts: Vec<String> = [
        Verdict::Critical,
        Verdict::Unknown,
        Verdict::Warning,
        Verdict::Ok,
    ]
    .into_iter()
    .map(|verdict| (count(verdict), verdict.as_str()))
    .filter(|(count, _)| *count > 0)
    .map(|(count, word)| format!("{count} {word}"))
    .collect();
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folds(
        rows: &[(&'static str, Verdict, Option<&'static str>)],
    ) -> (Vec<usize>, Vec<(usize, usize)>) {
        let checks: Vec<_> = rows
            .iter()
            .map(|(id, verdict, rests_on)| {
                let check = Check::new(id, *verdict, "x");
                match rests_on {
                    Some(before) => check.rests_on(before),
                    None => check,
                }
            })
            .collect();
        let Folds { folded, below } = Folds::of(&checks);
        (folded.into_iter().collect(), below.into_iter().collect())
    }

    #[test]
    fn what_rests_on_a_row_that_failed_is_one_line_below_it() {
        use Verdict::{Critical, Ok, Unknown};
        let reach = ("database.reach", Critical, None);
        let below = |id| (id, Unknown, Some("database.reach"));
        assert_eq!(
            folds(&[reach, below("a"), ("b", Ok, None), below("c")]),
            (vec![1, 3], vec![(0, 2)])
        );
        // One row stays.
        assert_eq!(folds(&[reach, below("a")]), (vec![], vec![]));
        // It is said below the last of several, and below what the row itself rests on.
        let valid = ("settings.valid", Critical, None);
        let reach = ("database.reach", Unknown, Some("settings.valid"));
        assert_eq!(
            folds(&[valid, valid, reach, below("a"), below("c")]),
            (vec![2, 3, 4], vec![(1, 3)])
        );
    }

    #[test]
    fn nothing_is_folded_into_a_row_that_is_not_there_or_is_well() {
        use Verdict::{Ok, Unknown};
        let below = |id| (id, Unknown, Some("database.reach"));
        assert_eq!(folds(&[below("a"), below("b")]), (vec![], vec![]));
        let well = ("database.reach", Ok, None);
        assert_eq!(folds(&[well, below("a"), below("b")]), (vec![], vec![]));
        // A circle ends.
        let circle = [("a", Unknown, Some("b")), ("b", Unknown, Some("a"))];
        assert_eq!(folds(&circle), (vec![], vec![]));
        // Rows of one id may rest on another of that id.
        let cache = |rests_on| ("postgrest.schema-cache", Unknown, rests_on);
        let on = Some("postgrest.schema-cache");
        assert_eq!(
            folds(&[cache(None), cache(on), cache(on)]),
            (vec![1, 2], vec![(0, 2)])
        );
    }

    #[test]
    fn spans_are_for_people() {
        let spans = [0.4, 119.0, 600.0, 12_600.0, 172_801.0, -5.0].map(|s| span(Some(s)));
        let expected = ["0 s", "119 s", "10 min", "3.5 h", "2 d", "in the future"];
        assert_eq!(spans, expected);
    }
}
