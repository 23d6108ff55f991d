mod exact;

use super::*;

fn sqlstate(state: &str, _message: &str) -> Option<Code> {
    match state {
        "42501" => Some(Code::AuthForbidden),
        "53300" => Some(Code::DbPoolExhausted),
        "40001" => Some(Code::DbTransaction),
        _ => None,
    }
}

fn codes(text: &str) -> Vec<&'static str> {
    triage(text, sqlstate, &Redactor::default())
        .iter()
        .map(|candidate| candidate.code.id())
        .collect()
}

#[test]
fn a_code_of_ours_decides() {
    assert_eq!(
        codes(r#"{"code":"DFE-DB-004","message":"the check fails: connection refused"}"#)[0],
        "DFE-DB-004"
    );
    assert!(codes("DFE-XX-999 is none").is_empty());
}

#[test]
fn a_number_is_a_sqlstate_only_where_it_is_named_as_one() {
    for text in [
        "SQLSTATE 42501",
        "SQLSTATE: 42501",
        r#"{"code":"42501","message":""}"#,
        "ERROR:  42501: no",
        "[code=42501]",
    ] {
        assert_eq!(codes(text), ["DFE-AUTH-003"], "{text}");
    }
    for text in ["order 42501 shipped", "user 53300 logged in", "42501"] {
        assert!(codes(text).is_empty(), "{text}");
    }
}

#[test]
fn the_specific_goes_before_the_general() {
    let text = r#"HTTP 503 {"code":"PGRST002","message":"Could not query the database for the schema cache. Retrying."}"#;
    assert_eq!(codes(text)[0], "DFE-VND-001");
    let text = r#"{"code":"PGRST205","message":"Could not find the table 'public.x' in the schema cache"}"#;
    assert_eq!(codes(text), ["DFE-VAL-002"]);
}

#[test]
fn whose_connection_was_refused_decides() {
    assert_eq!(
        codes("connect ECONNREFUSED 127.0.0.1:5432")[0],
        "DFE-DB-001"
    );
    assert_eq!(
        codes("connect ECONNREFUSED 127.0.0.1:3000")[0],
        "DFE-NET-002"
    );
    assert_eq!(
        codes("(ENOTFOUND) tenant/user postgres.abc not found")[0],
        "DFE-CFG-002"
    );
    assert_eq!(
        codes("getaddrinfo ENOTFOUND api.example.com")[0],
        "DFE-NET-003"
    );
}

#[test]
fn nothing_is_an_answer() {
    for text in [
        "",
        "Hello, world",
        "GET /api/health 200 in 3 ms",
        "\u{0}\u{1b}[31m",
    ] {
        assert!(codes(text).is_empty(), "{text}");
    }
}

#[test]
fn every_code_has_a_sign_and_no_sign_is_in_capitals() {
    for code in Code::ALL {
        assert!(
            SIGNATURES.iter().any(|signature| signature.code == *code),
            "{code}"
        );
    }
    for signature in SIGNATURES {
        for needle in signature.needles {
            assert_eq!(*needle, needle.to_ascii_lowercase());
            assert!(needle.len() > 2, "{needle}");
        }
    }
}

#[test]
fn evidence_is_the_line_and_holds_no_secret() {
    let redactor = Redactor::new(["hunter2-and-more".to_owned()]);
    let text =
        "first line\npassword authentication failed for \"me\" with hunter2-and-more\nlast line";
    let found = triage(text, sqlstate, &redactor);
    assert_eq!(
        found[0].evidence[0].line,
        "password authentication failed for \"me\" with [redacted]"
    );
}

#[test]
fn a_probe_supports_rules_out_or_says_nothing() {
    let probe = |found: &[Code]| ProbeResult {
        what: "SELECT 1",
        covers: &[Code::DbConnection, Code::DbTimeout],
        found: found.to_vec(),
    };
    let standing = |findings: Vec<Assessment>, code: Code| {
        let finding = findings.into_iter().find(|finding| finding.code == code);
        finding.expect("it is there").standing
    };
    let asked = [Code::DbConnection, Code::VendorN8n];
    let well = weigh(&asked, &[probe(&[])]);
    assert_eq!(
        standing(well.clone(), Code::DbConnection),
        CauseStatus::RuledOut
    );
    assert_eq!(standing(well, Code::VendorN8n), CauseStatus::Undecided);
    let so = weigh(&asked, &[probe(&[Code::DbConnection])]);
    assert_eq!(standing(so, Code::DbConnection), CauseStatus::Supported);
    let other = weigh(&asked, &[probe(&[Code::ConfigInvalid])]);
    assert_eq!(
        standing(other.clone(), Code::DbConnection),
        CauseStatus::Undecided
    );
    assert_eq!(standing(other, Code::ConfigInvalid), CauseStatus::Supported);
}

proptest::proptest! {
    /// Whatever is pasted, nothing panics, and no known secret is repeated.
    #[test]
    fn no_text_panics_and_no_secret_is_repeated(
        before in ".{0,200}",
        sign in proptest::sample::select(SIGNATURES.iter().map(|s| s.needles[0]).collect::<Vec<_>>()),
        after in ".{0,200}",
    ) {
        let redactor = Redactor::new(["zqcanary-secret".to_owned()]);
        let text = format!("{before} zqcanary-secret {} {after} zqcanary-secret", sign.trim_start_matches('='));
        for candidate in triage(&text, sqlstate, &redactor) {
            for evidence in candidate.evidence {
                proptest::prop_assert!(!evidence.line.contains("zqcanary-secret"), "{}", evidence.line);
            }
        }
    }
}
