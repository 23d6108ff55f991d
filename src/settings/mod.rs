//! What the operator decides: one struct per concern, all of it read before anything is said.
//!
//! # Design notes
//!
//! The process starts whatever is missing or wrong: a health service that dies of a typo cannot say
//! what is wrong. A setting that one endpoint needs is kept as a `Result`, and that endpoint
//! answers with its fault; a setting that has a sensible default falls back to it. All mistakes are
//! in `Settings::faults`, for the log.

mod database;
mod railway;
mod source;
mod supabase;
mod target;
pub mod variables;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::path::Path;
use std::time::Duration;

use ipnet::IpNet;
use secrecy::{ExposeSecret, SecretString};

use crate::domain::access::Access;
use crate::domain::deployment::Deployment;
use crate::domain::fault::Fault;
use crate::domain::smoke::Relation;
use crate::domain::target::Target;
use crate::domain::taxonomy::Code;
use crate::reading::redact::Redactor;

pub use self::database::DatabaseSettings;
pub use self::railway::{RailwaySettings, RailwayToken};
pub use self::source::Source;
use self::source::{Reader, invalid};
pub use self::supabase::SupabaseSettings;

/// The shortest token that is accepted: a shorter one can be guessed.
const MIN_TOKEN_LEN: usize = 16;

/// All settings, understood.
#[derive(Debug)]
pub struct Settings {
    /// The listener and its limits.
    pub server: ServerSettings,
    /// The database that the checks ask.
    pub database: Result<DatabaseSettings, Fault>,
    /// The database that migrations are applied to.
    pub migration: Result<DatabaseSettings, Fault>,
    /// Supabase's API.
    pub supabase: Result<SupabaseSettings, Fault>,
    /// What has to be readable.
    pub smoke: Result<Vec<Relation>, Fault>,
    /// Railway's API. That it is not set is no mistake: only restarts and Railway's logs need it.
    pub railway: Result<RailwaySettings, Fault>,
    /// How long a restarted service may take to send a heartbeat.
    pub restart_timeout: Duration,
    /// Deadlines and sharing.
    pub health: HealthSettings,
    /// Who may see and do more than anybody.
    pub access: Access,
    /// The token that a command presents before it changes something.
    pub presented_token: Option<SecretString>,
    /// The log.
    pub log: LogSettings,
    /// What runs here.
    pub deployment: Deployment,
    /// What a command acts on, as far as the settings name it.
    pub target: Target,
    /// Every mistake.
    pub faults: Vec<Fault>,
    /// Knows every secret by value.
    pub redactor: Redactor,
}

/// The listener and its limits.
#[derive(Debug, Clone)]
pub struct ServerSettings {
    /// The address to listen on.
    pub host: IpAddr,
    /// The port; 0 is any free one.
    pub port: u16,
    /// For the first request of a connection.
    pub header_timeout: Duration,
    /// Between two requests of a connection.
    pub idle_timeout: Duration,
    /// Of a write without any progress.
    pub write_timeout: Duration,
    /// Open at the same time.
    pub max_connections: usize,
    /// How long the listener stays open while readiness is red.
    pub drain_delay: Duration,
    /// How long requests in flight may take after that.
    pub drain_timeout: Duration,
    /// Networks whose word counts for where a request comes from.
    pub trusted_proxies: Vec<IpNet>,
    /// Origins that may read; nothing: any.
    pub cors_origins: Option<Vec<String>>,
}

/// Deadlines and sharing.
#[derive(Debug, Clone, Copy)]
pub struct HealthSettings {
    /// Of the database check.
    pub db_timeout: Duration,
    /// Of the Supabase check.
    pub supabase_timeout: Duration,
    /// Of the ops report.
    pub ops_timeout: Duration,
    /// For how long an outcome is shared.
    pub freshness: Duration,
}

/// The log.
#[derive(Debug, Clone)]
pub struct LogSettings {
    /// Its shape.
    pub format: LogFormat,
    /// What is logged, in the syntax of `RUST_LOG`.
    pub filter: String,
}

/// The shape of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    Pretty,
}

impl Settings {
    /// Reads the settings of this process: `environment`, and the file where one is named.
    #[must_use]
    pub fn load(environment: BTreeMap<String, String>, file: Option<&Path>) -> Self {
        let source = Source::new(environment);
        Self::read(&match file {
            Some(path) => source.with_file(path),
            None => source,
        })
    }

