//! Each cause in full: its words, whether it is a rejection, what to look at first.

use super::*;

/// An error of the server, as the driver hands it on.
#[derive(Debug)]
struct Said(Option<&'static str>, &'static str);

impl std::fmt::Display for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.1)
    }
}

impl std::error::Error for Said {}

impl sqlx::error::DatabaseError for Said {
    fn message(&self) -> &str {
        self.1
    }

    fn code(&self) -> Option<std::borrow::Cow<'_, str>> {
        self.0.map(Into::into)
    }

    fn as_error(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn std::error::Error + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn std::error::Error + Send + Sync + 'static> {
        self
    }

    fn kind(&self) -> sqlx::error::ErrorKind {
        sqlx::error::ErrorKind::Other
    }
}

/// Code, detail, whether the login was rejected, whether a fresh connection is worth a try.
pub(super) fn all(classified: &Classified) -> (Code, &str, bool, bool) {
    let Classified {
        fault,
        rejected,
        stale,
    } = classified;
    (fault.code, fault.detail.as_ref(), *rejected, *stale)
}

pub(super) const REJECTED: &str = "The database rejected the login: user or password in DATABASE_URL is wrong, or logins are \
                        blocked after earlier rejections.";
pub(super) const EXHAUSTED: &str =
    "There is no free connection: the server's or the pooler's slots are used up.";
pub(super) const UNLISTED: &str = "Postgres reported an error that has no code of its own.";

#[test]
fn each_sqlstate_says_what_happened_and_whether_a_fresh_connection_may_help() {
    let broken = "The connection to Postgres failed.";
    let closed = "Postgres closed the connection.";
    let limit = "A limit of the database server was exceeded.";
    let conflict = "The transaction was rolled back: it conflicted with another one.";
    let constraint = "A constraint of the schema was violated.";
    let no_database = "The database that DATABASE_URL names does not exist.";
    for (sqlstate, code, stale, detail) in [
        ("28P01", Code::ConfigInvalid, false, REJECTED),
        ("28000", Code::ConfigInvalid, false, REJECTED),
        ("3D000", Code::ConfigInvalid, false, no_database),
        (
            "08P01",
            Code::DbConnection,
            true,
            "The pooler could not pass the statement on.",
        ),
        (
            "XX000",
            Code::Internal,
            false,
            "Postgres reported an internal error.",
        ),
        (
            "57014",
            Code::DbTimeout,
            false,
            "Postgres cancelled the statement: it ran for too long.",
        ),
        ("57P01", Code::DbConnection, true, closed),
        ("57P02", Code::DbConnection, true, closed),
        ("57P05", Code::DbConnection, true, closed),
        (
            "57P03",
            Code::DbConnection,
            false,
            "Postgres is starting up or shutting down.",
        ),
        (
            "25006",
            Code::ConfigInvalid,
            false,
            "This server takes no writes: it is a standby, or its transactions are read-only, as Supabase makes them \
             when the disk is nearly full.",
        ),
        ("40001", Code::DbTransaction, false, conflict),
        ("40P01", Code::DbTransaction, false, conflict),
        (
            "25P02",
            Code::DbTransaction,
            false,
            "The transaction had failed before.",
        ),
        (
            "55P03",
            Code::DbTransaction,
            false,
            "A lock was not to be had in time.",
        ),
        ("53300", Code::DbPoolExhausted, false, EXHAUSTED),
        ("53400", Code::DbPoolExhausted, false, EXHAUSTED),
        (
            "42501",
            Code::AuthForbidden,
            false,
            "The database role lacks a privilege.",
        ),
        (
            "42P01",
            Code::ValSchema,
            false,
            "A table that is read does not exist.",
        ),
        (
            "42703",
            Code::ValSchema,
            false,
            "A column that is read does not exist.",
        ),
        (
            "42883",
            Code::ValSchema,
            false,
            "A function that is called does not exist for these types.",
        ),
        (
            "3F000",
            Code::ValSchema,
            false,
            "A schema that is read does not exist.",
        ),
        (
            "53100",
            Code::ResourceExhausted,
            false,
            "The disk of the database server is full.",
        ),
        (
            "53200",
            Code::ResourceExhausted,
            false,
            "The database server is out of memory.",
        ),
        ("08000", Code::DbConnection, true, broken),
        ("08006", Code::DbConnection, true, broken),
        ("23505", Code::DbIntegrity, false, constraint),
        ("54000", Code::ResourceExhausted, false, limit),
        (
            "22P02",
            Code::ValSchema,
            false,
            "A value does not read as the type that is expected: its column is probably of another type.",
        ),
        (
            "42804",
            Code::ValSchema,
            false,
            "A column that is read is of another type than is expected.",
        ),
        (
            "42P02",
            Code::ValSchema,
            false,
            "A statement does not fit the schema or the version of Postgres.",
        ),
        ("99999", Code::Internal, false, UNLISTED),
    ] {
        let rejected = detail == REJECTED;
        assert_eq!(
            all(&by_sqlstate(sqlstate, "no text of a pooler")),
            (code, detail, rejected, stale),
            "{sqlstate}"
        );
    }
}

