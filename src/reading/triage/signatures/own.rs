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
        "this server takes no writes", "leads to a standby", "state_dir cannot be written.",
        "incidents are kept beside the watch, which is off",
    ]
    ConfigInvalid Any NAMED "this service says so" [
        "neither a key of supabase's forms", "supabase retires these by the end of",
        "lock file of the database server stands in", "is not sent unencrypted", "names..and no job of..may be that",
        "that database_url names does not exist", "that database_url names was dropped",
        "the instance at..is of the environment", "what answers at..is not", "is not valid: ",
        "and..has no such column", "is of the type..it has to be", "a prepared statement is not there",
        "a prepared statement is there already", "leads to no channel of..that takes messages",
        "takes no heartbeat (http",
    ]
    ConfigFileMissing Any NAMED "this service says so" [
        "named by --config was not found", "names a file in its..that was not found",
    ]
    DbConnection Any CAUSE "this service says so" [
        "the connection to postgres failed", "postgres refused the connection",
        "postgres or the network broke the connection", "the database's network cannot be reached",
        "the network gave up connecting to postgres", "postgres closed the connection",
        "postgres is starting up or shutting down", "the pooler answers, but cannot reach the database",
        "does not speak the protocol of postgres", "the pooler could not pass the statement on",
    ]
    DbConnection Any NAMED "this service says so" [
        "calls a failure a success", "what a foreign table leads to cannot be reached",
    ]
    DbTimeout Any CAUSE "this service says so" [
        "postgres did not answer", "postgres cancelled the statement", "did not answer select 1 within",
    ]
    DbTransaction Any CAUSE "this service says so" [
        "it conflicted with another one", "the transaction had failed before", "a lock was not to be had",
    ]
    DbTransaction Any NAMED "this service says so" [
        "a cursor was used that is not open", "of an enum was used before it was committed",
        "a transaction was left idle", "the transaction was open for so long", "is in use by another session",
    ]
    DbPoolExhausted Any CAUSE "this service says so" [
        "there is no free connection", "no server connection to give in time",
    ]
    DbIntegrity Any CAUSE "this service says so" [
        "a constraint of the schema was violated",
    ]
    DbIntegrity Any NAMED "this service says so" [
        "is not one of the view that it was written through", "a trigger changed the row",
        "a trigger refused the change", "is still in use by something else in the schema",
    ]
    NetTls Any CAUSE "this service says so" [
        "the encrypted connection to postgres could not be established", "does not offer the encrypted connection",
        "the database's certificate is not to be trusted", "no encrypted connection is possible",
        "the pooler requires an encrypted connection",
    ]
    NetTls Any NAMED "this service says so" [
        "whether the password travels encrypted",
    ]
    NetTimeout Any CAUSE "this service says so" [
        "supabase did not answer within", "supabase began an answer and did not end it",
        "supabase did not complete a connection within",
    ]
    NetRefused Any CAUSE "this service says so" [
        "the instance answered..and no cause", "the instance refused the connection", "supabase refused the connection",
        "railway refused the connection",
    ]
    NetRefused Any NAMED "this service says so" [
        "could not take the message (http", "the receiver of the heartbeat could not take it",
    ]
    NetDns Any CAUSE "this service says so" [
        "the host name in..was not resolved",
    ]
    VendorSupabase Any CAUSE "this service says so" [
        "supabase answered with", "supabase rejects the key", "postgrest cannot reach the database",
    ]
    VendorRailway Any CAUSE "this service says so" [
        "railway did not accept the token",
    ]
    AuthMissing Any CAUSE "this service says so" [
        "and none was presented", "nobody is signed in",
    ]
    AuthMissing Any NAMED "this service says so" [
        "takes a token: sign in, or present one",
        "a request of slack has to be signed",
    ]
    AuthInvalid Any CAUSE "this service says so" [
        "the bearer token is neither", "too many wrong tokens", "did not accept the key's token",
        "is that of nobody who may report",
    ]
    AuthInvalid Any NAMED "this service says so" [
        "the signature is not the one that slack would", "the signature of slack is older than",
        "the link to acknowledge has expired", "address for the answer to a click has expired",
    ]
    AuthForbidden Any CAUSE "this service says so" [
        "the database role may not", "this takes the operator's", "row level security may hide rows", "row level security may keep rows from being added",
        "from a page of another origin", "may look and not report", "does not belong into an address",
    ]
    AuthForbidden Any NAMED "this service says so" [
        "not service_role", "but its role may not read", "may read..but not its column",
        "the link to acknowledge is not one of", "the link to acknowledge is older than",
    ]
    ValInput Any CAUSE "this service says so" [
        "there is no such service; there are", "the alert is too large", "the alert is not json",
        "the alert is empty", "the alert is not a form", "the source in the address has to be",
        "the id of the command is no ulid", "the action item is due before the year 1", "there is no incident of that name",
        "the entry that the note corrects", "the hash of the evidence is no", "the link of the action item is no",
        "there is no action item of that id", "the file is larger than", "the file is no png", "content is no base64", "there is no quiet window of that id", "there is no suggestion of that id",
        "the time zone of the quiet window", "the quiet window is at no time", "the quiet window ends before",
        "the quiet window lies in the past", "the quiet window is longer than",
        "that concerns no incident", "that concerns no quiet window", "a field of the form is missing", "the form is cut off, or is", "the form has to have one file", "the name of the form is missing",
        "the format of a report is", "there is no text to look at", "there is no terminal to ask on", "there is no file ",
        "is no error code.", "is no folder.", "cannot be attached", "the command line is not understood",
    ]
    ValInput Any NAMED "this service says so" [
        "the address for the answer to a click is not", "is not what slack sends when a button",
    ]
    ValSchema Any CAUSE "this service says so" [
        "postgrest does not know the table", "the tables of the actions do not exist",
        "the table ops.audit_log does not exist",
        "the table of the evidence does not exist", "the table of the evidence is of another shape",
        "answered in another shape than was asked for", "has no column id, which the check reads",
        "is not exposed by postgrest", "they have to be given back first", "the alert cannot be read",
        "the alert has none of the known shapes",
    ]
    ValSchema Any NAMED "this service says so" [
        "is of another type than is expected", "a foreign table does not fit", "of the database is written wrongly",
        "does not keep to the rules of its kind", "has several meanings in this schema",
        "a number is too large for its type", "a statement asks xml in a way",
        "a statement asks for what this server", "does not fit the schema or the version of postgres",
        "is not one that this server understands", "refers to a large value that is not there",
        "has characters that its encoding does not have", "a text is too long for its column",
        "another object that a statement names", "its column is probably of another type",
        "of the type or the form that a statement expects", "its jobs cannot be held",
        "the schema error is still there", "answered with what this version does not understand",
        "the triggers of the pauses are not on", "what a statement would create exists already",
        "what is read is not ready", "of another kind than is expected", "does not exist (..names it)",
    ]
    ValData Any CAUSE "this service says so" [
        "belongs to another session by now", "the incident does not go on any more",
        "the idempotency-key belongs to another order",
        "the incident is not over; ", "the incident is closed already", "evidence of..has not been kept yet",
        "files are attached to the incident", "the evidence is not in the database yet", "the evidence in ops.evidence is not",
        "of evidence in state_dir is not what was kept",
        "the all-clear of the incident is not given", "the report of the incident is not complete",
        "one of the two incidents does not go on", "the quiet window is over already",
        "the button is not one of the incident as it is now",
    ]
    ValData Any NAMED "this service says so" [
        "a function of the database did not find the rows", "a function of the database found",
        "met a value that it does not provide for", "raised a warning as a failure", "found something wrong and said so",
        "a value cannot be computed with", "an index of the database is damaged", "with rows without end",
        "there are several rows where there may be one", "a value is missing where one is needed",
        "the message of discord's that was to be changed",
    ]
    Internal Any CLEAR "this service says so" [
        "in a way that nobody foresaw", "for a cause not foreseen", "postgres reported an internal error",
        "the metrics could not be rendered", "reported an error that has no code of its own",
        "the disk of state_dir does not answer",
    ]
    Internal Any NAMED "this service says so" [
        "does not take the form of the message", "the file..could not be read", "standard input could not be read",
        "no http client could be made",
    ]
    ResourceExhausted Any CAUSE "this service says so" [
        "the disk of the database server is full", "the database server is out of memory",
        "a limit of the database server was exceeded", "a resource of the database server is used up",
        "as many listen as there is room for", "too many other stretches of the history",
        "the disk of state_dir is full", "too many alerts",
        "could neither be written down in state_dir nor", "a part of what happened is not in state_dir",
    ]
    ResourceExhausted Any NAMED "this service says so" [
        "a sequence has given out its last number", "has no room left for what a foreign table needs",
        "the operating system of the database server failed it",
    ]
    Cancelled Any CAUSE "this service says so" [
        "begins nothing any more", "takes no more work", "was shut down in the middle of it",
    ]
    Cancelled Any NAMED "this service says so" [
        "nothing was done.", "it was not agreed to", "the step before it failed",
    ]
}
