//! Which trace a request is a part of (W3C Trace Context).

use std::sync::Arc;

use axum::http::HeaderMap;
use axum::http::header::HeaderName;

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// How long it is in the version that we know.
const LEN: usize = 55;

/// The id of the trace that `traceparent` names, where it is one.
pub(super) fn id(headers: &HeaderMap) -> Option<Arc<str>> {
    let mut all = headers.get_all(TRACEPARENT).iter();
    let (Some(only), None) = (all.next(), all.next()) else {
        return None;
    };
    parse(only.to_str().ok()?).map(Into::into)
}

fn parse(text: &str) -> Option<&str> {
    let known = text.get(..LEN)?;
    let fields: Vec<_> = known.split('-').collect();
    let [version, trace, parent, flags] = fields.as_slice() else {
        return None;
    };
    let is_hex = |field: &str, len: usize| {
        field.len() == len
            && field
                .bytes()
                .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    let is_id = |field: &str, len: usize| is_hex(field, len) && field.bytes().any(|b| b != b'0');
    // A later version may say more behind it.
    let is_whole = match text.as_bytes().get(LEN) {
        None => true,
        Some(next) => *version != "00" && *next == b'-',
    };
    let is_right = is_hex(version, 2)
        && *version != "ff"
        && is_id(trace, 32)
        && is_id(parent, 16)
        && is_hex(flags, 2)
        && is_whole;
    is_right.then_some(trace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_well_formed_names_a_trace() {
        let (trace, parent) = ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331");
        let zeros = "0".repeat(32);
        for text in [
            format!("00-{trace}-{parent}-01"),
            format!("01-{trace}-{parent}-00"),
            format!("cc-{trace}-{parent}-00-what-comes"),
        ] {
            assert_eq!(parse(&text), Some(trace), "{text}");
        }
        for text in [
            String::new(),
            format!("00-{trace}-{parent}"),
            format!("ff-{trace}-{parent}-01"),
            format!("00-{zeros}-{parent}-01"),
            format!("00-{trace}-{}-01", &zeros[..16]),
            format!("00-{}-{parent}-01", trace.to_uppercase()),
            format!("00-{trace}-{parent}-01-more"),
            format!("01-{trace}-{parent}-01more"),
            format!("0-{trace}-{parent}-001"),
            format!("00-{trace}g-{}-01", &parent[1..]),
            "é".repeat(40),
        ] {
            assert_eq!(parse(&text), None, "{text}");
        }
    }
}
