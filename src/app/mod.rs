//! What the product does. Both edges, the terminal and HTTP, are thin over it: whatever a command can
//! find out the running service can, too.

mod actions;
pub mod check;
mod disk;
pub mod doctor;
mod heartbeat;
pub mod history;
pub mod incidents;
pub(crate) mod logs;
mod monitor;
pub mod neighbour;
pub mod pulse;
mod recent_restarts;
mod reload;
mod restart;
mod retry;
mod silence;
mod smoke;
pub mod sources;
mod status;
pub mod telling;
mod triage;
pub mod vendor_pages;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;
use ulid::Ulid;

use self::history::History;
use self::incidents::KnownIncidents;
use self::pulse::Pulse;
use self::recent_restarts::RecentRestarts;
use self::silence::{WatchfulDatabase, WatchfulRest};
use self::sources::KnownSources;
use self::telling::Telling;
use self::vendor_pages::KnownVendorPages;
use crate::adapters::n8n::N8n;
use crate::adapters::postgres::activity::ActivityProbe;
use crate::adapters::postgres::connection::Database;
use crate::adapters::postgres::migrate;
pub use crate::adapters::postgres::migrate::{AddPaused, Migration, MigrationRun, TableOutcome};
use crate::adapters::postgres::probe::PostgresProbe;
use crate::adapters::postgres::relations::relations;
use crate::adapters::railway::Railway;
use crate::adapters::supabase::probe::SupabaseProbe;
use crate::domain::activity::{Activity, Served};
use crate::domain::attempts::Attempts;
use crate::domain::fault::Fault;
use crate::domain::gate::{Gate, GateLimits};
use crate::domain::last_look::LastLook;
use crate::domain::lifecycle::Lifecycle;
use crate::domain::observation::Listener;
use crate::domain::rate_limit::RateLimit;
use crate::domain::sign_in::SignIns;
use crate::domain::tables::TableSettings;
use crate::domain::taxonomy::Code;
use crate::reading::flows::{DatabaseRelations, Relations};
use crate::settings::{Settings, SupabaseSettings};
use crate::telemetry::log::CheckLog;
use crate::telemetry::metrics::{CheckMetrics, Metrics, TrafficMetrics};

/// How long the names of everything in the database may take.
const RELATIONS_TIMEOUT: Duration = Duration::from_secs(10);

/// So many requests with alerts are taken in a minute.
const ALERTS: usize = 60;

/// So many may wait for looks on the page: each costs a task that sleeps, and they all wake at once.
const LISTENERS: usize = 256;

/// What is done with the neighbours that the settings name. The one place that makes them.
#[derive(Debug)]
pub struct App {
    /// What the operator decided.
    pub settings: Settings,
    /// The gate of Postgres.
    pub db: Arc<Gate<()>>,
    /// The gate of Supabase.
    pub supabase: Arc<Gate<Served>>,
    /// The gate of the database's activity.
    pub activity: Arc<Gate<Activity>>,
    /// Whether the process is on its way out, and what runs in it.
    pub lifecycle: Lifecycle,
    /// What is counted.
    pub metrics: Metrics,
    /// Who has presented wrong tokens.
    pub attempts: Attempts,
    /// What vendors say of themselves.
    pub vendor_pages: KnownVendorPages,
    /// Railway and n8n, as sources of alerts.
    pub sources: KnownSources,
    /// Who is signed in on the page.
    pub sign_ins: SignIns,
    /// What was seen over time.
    pub history: History,
    /// Incidents.
    pub incidents: KnownIncidents,
    /// How many requests with alerts are taken.
    pub alert_limit: RateLimit,
    /// How it stands with the channels in which people are told.
    pub telling: Telling,
    /// Whether everything that goes round by itself still does.
    pub pulse: Pulse,
    /// What the watch last saw; whoever waits for a change is told of each look.
    pub looks: watch::Sender<Option<Arc<LastLook>>>,
    /// Room for those who wait for looks on the page.
    pub listeners: Arc<Semaphore>,
    /// When the process started.
    pub started_at: Timestamp,
    database: Result<Database, Fault>,
    /// To look whether a reload has had its effect; made once it is needed, as a client holds the root
    /// certificates.
    rest: OnceLock<SupabaseProbe>,
    railway: OnceLock<Result<Railway, Fault>>,
    n8n: OnceLock<Result<N8n, Fault>>,
    recent_restarts: RecentRestarts,
}

