mod appendix;
mod exact;
mod poolers;

use super::*;

#[test]
fn each_sqlstate_of_the_contract_has_its_code() {
    for (sqlstate, message, expected) in [
        ("3D000", "", "DFE-CFG-002"),
        ("08000", "", "DFE-DB-001"),
        (
            "08006",
            "Failed to connect to database: {:error, :timeout}",
            "DFE-DB-001",
        ),
        ("57P01", "", "DFE-DB-001"),
        ("57P02", "", "DFE-DB-001"),
        ("57P03", "", "DFE-DB-001"),
        ("57014", "", "DFE-DB-002"),
        ("40001", "", "DFE-DB-003"),
        ("40P01", "", "DFE-DB-003"),
        ("25P02", "", "DFE-DB-003"),
        ("55P03", "", "DFE-DB-003"),
        ("53300", "", "DFE-DB-004"),
        ("53400", "", "DFE-DB-004"),
        (
            "XX000",
            "(EMAXCONN) max client connections reached, limit: 200",
            "DFE-DB-004",
        ),
        (
            "XX000",
            "(EMAXCONNSESSION) max clients reached in session mode - ...",
            "DFE-DB-004",
        ),
        (
            "XX000",
            "(ECHECKOUTTIMEOUT) unable to check out connection from the pool",
            "DFE-DB-004",
        ),
        (
            "XX000",
            "MaxClientsInSessionMode: max clients reached",
            "DFE-DB-004",
        ),
        ("XX000", "Max client connections reached", "DFE-DB-004"),
        ("08P01", "query_wait_timeout", "DFE-DB-004"),
        ("23505", "", "DFE-DB-005"),
        ("23503", "", "DFE-DB-005"),
        ("28P01", "", "DFE-CFG-002"),
        ("28000", "", "DFE-CFG-002"),
        ("08P01", "SASL authentication failed", "DFE-CFG-002"),
        (
            "08P01",
            "server login has been failing, try again later (server_login_retry)",
            "DFE-CFG-002",
        ),
        ("08P01", "no such database: x", "DFE-CFG-002"),
        ("08P01", "pgbouncer cannot connect to server", "DFE-DB-001"),
        (
            "XX000",
            "(ENOTFOUND) tenant/user postgres.abc not found",
            "DFE-CFG-002",
        ),
        ("XX000", "Tenant or user not found", "DFE-CFG-002"),
        (
            "XX000",
            "(ECIRCUITBREAKER) too many authentication failures, ...",
            "DFE-CFG-002",
        ),
        ("XX000", "Circuit breaker open", "DFE-CFG-002"),
        ("42501", "", "DFE-AUTH-003"),
        ("42P01", "", "DFE-VAL-002"),
        ("42703", "", "DFE-VAL-002"),
        ("42883", "", "DFE-VAL-002"),
        ("3F000", "", "DFE-VAL-002"),
        ("53100", "", "DFE-INT-002"),
        ("53200", "", "DFE-INT-002"),
        ("54000", "", "DFE-INT-002"),
        ("54001", "", "DFE-INT-002"),
        ("XX000", "could not read block 7", "DFE-INT-001"),
        ("XX001", "", "DFE-VAL-003"),
        ("99999", "", "DFE-INT-001"),
        ("", "", "DFE-INT-001"),
    ] {
        assert_eq!(
            by_sqlstate(sqlstate, message).fault.code.id(),
            expected,
            "{sqlstate} {message}"
        );
    }
}

#[test]
fn only_a_rejected_credential_is_a_rejection() {
    let rejected: Vec<_> = [
        "28P01", "28000", "3D000", "53300", "57P03", "42501", "08006",
    ]
    .into_iter()
    .filter(|sqlstate| by_sqlstate(sqlstate, "").rejected)
    .collect();
    assert_eq!(rejected, ["28P01", "28000"]);
}

#[test]
fn a_certificate_is_found_however_deep_it_is_wrapped() {
    let tls = || rustls::Error::General("x".to_owned());
    let once = io::Error::new(io::ErrorKind::InvalidData, tls());
    let twice = io::Error::other(io::Error::new(io::ErrorKind::InvalidData, tls()));
    for error in [once, twice] {
        assert_eq!(by_io(&error).fault.code, Code::NetTls);
    }
    assert_eq!(
        by_io(&io::Error::other("lookup failed")).fault.code,
        Code::DbConnection
    );
}

proptest::proptest! {
    /// Whatever a server or pooler says has a code, and none of its words reach the detail.
    #[test]
    fn no_message_panics_and_none_is_quoted(
        sqlstate in proptest::prop_oneof!["08P01", "XX000", "[0-9A-Z]{5}", ".*"],
        (before, behind) in (".*", ".*"),
    ) {
        let classified = by_sqlstate(&sqlstate, &format!("{before}zqcanary{behind}"));
        proptest::prop_assert!(!classified.fault.detail.contains("zqcanary"));
    }
}