#[test]
fn what_has_to_be_looked_at_first_is_said_where_the_cause_knows_better_than_the_code() {
    let database = Some("Database name in DATABASE_URL");
    for (sqlstate, message, expected) in [
        ("28P01", "", Some("User and password in DATABASE_URL")),
        ("3D000", "", database),
        ("08P01", "no such database", database),
        ("XX000", "esslrequired", Some("sslmode in DATABASE_URL")),
        (
            "25006",
            "",
            Some(
                "Whether DATABASE_DIRECT_URL or DATABASE_URL names the primary, then the disk of the project",
            ),
        ),
        ("42501", "", Some("The grants of the role in DATABASE_URL")),
        ("42P01", "", None),
    ] {
        let fault = by_sqlstate(sqlstate, message).fault;
        assert_eq!(
            fault.first_check.as_deref(),
            expected,
            "{sqlstate} {message}"
        );
    }
}

#[test]
fn each_error_of_the_driver_has_its_code() {
    use sqlx::Error;
    let shape = "Postgres answered in another shape than was asked for.";
    let unforeseen = "Postgres could not be asked, for a cause not foreseen.";
    let text = || "x".to_owned();
    for (error, code, detail) in [
        (
            Error::Database(Box::new(Said(Some("42P01"), "zq"))),
            Code::ValSchema,
            "A table that is read does not exist.",
        ),
        (
            Error::Database(Box::new(Said(Some("XX000"), "(EMAXCONN)"))),
            Code::DbPoolExhausted,
            EXHAUSTED,
        ),
        (
            Error::Database(Box::new(Said(None, "zq"))),
            Code::Internal,
            UNLISTED,
        ),
        (
            Error::Io(io::ErrorKind::ConnectionRefused.into()),
            Code::DbConnection,
            "Postgres refused the connection.",
        ),
        (
            Error::Tls("server does not support TLS".into()),
            Code::NetTls,
            "Postgres does not offer the encrypted connection that DATABASE_URL requires.",
        ),
        (
            Error::Tls("bad certificate".into()),
            Code::NetTls,
            "The encrypted connection to Postgres could not be established.",
        ),
        (
            Error::Protocol(text()),
            Code::DbConnection,
            "What answers at the database's address does not speak the protocol of Postgres.",
        ),
        (
            Error::Configuration("x".into()),
            Code::ConfigInvalid,
            "The database URL is not valid.",
        ),
        (Error::PoolTimedOut, Code::DbPoolExhausted, EXHAUSTED),
        (Error::ColumnNotFound(text()), Code::ValSchema, shape),
        (
            Error::ColumnDecode {
                index: text(),
                source: "x".into(),
            },
            Code::ValSchema,
            shape,
        ),
        (Error::Decode("x".into()), Code::ValSchema, shape),
        (
            Error::TypeNotFound { type_name: text() },
            Code::ValSchema,
            shape,
        ),
        (Error::RowNotFound, Code::Internal, unforeseen),
        (Error::WorkerCrashed, Code::Internal, unforeseen),
    ] {
        let classified = classify(&error, &Redactor::default());
        assert_eq!(all(&classified), (code, detail, false, false), "{error:?}");
        let causes = &classified.fault.causes;
        let expected = match &error {
            // What the driver puts around it says nothing more.
            Error::Database(said) => vec![match said.code() {
                Some(code) => format!("{} ({code})", said.message()),
                None => said.message().to_owned(),
            }],
            error => Redactor::default().chain(error),
        };
        assert_eq!(causes, &expected, "{error:?}");
        assert!(!causes.is_empty());
    }
    let first_check = |error| classify(&error, &Redactor::default()).fault.first_check;
    assert_eq!(
        first_check(Error::Tls("does not support TLS".into())),
        Some("sslmode in DATABASE_URL, and ssl in the server's settings".into())
    );
    assert_eq!(first_check(Error::Tls("x".into())), None);
    assert_eq!(
        first_check(Error::Protocol("x".to_owned())),
        Some("Host and port in DATABASE_URL".into())
    );
}

#[test]
fn each_failure_of_the_network_is_told_apart() {
    use io::ErrorKind as Kind;
    let broken = ("Postgres or the network broke the connection.", true);
    let unreachable = ("The database's network cannot be reached.", false);
    for (kind, (detail, stale)) in [
        (
            Kind::ConnectionRefused,
            ("Postgres refused the connection.", false),
        ),
        (Kind::ConnectionReset, broken),
        (Kind::ConnectionAborted, broken),
        (Kind::BrokenPipe, broken),
        (Kind::UnexpectedEof, broken),
        (Kind::HostUnreachable, unreachable),
        (Kind::NetworkUnreachable, unreachable),
        (Kind::AddrNotAvailable, unreachable),
        (
            Kind::TimedOut,
            ("The network gave up connecting to Postgres.", false),
        ),
        (
            Kind::PermissionDenied,
            ("The connection to Postgres failed.", false),
        ),
    ] {
        let error = io::Error::from(kind);
        assert_eq!(
            all(&by_io(&error)),
            (Code::DbConnection, detail, false, stale),
            "{kind:?}"
        );
        let fault = classify_dial(&error, &Redactor::default());
        assert_eq!(
            (fault.code, fault.detail.as_ref()),
            (Code::DbConnection, detail)
        );
        assert_eq!(fault.causes, [error.to_string()]);
    }
}

#[test]
fn a_certificate_is_found_as_the_source_of_what_is_wrapped() {
    #[derive(Debug, thiserror::Error)]
    #[error("outer")]
    struct Outer<E: std::error::Error + 'static>(#[source] E);
    let tls = rustls::Error::General("x".to_owned());
    assert!(is_tls(&io::Error::other(Outer(tls))));
    assert!(!is_tls(&io::Error::other(Outer(io::Error::other("x")))));
    assert!(!is_tls(&io::Error::other(io::Error::other("x"))));
    assert!(!is_tls(&io::ErrorKind::InvalidData.into()));
}