impl App {
    /// Puts everything together. Nothing is connected before somebody asks.
    #[must_use]
    pub fn new(settings: Settings) -> Arc<Self> {
        let metrics = Metrics::new();
        metrics.describe(&settings.deployment);
        metrics.watch().show_interval(settings.watch_interval);
        let key = settings.supabase.as_ref().ok();
        if let Some(at) = key.and_then(|supabase| supabase.validity.expires_at) {
            metrics.show_key_expiry(at);
        }
        let [db, supabase, ops] = ["db", "supabase", "ops"].map(|name| metrics.check(name));
        let database = settings
            .database
            .clone()
            .and_then(|database| Database::new(&database, settings.redactor.clone()));
        // One memory of logins for all: a login that was rejected is not tried again elsewhere.
        let counted = |check: &CheckMetrics| {
            let database = database.clone();
            database.map(|database| database.counted_by(check.traffic()))
        };
        let health = settings.health;
        let limits = |timeout| GateLimits {
            timeout,
            freshness: health.freshness,
        };
        // The history, the incidents and whoever acts ask beside the checks.
        let beside = database
            .clone()
            .map(|database| database.counted_by(metrics.traffic("beside")));
        let select = PostgresProbe::new(counted(&db));
        let rest = SupabaseProbe::new(
            settings.supabase.clone(),
            settings.redactor.clone(),
            supabase.traffic(),
        );
        let activity =
            ActivityProbe::new(counted(&ops), settings.tables.clone(), health.ops_timeout);
        let activity = Gate::new("ops", activity, limits(health.ops_timeout), heard_by(ops));
        let table = settings.supabase.as_ref().ok();
        let table = table.map(|supabase| supabase.table.clone());
        let rest = Gate::new(
            "supabase",
            WatchfulRest::new(rest, table, Arc::clone(&activity)),
            limits(health.supabase_timeout),
            heard_by(supabase),
        );
        let route = settings.database.as_ref().ok();
        let is_pooled = route.is_some_and(|database| database.route().is_pooled());
        let select = WatchfulDatabase::new(select, is_pooled, Arc::clone(&rest));
        Arc::new(Self {
            db: Gate::new("db", select, limits(health.db_timeout), heard_by(db)),
            supabase: rest,
            activity,
            lifecycle: Lifecycle::default(),
            metrics,
            attempts: Attempts::default(),
            vendor_pages: KnownVendorPages::default(),
            sources: KnownSources::default(),
            sign_ins: SignIns::default(),
            history: History::default(),
            incidents: KnownIncidents::new(settings.telling.channels()),
            alert_limit: RateLimit::new(ALERTS, Duration::from_secs(60)),
            telling: Telling::default(),
            pulse: Pulse::default(),
            looks: watch::Sender::default(),
            listeners: Arc::new(Semaphore::new(LISTENERS)),
            started_at: Timestamp::now(),
            database: beside,
            rest: OnceLock::new(),
            railway: OnceLock::new(),
            n8n: OnceLock::new(),
            recent_restarts: RecentRestarts::default(),
            settings,
        })
    }

    /// What goes on in the database.
    ///
    /// # Errors
    ///
    /// The classified cause.
    pub async fn read_activity(&self) -> Result<Activity, Fault> {
        let id = Ulid::generate().to_string();
        let answer = self.activity.check(Instant::now(), &id).await;
        answer.outcome.result.clone()
    }

    /// Creates what is missing, or only says what that would be; what becomes of each.
    ///
    /// # Errors
    ///
    /// The classified cause, where nothing could be applied.
    pub async fn migrate(&self, run: MigrationRun) -> Result<Vec<Migration>, Fault> {
        migrate::migrate(&self.owner()?, self.tables()?, run).await
    }

    /// What would let the jobs of the queue be paused, or does it.
    ///
    /// # Errors
    ///
    /// DFE-VAL-002 where there is no queue; else the classified cause.
    pub async fn add_paused(&self, dry_run: bool) -> Result<AddPaused, Fault> {
        migrate::add_paused(&self.owner()?, self.tables()?, dry_run).await
    }

    /// What the operator says of the tables of the queue and the heartbeats.
    fn tables(&self) -> Result<&TableSettings, Fault> {
        self.settings.tables.as_ref().map_err(Clone::clone)
    }

    /// What there is in the database that workflows can name. It is left alone where nothing would be
    /// compared with it.
    pub(crate) async fn relations(&self, is_needed: bool) -> DatabaseRelations {
        // Where only the direct way is set, that one serves as well.
        let database = match (&self.database, self.owner()) {
            (Err(_), Ok(owner)) => Ok(owner),
            (database, _) => database.clone(),
        };
        let found = match database {
            Ok(database) if is_needed => relations(&database, RELATIONS_TIMEOUT).await,
            Ok(_) => Ok(Relations::default()),
            Err(fault) if fault.code == Code::ConfigMissing => return DatabaseRelations::NotSet,
            Err(fault) => Err(fault),
        };
        match found {
            Ok(relations) => DatabaseRelations::Asked(relations),
            Err(fault) => DatabaseRelations::Failed(fault),
        }
    }

    fn owner(&self) -> Result<Database, Fault> {
        Database::new(
            self.settings.migration.as_ref().map_err(Clone::clone)?,
            self.settings.redactor.clone(),
        )
    }

    fn database(&self) -> Result<&Database, Fault> {
        self.database.as_ref().map_err(Clone::clone)
    }

    fn railway(&self) -> Result<&Railway, Fault> {
        let railway = self.railway.get_or_init(|| {
            let settings = self.settings.railway.clone()?;
            Railway::new(settings, self.settings.redactor.clone())
        });
        railway.as_ref().map_err(Clone::clone)
    }

    /// A probe of Supabase that counts for nobody.
    fn rest(&self, settings: Result<SupabaseSettings, Fault>) -> SupabaseProbe {
        let redactor = self.settings.redactor.clone();
        SupabaseProbe::new(settings, redactor, TrafficMetrics::default())
    }
}

fn heard_by(metrics: CheckMetrics) -> Vec<Box<dyn Listener>> {
    vec![Box::new(CheckLog), Box::new(metrics)]
}
