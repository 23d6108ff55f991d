//! What each action is asked for with and how it shows what it acts on, by its type: what stands in
//! [`Done`](super::Done), and so on record in `ops.audit_log`, is one of these.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::domain::fault::Fault;
use crate::domain::session::SessionIdentity;
use crate::domain::taxonomy::Code;

/// As it is shown and put on record.
pub(crate) fn shown(what: &impl Serialize) -> Value {
    // Our own types cannot fail to serialise: no maps with keys that are no strings.
    serde_json::to_value(what).unwrap_or_default()
}

/// What a pause was asked for with.
#[derive(Debug, Serialize, ToSchema)]
pub struct PauseRequest {
    /// Jobs of this type only; null: of every type.
    pub job_type: Option<String>,
    /// After how many seconds it warns that it was meant to be over; null: never.
    pub seconds: Option<u64>,
}

/// What a resume was asked for with.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResumeRequest {
    /// Which pause; null: the only one.
    pub pause: Option<i64>,
}

/// What a reload was asked for with: nothing.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReloadRequest {}

/// What a restart was asked for with.
#[derive(Debug, Serialize, ToSchema)]
pub struct RestartRequest {
    /// The service's name at Railway.
    pub service: String,
}

/// Which session was meant.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionRequest {
    /// The process id of its backend.
    pub pid: i32,
    /// When its backend started; null: whoever had the process id then.
    pub backend_start: Option<String>,
}

/// The backlog, and what of it a pause holds.
#[derive(Debug, Serialize, ToSchema)]
pub struct QueueCounts {
    /// The pause; null where there is none yet.
    pub pause: Option<i64>,
    /// Jobs that wait.
    pub pending: i64,
    /// Jobs that are held back, by whomever.
    pub paused: i64,
    /// Jobs that somebody has claimed.
    pub processing: i64,
    /// Jobs that the pause holds.
    pub held: i64,
}

/// Whether Supabase's REST API serves the health table.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
#[serde(tag = "rest")]
pub enum RestLook {
    /// It does.
    #[serde(rename = "ok")]
    Served,
    /// It was not asked, as it is not set.
    #[serde(rename = "not asked")]
    NotAsked(ShownFault),
    /// It does not.
    #[serde(rename = "failed")]
    Failed(ShownFault),
}

/// Why something is not so, in short.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct ShownFault {
    /// The cause.
    pub code: Code,
    /// What happened.
    pub detail: String,
}

impl ShownFault {
    /// The same in short.
    pub(crate) fn of(fault: &Fault) -> Self {
        Self {
            code: fault.code,
            detail: fault.detail.clone().into_owned(),
        }
    }
}

/// A service after it was told to restart.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum ServiceLook {
    /// How it is.
    Seen(ServiceSeen),
    /// Why it was not restarted, or could not be looked at.
    Unseen(ShownFault),
}

/// A service at Railway, and its workers.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ServiceSeen {
    /// The id of its deployment.
    pub deployment: String,
    /// The status of that, in Railway's words.
    pub status: String,
    /// The status of each of its instances.
    pub instances: Vec<String>,
    /// Its workers, as far as the heartbeats could be read.
    pub workers: Vec<WorkerSeen>,
}

/// A worker of a service.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WorkerSeen {
    /// Its name.
    pub worker: String,
    /// Seconds since its last heartbeat.
    pub seconds_since_heartbeat: Option<f64>,
}

/// A session of Postgres, as far as it may be seen.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionSeen {
    /// The process id of its backend.
    pub pid: i32,
    /// When its backend started, as Postgres writes it.
    pub backend_start: Option<String>,
    /// What it is at.
    pub state: Option<String>,
    /// For how long its transaction has been open.
    pub transaction_seconds: Option<f64>,
    /// Whose it is.
    pub session: SessionIdentity,
}

/// That a statement was cancelled.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatementCancelled {
    /// The process id of the session's backend.
    pub pid: i32,
    /// What became of it.
    pub statement: Cancelled,
}

/// What became of a statement.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Cancelled {
    /// It was cancelled.
    Cancelled,
}

/// That a session was ended.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionEnded {
    /// The process id that its backend had.
    pub pid: i32,
    /// Null: there is none any more.
    pub session: Option<SessionIdentity>,
}
