//! From what the gateway or `PostgREST` said to a code.
//!
//! # Design notes
//!
//! Of a vendor's body only `code` is used, and only if it has the form of one. Its prose is neither
//! answered nor logged: it is foreign text, and what it says is said better by the code.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::HeaderMap;

use crate::adapters::peer::rate_limited;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::key_validity::KeyValidity;
use crate::domain::taxonomy::Code;

const TIMEOUT_CHECK: &str = "Supabase status page (https://status.supabase.com/)";

/// How long to wait after a 429 that does not say, and at most.
const RATE_WAIT: Duration = Duration::from_secs(30);
const LONGEST_RATE_WAIT: Duration = Duration::from_secs(600);

/// An answer, as far as it was read.
#[derive(Debug)]
pub(super) struct RestResponse<'a> {
    /// The HTTP status.
    pub(super) status: u16,
    /// The headers.
    pub(super) headers: &'a HeaderMap,
    /// The body, or the beginning of it.
    pub(super) body: &'a [u8],
    /// Whether the body is whole.
    pub(super) complete: bool,
    /// The table that was asked for.
    pub(super) table: &'a str,
    /// The key that it was asked for with.
    pub(super) key: KeyValidity,
    /// When it was answered.
    pub(super) now: Timestamp,
}

/// An answer that is no success.
#[derive(Debug)]
pub(super) struct Refusal {
    /// The fault.
    pub(super) fault: Fault,
    /// Whether the key was rejected, so that it must not be tried again soon.
    pub(super) rejected: bool,
}

/// What is wrong with an answer, or nothing.
pub(super) fn classify(answer: &RestResponse<'_>) -> Option<Refusal> {
    let code = error_code(answer);
    let fault = match answer.status {
        200 if is_rows(answer) => return None,
        200 => vendor("Supabase answered 200 with a body that is not the JSON asked for.")
            .check_first("SUPABASE_URL, then Supabase status page"),
        status => by_code(code.as_deref(), answer).unwrap_or_else(|| by_status(status, answer)),
    };
    // 42501 travels as 401 or 403 as well, but there the key is good.
    let rejected = matches!(answer.status, 401 | 403) && fault.code != Code::AuthForbidden;
    let fault = match answer.key.expiry(answer.now) {
        Some(expiry) if rejected => Fault::new(Code::AuthInvalid, expiry)
            .check_first(first_checks(answer.key.variable).expired),
        Some(_) | None => fault,
    };
    let cause = match &code {
        Some(code) => format!("HTTP {}, code {code}", answer.status),
        None => format!("HTTP {}", answer.status),
    };
    Some(Refusal {
        fault: fault.caused_by(vec![cause]),
        rejected,
    })
}

fn is_rows(answer: &RestResponse<'_>) -> bool {
    answer.complete
        && serde_json::from_slice::<serde_json::Value>(answer.body)
            .is_ok_and(|value| value.is_array())
}

/// The code of the error: from the body, or else from `Proxy-Status`.
fn error_code(answer: &RestResponse<'_>) -> Option<String> {
    let from_body = serde_json::from_slice::<serde_json::Value>(answer.body)
        .ok()
        .and_then(|body| {
            body.get("code")
                .and_then(serde_json::Value::as_str)
                .map(str::to_owned)
        });
    let from_header = || {
        let text = answer.headers.get("proxy-status")?.to_str().ok()?;
        text.split_once("error=")
            .map(|(_, code)| code.trim().to_owned())
    };
    from_body.or_else(from_header).filter(|code| {
        (5..=10).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_alphanumeric())
    })
}

fn vendor(detail: impl Into<std::borrow::Cow<'static, str>>) -> Fault {
    Fault::new(Code::VendorSupabase, detail)
}

