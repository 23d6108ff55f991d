//! What the operator decides: one struct per concern, all of it read before anything is said.
//!
//! # Design notes
//!
//! The process starts whatever is missing or wrong: a health service that dies of a typo cannot say
//! what is wrong. A setting that one endpoint needs is kept as a `Result`, and that endpoint
//! answers with its fault; a setting that has a sensible default falls back to it. All mistakes are
//! in `Settings::faults`, for the log.
//!
//! A new variable is a row in [`variables`], and the field that takes it with the line that reads
//! it. Nothing else is to be done: its row says what it is called, what it has to be, and what it
//! means, to the reader as to `dragonfly-ops help variables` and the README.

mod channels;
mod columns;
mod database;
mod log;
mod railway;
mod raw;
mod supabase;
mod tables;
mod target;
mod telling;
mod values;
pub mod variables;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::domain::access::{Access, PageAccess};
use crate::domain::deployment::Deployment;
use crate::domain::fault::Fault;
use crate::domain::repository::Repository;
use crate::domain::smoke::Relation;
use crate::domain::tables::TableSettings;
use crate::domain::target::Target;
use crate::domain::taxonomy::Code;
use crate::reading::redact::Redactor;

pub use self::database::DatabaseSettings;
pub use self::log::{LogFormat, LogSettings};
pub use self::railway::{RailwaySettings, RailwayToken};
pub use self::raw::RawSettings;
use self::raw::SettingsReader;
pub use self::supabase::SupabaseSettings;
pub use self::telling::{DiscordSettings, SlackSettings, TellingSettings};
use self::values::{Mistake, plain};
use self::variables::Variable;

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
    /// The tables of the queue and the heartbeats.
    pub tables: Result<TableSettings, Fault>,
    /// Railway's API. That it is not set is no mistake: only restarts and Railway's logs need it.
    pub railway: Result<RailwaySettings, Fault>,
    /// Where n8n is; nothing where it is not to be looked at.
    pub n8n: Result<Option<Url>, Fault>,
    /// Where people are told of incidents.
    pub telling: TellingSettings,
    /// How long a restarted service may take to send a heartbeat.
    pub restart_timeout: Duration,
    /// Deadlines and sharing.
    pub health: HealthSettings,
    /// Status pages of vendors, by their names.
    pub status_pages: Result<Vec<(String, Url)>, Fault>,
    /// How often everything is looked at by itself; zero: never.
    pub watch_interval: Duration,
    /// How often Railway and n8n are looked at by themselves, where they are set; zero: never.
    pub sources_interval: Duration,
    /// Where to write down what the database does not have yet.
    pub state_dir: PathBuf,
    /// Who sees the status page.
    pub status_page: PageAccess,
    /// Who may see and do more than anybody.
    pub access: Access,
    /// The token that a command presents before it changes something.
    pub presented_token: Option<SecretString>,
    /// The log.
    pub log: LogSettings,
    /// What runs here.
    pub deployment: Deployment,
    /// Where action items are filed; nothing where no repository is known.
    pub repository: Option<Repository>,
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
    /// Of the activity report.
    pub ops_timeout: Duration,
    /// For how long an outcome is shared.
    pub freshness: Duration,
}

impl Settings {
    /// Reads the settings of this process: `environment`, and the file where one is named.
    #[must_use]
    pub fn load(environment: BTreeMap<String, String>, file: Option<&Path>) -> Self {
        let raw = RawSettings::new(environment);
        Self::read(&match file {
            Some(path) => raw.with_file(path),
            None => raw,
        })
    }

    /// Reads the settings from anywhere.
    #[must_use]
    pub fn read(raw: &RawSettings) -> Self {
        let mut reader = SettingsReader::new(raw);
        let server = ServerSettings::read(&mut reader);
        let health = HealthSettings {
            db_timeout: reader.or_default(&variables::HEALTH_DB_TIMEOUT),
            supabase_timeout: reader.or_default(&variables::HEALTH_SUPABASE_TIMEOUT),
            ops_timeout: reader.or_default(&variables::HEALTH_OPS_TIMEOUT),
            freshness: reader.or_default(&variables::HEALTH_FRESHNESS_MS),
        };
        let access = read_access(&mut reader);
        let log = LogSettings {
            format: reader.or_default(&variables::LOG_FORMAT),
            filter: reader.or_default(&variables::RUST_LOG),
        };
        let database = reader.require(&variables::DATABASE_URL);
        let migration = reader
            .keep(raw.read(&variables::DATABASE_DIRECT_URL))
            .transpose()
            .unwrap_or_else(|| database.clone());
        let supabase = reader.keep(SupabaseSettings::read(raw));
        // No default in place of what cannot be understood: all would be well with something else.
        let smoke = reader.require(&variables::SMOKE_RELATIONS);
        let railway = match RailwaySettings::read(raw) {
            Err(fault) if fault.code == Code::ConfigMissing => Err(fault),
            railway => reader.keep(railway),
        };
        Self {
            server,
            redactor: Redactor::new(secrets(raw, &[&database, &migration])),
            target: target::read(raw, database.is_ok()),
            // A check whose deadline is not understood does not run with another one.
            database: raw.require(&variables::HEALTH_DB_TIMEOUT).and(database),
            migration,
            supabase: raw
                .require(&variables::HEALTH_SUPABASE_TIMEOUT)
                .and(supabase),
            smoke,
            tables: tables::read(&mut reader),
            railway,
            n8n: reader.said(&variables::N8N_URL),
            telling: TellingSettings::read(&mut reader),
            restart_timeout: reader.or_default(&variables::RESTART_TIMEOUT),
            health,
            status_pages: reader.require(&variables::STATUS_PAGES),
            // Somebody meant to restrict it: a typo must not open it.
            status_page: reader
                .require(&variables::STATUS_PAGE)
                .unwrap_or(PageAccess::Token),
            watch_interval: reader.or_default(&variables::WATCH_INTERVAL),
            sources_interval: reader.or_default(&variables::SOURCES_INTERVAL),
            state_dir: reader.or_default(&variables::STATE_DIR),
            access,
            presented_token: reader.optional(&variables::DRAGONFLY_TOKEN),
            log,
            deployment: read_deployment(&mut reader),
            repository: read_repository(&mut reader),
            faults: reader.faults,
        }
    }
}

