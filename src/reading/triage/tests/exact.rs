//! What is found, how much it weighs, and where it stands.

use super::*;
use crate::domain::fault::Fault;

fn found(text: &str) -> Vec<(&'static str, u8)> {
    triage(text, sqlstate, &Redactor::default())
        .iter()
        .map(|candidate| (candidate.code.id(), candidate.weight))
        .collect()
}

fn evidence(text: &str) -> Vec<(String, String)> {
    triage(text, sqlstate, &Redactor::default())
        .into_iter()
        .next()
        .map(|candidate| candidate.evidence)
        .unwrap_or_default()
        .into_iter()
        .map(|evidence| (evidence.because, evidence.line))
        .collect()
}

#[test]
fn a_candidate_carries_the_row_of_its_code() {
    let found = triage("DFE-DB-002", sqlstate, &Redactor::default());
    let entry = Code::DbTimeout.entry();
    let expected = Candidate {
        code: Code::DbTimeout,
        title: entry.title,
        weight: 100,
        certainty: Certainty::Likely,
        count: 1,
        first: 1,
        evidence: vec![Evidence {
            because: "it carries the code DFE-DB-002".to_owned(),
            line: "DFE-DB-002".to_owned(),
        }],
        meaning: entry.meaning,
        retry: entry.retry,
        first_check: entry.first_check,
        fix: entry.fix,
    };
    assert_eq!(found, [expected]);
}

#[test]
fn a_long_line_is_shown_from_eighty_characters_before_the_sign() {
    let sign = "deadlock detected";
    let line = |text: &str| evidence(text).swap_remove(0).1;
    let long = format!("{} {sign} {}", "x".repeat(400), "y".repeat(400));
    let expected = format!("…{} {sign} {}…", "x".repeat(79), "y".repeat(62));
    assert_eq!(line(&long), expected);
    let whole = format!("{sign} {}", "y".repeat(142));
    assert_eq!(line(&whole), whole);
    assert_eq!(line(&format!("{whole}y")), format!("{whole}…"));
    assert_eq!(line(&format!("first\n  {sign} \nlast")), sign);
    assert_eq!(line(&format!("{sign}\nlast")), sign);
    assert_eq!(line(&format!("first\n{sign}")), sign);
    let umlauts = format!("{} {sign}", "ä".repeat(100));
    assert_eq!(line(&umlauts), format!("…{} {sign}", "ä".repeat(40)));
}

#[test]
fn only_the_first_mebibyte_is_looked_at() {
    let sign = "DFE-DB-001";
    let fits = format!("{}{sign}", "\n".repeat(1_048_576 - sign.len()));
    assert_eq!(found(&fits), [("DFE-DB-001", 100)]);
    assert!(found(&format!("\n{fits}")).is_empty());
}

#[test]
fn a_code_of_ours_ends_where_its_letters_end() {
    for (text, expected) in [
        ("DFE-DB-001", true),
        ("xDFE-DB-001x", false),
        ("DFE-DB-001.", true),
        ("DFE-DB-001-", true),
        ("(DFE-DB-001)", true),
        ("DFE-DB-001é", true),
        ("DFE-DB-0012", false),
        ("DFE-DB-00", false),
        ("DFE-", false),
    ] {
        assert_eq!(!found(text).is_empty(), expected, "{text}");
    }
}

#[test]
fn a_guess_is_dropped_where_a_sign_is_twice_as_strong() {
    for (text, expected) in [
        ("deadlock detected", &[("DFE-DB-003", 80)][..]),
        (
            "deadlock detected, AttributeError: x",
            &[("DFE-DB-003", 80)],
        ),
        (
            "DFE-DB-001: deadlock detected",
            &[("DFE-DB-001", 100), ("DFE-DB-003", 80)],
        ),
        ("DFE-DB-001: AttributeError: x", &[("DFE-DB-001", 100)]),
        ("error 42501", &[("DFE-AUTH-003", 90)]),
        ("PGRST205", &[("DFE-VAL-002", 91)]),
    ] {
        assert_eq!(found(text), expected, "{text}");
    }
}

#[test]
fn five_candidates_are_shown() {
    let text = "DFE-INT-003\nDFE-DB-001\nDFE-CFG-002\nDFE-VAL-001\nDFE-AUTH-001\nDFE-NET-001";
    let ids: Vec<_> = found(text).into_iter().map(|(id, _)| id).collect();
    let expected = [
        "DFE-INT-003",
        "DFE-DB-001",
        "DFE-CFG-002",
        "DFE-VAL-001",
        "DFE-AUTH-001",
    ];
    assert_eq!(ids, expected);
}

#[test]
fn three_pieces_of_evidence_are_shown_each_once_and_the_strongest_first() {
    let text = "ERROR deadlock detected\nerror 40001\nERROR could not obtain lock\n\
                ERROR current transaction is aborted\nDFE-DB-003\nDFE-DB-003 again";
    let because: Vec<_> = evidence(text)
        .into_iter()
        .map(|(because, _)| because)
        .collect();
    let expected = [
        "it carries the code DFE-DB-003",
        "SQLSTATE 40001",
        "two transactions waited for each other",
    ];
    assert_eq!(because, expected);
}

