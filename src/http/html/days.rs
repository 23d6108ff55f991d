//! Ninety days in a row, a cell each.
//!
//! # Design notes
//!
//! A cell is a button with the name of its day, so that a screen reader can read it and a finger can
//! press it: it leads to the day on the page of its check. The row is one tab stop, today's; the
//! script moves it with the arrow keys. A stylesheet draws the cells by height and pattern as well as
//! by colour.

use maud::{Markup, html};

use crate::domain::history::Series;
use crate::domain::status::{Day, Mark};
use crate::http::link;

/// How many days are shown where it is narrow.
const NARROW: usize = 30;

/// The name of its class.
pub(super) const fn class(mark: Mark) -> &'static str {
    match mark {
        Mark::Ok => "ok",
        Mark::Part => "part",
        Mark::Warning => "warning",
        Mark::Critical => "critical",
        Mark::Unknown => "unknown",
    }
}

/// The row of a check.
pub(super) fn row(check: Series, days: &[Day]) -> Markup {
    let old = days.len().saturating_sub(NARROW);
    let last = days.len().saturating_sub(1);
    html! {
        form.days method="get" action={ (link::to("/status/")) (check) } {
            div role="toolbar" aria-label={ (check.title()) ", day by day" } {
                @for (nth, day) in days.iter().enumerate() {
                    button class={ "day " (class(day.share.mark())) @if nth < old { " old" } }
                        type="submit" name="day" value=(day.date) tabindex=(if nth == last { "0" } else { "-1" })
                        aria-label=(day.told()) {}
                }
            }
        }
    }
}

/// What the cells mean.
pub(super) fn legend() -> Markup {
    let rows = [
        (Mark::Ok, "well"),
        (Mark::Warning, "warning"),
        (Mark::Critical, "critical at some time"),
        (Mark::Part, "well, partly not known"),
        (Mark::Unknown, "not known"),
    ];
    html! {
        ul.legend {
            @for (mark, word) in rows {
                li { span class={ "day " (class(mark)) } {} (word) }
            }
        }
    }
}
