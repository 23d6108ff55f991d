//! Every variable that the service reads, described once: `--help`, the README and the tests come
//! from here.

/// A variable of the environment, or a key of the configuration file (the same name in lower case).
#[derive(Debug, Clone, Copy)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// Other names that are read where it is not set.
    pub aliases: &'static [&'static str],
    /// What is used where none of them is set; empty: nothing.
    pub default: &'static str,
    /// What it means, with its unit.
    pub meaning: &'static str,
}

const fn variable(
    name: &'static str,
    aliases: &'static [&'static str],
    default: &'static str,
    meaning: &'static str,
) -> Variable {
    Variable {
        name,
        aliases,
        default,
        meaning,
    }
}

/// Where the service listens: the port.
pub const PORT: Variable = variable(
    "PORT",
    &[],
    "8080",
    "TCP port to listen on; 0 takes any free one",
);
/// Where the service listens: the address.
pub const HOST: Variable = variable(
    "HOST",
    &[],
    "::",
    "Address of this machine to listen on, else it ends with exit code 3; `::` serves IPv6 and IPv4",
);
/// The database.
pub const DATABASE_URL: Variable = variable(
    "DATABASE_URL",
    &["SUPABASE_DB_URL"],
    "",
    "Postgres, as `postgres://user:password@host:port/database`; a transaction pooler is fine",
);
/// The database, past the pooler.
pub const DATABASE_DIRECT_URL: Variable = variable(
    "DATABASE_DIRECT_URL",
    &[],
    "",
    "Postgres without a pooler in between, for `migrate`; DATABASE_URL where it is not set",
);
/// Supabase's API.
pub const SUPABASE_URL: Variable = variable(
    "SUPABASE_URL",
    &[],
    "",
    "Supabase's API, as `https://<ref>.supabase.co`",
);
/// The key for Supabase's API.
pub const SUPABASE_KEY: Variable = variable(
    "SUPABASE_SERVICE_ROLE_KEY",
    &["SUPABASE_SECRET_KEY"],
    "",
    "Key for Supabase's API: `sb_secret_...`, or the legacy service role JWT",
);
/// The table that the Supabase check reads.
pub const SUPABASE_HEALTH_TABLE: Variable = variable(
    "SUPABASE_HEALTH_TABLE",
    &[],
    "plaintiffs",
    "Table that the Supabase check reads one `id` of",
);
/// What has to be readable.
pub const SMOKE_RELATIONS: Variable = variable(
    "SMOKE_RELATIONS",
    &[],
    "plaintiffs,plaintiff_contacts,v_plaintiffs_overview,v_plaintiff_call_queue",
    "Tables and views that `smoke` reads, separated by commas; `schema.name` outside of `public`",
);
/// The name of the environment.
pub const SUPABASE_MODE: Variable = variable(
    "SUPABASE_MODE",
    &["RAILWAY_ENVIRONMENT_NAME"],
    "unknown",
    "Name of the environment, such as `prod`; shown in every answer",
);
/// The budget of the database check.
pub const HEALTH_DB_TIMEOUT: Variable = variable(
    "HEALTH_DB_TIMEOUT",
    &[],
    "5",
    "Deadline of `/api/health/db`, in seconds",
);
/// The budget of the Supabase check.
pub const HEALTH_SUPABASE_TIMEOUT: Variable = variable(
    "HEALTH_SUPABASE_TIMEOUT",
    &[],
    "8",
    "Deadline of `/api/health/supabase`, in seconds",
);
/// The budget of the ops report.
pub const HEALTH_OPS_TIMEOUT: Variable = variable(
    "HEALTH_OPS_TIMEOUT",
    &[],
    "5",
    "Deadline of `/api/health/ops`, in seconds",
);
/// For how long an outcome is shared.
pub const HEALTH_FRESHNESS_MS: Variable = variable(
    "HEALTH_FRESHNESS_MS",
    &[],
    "1000",
    "For how long an outcome is shared, in milliseconds; 0: only while the check runs",
);
/// The operator's token.
pub const OPS_TOKEN: Variable = variable(
    "OPS_TOKEN",
    &[],
    "",
    "Operator's bearer token (16 characters or more): shows causes and queries, and may act",
);
/// The reader's token.
pub const OPS_READ_TOKEN: Variable = variable(
    "OPS_READ_TOKEN",
    &[],
    "",
    "Reader's bearer token (16 characters or more): shows queries",
);
/// The token that a command presents.
pub const DRAGONFLY_TOKEN: Variable = variable(
    "DRAGONFLY_TOKEN",
    &[],
    "",
    "Token that a command presents before it changes something: it has to be the one in OPS_TOKEN",
);
/// The project token of Railway's API.
pub const RAILWAY_TOKEN: Variable = variable(
    "RAILWAY_TOKEN",
    &[],
    "",
    "Project token of Railway's API, for `restart` and `logs --railway`",
);
/// The account's token of Railway's API.
pub const RAILWAY_API_TOKEN: Variable = variable(
    "RAILWAY_API_TOKEN",
    &[],
    "",
    "Account or workspace token of Railway's API, where there is no project token; needs the two ids below",
);
/// Which project an account's token is used for.
pub const RAILWAY_PROJECT_ID: Variable = variable(
    "RAILWAY_PROJECT_ID",
    &[],
    "",
    "The project's id, with RAILWAY_API_TOKEN; Railway injects it",
);
/// Which environment an account's token is used for.
pub const RAILWAY_ENVIRONMENT_ID: Variable = variable(
    "RAILWAY_ENVIRONMENT_ID",
    &[],
    "",
    "The environment's id, with RAILWAY_API_TOKEN; Railway injects it",
);
/// Where Railway's API is.
pub const RAILWAY_API_URL: Variable = variable(
    "RAILWAY_API_URL",
    &[],
    "https://backboard.railway.com/graphql/v2",
    "Where Railway's API is",
);
/// How long a restarted service may take.
pub const RESTART_TIMEOUT: Variable = variable(
    "RESTART_TIMEOUT",
    &[],
    "150",
    "How long a restarted service may take to send the heartbeat of a new start, in seconds",
);
/// Who may read from another origin.
pub const CORS_ALLOWED_ORIGINS: Variable = variable(
    "CORS_ALLOWED_ORIGINS",
    &[],
    "*",
    "Origins whose pages may read the health endpoints, separated by commas; `*`: any",
);
/// The shape of the log.
pub const LOG_FORMAT: Variable = variable(
    "LOG_FORMAT",
    &[],
    "json",
    "`json`: one object a line; `pretty`: for people",
);
/// What is logged.
pub const RUST_LOG: Variable = variable(
    "RUST_LOG",
    &[],
    "info",
    "What is logged, as in `dragonfly_ops=debug`",
);
/// For how long a connection may take to send a request.
pub const HTTP_HEADER_TIMEOUT: Variable = variable(
    "HTTP_HEADER_TIMEOUT",
    &[],
    "10",
    "How long a new connection may take to send its first request, in seconds",
);
/// For how long a connection may be idle.
pub const HTTP_IDLE_TIMEOUT: Variable = variable(
    "HTTP_IDLE_TIMEOUT",
    &[],
    "75",
    "How long a connection may wait between requests, in seconds; longer than the edge's 60",
);
/// For how long a peer may read nothing.
pub const HTTP_WRITE_TIMEOUT: Variable = variable(
    "HTTP_WRITE_TIMEOUT",
    &[],
    "10",
    "How long a peer may read nothing of its answer before it is let go, in seconds",
);
/// How many connections may be open.
pub const HTTP_MAX_CONNECTIONS: Variable = variable(
    "HTTP_MAX_CONNECTIONS",
    &[],
    "4096",
    "Open connections at most; where they run out, the longest idle ones make room for new ones",
);
/// For how long a draining service still takes connections.
pub const DRAIN_DELAY: Variable = variable(
    "DRAIN_DELAY",
    &[],
    "1",
    "How long the listener stays open after SIGTERM while readiness is red, in seconds",
);
/// For how long a draining service waits.
pub const DRAIN_TIMEOUT: Variable = variable(
    "DRAIN_TIMEOUT",
    &[],
    "25",
    "How long requests in flight may take after that, in seconds; delay and this below Railway's drain",
);

