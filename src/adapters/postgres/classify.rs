//! From what Postgres, a pooler or the network said to a code.
//!
//! # Design notes
//!
//! SQLSTATE first, the kind of the I/O error second, and text only where a pooler offers nothing
//! else: `PgBouncer` says everything with `08P01`, Supavisor with `XX000`. Their texts stand in one
//! list each, and the SQLSTATEs in a table of their own, which triage reads, too.

mod sqlstates;

use std::io;

use sqlx::error::DatabaseError;
use sqlx::postgres::PgDatabaseError;

use self::sqlstates::{After, cause_of, is_failure};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::taxonomy::Code;
use crate::reading::redact::Redactor;

/// A classified failure, and what the session has to know of it.
#[derive(Debug)]
pub struct Classified {
    /// The fault.
    pub fault: Fault,
    /// Whether the credential was rejected, so that it must not be tried again soon.
    pub rejected: bool,
    /// Whether a connection that had been idle may just have gone stale, so that a fresh one is
    /// worth a try.
    pub stale: bool,
}

/// `PgBouncer` and other poolers that speak its language: text in an `08P01` and what it means. Where it repeats why its
/// last login failed, that is the cause; a server that was restarted has rejected nobody.
const PGBOUNCER: &[(&str, Meaning)] = &[
    ("cached error: connect", Meaning::Unreachable),
    ("cached error: server conn crashed", Meaning::Unreachable),
    ("cached error: the database system is", Meaning::Unreachable),
    ("cached error: database \"", Meaning::NoDatabase),
    (
        "cached error: remaining connection slots",
        Meaning::Exhausted,
    ),
    ("cached error: sorry, too many clients", Meaning::Exhausted),
    ("server_login_retry", Meaning::Rejected),
    ("server login has been failing", Meaning::Rejected),
    ("sasl authentication failed", Meaning::Rejected),
    ("password authentication failed", Meaning::Rejected),
    ("no such user", Meaning::Rejected),
    ("no such database", Meaning::NoDatabase),
    ("query_wait_timeout", Meaning::WaitedInVain),
    ("no more connections allowed", Meaning::Exhausted),
    ("too many connections", Meaning::Exhausted),
];

/// Supavisor: the code it puts first since 2026-03, and the texts of before.
const SUPAVISOR: &[(&str, Meaning)] = &[
    ("emaxconnsession", Meaning::Exhausted),
    ("emaxconn", Meaning::Exhausted),
    ("echeckouttimeout", Meaning::Exhausted),
    ("emaxpoolsreached", Meaning::Exhausted),
    ("maxclientsinsessionmode", Meaning::Exhausted),
    ("max clients reached", Meaning::Exhausted),
    ("max client connections reached", Meaning::Exhausted),
    ("unable to check out connection", Meaning::Exhausted),
    ("enotfound", Meaning::Rejected),
    ("ecircuitbreaker", Meaning::Rejected),
    ("eauthquery", Meaning::Rejected),
    ("eauthsecrets", Meaning::Rejected),
    ("ebanned", Meaning::Rejected),
    ("eaddrnotallowed", Meaning::Rejected),
    ("tenant or user not found", Meaning::Rejected),
    ("tenant/user", Meaning::Rejected),
    ("circuit breaker open", Meaning::Rejected),
    ("too many authentication failures", Meaning::Rejected),
    ("too many failed attempts", Meaning::Rejected),
    ("esslrequired", Meaning::Tls),
    ("edbhandlerexited", Meaning::Unreachable),
    ("failed to connect to database", Meaning::Unreachable),
];

#[derive(Debug, Clone, Copy)]
enum Meaning {
    Rejected,
    NoDatabase,
    Exhausted,
    WaitedInVain,
    Unreachable,
    Tls,
}

/// Classifies an error of the driver.
#[must_use]
pub fn classify(error: &sqlx::Error, redactor: &Redactor) -> Classified {
    let mut classified = match error {
        sqlx::Error::Database(database) => by_sqlstate(
            database.code().as_deref().unwrap_or_default(),
            database.message(),
        ),
        sqlx::Error::Io(io) => by_io(io),
        // The driver has no other word for a server that declined.
        sqlx::Error::Tls(error) if error.to_string().contains("does not support TLS") => plain(
            Code::NetTls,
            "Postgres does not offer the encrypted connection that DATABASE_URL requires.",
        )
        .check_first("sslmode in DATABASE_URL, and ssl in the server's settings"),
        sqlx::Error::Tls(_) => plain(
            Code::NetTls,
            "The encrypted connection to Postgres could not be established.",
        ),
        sqlx::Error::Protocol(_) => plain(
            Code::DbConnection,
            "What answers at the database's address does not speak the protocol of Postgres.",
        )
        .check_first("Host and port in DATABASE_URL"),
        sqlx::Error::Configuration(_) => {
            plain(Code::ConfigInvalid, "The database URL is not valid.").check_first("DATABASE_URL")
        }
        sqlx::Error::PoolTimedOut => exhausted(),
        sqlx::Error::ColumnNotFound(_)
        | sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::Decode(_)
        | sqlx::Error::TypeNotFound { .. } => plain(
            Code::ValSchema,
            "Postgres answered in another shape than was asked for.",
        ),
        // The driver's enum is open: whatever it adds is a cause not listed.
        _ => plain(
            Code::Internal,
            "Postgres could not be asked, for a cause not foreseen.",
        ),
    };
    classified.fault.causes = match error {
        sqlx::Error::Database(database) => {
            let said = said_by(database.as_ref());
            said.iter().map(|text| redactor.redact(text)).collect()
        }
        error => redactor.chain(error),
    };
    classified
}

