//! What the service needs in the schema `ops`, step by step.

/// Columns of timestamps, counters and names may be of any type that the statements cast; these are
/// what they rely on.
const TEXT: &[&str] = &["text", "character varying", "name"];
const TIME: &[&str] = &["timestamp with time zone", "timestamp without time zone"];
const ID: &[&str] = &["bigint", "integer"];
const JSON: &[&str] = &["jsonb"];
const YES_OR_NO: &[&str] = &["boolean"];
const FLOAT: &[&str] = &["double precision"];
const TEXTS: &[&str] = &["text[]"];
const DATE: &[&str] = &["date"];
const BYTES: &[&str] = &["bytea"];

/// A step of the schema: what it creates, the file that does, and what is relied on.
#[derive(Debug)]
pub(super) struct MigrationStep {
    /// The table that it is about.
    pub(super) table: &'static str,
    /// What it brings to it.
    pub(super) adds: Adds,
    /// The file.
    pub(super) create: &'static str,
    /// What is relied on of it, where it is always ours.
    pub(super) columns: &'static [Column],
}

/// What a step brings, by which it is known whether it was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Adds {
    /// The table.
    Table,
    /// A column to a table of an earlier step.
    Column(&'static str),
    /// An index to a table of an earlier step. One that is there is as good, whatever is in it.
    Index(&'static str),
    /// An index to a table of an earlier step, and to the functions of the schema that not everybody may execute
    /// them.
    IndexAndRights(&'static str),
}

/// A column, and the types that it may have.
pub(super) type Column = (&'static str, &'static [&'static str]);

/// The table of the heartbeats that is ours.
pub(super) const HEARTBEATS: &str = "worker_heartbeats";
/// The queue that is ours.
pub(super) const QUEUE: &str = "job_queue";

/// In the order of their numbers.
pub(super) const STEPS: &[MigrationStep] = &[
    MigrationStep {
        table: HEARTBEATS,
        adds: Adds::Table,
        create: include_str!("../../../../migrations/0001_worker_heartbeats.sql"),
        columns: &[],
    },
    MigrationStep {
        table: QUEUE,
        adds: Adds::Table,
        create: include_str!("../../../../migrations/0002_job_queue.sql"),
        columns: &[],
    },
    MigrationStep {
        table: HEARTBEATS,
        adds: Adds::Column("started_at"),
        create: include_str!("../../../../migrations/0003_worker_started_at.sql"),
        columns: &[],
    },
    MigrationStep {
        table: "audit_log",
        adds: Adds::Table,
        create: include_str!("../../../../migrations/0004_audit_log.sql"),
        columns: &[
            ("id", ID),
            ("follows", ID),
            ("phase", TEXT),
            ("action", TEXT),
            ("request", JSON),
            ("actor", TEXT),
            ("reason", TEXT),
            ("idempotency_key", TEXT),
            ("before", JSON),
            ("after", JSON),
        ],
    },
    MigrationStep {
        table: "queue_pauses",
        adds: Adds::Table,
        create: include_str!("../../../../migrations/0005_queue_pauses.sql"),
        columns: &[
            ("id", ID),
            ("job_type", TEXT),
            ("reason", TEXT),
            ("paused_by", TEXT),
            ("expires_at", TIME),
            ("resumed_at", TIME),
        ],
    },
    MigrationStep {
        table: "audit_log",
        adds: Adds::IndexAndRights("audit_log_follows"),
        create: include_str!("../../../../migrations/0006_rights_and_ends.sql"),
        columns: &[],
    },
    MigrationStep {
        table: QUEUE,
        adds: Adds::Index("job_queue_last_finished"),
        create: include_str!("../../../../migrations/0007_job_queue_last_finished.sql"),
        columns: &[],
    },
    MigrationStep {
        table: QUEUE,
        adds: Adds::Index("job_queue_pending_type"),
        create: include_str!("../../../../migrations/0008_job_queue_pending_type.sql"),
        columns: &[],
    },
    MigrationStep {
        table: "queue_holds",
        adds: Adds::Table,
        create: include_str!("../../../../migrations/0009_queue_holds.sql"),
        columns: &[
            ("job_id", TEXT),
            ("pause_id", ID),
            ("by_due", YES_OR_NO),
            ("state", TEXT),
            ("due", TIME),
        ],
    },
    MigrationStep {
        table: "check_samples",
        adds: Adds::Table,
        create: include_str!("../../../../migrations/0010_check_samples.sql"),
        columns: &[
            ("series", TEXT),
            ("at", TIME),
            ("covers", ID),
            ("verdict", TEXT),
            ("code", TEXT),
            ("latency_ms", FLOAT),
        ],
    },
    MigrationStep {
        table: "check_buckets",
        adds: Adds::Table,
        create: include_str!("../../../../migrations/0011_check_buckets.sql"),
        columns: &[
            ("series", TEXT),
            ("grain", TEXT),
            ("start", TIME),
            ("ok_seconds", ID),
            ("warning_seconds", ID),
            ("unknown_seconds", ID),
            ("critical_seconds", ID),
            ("looks", ID),
            ("sum_ms", FLOAT),
            ("min_ms", FLOAT),
            ("max_ms", FLOAT),
            ("worst_code", TEXT),
        ],
    },
    MigrationStep {
        table: "leases",
        adds: Adds::Table,
        create: include_str!("../../../../migrations/0012_leases.sql"),
        columns: &[
            ("name", TEXT),
            ("holder", TEXT),
            ("term", ID),
            ("expires_at", TIME),
        ],
    },
    MigrationStep {
        table: "incidents",
        adds: Adds::Table,
        create: include_str!("../../../../migrations/0013_incidents.sql"),
        columns: &[
            ("name", TEXT),
            ("title", TEXT),
            ("state", TEXT),
            ("severity", TEXT),
            ("codes", TEXTS),
            ("began_at", TIME),
            ("detected_at", TIME),
            ("acknowledged_at", TIME),
            ("acknowledged_by", TEXT),
            ("mitigated_at", TIME),
            ("resolved_at", TIME),
            ("closed_at", TIME),
            ("flaps", ID),
            ("merged_into", TEXT),
            ("entries", ID),
        ],
    },
    MigrationStep {
        table: "incident_entries",
        adds: Adds::Table,
        create: include_str!("../../../../migrations/0014_incident_entries.sql"),
        columns: &[
            ("id", TEXT),
            ("incident", TEXT),
            ("number", ID),
            ("at", TIME),
            ("recorded_at", TIME),
            ("who", TEXT),
            ("how", TEXT),
            ("kind", TEXT),
            ("what", JSON),
            ("text", TEXT),
        ],
    },
    MigrationStep {
        table: "action_items",
        adds: Adds::Table,
        create: include_str!("../../../../migrations/0015_action_items.sql"),
        columns: &[
            ("id", TEXT),
            ("incident", TEXT),
            ("title", TEXT),
            ("owner", TEXT),
            ("due", DATE),
            ("issue", TEXT),
        ],
    },
    MigrationStep {
        table: "quiet_windows",
        adds: Adds::Table,
        create: include_str!("../../../../migrations/0016_quiet_windows.sql"),
        columns: &[
            ("id", TEXT),
            ("begins_at", TIME),
            ("ends_at", TIME),
            ("zone", TEXT),
            ("reason", TEXT),
            ("made_by", TEXT),
        ],
    },
    MigrationStep {
        table: "notices",
        adds: Adds::Table,
        create: include_str!("../../../../migrations/0017_notices.sql"),
        columns: &[
            ("id", TEXT),
            ("incident", TEXT),
            ("kind", TEXT),
            ("nth", ID),
            ("channel", TEXT),
            ("created_at", TIME),
            ("next_attempt_at", TIME),
            ("attempts", ID),
            ("attempted_at", TIME),
            ("claimed_by", TEXT),
            ("claimed_until", TIME),
            ("sent_at", TIME),
            ("given_up_at", TIME),
            ("error", TEXT),
        ],
    },
    MigrationStep {
        table: "evidence",
        adds: Adds::Table,
        create: include_str!("../../../../migrations/0018_evidence.sql"),
        columns: &[
            ("id", TEXT),
            ("sha256", TEXT),
            ("incident", TEXT),
            ("name", TEXT),
            ("occasion", TEXT),
            ("taken_at", TIME),
            ("taken_by", TEXT),
            ("media_type", TEXT),
            ("is_cut", YES_OR_NO),
            ("content", BYTES),
        ],
    },
    MigrationStep {
        table: "incident_entries",
        adds: Adds::Index("incident_entries_runbook"),
        create: include_str!("../../../../migrations/0019_incident_entries_runbook.sql"),
        columns: &[],
    },
];

impl MigrationStep {
    /// What it brings, by its name.
    pub(super) fn name(&self) -> String {
        match self.adds {
            Adds::Table => format!("ops.{}", self.table),
            Adds::Column(column) => format!("ops.{}.{column}", self.table),
            Adds::Index(index) | Adds::IndexAndRights(index) => format!("ops.{index}"),
        }
    }
}
