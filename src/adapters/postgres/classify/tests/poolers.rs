//! What poolers say, in their own words.

use super::exact::{EXHAUSTED, REJECTED, UNLISTED, all};
use super::*;

#[test]
fn a_pooler_is_understood_by_its_words_in_whatever_letters() {
    let vain = "The pooler had no server connection to give in time: its pool is used up, or it cannot reach the \
                database.";
    let unreachable = "The pooler answers, but cannot reach the database.";
    let tls = "The pooler requires an encrypted connection.";
    let no_database = "The database that DATABASE_URL names does not exist.";
    for (sqlstate, message, code, detail) in [
        (
            "08P01",
            "PASSWORD authentication failed",
            Code::ConfigInvalid,
            REJECTED,
        ),
        (
            "08P01",
            "server login has been failing",
            Code::ConfigInvalid,
            REJECTED,
        ),
        (
            "08P01",
            "(server_login_retry)",
            Code::ConfigInvalid,
            REJECTED,
        ),
        (
            "08P01",
            "server login has been failing, cached error: connect timeout (server_login_retry)",
            Code::DbConnection,
            unreachable,
        ),
        (
            "08P01",
            "server login has been failing, cached error: the database system is starting up (server_login_retry)",
            Code::DbConnection,
            unreachable,
        ),
        (
            "08P01",
            "server login has been failing, cached error: server conn crashed? (server_login_retry)",
            Code::DbConnection,
            unreachable,
        ),
        (
            "08P01",
            "server login has been failing, cached error: database \"x\" does not exist (server_login_retry)",
            Code::ConfigInvalid,
            no_database,
        ),
        (
            "08P01",
            "server login has been failing, cached error: password authentication failed (server_login_retry)",
            Code::ConfigInvalid,
            REJECTED,
        ),
        (
            "08P01",
            "SASL authentication failed",
            Code::ConfigInvalid,
            REJECTED,
        ),
        ("08P01", "no such user: app", Code::ConfigInvalid, REJECTED),
        (
            "08P01",
            "no such database: x",
            Code::ConfigInvalid,
            no_database,
        ),
        ("08P01", "query_wait_timeout", Code::DbPoolExhausted, vain),
        (
            "08P01",
            "no more connections allowed",
            Code::DbPoolExhausted,
            EXHAUSTED,
        ),
        (
            "08P01",
            "too many connections",
            Code::DbPoolExhausted,
            EXHAUSTED,
        ),
        ("XX000", "EMAXCONNSESSION", Code::DbPoolExhausted, EXHAUSTED),
        ("XX000", "EMAXCONN", Code::DbPoolExhausted, EXHAUSTED),
        (
            "XX000",
            "ECHECKOUTTIMEOUT",
            Code::DbPoolExhausted,
            EXHAUSTED,
        ),
        (
            "XX000",
            "EMAXPOOLSREACHED",
            Code::DbPoolExhausted,
            EXHAUSTED,
        ),
        (
            "XX000",
            "MaxClientsInSessionMode",
            Code::DbPoolExhausted,
            EXHAUSTED,
        ),
        (
            "XX000",
            "max clients reached",
            Code::DbPoolExhausted,
            EXHAUSTED,
        ),
        (
            "XX000",
            "Max client connections reached",
            Code::DbPoolExhausted,
            EXHAUSTED,
        ),
        (
            "XX000",
            "unable to check out connection",
            Code::DbPoolExhausted,
            EXHAUSTED,
        ),
        ("XX000", "(ENOTFOUND)", Code::ConfigInvalid, REJECTED),
        ("XX000", "(ECIRCUITBREAKER)", Code::ConfigInvalid, REJECTED),
        ("XX000", "(EAUTHQUERY)", Code::ConfigInvalid, REJECTED),
        ("XX000", "(EAUTHSECRETS)", Code::ConfigInvalid, REJECTED),
        ("XX000", "(EBANNED)", Code::ConfigInvalid, REJECTED),
        ("XX000", "(EADDRNOTALLOWED)", Code::ConfigInvalid, REJECTED),
        (
            "XX000",
            "Tenant or user not found",
            Code::ConfigInvalid,
            REJECTED,
        ),
        (
            "XX000",
            "tenant/user x not found",
            Code::ConfigInvalid,
            REJECTED,
        ),
        (
            "XX000",
            "Circuit breaker open",
            Code::ConfigInvalid,
            REJECTED,
        ),
        (
            "XX000",
            "too many authentication failures",
            Code::ConfigInvalid,
            REJECTED,
        ),
        (
            "XX000",
            "too many failed attempts",
            Code::ConfigInvalid,
            REJECTED,
        ),
        ("XX000", "(ESSLREQUIRED)", Code::NetTls, tls),
        (
            "XX000",
            "(EDBHANDLEREXITED)",
            Code::DbConnection,
            unreachable,
        ),
        (
            "XX000",
            "failed to connect to database",
            Code::DbConnection,
            unreachable,
        ),
    ] {
        let rejected = detail == REJECTED;
        assert_eq!(
            all(&by_sqlstate(sqlstate, message)),
            (code, detail, rejected, false),
            "{message}"
        );
        // Elsewhere the same words are somebody else's.
        assert_eq!(
            all(&by_sqlstate("99999", message)),
            (Code::Internal, UNLISTED, false, false)
        );
    }
}