    /// Reads the settings from anywhere.
    #[must_use]
    pub fn read(source: &Source) -> Self {
        let mut reader = Reader::new(source);
        let known: Vec<_> = variables::ALL
            .iter()
            .flat_map(|v| std::iter::once(&v.name).chain(v.aliases))
            .copied()
            .collect();
        reader.faults.extend(source.file_faults(&known));
        let server = read_server(&mut reader);
        let (health, db_fault, supabase_fault) = read_health(&mut reader);
        let access = read_access(&mut reader);
        let log = read_log(&mut reader);
        let database = DatabaseSettings::read(source, &variables::DATABASE_URL);
        let database = reader.keep(database);
        let migration = match source.find(&variables::DATABASE_DIRECT_URL) {
            Some(_) => {
                let direct = DatabaseSettings::read(source, &variables::DATABASE_DIRECT_URL);
                reader.keep(direct)
            }
            None => database.clone(),
        };
        let supabase = SupabaseSettings::read(source);
        let supabase = reader.keep(supabase);
        let smoke = reader.keep(read_smoke(source));
        let railway = RailwaySettings::read(source);
        let railway = match railway {
            Err(fault) if fault.code == Code::ConfigMissing => Err(fault),
            railway => reader.keep(railway),
        };
        let (restart_timeout, _) = reader.seconds(&variables::RESTART_TIMEOUT, 1.0..=240.0);
        let deployment = read_deployment(source);
        let has_database = database.is_ok();
        let redactor = Redactor::new(secrets(source, &[&database, &migration]));
        Self {
            server,
            database: db_fault.map_or(database, Err),
            migration,
            supabase: supabase_fault.map_or(supabase, Err),
            smoke,
            railway,
            restart_timeout,
            health,
            access,
            presented_token: source
                .find(&variables::DRAGONFLY_TOKEN)
                .map(|found| SecretString::from(found.value)),
            log,
            deployment,
            target: target::read(source, has_database),
            faults: reader.faults,
            redactor,
        }
    }
}

/// No default in place of what cannot be understood: all would be well with something else.
fn read_smoke(source: &Source) -> Result<Vec<Relation>, Fault> {
    let variable = &variables::SMOKE_RELATIONS;
    let found = source.find(variable).map(|found| found.value);
    let text = found.as_deref().unwrap_or(variable.default);
    text.split(',')
        .map(|part| Relation::parse(part.trim()))
        .collect::<Option<_>>()
        .ok_or_else(|| {
            invalid(
                variable.name,
                "it has to be names of tables and views separated by commas, each with or without a schema",
            )
        })
}

fn read_deployment(source: &Source) -> Deployment {
    let text = |name: &str| source.get(name).map(plain).filter(|text| !text.is_empty());
    let unknown = || "unknown".to_owned();
    Deployment {
        environment: source
            .find(&variables::SUPABASE_MODE)
            .map(|found| plain(&found.value))
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| variables::SUPABASE_MODE.default.to_owned()),
        git_sha: option_env!("RAILWAY_GIT_COMMIT_SHA")
            .map(plain)
            .filter(|sha| !sha.is_empty())
            .or_else(|| text("RAILWAY_GIT_COMMIT_SHA"))
            .unwrap_or_else(unknown),
        build_time: option_env!("DRAGONFLY_BUILD_TIME")
            .map(plain)
            .filter(|time| !time.is_empty())
            .unwrap_or_else(unknown),
        deployment_id: text("RAILWAY_DEPLOYMENT_ID"),
        replica_id: text("RAILWAY_REPLICA_ID"),
    }
}

/// A name that is fit for a header and for people: letters, digits and `-_.:+`, at most 64.
fn plain(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_ascii_alphanumeric() || "-_.:+".contains(*c))
        .take(64)
        .collect()
}

fn read_server(reader: &mut Reader<'_>) -> ServerSettings {
    let host = reader.or(
        &variables::HOST,
        IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        |text| text.trim_matches(['[', ']']).parse().ok(),
        "an IP address",
    );
    let port = reader.or(
        &variables::PORT,
        8080,
        |text| text.parse().ok(),
        "a port from 0 to 65535",
    );
    let max_connections = reader.or(
        &variables::HTTP_MAX_CONNECTIONS,
        4096,
        |text| text.parse().ok().filter(|n| (16..=100_000).contains(n)),
        "a number from 16 to 100000",
    );
    let (header_timeout, _) = reader.seconds(&variables::HTTP_HEADER_TIMEOUT, 0.1..=300.0);
    let (idle_timeout, _) = reader.seconds(&variables::HTTP_IDLE_TIMEOUT, 0.1..=3600.0);
    let (write_timeout, _) = reader.seconds(&variables::HTTP_WRITE_TIMEOUT, 0.1..=300.0);
    let (drain_delay, _) = reader.seconds(&variables::DRAIN_DELAY, 0.0..=300.0);
    let (drain_timeout, _) = reader.seconds(&variables::DRAIN_TIMEOUT, 0.0..=3600.0);
    let cors_origins = reader.try_or(
        &variables::CORS_ALLOWED_ORIGINS,
        None,
        parse_origins,
        "`*`, or origins such as https://dash.example.com separated by commas",
    );
    let cors_origins = cors_origins.unwrap_or_else(|(_, fault)| {
        reader.faults.push(fault);
        // Somebody meant to restrict it: a typo must not open it.
        Some(Vec::new())
    });
    let trusted_proxies = reader.or(
        &variables::TRUSTED_PROXIES,
        parse_networks(variables::TRUSTED_PROXIES.default).unwrap_or_default(),
        parse_networks,
        "`none`, or networks such as 100.64.0.0/10 separated by commas",
    );
    ServerSettings {
        host,
        port,
        header_timeout,
        idle_timeout,
        write_timeout,
        max_connections,
        drain_delay,
        drain_timeout,
        trusted_proxies,
        cors_origins,
    }
}

