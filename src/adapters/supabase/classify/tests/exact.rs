//! Each cause in full: its words, what to look at first, how long to wait.

use super::*;
use crate::adapters::peer::Peer;
use crate::adapters::supabase::probe::PROFILE;
use crate::reading::redact::Redactor;

fn refusal(answer: &RestResponse<'_>) -> Refusal {
    classify(answer).expect("it is no success")
}

#[test]
fn each_answer_says_what_happened_and_what_to_look_at_first() {
    let vendor = Code::VendorSupabase;
    let missing = "PostgREST does not know the table plaintiffs: its schema cache is stale, or the table is missing.";
    let reload = Some("reload the PostgREST schema");
    let token = "Supabase did not accept the token in SUPABASE_SERVICE_ROLE_KEY: it is expired, malformed or signed \
                 with another secret.";
    let rejected =
        Some("API key validity: SUPABASE_SERVICE_ROLE_KEY, against the project's API keys");
    let database = "PostgREST cannot reach the database, or the Data API is switched off. \
                    A schema reload will not help.";
    let pooler = Some("Database pooler status; /api/health/db");
    let long = Some("Long-running queries, pool exhaustion");
    let page = Some("Supabase status page (https://status.supabase.com/)");
    for (status, code, expected, first_check, detail) in [
        (
            403,
            "42501",
            Code::AuthForbidden,
            Some("The grants of the table that SUPABASE_HEALTH_TABLE names"),
            "The key is good, but its role may not read plaintiffs: GRANT SELECT ON plaintiffs TO service_role \
             (or the role of the key).",
        ),
        (401, "PGRST301", Code::AuthInvalid, rejected, token),
        (401, "PGRST302", Code::AuthInvalid, rejected, token),
        (401, "PGRST303", Code::AuthInvalid, rejected, token),
        (503, "PGRST000", vendor, pooler, database),
        (503, "PGRST001", vendor, pooler, database),
        (503, "PGRST002", vendor, pooler, database),
        (
            504,
            "PGRST003",
            vendor,
            long,
            "PostgREST's pool timed out: no connection to the database became free.",
        ),
        (400, "PGRST202", Code::ValSchema, reload, missing),
        (400, "PGRST204", Code::ValSchema, reload, missing),
        (400, "PGRST205", Code::ValSchema, reload, missing),
        (400, "42P01", Code::ValSchema, reload, missing),
        (400, "42883", Code::ValSchema, reload, missing),
        (404, "", Code::ValSchema, reload, missing),
        (
            406,
            "PGRST106",
            Code::ValSchema,
            Some("Exposed schemas in the Data API settings"),
            "The schema that is asked for is not exposed by PostgREST.",
        ),
        (
            400,
            "42703",
            Code::ValSchema,
            Some("SUPABASE_HEALTH_TABLE, then reload the PostgREST schema"),
            "The table plaintiffs has no column id, which the check reads.",
        ),
        (
            500,
            "57014",
            vendor,
            long,
            "The database cancelled PostgREST's statement: it ran for too long.",
        ),
        (
            401,
            "",
            vendor,
            rejected,
            "Supabase's gateway rejected the API key in SUPABASE_SERVICE_ROLE_KEY (HTTP 401): it is unknown, or of the \
             wrong kind.",
        ),
        (
            403,
            "",
            vendor,
            rejected,
            "Supabase's gateway rejected the API key in SUPABASE_SERVICE_ROLE_KEY (HTTP 403): it is unknown, or of the \
             wrong kind.",
        ),
        (
            402,
            "",
            vendor,
            Some("Usage and billing in the Supabase dashboard"),
            "The Supabase project is restricted (HTTP 402): a limit was exceeded or a payment is overdue.",
        ),
        (
            429,
            "",
            Code::VendorRateLimited,
            None,
            "Supabase asked for fewer requests (HTTP 429).",
        ),
        (
            540,
            "",
            vendor,
            Some("Whether the project was paused: restore it in the Supabase dashboard"),
            "The Supabase project is paused (HTTP 540).",
        ),
        (
            544,
            "",
            vendor,
            page,
            "Supabase's gateway got no answer from its own backend in time (HTTP 544).",
        ),
        (
            520,
            "",
            vendor,
            page,
            "The edge in front of Supabase could not reach it (HTTP 520).",
        ),
        (
            530,
            "",
            vendor,
            page,
            "The edge in front of Supabase could not reach it (HTTP 530).",
        ),
        (
            300,
            "",
            vendor,
            Some("SUPABASE_URL"),
            "Supabase answered with a redirect (HTTP 300), which was not followed.",
        ),
        (
            399,
            "",
            vendor,
            Some("SUPABASE_URL"),
            "Supabase answered with a redirect (HTTP 399), which was not followed.",
        ),
        (519, "", vendor, None, "Supabase answered HTTP 519."),
        (531, "", vendor, None, "Supabase answered HTTP 531."),
        (299, "", vendor, None, "Supabase answered HTTP 299."),
        (400, "PGRST999", vendor, None, "Supabase answered HTTP 400."),
    ] {
        let fault = fault_of(status, code, &[]);
        assert_eq!(
            (
                fault.code,
                fault.first_check.as_deref(),
                fault.detail.as_ref()
            ),
            (expected, first_check, detail),
            "{status} {code}"
        );
        let cause = match code {
            "" => format!("HTTP {status}"),
            code => format!("HTTP {status}, code {code}"),
        };
        assert_eq!(fault.causes, [cause]);
    }
}

