//! Where links lead behind a proxy that serves us below a path of its own (`X-Forwarded-Prefix`).
//!
//! # Design notes
//!
//! The prefix goes with the task that answers, and not with each page, model and row down to whatever
//! writes a link: what does not know of it cannot forget to hand it on.

use std::sync::Arc;

use serde_json::Value;

use crate::http::context::Context;
use crate::http::prefix::is_safe;

/// The prefix of the request that is being answered; empty where there is none.
pub(super) fn current() -> Arc<str> {
    Context::current(|context| Arc::clone(&context.prefix)).unwrap_or_default()
}

/// Where a path of ours is reached. What leads elsewhere stays as it is.
pub(super) fn to(path: &str) -> String {
    if path.starts_with('/') && !path.starts_with("//") {
        format!("{}{path}", current())
    } else {
        path.to_owned()
    }
}

/// The page of ours that somebody is led back to where they came from this path: what has no page below it is left out,
/// as there a form may have led. Nothing where it is no page of ours.
pub(super) fn page(path: &str) -> Option<&str> {
    let mut ends = path.match_indices('/').map(|(at, _)| at).skip(1);
    let (first, second) = (ends.next(), ends.next());
    let is_page = ["/status", "/incidents", "/errors", "/quiet"]
        .contains(&&path[..first.unwrap_or(path.len())]);
    let page = &path[..second.unwrap_or(path.len())];
    (is_page && is_safe(page)).then_some(page)
}

/// Lets the links in a document lead below the prefix: what a program may follow stands in `type`, `url`
/// and `instance`, wherever it comes from.
pub(super) fn lead(document: &mut Value) {
    match document {
        Value::Array(values) => values.iter_mut().for_each(lead),
        Value::Object(members) => {
            for (name, value) in members {
                match (name.as_str(), value) {
                    // They are told the prefix itself.
                    ("servers", _) => {}
                    ("type", Value::String(link)) if !link.starts_with("/errors/") => {}
                    ("type" | "url" | "instance", Value::String(link)) => *link = to(link),
                    (_, value) => lead(value),
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue};
    use serde_json::json;

    use super::*;

    #[test]
    fn whoever_signs_in_is_led_back_to_a_page_of_ours_and_nowhere_else() {
        for (path, back) in [
            ("/status", "/status"),
            ("/status/db", "/status/db"),
            ("/incidents/DB-1", "/incidents/DB-1"),
            ("/incidents/DB-1/attach", "/incidents/DB-1"),
            ("/errors/DFE-DB-002", "/errors/DFE-DB-002"),
        ] {
            assert_eq!(page(path), Some(back));
        }
        for path in [
            "",
            "/",
            "/sign-in",
            "/deeds",
            "/statuses",
            "//evil.example.com",
            "/\\evil.example.com",
            "https://evil.example.com/status",
            "/status/../deeds",
            "/status/%2e%2e",
            "/incidents//evil",
        ] {
            assert_eq!(page(path), None, "{path}");
        }
    }

    #[tokio::test]
    async fn what_is_ours_leads_below_the_prefix_and_nothing_else_does() {
        assert_eq!(to("/status"), "/status");
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-prefix", HeaderValue::from_static("/ops"));
        let context = Context::new(&headers, "/".into(), None, &[]);
        let (link, other, document) = context.answers(async {
            let mut document = json!({
                "type": "/errors/DFE-DB-001", "instance": "/api/health/db", "detail": "/x",
                "rows": [{ "type": "/a/job", "url": "/status/db" }, { "url": "https://a/b" }, { "url": "//a/b" }],
                "servers": [{ "url": "/ops" }],
            });
            lead(&mut document);
            (to("/status"), to("#main"), document)
        })
        .await;
        assert_eq!((&*link, &*other), ("/ops/status", "#main"));
        let expected = json!({
            "type": "/ops/errors/DFE-DB-001", "instance": "/ops/api/health/db", "detail": "/x",
            "rows": [{ "type": "/a/job", "url": "/ops/status/db" }, { "url": "https://a/b" }, { "url": "//a/b" }],
            "servers": [{ "url": "/ops" }],
        });
        assert_eq!(document, expected);
    }
}
