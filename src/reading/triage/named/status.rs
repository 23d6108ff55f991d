//! Statuses of HTTP, where they are named as such.

use crate::domain::taxonomy::Code;
use crate::reading::triage::event::Event;
use crate::reading::triage::sign::{About, BROKE, CAUSE, CLEAR, LIKELY, Sign};

/// Each status that is spoken of, with the words that follow it.
const REASONS: &[(u16, &str)] = &[
    (400, "bad request"),
    (401, "unauthorized"),
    (402, "payment required"),
    (403, "forbidden"),
    (404, "not found"),
    (405, "method not allowed"),
    (406, "not acceptable"),
    (407, "proxy authentication required"),
    (408, "request time"),
    (409, "conflict"),
    (410, "gone"),
    (412, "precondition failed"),
    (413, "payload too large"),
    (413, "request entity too large"),
    (413, "content too large"),
    (415, "unsupported media type"),
    (422, "unprocessable"),
    (429, "too many requests"),
    (499, "client closed"),
    (500, "internal server error"),
    (501, "not implemented"),
    (502, "bad gateway"),
    (503, "service unavailable"),
    (503, "service temporarily unavailable"),
    (504, "gateway time"),
    (540, "project paused"),
];

/// What names the number behind it as a status.
const NAMES: &[&str] = &[
    "http",
    "status",
    "statuscode",
    "status_code",
    "status code",
    "httpcode",
    "http_code",
    "httpstatus",
    "http_status",
    "http status",
    "http error",
    "httperror",
    "response code",
    "response status",
    "responded with",
    "returned error",
    "returned",
    "returned status",
    "returned http",
    "failed with",
    "error code",
    "client error",
    "server error",
    "clienterror",
    "servererror",
    "response",
    "responsecode",
    "got",
    "received",
    "answered",
    "code",
    "returns",
    "gave",
    "replied with",
    "with status",
    "http/1.1",
    "http/1.0",
    "http/2",
    "http/3",
    "httpstatuscode",
    "upload code with status code",
    "title",
];

/// Who answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Vendor {
    Supabase,
    Railway,
    N8n,
    Other,
}

/// The statuses that an event names.
pub(super) fn signs(event: &Event, _peer: About) -> Vec<Sign> {
    let vendor = vendor(&event.context);
    let said = &event.said;
    let bytes = said.as_bytes();
    let mut signs = Vec::new();
    let mut at = 0;
    while let Some(found) = said[at..].find(['4', '5']) {
        let start = at + found;
        at = start + 1;
        let end = start + 3;
        let is_number = end <= bytes.len()
            && bytes[start..end].iter().all(u8::is_ascii_digit)
            && !bytes
                .get(end)
                .is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_' || *b == b'-')
            && !(start > 0
                && (bytes[start - 1].is_ascii_alphanumeric()
                    || b"_-.".contains(&bytes[start - 1])))
            && !(bytes.get(end) == Some(&b'.')
                && bytes.get(end + 1).is_some_and(u8::is_ascii_digit));
        if !is_number {
            continue;
        }
        let Ok(status) = said[start..end].parse::<u16>() else {
            continue;
        };
        if is_status(&said[..start], status, &said[end..])
            && let Some((code, weight)) = meaning(status, vendor)
        {
            signs.push(Sign::new(
                code,
                weight,
                format!("the status {status}"),
                start,
            ));
        }
    }
    signs
}

fn is_status(front: &str, status: u16, behind: &str) -> bool {
    let behind = behind.trim_start_matches([' ', ':', '-', '(', '\'', '"', ',']);
    // `502 Server Error: Bad Gateway for url`.
    let kind = if status < 500 {
        "client error"
    } else {
        "server error"
    };
    if behind.starts_with(kind) {
        return true;
    }
    if REASONS
        .iter()
        .any(|(known, reason)| *known == status && behind.starts_with(reason))
    {
        return true;
    }
    let line = &front[front.rfind('\n').map_or(0, |end| end + 1)..];
    let bare = line.trim_end_matches([' ', '=', ':', '"', '\'', '(', '[', '`', '>', ',']);
    // `HTTP/1.1 502`, and the address of a request followed by what came back.
    let last = bare.rsplit([' ', '"', '{', ',']).next().unwrap_or(bare);
    NAMES.iter().any(|name| {
        bare.strip_suffix(name)
            .is_some_and(|rest| !rest.ends_with(|c: char| c.is_ascii_alphanumeric()))
    }) || (last.starts_with("http") && line.len() - bare.len() == 1)
}

fn vendor(context: &str) -> Vendor {
    let names = |needles: &[&str]| needles.iter().any(|needle| context.contains(needle));
    if names(&[
        "supabase",
        "sb-error-code",
        "postgrest",
        "edge function",
        "/rest/v1/",
        "/auth/v1/",
        "/functions/v1/",
        "/storage/v1/",
    ]) {
        Vendor::Supabase
    } else if names(&["railway"]) {
        Vendor::Railway
    } else if names(&["n8n", "nodeapierror"]) {
        Vendor::N8n
    } else {
        Vendor::Other
    }
}

fn meaning(status: u16, vendor: Vendor) -> Option<(Code, u8)> {
    Some(match (status, vendor) {
        (429, _) => (Code::VendorRateLimited, CAUSE),
        (499, _) => (Code::Cancelled, CLEAR),
        (540 | 544 | 546, _) | (520..=527 | 530, Vendor::Supabase | Vendor::Other) => {
            (Code::VendorSupabase, CLEAR)
        }
        (401 | 402 | 403 | 500..=599, Vendor::Supabase) => (Code::VendorSupabase, CLEAR - 2),
        (500..=599, Vendor::Railway) => (Code::VendorRailway, CLEAR),
        (404 | 400 | 500..=599, Vendor::N8n) => (Code::VendorN8n, BROKE),
        (404, Vendor::Supabase) => (Code::ValSchema, LIKELY),
        (401, _) => (Code::AuthInvalid, LIKELY),
        (403, _) => (Code::AuthForbidden, LIKELY),
        (407, _) => (Code::ConfigInvalid, LIKELY),
        (408 | 504, _) => (Code::NetTimeout, LIKELY),
        // More than that something broke: who answered has nobody behind it.
        (502 | 503, _) => (Code::NetRefused, BROKE + 2),
        (400 | 405 | 406 | 411 | 413 | 414 | 415 | 416 | 417 | 422 | 431, _) => {
            (Code::ValInput, LIKELY)
        }
        (404 | 410, _) => (Code::ValInput, BROKE),
        (409 | 412 | 428, _) => (Code::ValData, BROKE),
        (500, _) => (Code::Internal, BROKE),
        _ => return None,
    })
}
