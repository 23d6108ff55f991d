//! The whole appendix of SQLSTATEs of Postgres 15 to 18, code by code.

use super::sqlstates::{cause_of, is_failure};
use super::*;

/// What each is, by class; `src/backend/utils/errcodes.txt` has them.
#[rustfmt::skip]
const APPENDIX: &[(&str, &str)] = &[
    ("DFE-DB-001", "00000"),
    ("DFE-VAL-003", "01000 01003 01004 01006 01007 01008 0100C 01P01"),
    ("DFE-VAL-003", "02000 02001"),
    ("DFE-VAL-002", "03000"),
    ("DFE-DB-001", "08000 08001 08003 08004 08006 08007 08P01"),
    ("DFE-DB-005", "09000"),
    ("DFE-VAL-002", "0A000"),
    ("DFE-DB-003", "0B000"),
    ("DFE-VAL-002", "0F000 0F001"),
    ("DFE-AUTH-003", "0L000 0LP01"),
    ("DFE-AUTH-003", "0P000"),
    ("DFE-VAL-002", "0Z000 0Z002"),
    ("DFE-VAL-002", "10608"),
    ("DFE-VAL-003", "20000"),
    ("DFE-VAL-003", "21000"),
    ("DFE-VAL-002", "22000 22001 22003 22005 22007 22008 22009 2200B 2200C 2200D 2200F 2200G 2200L 2200M 2200N \
                    2200S 2200T 22010 22011 22013 22014 22015 22016 22018 22019 2201B 2201W 2201X 22021 22022 \
                    22023 22024 22025 22026 22027 2202E 2202G 2202H 22030 22031 22032 22033 22034 22035 22036 \
                    22037 22038 22039 2203A 2203B 2203C 2203D 2203E 2203F 2203G 22P02 22P03 22P04 22P05 22P06"),
    ("DFE-INT-002", "2200H"),
    ("DFE-VAL-003", "22002 22004 22012 2201E 2201F 2201G 22P01"),
    ("DFE-DB-005", "23000 23001 23502 23503 23505 23514 23P01"),
    ("DFE-DB-003", "24000"),
    ("DFE-DB-003", "25000 25001 25002 25003 25004 25005 25007 25008 25P01 25P02 25P03"),
    ("DFE-CFG-002", "25006"),
    ("DFE-DB-002", "25P04"),
    ("DFE-CFG-002", "26000"),
    ("DFE-DB-005", "27000"),
    ("DFE-CFG-002", "28000 28P01"),
    ("DFE-DB-005", "2B000 2BP01"),
    ("DFE-DB-003", "2D000"),
    ("DFE-VAL-002", "2F000 2F002 2F003 2F004 2F005"),
    ("DFE-DB-003", "34000"),
    ("DFE-VAL-002", "38000 38001 38002 38003 38004"),
    ("DFE-VAL-002", "39000 39001 39004 39P01 39P02 39P03"),
    ("DFE-DB-003", "3B000 3B001"),
    ("DFE-CFG-002", "3D000"),
    ("DFE-VAL-002", "3F000"),
    ("DFE-DB-003", "40000 40001 40002 40003 40P01"),
    ("DFE-VAL-002", "42000 42601 42602 42611 42622 42701 42702 42703 42704 42710 42712 42723 42725 42803 42804 \
                    42809 42830 42846 42883 428C9 42939 42P01 42P02 42P03 42P04 42P06 42P07 42P08 42P09 42P10 \
                    42P11 42P12 42P13 42P14 42P15 42P16 42P17 42P18 42P19 42P20 42P21 42P22"),
    ("DFE-AUTH-003", "42501"),
    ("DFE-CFG-002", "42P05"),
    ("DFE-DB-005", "44000"),
    ("DFE-INT-002", "53000 53100 53200"),
    ("DFE-DB-004", "53300 53400"),
    ("DFE-INT-002", "54000 54001 54011 54023"),
    ("DFE-DB-003", "55006 55P03 55P04"),
    ("DFE-CFG-002", "55P02"),
    ("DFE-VAL-002", "55000"),
    ("DFE-DB-001", "57000 57P01 57P02 57P03 57P05"),
    ("DFE-CFG-002", "57P04"),
    ("DFE-DB-002", "57014"),
    ("DFE-INT-002", "58000 58030 58P01 58P02 58P03"),
    ("DFE-DB-003", "72000"),
    ("DFE-CFG-002", "F0000 F0001"),
    ("DFE-VAL-002", "HV002 HV004 HV005 HV006 HV007 HV008 HV009 HV00A HV00B HV00C HV00D HV00J HV00K HV00P HV00Q \
                    HV00R HV010 HV021 HV024 HV090 HV091"),
    ("DFE-DB-001", "HV000 HV00L HV00M HV00N"),
    ("DFE-INT-002", "HV001 HV014"),
    ("DFE-VAL-003", "P0000 P0001 P0002 P0003 P0004"),
    ("DFE-INT-001", "XX000"),
    ("DFE-VAL-003", "XX001 XX002"),
];

