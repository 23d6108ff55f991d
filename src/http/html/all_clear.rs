//! The boxes of the all-clear, wherever they are shown.

use maud::{Markup, html};

use crate::domain::incident::ClearBox;
use crate::http::html::verdict::class;

/// The boxes, and what each saw.
pub(super) fn table(label: &str, boxes: &[ClearBox]) -> Markup {
    html! {
        section.scroll tabindex="0" aria-label=(label) { table.told {
            thead { tr { th scope="col" { "Box" } th scope="col" { "Verdict" } th scope="col" { "What was seen" } } }
            tbody { @for one in boxes { tr {
                th scope="row" { (one.name) }
                td { span class={ "word " (class(one.verdict)) } { (one.verdict.as_str()) } }
                td.what { (one.saw) }
            } } }
        } }
    }
}
