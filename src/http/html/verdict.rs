//! A verdict for the eye: a shape, a word and a colour, so that none of them is needed.

use maud::{Markup, html};

use crate::domain::verdict::Verdict;

/// The name of its class.
pub(super) const fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ok => "v-ok",
        Verdict::Warning => "v-warning",
        Verdict::Unknown => "v-unknown",
        Verdict::Critical => "v-critical",
    }
}

/// A colour for where no stylesheet reaches: dark enough for white letters.
pub(in crate::http) const fn color(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ok => "#0b7a57",
        Verdict::Warning => "#8a5a00",
        Verdict::Unknown => "#5b6472",
        Verdict::Critical => "#b3261e",
    }
}

/// Its shape: a disc, a triangle, an octagon, an empty square. The word stands beside it.
pub(super) fn shape(verdict: Verdict) -> Markup {
    html! {
        svg.shape viewBox="0 0 24 24" aria-hidden="true" focusable="false" {
            @match verdict {
                Verdict::Ok => {
                    circle cx="12" cy="12" r="11" {}
                    path.glyph d="M7 12.5l3.5 3.5L17 9" {}
                }
                Verdict::Warning => {
                    path d="M12 1.5L23.3 21.5H.7z" {}
                    path.glyph d="M12 9v5.5M12 18v.5" {}
                }
                Verdict::Critical => {
                    path d="M7.4 1h9.2L23 7.4v9.2L16.6 23H7.4L1 16.6V7.4z" {}
                    path.glyph d="M8 8l8 8M16 8l-8 8" {}
                }
                Verdict::Unknown => {
                    path.hatch d="M3 12l9-9M3 21L21 3M12 21l9-9" {}
                    rect.frame x="2" y="2" width="20" height="20" {}
                }
            }
        }
    }
}

/// Shape and word.
pub(super) fn pill(verdict: Verdict) -> Markup {
    pill_of(verdict, verdict.as_str())
}

/// Shape and another word than that of the verdict.
pub(super) fn pill_of(verdict: Verdict, word: &str) -> Markup {
    html! {
        span class={ "pill " (class(verdict)) } { (shape(verdict)) span { (word) } }
    }
}

/// What stands in the tab.
pub(super) fn tab_icon(verdict: Option<Verdict>) -> String {
    let shape = match verdict.unwrap_or(Verdict::Unknown) {
        Verdict::Ok => "%3Ccircle cx='12' cy='12' r='10'/%3E",
        Verdict::Warning => "%3Cpath d='M12 2L23 21H1z'/%3E",
        Verdict::Critical => "%3Cpath d='M7.4 1h9.2L23 7.4v9.2L16.6 23H7.4L1 16.6V7.4z'/%3E",
        Verdict::Unknown => {
            "%3Crect x='3' y='3' width='18' height='18' fill='none' stroke='%235b6472' stroke-width='4'/%3E"
        }
    };
    let fill = verdict.map_or("%235b6472".to_owned(), |verdict| {
        color(verdict).replace('#', "%23")
    });
    format!(
        "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='{fill}'%3E{shape}%3C/svg%3E"
    )
}