/// What Postgres said, with what it names beside its message, and what it suggests where a statement is
/// wrong. Names of the schema only: its other fields quote values of rows. Where in its own source it
/// came from is nothing to whoever reads it.
fn said_by(error: &dyn DatabaseError) -> Vec<String> {
    let of_postgres = error.try_downcast_ref::<PgDatabaseError>();
    let is_of_statement = error.code().is_some_and(|code| code.starts_with("42"));
    let hint = of_postgres.and_then(PgDatabaseError::hint);
    let message = match error.code() {
        Some(code) => format!("{} ({code})", error.message()),
        None => error.message().to_owned(),
    };
    let named = [
        ("table", error.table()),
        ("column", of_postgres.and_then(PgDatabaseError::column)),
        ("type", of_postgres.and_then(PgDatabaseError::data_type)),
        ("constraint", error.constraint()),
        ("hint", hint.filter(|_| is_of_statement)),
    ]
    .into_iter()
    .filter_map(|(what, name)| Some(format!("{what}: {}", name?)));
    std::iter::once(message).chain(named).collect()
}

/// Classifies an error of resolving or connecting, before any byte was exchanged.
#[must_use]
pub fn classify_dial(error: &io::Error, redactor: &Redactor) -> Fault {
    by_io(error).fault.caused_by(redactor.chain(error))
}

fn plain(code: Code, detail: &'static str) -> Classified {
    Classified {
        fault: Fault::new(code, detail),
        rejected: false,
        stale: false,
    }
}

impl Classified {
    fn check_first(mut self, first_check: &'static str) -> Self {
        self.fault.first_check = Some(first_check.into());
        self
    }

    fn stale(mut self) -> Self {
        self.stale = true;
        self
    }
}

fn exhausted() -> Classified {
    as_said_by("53300")
}

fn meant(meaning: Meaning) -> Classified {
    match meaning {
        Meaning::Rejected => as_said_by("28000"),
        Meaning::NoDatabase => as_said_by("3D000"),
        Meaning::Exhausted => exhausted(),
        // The pooler says no more than that it had no server to give: it cannot be told apart.
        Meaning::WaitedInVain => plain(
            Code::DbPoolExhausted,
            "The pooler had no server connection to give in time: its pool is used up, or it cannot \
             reach the database.",
        ),
        Meaning::Unreachable => plain(
            Code::DbConnection,
            "The pooler answers, but cannot reach the database.",
        ),
        Meaning::Tls => plain(Code::NetTls, "The pooler requires an encrypted connection.")
            .check_first("sslmode in DATABASE_URL"),
    }
}

fn by_text(message: &str, list: &[(&str, Meaning)]) -> Option<Classified> {
    let message = message.to_ascii_lowercase();
    list.iter()
        .find(|(text, _)| message.contains(text))
        .map(|(_, meaning)| meant(*meaning))
}

/// Classifies a SQLSTATE; `message` is consulted where a pooler puts the cause there.
#[must_use]
pub fn by_sqlstate(sqlstate: &str, message: &str) -> Classified {
    let of_a_pooler = match sqlstate {
        "08P01" => by_text(message, PGBOUNCER),
        "XX000" => by_text(message, SUPAVISOR),
        _ => None,
    };
    of_a_pooler.unwrap_or_else(|| as_said_by(sqlstate))
}

/// What a SQLSTATE means in a text of others; nothing where it is no failure, or none of Postgres.
#[must_use]
pub(crate) fn meaning_of(sqlstate: &str, message: &str) -> Option<Code> {
    is_failure(sqlstate).then(|| by_sqlstate(sqlstate, message).fault.code)
}

fn as_said_by(sqlstate: &str) -> Classified {
    let Some(cause) = cause_of(sqlstate) else {
        return plain(
            Code::Internal,
            "Postgres reported an error that has no code of its own.",
        );
    };
    let mut classified = plain(cause.code, cause.detail);
    classified.fault.first_check = cause.first_check.map(Into::into);
    // The table or its schema: of other things that are missing, a table is there.
    if matches!(sqlstate, "42P01" | "3F000") {
        classified.fault.kind = Some(FaultKind::NoTable);
    }
    classified.rejected = cause.after == After::StayAway;
    classified.stale = cause.after == After::Reconnect;
    classified
}

fn by_io(error: &io::Error) -> Classified {
    use io::ErrorKind as Kind;
    if is_tls(error) {
        return plain(
            Code::NetTls,
            "The database's certificate is not to be trusted, or the encrypted connection failed.",
        );
    }
    match error.kind() {
        Kind::ConnectionRefused => plain(Code::DbConnection, "Postgres refused the connection."),
        Kind::ConnectionReset
        | Kind::ConnectionAborted
        | Kind::BrokenPipe
        | Kind::UnexpectedEof => plain(
            Code::DbConnection,
            "Postgres or the network broke the connection.",
        )
        .stale(),
        Kind::HostUnreachable | Kind::NetworkUnreachable | Kind::AddrNotAvailable => plain(
            Code::DbConnection,
            "The database's network cannot be reached.",
        ),
        Kind::TimedOut => plain(
            Code::DbConnection,
            "The network gave up connecting to Postgres.",
        ),
        _ => plain(Code::DbConnection, "The connection to Postgres failed."),
    }
}

/// Whether the chain of an I/O error ends in one of TLS: `source()` skips the error that
/// `io::Error` wraps.
fn is_tls(error: &io::Error) -> bool {
    let Some(inner) = error.get_ref() else {
        return false;
    };
    if inner.is::<rustls::Error>() {
        return true;
    }
    inner.downcast_ref::<io::Error>().is_some_and(is_tls)
        || inner
            .source()
            .is_some_and(|source| source.is::<rustls::Error>())
}

#[cfg(test)]
mod tests;
