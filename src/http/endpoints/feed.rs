//! `/feed.atom`: what has changed, for readers of feeds.
//!
//! # Design notes
//!
//! An entry is a change of verdict that is in memory: its id is made of the check and the moment, so it
//! stays the same whoever asks, and whichever replica saw it. An incident is an entry, too, whose time
//! moves when it is acknowledged, good again or over. The id of the feed is that of the service.

use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::on;
use jiff::Timestamp;
use maud::{Markup, PreEscaped, html};

use crate::domain::access::Role;
use crate::domain::incident::ShownIncident;
use crate::domain::status::{CheckStatus, Status};
use crate::http::route::{AnswerSchema, Route};
use crate::http::viewer::Viewer;

pub(super) const ROUTE: Route = Route::view(
    &["/feed.atom"],
    "What has changed, as an Atom feed",
    AnswerSchema::Media("application/atom+xml"),
    |method| on(method, feed),
)
.compressed();

async fn feed(viewer: Viewer) -> Response {
    let environment = &viewer.app.settings.deployment.environment;
    let text = render(
        &viewer.app.status(Role::Anybody),
        environment,
        viewer.app.started_at,
        &viewer.base(),
    );
    let media = HeaderValue::from_static("application/atom+xml; charset=utf-8");
    ([(CONTENT_TYPE, media)], text).into_response()
}

/// What was seen to become otherwise, the latest first.
fn changes(status: &Status) -> Vec<(&CheckStatus, Timestamp)> {
    let seen = status.checks.iter().filter(|check| check.since_is_exact);
    let mut changes: Vec<_> = seen
        .filter_map(|check| check.since.map(|since| (check, since)))
        .collect();
    changes.sort_by_key(|(_, since)| std::cmp::Reverse(*since));
    changes
}

/// With whole addresses, as many readers do not complete them.
fn render(status: &Status, environment: &str, started_at: Timestamp, base: &str) -> String {
    let changes = changes(status);
    let times = changes.iter().map(|(_, since)| *since);
    let times = times.chain(status.incidents.iter().map(ShownIncident::changed_at));
    let updated = times.max().unwrap_or(started_at);
    let id = format!("tag:dragonfly-ops,2026:{}", word(environment));
    let feed = html! {
        (PreEscaped("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"))
        feed xmlns="http://www.w3.org/2005/Atom" {
            id { (id) }
            title { "dragonfly-ops, " (environment) }
            updated { (format_args!("{updated:.3}")) }
            author { name { "dragonfly-ops" } }
            (link("alternate", "text/html", &format!("{base}/status")))
            (link("self", "application/atom+xml", &format!("{base}/feed.atom")))
            @for one in &status.incidents {
                entry {
                    id { (id) "/incidents/" (one.name) }
                    title { (one.name) ": " (one.title) " (" (one.state.as_str()) ")" }
                    published { (format_args!("{:.3}", one.detected_at)) }
                    updated { (format_args!("{:.3}", one.changed_at())) }
                    (link("alternate", "text/html", &format!("{base}/incidents/{}", one.name)))
                    summary { (one.severity) ", " (one.state.as_str()) }
                }
            }
            @for (check, since) in changes {
                entry {
                    id { (id) "/" (check.check) "/" (since.as_second()) }
                    title { (check.title) ": " (check.verdict.as_str()) }
                    updated { (format_args!("{since:.3}")) }
                    (link("alternate", "text/html", &format!("{base}/status/{}", check.check)))
                    summary { (check.summary) }
                }
            }
        }
    };
    feed.into_string() + "\n"
}

/// A link with an end, which in HTML, as the macro writes it, has none.
fn link(relation: &str, media: &str, address: &str) -> Markup {
    let address = html! { (address) }.into_string();
    PreEscaped(format!(
        "<link rel=\"{relation}\" type=\"{media}\" href=\"{address}\"/>"
    ))
}

/// What may stand in a tag.
fn word(text: &str) -> String {
    let allowed = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    text.chars().map(allowed).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::history::{Memory, Sample, Series};
    use crate::domain::last_look::LastLook;
    use crate::domain::status::Frame;
    use crate::domain::verdict::Verdict;

    #[test]
    fn an_entry_is_a_change_that_was_seen_and_keeps_its_id() {
        let at = |second: i64| Timestamp::from_second(1_800_000_000 + second).expect("a time");
        let mut memory = Memory::default();
        for (second, verdict) in [(0, Verdict::Ok), (30, Verdict::Critical)] {
            for series in [Series::Db, Series::Queue] {
                let seen = match series {
                    Series::Db => verdict,
                    _ => Verdict::Ok,
                };
                let slot = (at(second), Duration::from_secs(30));
                memory.add(&Sample::new(series, slot, Duration::ZERO).judged(seen, None));
            }
        }
        let fault = || crate::domain::order::refuse("a < b");
        let look = LastLook {
            at: at(32),
            db: Err(fault()),
            supabase: Ok(()),
            activity: Err(fault()),
            left_alone: Vec::new(),
        };
        let feed = |second| {
            let frame = Frame {
                now: at(second),
                interval: 30,
                role: Role::Anybody,
            };
            let status = Status::of(&memory, Some(&look), frame);
            render(&status, "prod & co", at(0), "https://a&b")
        };
        let (first, again) = (feed(33), feed(55));
        assert_eq!(first, again, "nothing has changed");
        for part in [
            "<id>tag:dragonfly-ops,2026:prod---co</id>",
            "<id>tag:dragonfly-ops,2026:prod---co/db/1800000030</id>",
            "<updated>2027-01-15T08:00:30.000Z</updated>",
            "prod &amp; co",
            "<link rel=\"alternate\" type=\"text/html\" href=\"https://a&amp;b/status/db\"/>",
            "<summary>a &lt; b</summary>",
        ] {
            assert!(first.contains(part), "{part}: {first}");
        }
        assert_eq!(
            first.matches("<entry>").count(),
            1,
            "what was so already is no change"
        );
    }
}