/// All of them, in the order in which they are explained.
pub const ALL: &[Variable] = &[
    PORT,
    HOST,
    DATABASE_URL,
    DATABASE_DIRECT_URL,
    SUPABASE_URL,
    SUPABASE_KEY,
    SUPABASE_HEALTH_TABLE,
    SMOKE_RELATIONS,
    SUPABASE_MODE,
    HEALTH_DB_TIMEOUT,
    HEALTH_SUPABASE_TIMEOUT,
    HEALTH_OPS_TIMEOUT,
    HEALTH_FRESHNESS_MS,
    OPS_TOKEN,
    OPS_READ_TOKEN,
    DRAGONFLY_TOKEN,
    RAILWAY_TOKEN,
    RAILWAY_API_TOKEN,
    RAILWAY_PROJECT_ID,
    RAILWAY_ENVIRONMENT_ID,
    RAILWAY_API_URL,
    RESTART_TIMEOUT,
    CORS_ALLOWED_ORIGINS,
    LOG_FORMAT,
    RUST_LOG,
    HTTP_HEADER_TIMEOUT,
    HTTP_IDLE_TIMEOUT,
    HTTP_WRITE_TIMEOUT,
    HTTP_MAX_CONNECTIONS,
    DRAIN_DELAY,
    DRAIN_TIMEOUT,
];
