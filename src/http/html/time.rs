//! Points in time for people: in UTC, and in the reader's own time where the script runs.

use jiff::Timestamp;
use maud::{Markup, html};

use crate::domain::activity::span_of;

/// The minute, and the day where it is not today's.
pub(super) fn point(at: Timestamp, now: Timestamp) -> Markup {
    let is_today = at.strftime("%F").to_string() == now.strftime("%F").to_string();
    let form = if is_today {
        "%H:%M UTC"
    } else {
        "%b %-d, %H:%M UTC"
    };
    html! {
        time datetime=(format_args!("{at:.3}")) data-local { (at.strftime(form)) }
    }
}

/// To the second, in UTC wherever it is read: for what is printed.
pub(super) fn exact(at: Timestamp) -> Markup {
    html! { time datetime=(format_args!("{at:.3}")) { (at.strftime("%Y-%m-%d %H:%M:%S UTC")) } }
}

/// How long ago, in round figures.
pub(super) fn since(at: Timestamp, now: Timestamp) -> String {
    span_of(now.duration_since(at).as_secs())
}

/// Milliseconds with as many digits as they are worth.
pub(super) fn millis(milliseconds: f64) -> String {
    match milliseconds {
        ms if ms < 10.0 => format!("{ms:.1} ms"),
        ms if ms < 1_000.0 => format!("{ms:.0} ms"),
        ms => format!("{:.1} s", ms / 1_000.0),
    }
}