impl ServerSettings {
    fn read(reader: &mut SettingsReader<'_>) -> Self {
        Self {
            host: reader.or_default(&variables::HOST),
            port: reader.or_default(&variables::PORT),
            max_connections: reader.or_default(&variables::HTTP_MAX_CONNECTIONS),
            header_timeout: reader.or_default(&variables::HTTP_HEADER_TIMEOUT),
            idle_timeout: reader.or_default(&variables::HTTP_IDLE_TIMEOUT),
            write_timeout: reader.or_default(&variables::HTTP_WRITE_TIMEOUT),
            drain_delay: reader.or_default(&variables::DRAIN_DELAY),
            drain_timeout: reader.or_default(&variables::DRAIN_TIMEOUT),
            // Somebody meant to restrict it: a typo must not open it.
            cors_origins: reader
                .require(&variables::CORS_ALLOWED_ORIGINS)
                .unwrap_or_else(|_| Some(Vec::new())),
            trusted_proxies: reader.or_default(&variables::TRUSTED_PROXIES),
        }
    }
}

fn read_access(reader: &mut SettingsReader<'_>) -> Access {
    let operator = reader.optional(&variables::OPS_TOKEN);
    let viewer = reader.optional(&variables::OPS_READ_TOKEN);
    let reporter = reader.optional(&variables::OPS_ALERT_TOKEN);
    let first = (&variables::OPS_TOKEN, &operator);
    let viewer = apart(reader, &variables::OPS_READ_TOKEN, viewer, &[first]);
    let second = (&variables::OPS_READ_TOKEN, &viewer);
    let reporter = apart(
        reader,
        &variables::OPS_ALERT_TOKEN,
        reporter,
        &[first, second],
    );
    Access::new(operator, viewer).reported_with(reporter)
}

/// A token that is none of the others: else nobody knows what it lets pass.
fn apart(
    reader: &mut SettingsReader<'_>,
    variable: &Variable<SecretString>,
    token: Option<SecretString>,
    others: &[(&Variable<SecretString>, &Option<SecretString>)],
) -> Option<SecretString> {
    let token = token?;
    let is = |other: &Option<SecretString>| {
        let other = other.as_ref().map(ExposeSecret::expose_secret);
        other == Some(token.expose_secret())
    };
    let Some((same, _)) = others.iter().find(|(_, other)| is(other)) else {
        return Some(token);
    };
    let mistake = Mistake::Invalid(match same.name {
        "OPS_TOKEN" => "it has to differ from OPS_TOKEN",
        _ => "it has to differ from OPS_READ_TOKEN",
    });
    reader.faults.push(mistake.fault(variable.name));
    None
}

/// The commit that this was built from, where the build knew it.
#[must_use]
pub fn built_from() -> Option<String> {
    built(option_env!("RAILWAY_GIT_COMMIT_SHA"))
}

/// What the build has said, if anything.
fn built(text: Option<&str>) -> Option<String> {
    text.map(plain).filter(|text| !text.is_empty())
}

fn read_deployment(reader: &mut SettingsReader<'_>) -> Deployment {
    let is_said = |text: &String| !text.is_empty();
    let mut told = |variable| reader.optional(variable).filter(is_said);
    Deployment {
        environment: told(&variables::SUPABASE_MODE)
            .unwrap_or_else(|| variables::SUPABASE_MODE.fallback()),
        git_sha: built_from()
            .or_else(|| told(&variables::RAILWAY_GIT_COMMIT_SHA))
            .unwrap_or_else(|| variables::RAILWAY_GIT_COMMIT_SHA.fallback()),
        build_time: built(option_env!("DRAGONFLY_BUILD_TIME"))
            .unwrap_or_else(|| "unknown".to_owned()),
        deployment_id: told(&variables::RAILWAY_DEPLOYMENT_ID),
        replica_id: told(&variables::RAILWAY_REPLICA_ID),
    }
}

/// The one that is named, or that Railway says to have built.
fn read_repository(reader: &mut SettingsReader<'_>) -> Option<Repository> {
    let named = reader.optional(&variables::GITHUB_REPOSITORY);
    named.or_else(|| {
        let owner = reader.optional(&variables::RAILWAY_GIT_REPO_OWNER)?;
        let name = reader.optional(&variables::RAILWAY_GIT_REPO_NAME)?;
        Repository::new(&owner, &name)
    })
}

/// Everything that must never be shown, by value, whether or not it could be understood.
fn secrets(raw: &RawSettings, databases: &[&Result<DatabaseSettings, Fault>]) -> Vec<String> {
    let secret = variables::ALL.iter().filter(|variable| variable.is_secret);
    let texts = secret.flat_map(|variable| raw.each(variable));
    let databases = databases.iter().copied().flatten();
    texts
        .map(|(_, text)| text.to_owned())
        .chain(databases.flat_map(DatabaseSettings::passwords))
        .chain(telling::secret_paths(raw))
        .collect()
}

#[cfg(test)]
mod tests;