fn appendix() -> impl Iterator<Item = (&'static str, &'static str)> {
    let of_row = |(id, states): &(&'static str, &'static str)| {
        let id = *id;
        states.split(' ').map(move |state| (id, state))
    };
    APPENDIX.iter().flat_map(of_row)
}

#[test]
fn each_code_of_the_appendix_has_one_of_ours_and_only_internal_errors_are_internal() {
    let mut states: Vec<_> = appendix().map(|(_, state)| state).collect();
    states.sort_unstable();
    states.dedup();
    assert_eq!((states.len(), appendix().count()), (263, 263));
    for (id, state) in appendix() {
        let fault = by_sqlstate(state, "").fault;
        assert_eq!(fault.code.id(), id, "{state}: {}", fault.detail);
        assert_eq!(fault.code == Code::Internal, state == "XX000", "{state}");
    }
}

#[test]
fn a_code_of_a_later_version_means_what_its_class_does() {
    for (state, expected) in [
        ("22ZZZ", Code::ValSchema),
        ("25P99", Code::DbTransaction),
        ("28P99", Code::ConfigInvalid),
        ("42999", Code::ValSchema),
        ("57P99", Code::DbConnection),
        ("HV999", Code::ValSchema),
    ] {
        assert_eq!(by_sqlstate(state, "").fault.code, expected, "{state}");
        assert_eq!(meaning_of(state, ""), None, "{state}");
    }
    for state in ["", "2", "99999", "PT402", "ééé"] {
        assert_eq!(cause_of(state), None, "{state}");
        assert_eq!(by_sqlstate(state, "").fault.code, Code::Internal, "{state}");
    }
}

#[test]
fn what_others_saw_counts_where_it_is_a_failure_and_of_postgres() {
    for (id, state) in appendix() {
        let is_notice = ["00", "01", "02"]
            .iter()
            .any(|class| state.starts_with(class));
        assert_eq!(is_failure(state), !is_notice, "{state}");
        let expected = (!is_notice).then_some(id);
        assert_eq!(meaning_of(state, "").map(Code::id), expected, "{state}");
    }
    // Numbers of Winsock, Discord and Twilio, and what is too short or too long.
    for state in [
        "10061", "40060", "20003", "21211", "50013", "", "42", "425011",
    ] {
        assert_eq!(meaning_of(state, ""), None, "{state}");
    }
    assert_eq!(
        meaning_of("XX000", "(EMAXCONN) x"),
        Some(Code::DbPoolExhausted)
    );
}

#[test]
fn each_detail_is_a_sentence_for_anybody_and_each_first_check_a_place() {
    for (_, state) in appendix() {
        let fault = by_sqlstate(state, "").fault;
        let detail = fault.detail;
        assert!(detail.starts_with(char::is_uppercase), "{state}: {detail}");
        assert!(
            detail.ends_with('.') && !detail.contains("  "),
            "{state}: {detail}"
        );
        assert!(!detail.contains(state), "{state}: {detail}");
        if let Some(check) = fault.first_check {
            assert!(check.starts_with(char::is_uppercase), "{state}: {check}");
            assert!(
                !check.ends_with('.') && !check.contains("  "),
                "{state}: {check}"
            );
        }
    }
}

#[test]
fn only_a_rejection_is_one_and_only_what_ends_a_session_is_worth_a_fresh_one() {
    let those = |is: fn(&Classified) -> bool| -> Vec<_> {
        let states = appendix().map(|(_, state)| state);
        states.filter(|state| is(&by_sqlstate(state, ""))).collect()
    };
    assert_eq!(those(|classified| classified.rejected), ["28000", "28P01"]);
    assert_eq!(
        those(|classified| classified.stale),
        [
            "08000", "08001", "08003", "08004", "08006", "08007", "08P01", "25P03", "57000",
            "57P01", "57P02", "57P05", "57P04"
        ]
    );
}
