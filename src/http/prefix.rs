//! Below which path of a proxy we are served (`X-Forwarded-Prefix`).
//!
//! # Design notes
//!
//! It changes only what its own sender is answered, and nothing of that is kept, so anybody may send it;
//! but what is not plainly a path is ignored, as it would lead elsewhere.

use std::sync::Arc;

use axum::http::HeaderMap;
use axum::http::header::HeaderName;

/// Below which path of the proxy we are.
const X_FORWARDED_PREFIX: HeaderName = HeaderName::from_static("x-forwarded-prefix");
/// A longer prefix than this is ignored.
const MAX_LEN: usize = 200;

/// The prefix of a request: empty, or a path without a slash at its end.
pub(super) fn of(headers: &HeaderMap) -> Arc<str> {
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
pub(super) fn is_safe(prefix: &str) -> bool {
    let is_plain = |c: u8| c.is_ascii_alphanumeric() || b"-_.~".contains(&c);
    let is_segment =
        |segment: &str| !matches!(segment, "" | "." | "..") && segment.bytes().all(is_plain);
    let segments = prefix.strip_prefix('/');
    prefix.len() <= MAX_LEN && segments.is_some_and(|segments| segments.split('/').all(is_segment))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_a_path_of_plain_segments_is_a_prefix() {
        let read = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                let value = HeaderValue::from_str(value).expect("a value");
                headers.append(X_FORWARDED_PREFIX, value);
            }
            of(&headers).to_string()
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
}
