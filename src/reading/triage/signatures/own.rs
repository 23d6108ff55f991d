//! The sentences of this service itself, as its faults say them.

use crate::reading::triage::sign::signs;

signs! {
    ConfigMissing Any CAUSE "this service says so" [
        "is not set.", "it is empty.",
    ]
    ConfigInvalid Any CAUSE "this service says so" [
        "is not valid.", "is not readable toml", "has..keys that mean nothing", "the database url is not valid",
        "the url of the instance is not valid", "the database rejected the login",
        "logins are blocked after earlier rejections", "the target is not certain", "is not fit for a header",
        "this server takes no writes", "leads to a standby",
    ]
    ConfigFileMissing Any CAUSE "this service says so" [
        "named by --config was not found",
    ]
    DbConnection Any CAUSE "this service says so" [
        "the connection to postgres failed", "postgres refused the connection",
        "postgres or the network broke the connection", "the database's network cannot be reached",
        "the network gave up connecting to postgres", "postgres closed the connection",
        "postgres is starting up or shutting down", "the pooler answers, but cannot reach the database",
        "does not speak the protocol of postgres", "the pooler could not pass the statement on",
    ]
    DbTimeout Any CAUSE "this service says so" [
        "postgres did not answer", "postgres cancelled the statement", "did not answer select 1 within",
    ]
    DbTransaction Any CAUSE "this service says so" [
        "it conflicted with another one", "the transaction had failed before", "a lock was not to be had",
    ]
    DbPoolExhausted Any CAUSE "this service says so" [
        "there is no free connection", "no server connection to give in time",
    ]
    DbIntegrity Any CAUSE "this service says so" [
        "a constraint of the schema was violated",
    ]
    NetTls Any CAUSE "this service says so" [
        "the encrypted connection to postgres could not be established", "does not offer the encrypted connection",
        "the database's certificate is not to be trusted", "no encrypted connection is possible",
        "the pooler requires an encrypted connection",
    ]
    NetTimeout Any CAUSE "this service says so" [
        "supabase did not answer within", "supabase began an answer and did not end it",
        "supabase did not complete a connection within",
    ]
    NetDns Any CAUSE "this service says so" [
        "the host name in..was not resolved",
    ]
    VendorSupabase Any CAUSE "this service says so" [
        "supabase answered with", "supabase rejects the key", "postgrest cannot reach the database",
    ]
    VendorRailway Any CAUSE "this service says so" [
        "railway did not accept the token", "a deployment of the service is under way",
    ]
    AuthMissing Any CAUSE "this service says so" [
        "and none was presented",
    ]
    AuthInvalid Any CAUSE "this service says so" [
        "the bearer token is neither", "too many wrong tokens", "did not accept the key's token",
    ]
    AuthForbidden Any CAUSE "this service says so" [
        "the database role may not", "this takes the operator's", "row level security may hide rows",
    ]
    ValSchema Any CAUSE "this service says so" [
        "postgrest does not know the table", "the tables of the actions do not exist",
        "answered in another shape than was asked for", "has no column id, which the check reads",
        "is not exposed by postgrest",
    ]
    ValData Any CAUSE "this service says so" [
        "belongs to another session by now", "nothing was done",
    ]
    Internal Any CLEAR "this service says so" [
        "in a way that nobody foresaw", "for a cause not foreseen", "postgres reported an internal error",
        "the metrics could not be rendered",
    ]
    ResourceExhausted Any CAUSE "this service says so" [
        "the disk of the database server is full", "the database server is out of memory",
        "a limit of the database server was exceeded", "a resource of the database server is used up",
    ]
    Cancelled Any CAUSE "this service says so" [
        "begins nothing any more", "takes no more work", "was shut down in the middle of it",
    ]
}
