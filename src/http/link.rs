//! Where links lead behind a proxy that serves us below a path of its own (`X-Forwarded-Prefix`).
//!
//! # Design notes
//!
//! The prefix goes with the task that answers, and not with each page, model and row down to whatever
//! writes a link: what does not know of it cannot forget to hand it on. It changes only what its own
//! sender is answered, and nothing of that is kept, so anybody may send it; but what is not plainly a
//! path is ignored, as it would lead elsewhere.

use std::sync::Arc;

use axum::http::HeaderMap;
use axum::http::header::HeaderName;
use serde_json::Value;

/// Below which path of the proxy we are.
const X_FORWARDED_PREFIX: HeaderName = HeaderName::from_static("x-forwarded-prefix");
/// A longer prefix than this is ignored.
const MAX_LEN: usize = 200;

tokio::task_local! {
    static PREFIX: Arc<str>;
}

/// The prefix of a request: empty, or a path without a slash at its end.
pub(super) fn prefix(headers: &HeaderMap) -> Arc<str> {
    let mut all = headers.get_all(X_FORWARDED_PREFIX).iter();
    let prefix = match (all.next(), all.next()) {
        (Some(one), None) => one.to_str().unwrap_or_default(),
        // Two proxies, of which nobody knows which one is outside; and hardly anybody is below one.
        _ => return Arc::default(),
    };
    let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
    if is_safe(prefix) { prefix } else { "" }.into()
}

/// Whether it is a path of plain segments.
fn is_safe(prefix: &str) -> bool {
    let is_plain = |c: u8| c.is_ascii_alphanumeric() || b"-_.~".contains(&c);
    let is_segment =
        |segment: &str| !matches!(segment, "" | "." | "..") && segment.bytes().all(is_plain);
    let segments = prefix.strip_prefix('/');
    prefix.len() <= MAX_LEN && segments.is_some_and(|segments| segments.split('/').all(is_segment))
}

/// Answers below this prefix.
pub(super) async fn below<F: Future>(prefix: Arc<str>, answer: F) -> F::Output {
    PREFIX.scope(prefix, answer).await
}

/// The prefix of the request that is being answered; empty where there is none.
pub(super) fn current() -> Arc<str> {
    PREFIX.try_with(Arc::clone).unwrap_or_default()
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
    use axum::http::HeaderValue;
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

    #[test]
    fn only_a_path_of_plain_segments_is_a_prefix() {
        let read = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                let value = HeaderValue::from_str(value).expect("a value");
                headers.append(X_FORWARDED_PREFIX, value);
            }
            prefix(&headers).to_string()
        };
        assert_eq!(read(&[]), "");
        for (sent, expected) in [
            ("/ops", "/ops"),
            ("/ops/", "/ops"),
            ("/a-b/c_d/e.f~1", "/a-b/c_d/e.f~1"),
        ] {
            assert_eq!(read(&[sent]), expected);
        }
        let long = format!("/{}", "a".repeat(MAX_LEN));
        for sent in [
            "",
            "/",
            "//",
            "ops",
            "//evil.example.com",
            "/ops//x",
            "/..",
            "/a/../b",
            "/./a",
            "/a?b",
            "/a#b",
            "/a b",
            "/a\"b",
            "/<script>",
            "/%2e%2e",
            "/a;b",
            "/a, /b",
            "/a\\b",
            "https://evil.example.com",
            "/é",
            &long,
        ] {
            assert_eq!(read(&[sent]), "", "{sent}");
        }
        assert_eq!(read(&["/a", "/b"]), "");
    }

    #[tokio::test]
    async fn what_is_ours_leads_below_the_prefix_and_nothing_else_does() {
        assert_eq!(to("/status"), "/status");
        let (link, other, document) = below("/ops".into(), async {
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
