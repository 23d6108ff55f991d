mod exact;

use super::*;
use crate::settings::variables;

/// A key that says of no end.
const LASTING: KeyValidity = KeyValidity {
    variable: "SUPABASE_SERVICE_ROLE_KEY",
    expires_at: None,
};

fn fault_of(status: u16, code: &str, headers: &[(&'static str, &'static str)]) -> Fault {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(*name, value.parse().expect("a header"));
    }
    let body = if code.is_empty() {
        Vec::new()
    } else {
        format!(r#"{{"code":"{code}","message":"zq"}}"#).into()
    };
    let answer = RestResponse {
        status,
        headers: &map,
        body: &body,
        complete: true,
        table: "plaintiffs",
        key: LASTING,
        now: Timestamp::UNIX_EPOCH,
    };
    let refusal = classify(&answer).expect("it is no success");
    let rejected = matches!(status, 401 | 403) && code != "42501";
    assert_eq!(refusal.rejected, rejected, "{status} {code}");
    refusal.fault
}

/// Whoever reloads the schema or reads a view tells these apart, and by nothing else.
#[test]
fn what_others_tell_apart_has_its_kind() {
    for (status, code, kind) in [
        (404, "PGRST202", Some(FaultKind::StaleSchemaCache)),
        (404, "PGRST204", Some(FaultKind::StaleSchemaCache)),
        (404, "PGRST205", Some(FaultKind::StaleSchemaCache)),
        (404, "", Some(FaultKind::StaleSchemaCache)),
        (503, "PGRST000", Some(FaultKind::RestWithoutDatabase)),
        (503, "PGRST001", Some(FaultKind::RestWithoutDatabase)),
        (503, "PGRST002", Some(FaultKind::RestWithoutDatabase)),
        (400, "42703", Some(FaultKind::NoIdColumn)),
        (406, "PGRST106", None),
        (504, "PGRST003", None),
        (401, "", None),
    ] {
        assert_eq!(fault_of(status, code, &[]).kind, kind, "{status} {code}");
    }
}

#[test]
fn each_answer_of_the_contract_has_its_code() {
    for (status, code, expected) in [
        (401, "", "DFE-VND-001"),
        (403, "", "DFE-VND-001"),
        (401, "UNAUTHORIZED", "DFE-VND-001"),
        (401, "42501", "DFE-AUTH-003"),
        (403, "42501", "DFE-AUTH-003"),
        (401, "PGRST301", "DFE-AUTH-002"),
        (401, "PGRST302", "DFE-AUTH-002"),
        (401, "PGRST303", "DFE-AUTH-002"),
        (429, "", "DFE-VND-004"),
        (503, "PGRST000", "DFE-VND-001"),
        (503, "PGRST001", "DFE-VND-001"),
        (503, "PGRST002", "DFE-VND-001"),
        (504, "PGRST003", "DFE-VND-001"),
        (404, "PGRST202", "DFE-VAL-002"),
        (404, "PGRST204", "DFE-VAL-002"),
        (404, "PGRST205", "DFE-VAL-002"),
        (404, "", "DFE-VAL-002"),
        (400, "42703", "DFE-VAL-002"),
        (540, "", "DFE-VND-001"),
        (544, "", "DFE-VND-001"),
        (402, "", "DFE-VND-001"),
        (500, "57014", "DFE-VND-001"),
        (500, "", "DFE-VND-001"),
        (503, "", "DFE-VND-001"),
        (521, "", "DFE-VND-001"),
        (302, "", "DFE-VND-001"),
        (204, "", "DFE-VND-001"),
        (400, "", "DFE-VND-001"),
    ] {
        let fault = fault_of(status, code, &[]);
        assert_eq!(fault.code.id(), expected, "{status} {code}");
        assert!(
            !format!("{fault:?}").contains("zq"),
            "the vendor's prose is kept out"
        );
    }
}

#[test]
fn causes_that_share_a_code_are_told_apart() {
    let details: std::collections::BTreeSet<_> = [
        (540, ""),
        (544, ""),
        (402, ""),
        (500, "57014"),
        (500, ""),
        (502, ""),
        (520, ""),
        (522, ""),
        (401, ""),
        (503, "PGRST002"),
        (504, "PGRST003"),
    ]
    .into_iter()
    .map(|(status, code)| fault_of(status, code, &[]).detail.into_owned())
    .collect();
    assert_eq!(details.len(), 11, "{details:?}");
    assert!(
        fault_of(503, "PGRST002", &[])
            .detail
            .contains("schema reload will not help")
    );
    assert_eq!(
        fault_of(401, "", &[]).first_check(),
        "API key validity: SUPABASE_SERVICE_ROLE_KEY, against the project's API keys"
    );
    assert_eq!(
        fault_of(404, "PGRST205", &[]).first_check(),
        "reload the PostgREST schema"
    );
    assert!(
        fault_of(403, "42501", &[])
            .detail
            .contains("GRANT SELECT ON plaintiffs")
    );
}

#[test]
fn the_code_of_an_answer_without_a_body_stands_in_proxy_status() {
    let fault = fault_of(503, "", &[("proxy-status", "PostgREST; error=PGRST002")]);
    assert!(fault.detail.contains("schema reload"), "{fault}");
}

