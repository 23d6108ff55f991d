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
