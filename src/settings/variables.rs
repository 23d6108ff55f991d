//! Every variable that the service reads, one row each: the reader, `dragonfly-ops help variables`
//! and the README's table come from here.
//!
//! # Design notes
//!
//! A default is written as an operator would write it and goes through the parser of its row: what
//! the help shows is what is used. Whether a value is a secret is a column without a default, so
//! that nobody forgets to answer it; the redactor goes by it.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use secrecy::SecretString;
use url::Url;

use crate::domain::access::PageAccess;
use crate::domain::mention::Mentions;
use crate::domain::repository::Repository;
use crate::domain::smoke::Relation;
use crate::domain::tables::{HeartbeatRole, JobRole, JobState};
use crate::settings::channels;
use crate::settings::columns;
use crate::settings::database::DatabaseSettings;
use crate::settings::log::LogFormat;
use crate::settings::values::{self, Mistake, plain, seconds, whole};

/// A variable of the environment, or a key of the configuration file (the same name in lower case),
/// whose value is a `T`. Without a `T` it is what can be said of every variable.
#[derive(Debug)]
pub struct Variable<T = ()> {
    /// Its name.
    pub name: &'static str,
    /// Other names that are read where it is not set.
    pub aliases: &'static [&'static str],
    /// What is used where none of them is set.
    pub default: Option<&'static str>,
    /// What it means, with its unit.
    pub meaning: &'static str,
    /// Whether its value must never be shown.
    pub is_secret: bool,
    /// What its value has to be.
    pub(super) parse: fn(&str) -> Result<T, Mistake>,
}

impl<T> Variable<T> {
    /// All of its names, the one that wins first.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + use<T> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }

    /// What is used where it is not set.
    ///
    /// # Panics
    ///
    /// Where its row has no default, or one that it does not understand itself: neither outlives
    /// the first run of any test that reads settings.
    pub(super) fn fallback(&self) -> T {
        self.default
            .and_then(|text| (self.parse)(text).ok())
            .expect("the row has a default that it understands")
    }
}

/// Makes a constant of each row, and `ALL` of them.
macro_rules! variables {
    ($(
        $name:ident $(or $alias:ident)*: $type:ty $(= $default:literal)?, $parse:expr, $shown:ident,
        $meaning:literal;
    )*) => {
        $(
            #[doc = $meaning]
            pub const $name: Variable<$type> = variables!(@row $name [$($alias)*] [$($default)?] $shown $meaning $parse);
        )*

        /// All of them, in the order in which they are explained.
        pub const ALL: &[Variable] = &[$(
            variables!(@row $name [$($alias)*] [$($default)?] $shown $meaning |text| ($name.parse)(text).map(|_| ())),
        )*];
    };
    (@row $name:ident [$($alias:ident)*] $default:tt $shown:ident $meaning:literal $parse:expr) => {
        Variable {
            name: stringify!($name),
            aliases: &[$(stringify!($alias)),*],
            default: variables!(@default $default),
            meaning: $meaning,
            is_secret: variables!(@is_secret $shown),
            parse: $parse,
        }
    };
    (@default []) => { None };
    (@default [$default:literal]) => { Some($default) };
    (@is_secret secret) => { true };
    (@is_secret public) => { false };
}