#[test]
fn a_rate_limit_is_obeyed_within_reason() {
    for (header, expected) in [("7", 7), ("0", 1), ("86400", 600), ("soon", 30), ("-1", 30)] {
        let fault = fault_of(429, "", &[("retry-after", header)]);
        assert_eq!(
            fault.retry_after,
            Some(Duration::from_secs(expected)),
            "{header}"
        );
    }
    assert_eq!(fault_of(429, "", &[]).retry_after, Some(RATE_WAIT));
}

#[test]
fn only_a_whole_json_array_is_rows() {
    let headers = HeaderMap::new();
    for (body, complete, ok) in [
        ("[]", true, true),
        ("[{\"id\":1}]\n", true, true),
        ("[]", false, false),
        ("{}", true, false),
        ("<html>", true, false),
        ("", true, false),
        ("[1,", true, false),
    ] {
        let answer = RestResponse {
            status: 200,
            headers: &headers,
            body: body.as_bytes(),
            complete,
            table: "t",
            key: LASTING,
            now: Timestamp::UNIX_EPOCH,
        };
        assert_eq!(classify(&answer).is_none(), ok, "{body}");
    }
}

proptest::proptest! {
    /// Whatever a gateway answers has a code, and none of its words reach the detail.
    #[test]
    fn no_answer_panics_and_none_is_quoted(
        status in 100_u16..1000,
        retry_after in proptest::collection::vec(0x20_u8..=0xff, 0..40),
        code in proptest::prop_oneof!["PGRST[0-9]{3}", "[0-9A-Z]{5}", ".*"],
        tail in proptest::collection::vec(proptest::num::u8::ANY, 0..60),
        complete in proptest::bool::ANY,
    ) {
        let mut headers = HeaderMap::new();
        if let Ok(value) = reqwest::header::HeaderValue::from_bytes(&retry_after) {
            headers.insert("retry-after", value);
        }
        let code = serde_json::json!(code);
        let mut body = format!(r#"{{"code":{code},"message":"zqcanary"}}"#).into_bytes();
        body.extend(tail);
        let answer = RestResponse { status, headers: &headers, body: &body, complete, table: "t", key: LASTING, now: Timestamp::UNIX_EPOCH };
        if let Some(refusal) = classify(&answer) {
            proptest::prop_assert!(!refusal.fault.detail.contains("zqcanary"));
        }
    }
}

#[test]
fn an_expired_key_is_said_before_what_the_gateway_calls_it() {
    let at = Timestamp::from_second(1_800_000_000).expect("a time");
    let said = |status: u16, body: &[u8], variable, after: i64| {
        let answer = RestResponse {
            status,
            headers: &HeaderMap::new(),
            body,
            complete: true,
            table: "t",
            key: KeyValidity {
                variable,
                expires_at: Some(at),
            },
            now: Timestamp::from_second(1_800_000_000 + after).expect("a time"),
        };
        let refusal = classify(&answer).expect("it is no success");
        (refusal.rejected, refusal.fault)
    };
    let token = br#"{"code":"PGRST301"}"#.as_slice();
    let (of_old, of_new) = ("SUPABASE_SERVICE_ROLE_KEY", "SUPABASE_SECRET_KEY");
    for (status, body) in [(401, token), (401, b"".as_slice()), (403, b"<html>")] {
        for variable in [of_old, of_new] {
            let (rejected, fault) = said(status, body, variable, 3 * 86_400);
            let detail = format!("The key in {variable} expired 3 d ago, at 2027-01-15T08:00:00Z.");
            assert_eq!(
                (fault.code, &*fault.detail),
                (Code::AuthInvalid, &*detail),
                "{status}"
            );
            let check = format!("A new key in {variable}, then redeploy");
            assert_eq!((fault.first_check(), rejected), (&*check, true));
            assert_eq!(fault.causes.len(), 1);
        }
    }
    // The gateway's clock and ours may differ, and then a good key is no use, either.
    let (_, fault) = said(401, token, of_new, -60);
    assert_eq!(
        &*fault.detail,
        "Supabase did not accept the token in SUPABASE_SECRET_KEY: it is malformed or signed with another secret. \
         By our clock it does not expire before 2027-01-15T08:00:00Z."
    );
    assert!(
        fault
            .first_check()
            .starts_with("API key validity: SUPABASE_SECRET_KEY")
    );
    // What is not about the key is not blamed on it.
    for (status, body) in [
        (403, br#"{"code":"42501"}"#.as_slice()),
        (503, b"".as_slice()),
    ] {
        let (rejected, fault) = said(status, body, of_old, 1);
        assert!(!rejected && fault.code != Code::AuthInvalid, "{fault:?}");
    }
}

#[test]
fn every_name_of_the_key_has_its_first_checks() {
    for name in variables::SUPABASE_SERVICE_ROLE_KEY.names() {
        let checks = first_checks(name);
        assert!(
            checks.rejected.contains(name) && checks.expired.contains(name),
            "{name}"
        );
    }
}
