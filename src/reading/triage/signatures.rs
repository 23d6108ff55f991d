//! What each cause looks like in the words of whoever noticed it: a table per family.
//!
//! # Design notes
//!
//! The tables follow the producers, since that is how they are kept whole: what a program can say is
//! read off its sources, family by family, and not remembered from the last incident.

mod auth;
mod cancellations;
mod drivers;
mod gotrue;
mod mappers;
mod n8n;
mod network;
mod own;
mod postgres;
mod resources;
mod rust;
mod settings;
mod system;
mod tls;
mod validation;
mod vendors;
mod workers;

use std::sync::LazyLock;

use crate::reading::triage::event::Event;
use crate::reading::triage::needles::Needles;
use crate::reading::triage::sign::{About, Row, Sign};

/// What a pattern begins with that counts only where something else in its event complains, since it
/// is said of what goes well, too.
const SOFT: char = '~';

/// Every table.
const TABLES: &[&[Row]] = &[
    settings::ROWS,
    postgres::ROWS,
    drivers::ROWS,
    rust::ROWS,
    mappers::ROWS,
    network::ROWS,
    tls::ROWS,
    vendors::ROWS,
    auth::ROWS,
    validation::ROWS,
    gotrue::ROWS,
    n8n::ROWS,
    system::ROWS,
    workers::ROWS,
    cancellations::ROWS,
    resources::ROWS,
    own::ROWS,
];

/// The rows, one for each pattern, and the automaton that finds them.
struct Table {
    rows: Vec<(&'static Row, bool)>,
    needles: Needles,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let all = || rows().flat_map(|row| row.patterns.iter().map(move |pattern| (row, *pattern)));
    Table {
        rows: all()
            .map(|(row, pattern)| (row, pattern.starts_with(SOFT)))
            .collect(),
        needles: Needles::new(all().map(|(_, pattern)| pattern.trim_start_matches(SOFT))),
    }
});

/// All rows.
pub(super) fn rows() -> impl Iterator<Item = &'static Row> {
    TABLES.iter().flat_map(|table| table.iter())
}

/// The signs of the tables in an event about `peer`.
pub(super) fn signs(event: &Event, peer: About) -> Vec<Sign> {
    let found = TABLE.needles.find(&event.said, &event.context);
    let has_complaint = |text: &str| COMPLAINTS.iter().any(|word| text.contains(word));
    let complains = event.is_bad || has_complaint(&event.said);
    // `job "retry after timeout" finished`: the name of something, unless what stands around it complains.
    let names_only = !event.is_bad
        && event.said.contains('"')
        && event
            .said
            .trim_start()
            .starts_with(|c: char| c.is_ascii_alphanumeric())
        && !has_complaint(&outside_quotes(&event.said));
    found
        .into_iter()
        .map(|(index, at)| (TABLE.rows[index], at))
        .filter(|((row, is_soft), at)| {
            row.about.includes(peer)
                && (complains || !is_soft)
                && !(names_only && is_quoted(&event.said, *at))
        })
        .map(|((row, _), at)| Sign::new(row.code, row.weight, row.because, at))
        .collect()
}

fn outside_quotes(text: &str) -> String {
    text.split('"').step_by(2).collect::<Vec<_>>().join(" ")
}

/// Whether it stands in quotes behind a word that they name; behind anything else they hold what is said.
fn is_quoted(text: &str, at: usize) -> bool {
    let front = &text[..at];
    let Some(open) = front.rfind('"') else {
        return false;
    };
    front.matches('"').count() % 2 == 1
        && front[..open]
            .strip_suffix(' ')
            .is_some_and(|noun| noun.ends_with(|c: char| c.is_ascii_alphanumeric()))
}

/// What is said only where something went wrong.
const COMPLAINTS: &[&str] = &[
    "error",
    "exception",
    "fail",
    "fatal",
    "panic",
    "critical",
    "cannot",
    "could not",
    "couldn't",
    "can't",
    "unable",
    "unexpected",
    "refused",
    "denied",
    "abort",
    "traceback",
    "invalid",
    "exceeded",
    "expired",
    "due to",
    "canceling",
    "rejected",
    "missing",
    "required",
    "wrong",
    "caused by",
    "errno",
    "killed",
    "stuck",
    "giving up",
    "gave up",
];
