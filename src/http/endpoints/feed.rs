//! `/feed.atom`: what has changed, for readers of feeds.
//!
//! # Design notes
//!
//! An entry is a change of verdict that is in memory: its id is made of the check and the moment, so it
//! stays the same whoever asks, and whichever replica saw it. The id of the feed is that of the service.

use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::on;
use jiff::Timestamp;
use maud::{PreEscaped, html};

use crate::domain::access::Role;
use crate::domain::status::{CheckStatus, Status};
use crate::http::route::{AnswerSchema, Route};
use crate::http::viewer::Viewer;

pub(super) const ROUTE: Route = Route::view(
    &["/feed.atom"],
    "What has changed, as an Atom feed",
    AnswerSchema::Media("application/atom+xml"),
    |method| on(method, feed),
);

async fn feed(viewer: Viewer) -> Response {
    let environment = &viewer.app.settings.deployment.environment;
    let text = render(
        &viewer.app.status(Role::Anybody),
        environment,
        viewer.app.started_at,
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

fn render(status: &Status, environment: &str, started_at: Timestamp) -> String {
    let changes = changes(status);
    let updated = changes.first().map_or(started_at, |(_, since)| *since);
    let id = format!("urn:dragonfly-ops:{}", word(environment));
    let feed = html! {
        (PreEscaped("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"))
        feed xmlns="http://www.w3.org/2005/Atom" {
            id { (id) }
            title { "dragonfly-ops, " (environment) }
            updated { (format_args!("{updated:.3}")) }
            author { name { "dragonfly-ops" } }
            (PreEscaped("<link rel=\"alternate\" type=\"text/html\" href=\"/status\"/>"))
            (PreEscaped("<link rel=\"self\" type=\"application/atom+xml\" href=\"/feed.atom\"/>"))
            @for (check, since) in changes {
                entry {
                    id { (id) ":" (check.check) ":" (since.as_second()) }
                    title { (check.title) ": " (check.verdict.as_str()) }
                    updated { (format_args!("{since:.3}")) }
                    (PreEscaped(format!("<link rel=\"alternate\" type=\"text/html\" href=\"/status/{}\"/>", check.check)))
                    summary { (check.summary) }
                }
            }
        }
    };
    feed.into_string() + "\n"
}

/// What may stand in a URN.
fn word(text: &str) -> String {
    let allowed = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    text.chars().map(allowed).collect()
}
