//! What the Rust drivers and pools print of themselves, in sentences and as values: tokio-postgres,
//! deadpool, bb8, diesel, sqlx.

use crate::reading::triage::sign::signs;

signs! {
    DbConnection Any INNER "the connection to the database broke" [
        "kind: closed, cause", "kind: connect, cause", "kind: io, cause", "manager error: connection closed",
        "couldntsetupconfiguration", "while testing the connection on-release", "testing the connection",
        "ping on idle connection", "while closing the connection",
    ]
    DbTimeout Any INNER "the database did not answer in time" [
        "kind: timeout, cause", "creating a new object: timeout", "creating a new object..deadline has elapsed",
        "recycling an object..deadline has elapsed",
    ]
    DbPoolExhausted Any INNER "the pool had no connection to give" [
        "timeout error: waiting for a slot", "poolerror::timeout", "timeout(wait)", "runerror::timedout",
    ]
    DbTransaction Any INNER "the transaction could not be carried through" [
        "rollbacktransaction", "databaseerror(readonlytransaction", "databaseerror(serializationfailure",
        "rollbackerroroncommit",
    ]
    NetTls Any INNER "the encrypted connection to the database failed" [
        "kind: tls, cause",
    ]
    ConfigInvalid Any INNER "the driver cannot make sense of its settings" [
        "`err` value: configuration(", "error: configuration(",
        "kind: authentication, cause", "kind: configparse, cause", "kind: config, cause",
        "role \"..does not exist & error returned from database",
        "role \"..does not exist & db error",
    ]
    ValSchema Any INNER "what came back is not of the shape that is expected" [
        "kind: fromsql(", "kind: column(", "error retrieving column", "unexpectednullerror", "deserializationerror(",
        "unknownmigrationversion", "failed to run..with: ", "unsupported type..for param #", "columndecode",
        "unsupported type..of column #", "error converting postgres null",
    ]
    ValInput Any INNER "a statement was given other values than it takes" [
        "kind: tosql(", "serializationerror(", "wrongtype { postgres", "kind: parameters(",
    ]
    DbConnection Any CAUSE "what answers does not speak the protocol of Postgres" [
        "encountered unexpected or invalid data",
    ]
    ValInput Any INNER "a statement is given more values than it may have" [
        "too many arguments for query", "too large for binary protocol", "too many parameter format codes",
    ]
    ValSchema Any INNER "migrations and database do not agree" [
        "missing in the resolved migrations",
        "than the latest applied migration", "is partially applied", "cannot mix reversible migrations",
        "was previously applied but",
    ]
    ValSchema Any INNER "the statement does not fit the schema" [
        "no unique or exclusion constraint matching",
    ]
    ValSchema Any OUTER "a migration failed" [
        "while executing migration",
    ]
    ValData Any INNER "rows are not what the program takes for granted" [
        "kind: rowcount, cause",
    ]
    Internal Any INNER "the two sides do not speak the same protocol" [
        "kind: unexpectedmessage, cause", "kind: parse, cause", "kind: encode, cause",
    ]
}
