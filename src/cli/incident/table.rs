//! Incidents as a table.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::next::show;
use super::times::utc;
use crate::cli::render::{columns, printable, span};
use crate::cli::suffix::Suffix;
use crate::domain::incident::{ShownIncident, ToldIncidents};

/// All of them, and how the first of them is shown.
pub(super) fn page(found: &ToldIncidents, suffix: &Suffix, now: Timestamp) -> String {
    let all = &found.incidents;
    let live = all.iter().filter(|one| one.state.is_live()).count();
    let mut text = match live {
        0 if !found.is_whole => "Nothing goes on that is known there".to_owned(),
        0 => "Nothing goes on".to_owned(),
        1 => "One incident goes on".to_owned(),
        many => format!("{many} incidents go on"),
    };
    text.push('\n');
    // Writing into a string cannot fail.
    let _ = match (&found.unread, found.is_whole) {
        (Some(why), _) => writeln!(
            text,
            "What the database knows of incidents cannot be read: {}",
            printable(why)
        ),
        (None, false) => writeln!(
            text,
            "What the database knows of earlier incidents has not been read yet."
        ),
        (None, true) => Ok(()),
    };
    for one in &found.quiet {
        let (until, about) = (one.local(one.end), one.about());
        // Writing into a string cannot fail.
        let _ = writeln!(
            text,
            "Nobody is told until {until}: a quiet window lasts, of {about}."
        );
    }
    if all.is_empty() {
        return text;
    }
    text.push('\n');
    let rows: Vec<_> = all.iter().map(|one| row(one, now)).collect();
    let headings = ["incident", "", "state", "noticed (UTC)", "took", "what"];
    text.push_str(&columns(&headings, &rows));
    if let Some(first) = all.first().filter(|one| one.state.is_live()) {
        // Writing into a string cannot fail.
        let _ = writeln!(
            text,
            "\nWhat to do next: {}",
            show(first.name.as_str(), suffix)
        );
    }
    text
}

fn row(one: &ShownIncident, now: Timestamp) -> [String; 6] {
    [
        one.name.to_string(),
        one.severity.to_string(),
        one.state.as_str().to_owned(),
        utc(one.detected_at, "%Y-%m-%d %H:%M"),
        span(Some(one.took(now))),
        one.title.clone(),
    ]
}