#[test]
fn an_answer_of_200_without_rows_is_no_rejection() {
    let headers = HeaderMap::new();
    let refused = refusal(&RestResponse {
        status: 200,
        headers: &headers,
        body: b"<html>",
        complete: true,
        table: "t",
        key: LASTING,
        now: Timestamp::UNIX_EPOCH,
    });
    assert!(!refused.rejected);
    assert_eq!(refused.fault.code, Code::VendorSupabase);
    assert_eq!(
        refused.fault.first_check(),
        "SUPABASE_URL, then Supabase status page"
    );
    assert_eq!(
        refused.fault.detail,
        "Supabase answered 200 with a body that is not the JSON asked for."
    );
}

#[test]
fn a_code_has_five_to_ten_letters_and_digits_wherever_it_stands() {
    let causes = |body: &str, header: Option<&str>| {
        let mut headers = HeaderMap::new();
        if let Some(header) = header {
            headers.insert("proxy-status", header.parse().expect("a header"));
        }
        let answer = RestResponse {
            status: 500,
            headers: &headers,
            body: body.as_bytes(),
            complete: true,
            table: "t",
            key: LASTING,
            now: Timestamp::UNIX_EPOCH,
        };
        refusal(&answer).fault.causes.concat()
    };
    for (body, header, expected) in [
        (r#"{"code":"A2345"}"#, None, "HTTP 500, code A2345"),
        (
            r#"{"code":"A234567890"}"#,
            None,
            "HTTP 500, code A234567890",
        ),
        (r#"{"code":"A234"}"#, None, "HTTP 500"),
        (r#"{"code":"A2345678901"}"#, None, "HTTP 500"),
        (r#"{"code":"A23 5"}"#, None, "HTTP 500"),
        (r#"{"code":12345}"#, None, "HTTP 500"),
        ("[]", None, "HTTP 500"),
        (
            "",
            Some("PostgREST; error=PGRST001"),
            "HTTP 500, code PGRST001",
        ),
        (
            "",
            Some("PostgREST; error= PGRST001 "),
            "HTTP 500, code PGRST001",
        ),
        ("", Some("PostgREST"), "HTTP 500"),
        (
            r#"{"code":"57014"}"#,
            Some("PostgREST; error=PGRST001"),
            "HTTP 500, code 57014",
        ),
    ] {
        assert_eq!(causes(body, header), expected, "{body} {header:?}");
    }
}

#[test]
fn a_rate_limit_has_two_ends() {
    for (header, expected) in [
        ("1", 1),
        ("600", 600),
        ("601", 600),
        (" 5 ", 5),
        ("1.5", 30),
        ("Wed, 21 Oct 2026 07:28:00 GMT", 30),
    ] {
        let fault = fault_of(429, "", &[("retry-after", header)]);
        let expected = Duration::from_secs(expected);
        assert_eq!(fault.retry_after, Some(expected), "{header}");
    }
    assert_eq!(fault_of(503, "", &[("retry-after", "7")]).retry_after, None);
}

#[test]
fn what_was_given_up_is_named_by_its_phase() {
    let timeout = Duration::from_millis(2_500);
    let name = Some("The host name in SUPABASE_URL");
    for (phase, code, first_check, detail) in [
        (
            Some("dns"),
            Code::NetDns,
            name,
            "The host name in SUPABASE_URL was not resolved within 2.5 s.",
        ),
        (
            Some("connect"),
            Code::NetTimeout,
            None,
            "Supabase did not complete a connection within 2.5 s.",
        ),
        (
            Some("body"),
            Code::NetTimeout,
            None,
            "Supabase began an answer and did not end it within 2.5 s.",
        ),
        (
            Some("headers"),
            Code::NetTimeout,
            None,
            "Supabase did not answer within 2.5 s.",
        ),
        (
            None,
            Code::NetTimeout,
            None,
            "Supabase did not answer within 2.5 s.",
        ),
    ] {
        let fault = overdue(phase, timeout);
        assert_eq!(
            (
                fault.code,
                fault.first_check.as_deref(),
                fault.detail.as_ref()
            ),
            (code, first_check, detail)
        );
    }
}

/// Errors of the client cannot be made by hand: these are real ones, of a port where nobody listens
/// and of one where something else answers.
#[tokio::test]
async fn an_error_of_the_client_has_its_code() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0");
    let listener = listener.await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let serve = tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        for answer in [
            "SSH-2.0-x\r\n",
            "",
            "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n",
        ] {
            let (mut stream, _) = listener.accept().await.expect("a caller");
            // All of it: what is left unread when the stream goes would break the connection.
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                let read = stream.read_buf(&mut request).await;
                assert_ne!(read.expect("a request"), 0, "it is whole");
            }
            stream.write_all(answer.as_bytes()).await.expect("it reads");
        }
        // From here on nobody listens.
    });
    let peer = Peer::new(&PROFILE, None, Redactor::default(), |client| client);
    let peer = peer.expect("a client");
    let mut found = Vec::new();
    for _ in 0..4 {
        let request = peer.client.get(format!("http://127.0.0.1:{port}/"));
        let fault = match peer.send(request).await {
            Ok(mut answer) => peer
                .read(&mut answer, 99)
                .await
                .expect_err("it is cut short"),
            Err(fault) => fault,
        };
        assert!(!fault.causes.is_empty());
        found.push((fault.code, fault.detail.into_owned()));
        if found.len() == 3 {
            while !serve.is_finished() {
                tokio::task::yield_now().await;
            }
        }
    }
    let expected = [
        (
            Code::VendorSupabase,
            "What answers at SUPABASE_URL does not speak HTTP.",
        ),
        (
            Code::NetRefused,
            "Supabase closed the connection without a whole answer.",
        ),
        (
            Code::NetRefused,
            "The connection to Supabase failed or was broken.",
        ),
        (Code::NetRefused, "Supabase refused the connection."),
    ];
    assert_eq!(
        found,
        expected.map(|(code, detail)| (code, detail.to_owned()))
    );
}