#[test]
fn each_code_of_postgrest_has_its_meaning() {
    for (tokens, expected) in [
        (
            &["PGRST000", "PGRST001", "PGRST002", "PGRST003"][..],
            "DFE-VND-001",
        ),
        (
            &[
                "PGRST106", "PGRST200", "PGRST201", "PGRST202", "PGRST203", "PGRST204", "PGRST205",
            ],
            "DFE-VAL-002",
        ),
        (&["PGRST300"], "DFE-CFG-001"),
        (&["PGRST301", "PGRST302", "PGRST303"], "DFE-AUTH-002"),
        (
            &["PGRST100", "PGRST102", "PGRST103", "PGRST116", "PGRST128"],
            "DFE-VAL-001",
        ),
        (&["PGRSTX00"], "DFE-INT-001"),
    ] {
        for token in tokens {
            assert_eq!(found(&format!("[{token}]")), [(expected, 91)], "{token}");
            let because = format!("PostgREST's {token}");
            assert_eq!(evidence(token), [(because, (*token).to_owned())]);
        }
    }
    for text in ["PGRST999", "pgrst205", "PGRST205x"] {
        assert!(found(text).is_empty(), "{text}");
    }
}

#[test]
fn the_codes_of_others_are_read_where_they_are_named() {
    for (text, expected) in [
        ("curl: (28) x", "DFE-NET-001"),
        ("curl: (60) x", "DFE-NET-004"),
        ("[WinError 10061] x", "DFE-NET-002"),
        ("x (os error 28)", "DFE-INT-002"),
        ("x exited with code 137", "DFE-INT-002"),
        ("x exited with code 143", "DFE-INT-003"),
        ("x was terminated by signal 11", "DFE-INT-001"),
        ("Error: P1001: x", "DFE-DB-001"),
        ("{ code: 'P2002' }", "DFE-DB-005"),
        (r#"{"error_code":"session_expired"}"#, "DFE-AUTH-002"),
        (r#"{"error":"insufficient_scope"}"#, "DFE-AUTH-003"),
        ("HTTP/1.1 429", "DFE-VND-004"),
        ("status code 403", "DFE-AUTH-003"),
        (
            "https://x.supabase.co answered with status 503",
            "DFE-VND-001",
        ),
    ] {
        assert_eq!(
            found(text).first().map(|(id, _)| *id),
            Some(expected),
            "{text}"
        );
    }
    for text in [
        "28",
        "10061",
        "P1001",
        "order P2002 shipped",
        "429",
        "room 503",
        "137 rows",
    ] {
        assert!(found(text).is_empty(), "{text}");
    }
}

#[test]
fn five_capitals_or_digits_are_a_sqlstate_where_a_word_before_them_says_so() {
    let any: Sqlstate = |_, _| Some(Code::Internal);
    for (text, expected) in [
        ("sqlstate 42501", true),
        ("SQLSTATE=\"4250A\"", true),
        ("code: 42501", true),
        ("Error (42501)", true),
        ("FATAL: [42501]", true),
        ("pgcode '42501'", true),
        ("errcode=42501", true),
        ("\\\"code\\\":\\\"42501\\\"", true),
        ("warning 42501", false),
        ("code 4250", false),
        ("code 425011", false),
        ("code 4250a", false),
        ("code ABCDE", false),
        ("42501 code", false),
        // Too far away.
        ("code          42501", true),
        ("code                       42501", false),
        ("\u{e9}              42501", false),
    ] {
        let found = triage(text, any, &Redactor::default());
        let is_state = found
            .iter()
            .any(|candidate| candidate.evidence[0].because.starts_with("SQLSTATE "));
        assert_eq!(is_state, expected, "{text}");
    }
}

#[test]
fn the_message_is_handed_in_with_the_sqlstate() {
    let by_message: Sqlstate = |state, message| {
        (state == "XX000" && message.ends_with("(EMAXCONN)")).then_some(Code::DbPoolExhausted)
    };
    let text = "code XX000: (EMAXCONN)";
    let found = triage(text, by_message, &Redactor::default());
    assert_eq!(found[0].code, Code::DbPoolExhausted);
}

#[test]
fn what_a_look_says_of_a_code_is_said_in_a_sentence() {
    let look = |what, found: &[Code]| ProbeResult {
        what,
        covers: &[Code::DbConnection, Code::DbTimeout],
        found: found
            .iter()
            .map(|code| Found::from(&Fault::new(*code, "seen")))
            .collect(),
    };
    let (connection, timeout) = (Code::DbConnection, Code::DbTimeout);
    let said = |looks: &[ProbeResult]| -> Vec<_> {
        weigh(&[connection, Code::VendorN8n], looks)
            .into_iter()
            .map(|finding| (finding.code, finding.standing, finding.because))
            .collect()
    };
    let cannot = "Nothing that was looked at can tell.";
    let other = "What could tell fails for another cause at the moment.";
    let n8n = (Code::VendorN8n, CauseStatus::Undecided, cannot);
    for (looks, expected) in [
        (
            vec![],
            vec![(connection, CauseStatus::Undecided, cannot), n8n],
        ),
        (
            vec![look("A", &[]), look("B", &[])],
            vec![(connection, CauseStatus::RuledOut, "A is well now."), n8n],
        ),
        (
            vec![look("A", &[]), look("B", &[connection])],
            vec![(connection, CauseStatus::Supported, "B shows it now."), n8n],
        ),
        (
            vec![look("A", &[timeout, timeout]), look("B", &[])],
            vec![
                (connection, CauseStatus::Undecided, other),
                n8n,
                (
                    timeout,
                    CauseStatus::Supported,
                    "A found it now; the text does not speak of it.",
                ),
            ],
        ),
    ] {
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(code, standing, because)| (code, standing, because.to_owned()))
            .collect();
        assert_eq!(said(&looks), expected);
    }
    for (standing, word) in [
        (CauseStatus::Supported, "supported"),
        (CauseStatus::RuledOut, "ruled_out"),
        (CauseStatus::Undecided, "undecided"),
    ] {
        assert_eq!(serde_json::json!(standing), word);
    }
}