fn by_code(code: Option<&str>, answer: &RestResponse<'_>) -> Option<Fault> {
    let table = answer.table;
    let fault = match code? {
        "42501" => Fault::new(
            Code::AuthForbidden,
            format!(
                "The key is good, but its role may not read {table}: GRANT SELECT ON {table} TO service_role (or the \
                 role of the key)."
            ),
        )
        .check_first("The grants of the table that SUPABASE_HEALTH_TABLE names"),
        "PGRST301" | "PGRST302" | "PGRST303" => Fault::new(Code::AuthInvalid, bad_token(answer.key))
            .check_first(first_checks(answer.key.variable).rejected),
        "PGRST000" | "PGRST001" | "PGRST002" => vendor(
            "PostgREST cannot reach the database, or the Data API is switched off. A schema reload will not help.",
        )
        .of_kind(FaultKind::RestWithoutDatabase)
        .check_first("Database pooler status; /api/health/db"),
        "PGRST003" => vendor("PostgREST's pool timed out: no connection to the database became free.")
            .check_first("Long-running queries, pool exhaustion"),
        "PGRST202" | "PGRST204" | "PGRST205" | "42P01" | "42883" => missing_table(table),
        "PGRST106" => Fault::new(
            Code::ValSchema,
            "The schema that is asked for is not exposed by PostgREST.",
        )
        .check_first("Exposed schemas in the Data API settings"),
        "42703" => Fault::new(
            Code::ValSchema,
            format!("The table {table} has no column id, which the check reads."),
        )
        .of_kind(FaultKind::NoIdColumn)
        .check_first("SUPABASE_HEALTH_TABLE, then reload the PostgREST schema"),
        "57014" => vendor("The database cancelled PostgREST's statement: it ran for too long.")
            .check_first("Long-running queries, pool exhaustion"),
        _ => return None,
    };
    Some(fault)
}

/// What to look at first where a key is of no use.
struct KeyChecks {
    rejected: &'static str,
    expired: &'static str,
}

/// A first check is fixed text, so there is one for each name that the key can be set under.
fn first_checks(variable: &str) -> KeyChecks {
    match variable {
        "SUPABASE_SECRET_KEY" => KeyChecks {
            rejected: "API key validity: SUPABASE_SECRET_KEY, against the project's API keys",
            expired: "A new key in SUPABASE_SECRET_KEY, then redeploy",
        },
        _ => KeyChecks {
            rejected: "API key validity: SUPABASE_SERVICE_ROLE_KEY, against the project's API keys",
            expired: "A new key in SUPABASE_SERVICE_ROLE_KEY, then redeploy",
        },
    }
}

fn bad_token(key: KeyValidity) -> String {
    let variable = key.variable;
    match key.expires_at {
        Some(at) => format!(
            "Supabase did not accept the token in {variable}: it is malformed or signed with another secret. By our \
             clock it does not expire before {at}."
        ),
        None => format!(
            "Supabase did not accept the token in {variable}: it is expired, malformed or signed with another secret."
        ),
    }
}

fn missing_table(table: &str) -> Fault {
    Fault::new(
        Code::ValSchema,
        format!("PostgREST does not know the table {table}: its schema cache is stale, or the table is missing."),
    )
    .of_kind(FaultKind::StaleSchemaCache)
    .check_first("reload the PostgREST schema")
}

fn by_status(status: u16, answer: &RestResponse<'_>) -> Fault {
    match status {
        401 | 403 => vendor(format!(
            "Supabase's gateway rejected the API key in {} (HTTP {status}): it is unknown, or of the wrong kind.",
            answer.key.variable
        ))
        .check_first(first_checks(answer.key.variable).rejected),
        402 => vendor("The Supabase project is restricted (HTTP 402): a limit was exceeded or a payment is overdue.")
            .check_first("Usage and billing in the Supabase dashboard"),
        404 => missing_table(answer.table),
        429 => rate_limited("Supabase", answer.headers, RATE_WAIT, LONGEST_RATE_WAIT),
        540 => vendor("The Supabase project is paused (HTTP 540).")
            .check_first("Whether the project was paused: restore it in the Supabase dashboard"),
        544 => vendor("Supabase's gateway got no answer from its own backend in time (HTTP 544).")
            .check_first(TIMEOUT_CHECK),
        520..=530 => vendor(format!("The edge in front of Supabase could not reach it (HTTP {status})."))
            .check_first(TIMEOUT_CHECK),
        300..=399 => vendor(format!("Supabase answered with a redirect (HTTP {status}), which was not followed."))
            .check_first("SUPABASE_URL"),
        _ => vendor(format!("Supabase answered HTTP {status}.")),
    }
}

/// The fault of a request that was given up at the deadline, by the phase that it was in.
pub(super) fn overdue(phase: Option<&'static str>, timeout: Duration) -> Fault {
    let within = format!("{} s", timeout.as_secs_f64());
    match phase {
        Some("dns") => Fault::new(
            Code::NetDns,
            format!("The host name in SUPABASE_URL was not resolved within {within}."),
        )
        .check_first("The host name in SUPABASE_URL"),
        Some("connect") => Fault::new(
            Code::NetTimeout,
            format!("Supabase did not complete a connection within {within}."),
        ),
        Some("body") => Fault::new(
            Code::NetTimeout,
            format!("Supabase began an answer and did not end it within {within}."),
        ),
        Some(_) | None => Fault::new(
            Code::NetTimeout,
            format!("Supabase did not answer within {within}."),
        ),
    }
}

#[cfg(test)]
mod tests;