fn parse_networks(text: &str) -> Option<Vec<IpNet>> {
    let network = |part: &str| {
        let part = part.trim();
        let address = || part.parse::<IpAddr>().ok().map(IpNet::from);
        part.parse().ok().or_else(address)
    };
    match text {
        "none" => Some(Vec::new()),
        networks => networks.split(',').map(network).collect(),
    }
}

#[expect(
    clippy::option_option,
    reason = "not understood, any, and these are three answers"
)]
/// `None`: any origin. A wildcard among others, or anything but scheme, host and port, is a
/// mistake.
fn parse_origins(text: &str) -> Option<Option<Vec<String>>> {
    if text == "*" {
        return Some(None);
    }
    let origins: Option<Vec<String>> = text
        .split(',')
        .map(|part| {
            let part = part.trim().trim_end_matches('/');
            let url = url::Url::parse(part).ok()?;
            let origin = url.origin().ascii_serialization();
            (origin != "null" && origin.eq_ignore_ascii_case(part)).then_some(origin)
        })
        .collect();
    origins.map(Some)
}

fn read_health(reader: &mut Reader<'_>) -> (HealthSettings, Option<Fault>, Option<Fault>) {
    const ALLOWED: std::ops::RangeInclusive<f64> = 0.05..=300.0;
    let (db_timeout, db) = reader.seconds(&variables::HEALTH_DB_TIMEOUT, ALLOWED);
    let (supabase_timeout, supabase) = reader.seconds(&variables::HEALTH_SUPABASE_TIMEOUT, ALLOWED);
    let (ops_timeout, _) = reader.seconds(&variables::HEALTH_OPS_TIMEOUT, ALLOWED);
    let freshness = reader.or(
        &variables::HEALTH_FRESHNESS_MS,
        Duration::from_secs(1),
        |text| {
            text.parse()
                .ok()
                .filter(|n| *n <= 60_000)
                .map(Duration::from_millis)
        },
        "a number of milliseconds from 0 to 60000",
    );
    (
        HealthSettings {
            db_timeout,
            supabase_timeout,
            ops_timeout,
            freshness,
        },
        db,
        supabase,
    )
}

fn read_access(reader: &mut Reader<'_>) -> Access {
    const EXPECTED: &str = "16 or more visible ASCII characters";
    let token = |text: &str| {
        (text.len() >= MIN_TOKEN_LEN && text.bytes().all(|b| b.is_ascii_graphic()))
            .then(|| Some(SecretString::from(text.to_owned())))
    };
    let operator = reader.or(&variables::OPS_TOKEN, None, token, EXPECTED);
    let mut viewer = reader.or(&variables::OPS_READ_TOKEN, None, token, EXPECTED);
    if let (Some(a), Some(b)) = (&operator, &viewer)
        && a.expose_secret() == b.expose_secret()
    {
        reader.faults.push(invalid(
            variables::OPS_READ_TOKEN.name,
            "it has to differ from OPS_TOKEN",
        ));
        viewer = None;
    }
    Access::new(operator, viewer)
}

fn read_log(reader: &mut Reader<'_>) -> LogSettings {
    let format = reader.or(
        &variables::LOG_FORMAT,
        LogFormat::Json,
        |text| match text {
            "json" => Some(LogFormat::Json),
            "pretty" => Some(LogFormat::Pretty),
            _ => None,
        },
        "json or pretty",
    );
    let filter = reader.or(
        &variables::RUST_LOG,
        variables::RUST_LOG.default.to_owned(),
        |text| {
            text.parse::<tracing_subscriber::EnvFilter>()
                .ok()
                .map(|_| text.to_owned())
        },
        "a filter such as info or dragonfly_ops=debug",
    );
    LogSettings { format, filter }
}

/// Everything that must never be shown, by value, whether or not it could be understood.
fn secrets(source: &Source, databases: &[&Result<DatabaseSettings, Fault>]) -> Vec<String> {
    let mut secrets = Vec::new();
    for variable in [
        &variables::DATABASE_URL,
        &variables::DATABASE_DIRECT_URL,
        &variables::SUPABASE_KEY,
        &variables::OPS_TOKEN,
        &variables::OPS_READ_TOKEN,
        &variables::DRAGONFLY_TOKEN,
        &variables::RAILWAY_TOKEN,
        &variables::RAILWAY_API_TOKEN,
    ] {
        for name in std::iter::once(&variable.name).chain(variable.aliases) {
            secrets.extend(source.get(name).map(str::to_owned));
        }
    }
    for database in databases.iter().copied().flatten() {
        secrets.extend(database.passwords());
    }
    secrets
}

#[cfg(test)]
mod tests;
