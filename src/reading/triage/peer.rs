//! Whose peer an event speaks of.

use std::sync::LazyLock;

use crate::reading::triage::needles::Needles;
use crate::reading::triage::sign::About;

/// Nothing else than a database is spoken of like this.
const OF_DATABASE: &[&str] = &[
    "postgres*",
    "psycopg*",
    "asyncpg",
    "libpq",
    "psql",
    "pgbouncer",
    "supavisor",
    "sqlalchemy",
    "sqlx*",
    "connection to server at",
    "could not connect to server",
    "5432",
    "6543",
    "6432",
    "pg-pool",
    "pg-protocol",
    "*/pg/lib*",
    "pgx*",
    "pq:",
    "jdbc",
    "psqlexception",
    "hikari*",
    "typeorm*",
    "sequelize*",
    "prisma*",
    "knex*",
    "drizzle*",
    "postgrex*",
    "dbconnection",
    "activerecord",
    "tokio_postgres",
    "deadpool",
    "diesel",
    "django.db",
    "pg_hba.conf",
    "clienthandler",
    "dbhandler",
    "db.*.supabase.co",
    "*pooler.supabase.com",
    "r2d2",
    "bb8",
    "hibernate",
    "npgsql",
    "slonik",
    "kysely",
    "rdsdb",
    "host=..user=..database=",
    "user=..database=",
];

/// Nothing else than another peer is spoken of like this.
const OF_OTHERS: &[&str] = &[
    "http",
    "https",
    "http/1*",
    "http/2*",
    "httpx",
    "httpcore",
    "requests.exceptions",
    "urllib*",
    "urllib3*",
    "aiohttp",
    "reqwest*",
    "hyper*",
    "undici*",
    "axios*",
    "axioserror",
    "fetch",
    "fetcherror",
    "okhttp*",
    "net/http",
    "curl",
    "wget",
    "redis*",
    "ioredis",
    "amqp",
    "amqps",
    "rabbitmq",
    "kafka",
    "smtp*",
    "nodemailer",
    "grpc",
    "nodeapierror",
    "n8n",
    "mongodb",
    "mongo*",
    "websocket*",
    "api",
    "webhook*",
    "*got/dist*",
    "botocore",
    "boto3",
    "elasticsearch",
    "memcached",
    "mail",
    "stripe",
    "slack",
    "443",
    "upstream",
    "nats",
    "mqtt",
    "clickhouse",
    "elastic*",
    "pika*",
    "aiormq*",
    "rdkafka*",
    "memcache*",
    "river:",
    "/dev/tcp",
    "beat:",
    "consumer:",
    "celery",
    "kombu",
    "bullmq",
    "bash:",
    "ssh",
    "s3",
    "sftp",
    "ftp",
];

/// A database is probably meant.
const MAYBE_DATABASE: &[&str] = &[
    "database*",
    "db",
    "pooler",
    "sql",
    "databaseerror",
    "error connecting to server",
    "kind: connect, cause*",
    "kind: closed, cause*",
    "kind: io, cause*",
    "fatal:  ",
    "error:  ",
];

/// A peer is named, whatever it is.
const MAYBE_OTHERS: &[&str] = &[
    "*://",
    "port",
    "host",
    "url",
    "service",
    "server",
    "*.com",
    "*.org",
    "*.net",
    "*.io",
    "*.internal",
    "dial tcp",
];

static SPOKEN: LazyLock<[Needles; 4]> = LazyLock::new(|| {
    [OF_DATABASE, OF_OTHERS, MAYBE_DATABASE, MAYBE_OTHERS]
        .map(|list| Needles::new(list.iter().copied()))
});

/// Whose peer an event speaks of: a database, another one, or nobody's.
pub(super) fn of(context: &str) -> About {
    let order = [About::Database, About::Peer, About::Database, About::Peer];
    let spoken = SPOKEN
        .iter()
        .position(|needles| !needles.find(context, context).is_empty());
    match spoken {
        Some(index) => order[index],
        None if names_a_port(context) => About::Peer,
        None => About::Nobody,
    }
}

/// What speaks over connections of its own, in the words that drivers of databases have, too.
const OF_SOCKETS: &[&str] = &[
    "amqp*",
    "ftp",
    "grpc",
    "imap*",
    "kafka*",
    "mqtt",
    "nats",
    "pika*",
    "rabbitmq",
    "redis*",
    "sftp",
    "smtp*",
    "ssh",
    "websocket*",
    "websockets.*",
    "urllib3*",
];

static SOCKETS: LazyLock<Needles> = LazyLock::new(|| Needles::new(OF_SOCKETS.iter().copied()));

/// Whether an event speaks of another peer that has connections and pools, and of no database.
pub(super) fn is_anothers(context: &str) -> bool {
    let finds = |needles: &Needles| !needles.find(context, context).is_empty();
    finds(&SOCKETS) && !finds(&SPOKEN[0]) && !finds(&SPOKEN[2])
}

/// `198.51.100.14:8080`.
fn names_a_port(context: &str) -> bool {
    context.match_indices(':').any(|(at, _)| {
        let digits = context[at + 1..]
            .bytes()
            .take_while(u8::is_ascii_digit)
            .count();
        (2..=5).contains(&digits)
            && context[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == ']')
    })
}