// NAME [or ALIAS]: type [= default], what its value has to be, whether it may be shown,
//     what it means, with its unit;
variables! {
    PORT: u16 = "8080", |t| whole(t, "a port", 0..=65_535), public,
        "TCP port to listen on; 0 takes any free one";
    HOST: IpAddr = "::", values::ip_address, public,
        "Address to listen on; `::` serves IPv6 and IPv4. One that this machine does not have ends the process with 3";
    DATABASE_URL or SUPABASE_DB_URL: DatabaseSettings, DatabaseSettings::parse, secret,
        "Postgres, as `postgres://user:password@host:port/database`; a transaction pooler is fine";
    DATABASE_DIRECT_URL: DatabaseSettings, DatabaseSettings::parse, secret,
        "Postgres without a pooler in between, for `migrate`; DATABASE_URL where it is not set";
    SUPABASE_URL: Url, values::supabase_url, public,
        "Supabase's API, as `https://<ref>.supabase.co`";
    SUPABASE_SERVICE_ROLE_KEY or SUPABASE_SECRET_KEY: SecretString, values::supabase_key, secret,
        "Key for Supabase's API: `sb_secret_...`, or the legacy service role JWT";
    SUPABASE_HEALTH_TABLE: String = "plaintiffs", values::table, public,
        "Table that the Supabase check reads one `id` of";
    SMOKE_RELATIONS: Vec<Relation> = "plaintiffs,plaintiff_contacts,v_plaintiffs_overview,v_plaintiff_call_queue", values::relations, public,
        "Tables and views that `smoke` reads, separated by commas; `schema.name` outside of `public`";
    QUEUE_TABLE: Relation, columns::relation, public,
        "Table of the job queue, as `schema.name`; where it is not set: `ops.job_queue`, `ops.jobs` or `public.job_queue`";
    HEARTBEATS_TABLE: Relation, columns::relation, public,
        "Table of the workers' heartbeats, as `schema.name`; where it is not set: `ops.worker_heartbeats`, `ops.heartbeats` or `public.worker_heartbeats`";
    QUEUE_COLUMNS: BTreeMap<JobRole, String>, columns::columns, public,
        "Columns of the queue by what they are, as in `type=kind,due=next_run_at`: id, type, state, created, due, started, finished, failed, updated, worker; `none`: there is none, and its question is not asked. What is not named is found by its usual names";
    HEARTBEAT_COLUMNS: BTreeMap<HeartbeatRole, String>, columns::columns, public,
        "Columns of the heartbeats by what they are: name, kind, beat, started, state, processed, errors";
    QUEUE_STATES: BTreeMap<JobState, Vec<String>>, columns::states, public,
        "Words of the queue by the state that they mean, as in `pending=queued|retryable,failed=dead`: pending, paused, processing, completed, failed, ignored";
    QUEUE_CLAIMS_HEED_DUE: bool, columns::yes_or_no, public,
        "Whether whoever claims a job leaves alone what is not due yet, `true` or `false`; where it is not set, the functions of the database are read";
    SUPABASE_MODE or RAILWAY_ENVIRONMENT_NAME: String = "unknown", |t| Ok(plain(t)), public,
        "Name of the environment, such as `prod`; shown in every answer";
    HEALTH_DB_TIMEOUT: Duration = "5", |t| seconds(t, 0.05..=300.0), public,
        "Deadline of `/api/health/db`, in seconds";
    HEALTH_SUPABASE_TIMEOUT: Duration = "8", |t| seconds(t, 0.05..=300.0), public,
        "Deadline of `/api/health/supabase`, in seconds";
    HEALTH_OPS_TIMEOUT: Duration = "5", |t| seconds(t, 0.05..=300.0), public,
        "Deadline of `/api/health/ops`, in seconds";
    HEALTH_FRESHNESS_MS: Duration = "1000", |t| whole(t, "a number of milliseconds", 0..=60_000).map(Duration::from_millis), public,
        "For how long an outcome is shared, in milliseconds; one that took long to find for twenty times as long as that, at most 30 s; 0: only while the check runs";
    WATCH_INTERVAL: Duration = "30", |t| whole(t, "a number of seconds", 0..=3_600).map(Duration::from_secs), public,
        "How often everything is looked at by itself, in seconds; 0: never";
    SOURCES_INTERVAL: Duration = "60", |t| whole(t, "a number of seconds", 0..=3_600).map(Duration::from_secs), public,
        "How often it is looked whether a deployment at Railway has crashed or failed, where RAILWAY_TOKEN is set, and whether n8n is ready, where N8N_URL is, in seconds; 0: never";
    STATE_DIR: PathBuf = "dragonfly-ops", |t| Ok(std::env::temp_dir().join(t)), public,
        "Folder for what was seen and done and the database does not have yet; one without a `/` in front lies in the temporary folder (`TMPDIR`). Nobody else may read it";
    STATUS_PAGE: PageAccess = "public", values::page_access, public,
        "Who sees the status page and its data: `public`: anybody, as much as the health endpoints show; `token`: whoever has one of the tokens; `off`: there is none";
    OPS_TOKEN: SecretString, values::own_token, secret,
        "Operator's bearer token (16 characters or more): shows causes and queries, and may act";
    OPS_READ_TOKEN: SecretString, values::own_token, secret,
        "Reader's bearer token (16 characters or more): shows queries";
    OPS_ALERT_TOKEN: SecretString, values::own_token, secret,
        "Token of whoever reports alerts (16 characters or more; letters and digits, where it is to stand in an address): may report, and nothing else";
    DRAGONFLY_TOKEN: SecretString, |t| Ok(t.into()), secret,
        "Token that a command presents before it changes something: it has to be the one in OPS_TOKEN";
    RAILWAY_TOKEN: SecretString, values::railway_token, secret,
        "Project token of Railway's API, for `restart`, `logs --railway`, `doctor`, and to notice deployments that crash or fail";
    RAILWAY_API_TOKEN: SecretString, values::railway_token, secret,
        "Account or workspace token of Railway's API, where there is no project token; needs the two ids below";
    RAILWAY_PROJECT_ID: String, |t| Ok(t.to_owned()), public,
        "The project's id, with RAILWAY_API_TOKEN; Railway injects it";
    RAILWAY_ENVIRONMENT_ID: String, |t| Ok(t.to_owned()), public,
        "The environment's id, with RAILWAY_API_TOKEN; Railway injects it";
    RAILWAY_API_URL: Url = "https://backboard.railway.com/graphql/v2", values::railway_url, public,
        "Where Railway's API is";
    STATUS_PAGES: Vec<(String, Url)> = "supabase,railway", values::status_pages, public,
        "Status pages of vendors to show beside what is measured, separated by commas: `supabase`, `railway`, or any other as `name=url`; `off`: none";
    N8N_URL: Url, values::n8n_url, public,
        "Where n8n is, as `https://n8n.example.com`: it is asked whether it is ready, by `doctor` and every SOURCES_INTERVAL";
    SLACK_WEBHOOK_URL: SecretString, channels::slack_webhook, secret,
        "Incoming webhook of the Slack channel that is told of incidents";
    SLACK_SIGNING_SECRET: SecretString, channels::slack_signing_secret, secret,
        "Signing secret of the Slack app whose webhook that is: its messages can then be acknowledged by their button; else the button is a link";
    SLACK_MENTION: Mentions, channels::slack_mentions, public,
        "Who is mentioned in Slack at which severity, as in `P1=<!here> <@U012AB3CD>,P2=<!subteam^S012AB3CD>`; nobody by itself";
    DISCORD_WEBHOOK_URL: SecretString, channels::discord_webhook, secret,
        "Webhook of the Discord channel that is told of incidents";
    DISCORD_MENTION: Mentions, channels::discord_mentions, public,
        "Who is mentioned in Discord at which severity, as in `P1=@here,P2=<@&123456789>`; nobody by itself";
    HEARTBEAT_URL: SecretString, channels::heartbeat_url, secret,
        "Address that is asked for once a minute while all is in order here, so that somebody else notices where it is not";
    PUBLIC_URL or RAILWAY_PUBLIC_DOMAIN: Url, channels::public_url, public,
        "Where the status page is reached, as `https://ops.example.com`, for the links in messages; Railway injects its own domain";
    RESTART_TIMEOUT: Duration = "150", |t| seconds(t, 1.0..=240.0), public,
        "How long a restarted service may take to send the heartbeat of a new start, in seconds";
    CORS_ALLOWED_ORIGINS: Option<Vec<String>> = "*", values::origins, public,
        "Origins whose pages may read the health endpoints, separated by commas; `*`: any";
    TRUSTED_PROXIES: Vec<IpNet> = "100.64.0.0/10", values::networks, public,
        "Networks whose `X-Real-IP` is believed, separated by commas (Railway's edge by default); `none`: nobody's";
    LOG_FORMAT: LogFormat = "json", values::log_format, public,
        "`json`: one object a line; `pretty`: for people";
    RUST_LOG: String = "info", values::log_filter, public,
        "What is logged, as in `dragonfly_ops=debug`";
    HTTP_HEADER_TIMEOUT: Duration = "10", |t| seconds(t, 0.1..=300.0), public,
        "How long a new connection may take to send its first request, in seconds";
    HTTP_IDLE_TIMEOUT: Duration = "75", |t| seconds(t, 0.1..=3600.0), public,
        "How long a connection may wait between requests, in seconds; longer than the edge's 60";
    HTTP_WRITE_TIMEOUT: Duration = "10", |t| seconds(t, 0.1..=300.0), public,
        "How long a peer may read nothing of its answer before it is let go, in seconds";
    HTTP_MAX_CONNECTIONS: usize = "4096", |t| whole(t, "a number", 16..=100_000), public,
        "Open connections at most; where they run out, the longest idle ones make room for new ones";
    DRAIN_DELAY: Duration = "1", |t| seconds(t, 0.0..=300.0), public,
        "How long the listener stays open after SIGTERM while readiness is red, in seconds";
    DRAIN_TIMEOUT: Duration = "25", |t| seconds(t, 0.0..=3600.0), public,
        "How long requests in flight may take after that, in seconds; delay and this below Railway's drain";
    RAILWAY_SERVICE_ID: String, |t| Ok(t.to_owned()), public,
        "The id of the service that this process is, which `restart` refuses; Railway injects it";
    GITHUB_REPOSITORY: Repository, values::repository, public,
        "The repository that action items of incidents are filed in, as `owner/name`; by Railway's two below where it is not set";
    RAILWAY_GIT_REPO_OWNER: String, |t| Ok(plain(t)), public,
        "Who owns the repository that was built; Railway injects it";
    RAILWAY_GIT_REPO_NAME: String, |t| Ok(plain(t)), public,
        "What the repository that was built is called; Railway injects it";
    RAILWAY_GIT_COMMIT_SHA: String = "unknown", |t| Ok(plain(t)), public,
        "The commit that runs, where the build was not told; Railway injects it";
    RAILWAY_DEPLOYMENT_ID: String, |t| Ok(plain(t)), public,
        "The deployment's id, shown by `/api/health/version`; Railway injects it";
    RAILWAY_REPLICA_ID: String, |t| Ok(plain(t)), public,
        "The replica's id, shown by `/api/health/version`; Railway injects it";
}
