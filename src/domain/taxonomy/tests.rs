use super::*;

#[test]
fn the_wire_is_what_the_contract_promises() {
    let promised = [
        ("DFE-CFG-001", "no", 500),
        ("DFE-CFG-002", "no", 500),
        ("DFE-CFG-003", "no", 500),
        ("DFE-DB-001", "yes", 503),
        ("DFE-DB-002", "yes", 503),
        ("DFE-DB-003", "yes", 503),
        ("DFE-DB-004", "yes", 503),
        ("DFE-DB-005", "no", 409),
        ("DFE-NET-001", "yes", 504),
        ("DFE-NET-002", "yes", 502),
        ("DFE-NET-003", "yes", 502),
        ("DFE-NET-004", "no", 502),
        ("DFE-VND-001", "yes", 502),
        ("DFE-VND-002", "yes", 502),
        ("DFE-VND-003", "yes", 502),
        ("DFE-VND-004", "backoff", 503),
        ("DFE-AUTH-001", "no", 401),
        ("DFE-AUTH-002", "no", 401),
        ("DFE-AUTH-003", "no", 403),
        ("DFE-VAL-001", "no", 400),
        ("DFE-VAL-002", "no", 422),
        ("DFE-VAL-003", "no", 409),
        ("DFE-INT-001", "maybe", 500),
        ("DFE-INT-002", "yes", 503),
        ("DFE-INT-003", "yes", 503),
    ];
    let table: Vec<_> = Code::ALL
        .iter()
        .map(|code| (code.id(), code.entry().retry.as_str(), code.entry().status))
        .collect();
    assert_eq!(table, promised);
}

#[test]
fn an_id_is_read_as_it_is_typed() {
    for code in Code::ALL {
        assert_eq!(code.id().to_ascii_lowercase().parse(), Ok(*code));
    }
    assert_eq!("DFE-DB-999".parse::<Code>(), Err(UnknownCode));
}

#[test]
fn a_code_is_shown_written_and_linked_by_its_id() {
    for code in Code::ALL {
        assert_eq!(code.to_string(), code.id());
        assert_eq!(serde_json::json!(code), code.id());
        assert_eq!(code.page(), format!("/errors/{}", code.id()));
        assert_eq!(code.id(), code.entry().id);
    }
    let mut categories: Vec<_> = Code::ALL
        .iter()
        .map(|code| code.category().as_str())
        .collect();
    categories.dedup();
    let expected = ["CFG", "DB", "NET", "VND", "AUTH", "VAL", "INT"];
    assert_eq!(categories, expected);
    assert_eq!(UnknownCode.to_string(), "no such error code");
}

#[test]
fn whether_trying_again_helps_is_a_word_and_a_bool() {
    for (retry, word, is_retryable) in [
        (Retry::Yes, "yes", true),
        (Retry::No, "no", false),
        (Retry::Backoff, "backoff", true),
        (Retry::Maybe, "maybe", false),
    ] {
        assert_eq!((retry.as_str(), retry.is_retryable()), (word, is_retryable));
        assert_eq!(serde_json::json!(retry), word);
    }
}

/// The build refuses a table that breaks these; a rule that refuses nothing would build, too.
#[test]
fn an_id_has_a_category_of_two_to_four_letters_and_three_digits() {
    for (id, expected) in [
        ("DFE-AB-000", true),
        ("DFE-ABC-123", true),
        ("DFE-ABCD-999", true),
        ("DFE-A-000", false),
        ("DFE-ABCDE-000", false),
        ("XFE-AB-000", false),
        ("DXE-AB-000", false),
        ("DFX-AB-000", false),
        ("DFE_AB-000", false),
        ("DFE-aB-000", false),
        ("DFE-A1-000", false),
        ("DFE-ABC-12", false),
        ("DFE-AB-A00", false),
        ("DFE-AB-0A0", false),
        ("DFE-AB-00A", false),
        ("DFE-ABC_000", false),
        ("", false),
    ] {
        assert_eq!(is_well_formed(id), expected, "{id}");
    }
    for (a, b, expected) in [
        ("", "", true),
        ("ab", "ab", true),
        ("ab", "ac", false),
        ("bb", "ab", false),
        ("ab", "abc", false),
        ("abc", "ab", false),
    ] {
        assert_eq!(same(a, b), expected, "{a} {b}");
    }
}
